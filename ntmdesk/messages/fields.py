"""Sentences about one value in a field: problems found when it is checked."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
    "required": ("Cần nhập mục này.", "This is needed."),
    "wrong_type": ("Giá trị không đúng kiểu.", "The value is of the wrong type."),
    "not_a_number": ("Cần một con số.", "A number is needed."),
    "too_long": ("Dài quá: tối đa {max} ký tự.", "Too long: at most {max} characters."),
    "taken_here": (
        "Danh mục trên máy này nhận giá trị này: gửi lại như cũ. Nếu vẫn bị từ chối, đồng bộ để lấy danh mục "
        "mới rồi sửa.",
        "The catalogue on this laptop takes this value: send it again. If it is refused once more, sync to "
        "get the newer catalogue, then mend it.",
    ),
    "too_many": ("Nhiều quá: tối đa {max}.", "Too many: at most {max}."),
    "too_small": ("Nhỏ quá: ít nhất {min}.", "Too small: at least {min}."),
    "too_large": ("Lớn quá: nhiều nhất {max}.", "Too large: at most {max}."),
    "bad_pattern": ("Viết chưa đúng dạng.", "Not in the expected form."),
    "bad_date": ("Ngày chưa đúng, ví dụ 05/02/2026.", "Not a date; for example 05/02/2026."),
    "bad_time": ("Giờ chưa đúng, ví dụ 14:05.", "Not a time; for example 14:05."),
    "bad_birth": (
        "Ngày sinh chưa đúng: 1958, 03/1958 hoặc 15/03/1958.",
        "Not a birth date: 1958, 03/1958 or 15/03/1958.",
    ),
    "bad_phone": ("Số điện thoại chưa đúng.", "Not a telephone number."),
    "bad_id_number": ("Số định danh cần đủ 12 chữ số.", "An identity number has 12 digits."),
    "bad_url": ("Địa chỉ mạng chưa đúng.", "Not a web address."),
    "bad_reference": ("Chọn từ danh sách gợi ý.", "Choose from the suggestions."),
    "future_date": ("Ngày này chưa tới.", "This day has not come yet."),
    "unknown_choice": ("Không có lựa chọn này.", "There is no such choice."),
    "unknown_field": ("Không có mục này.", "There is no such field."),
    "duplicate_row": ("Dòng bị trùng.", "The row is there twice."),
    "repeated": ("Mục này bị ghi hai lần.", "This stands twice."),
    "too_few": ("Ít quá: ít nhất {min}.", "Too few: at least {min}."),
    "bad_timestamp": ("Ngày giờ chưa đúng.", "Not a date and time."),
    "bad_code": ("Mã này viết chưa đúng.", "Not a code."),
    "retired_choice": ("Lựa chọn này không còn dùng.", "This choice is no longer used."),
    "row_without_id": ("Dòng {place} thiếu mã dòng.", "Row {place} has no id."),
    "bad_row_id": ("Dòng {place} có mã dòng chưa đúng.", "Row {place} has a wrong id."),
    "birth_in_future": ("Ngày sinh này chưa tới.", "This birth date has not come yet."),
    "bad_week": ("Tuần viết như 2026-W47.", "A week is written 2026-W47."),
    "bad_month": ("Tháng viết như 2026-11.", "A month is written 2026-11."),
    "bad_period": (
        "Kỳ viết như 2026, 2026-Q4, 2026-11 hoặc 2026-W47.",
        "A period is written 2026, 2026-Q4, 2026-11 or 2026-W47.",
    ),
    "unknown_unit": ("Không có đơn vị hành chính mang mã này.", "No administrative unit has this code."),
    "id_number_empty": ("Chưa có số định danh.", "There is no identity number."),
    "id_number_not_digits": ("Số định danh chỉ gồm chữ số.", "An identity number has digits only."),
    "id_number_length": (
        "Số định danh cần đủ 12 chữ số; kiểm tra số 0 ở đầu.",
        "An identity number has 12 digits; check for a lost zero in front.",
    ),
    "phone_empty": ("Chưa có số điện thoại.", "There is no telephone number."),
    "phone_not_digits": ("Số điện thoại chỉ gồm chữ số.", "A telephone number has digits only."),
    "phone_renumbered": (
        "Đầu số này đã đổi từ năm 2018; số mới có thể là {suggestion}.",
        "This prefix changed in 2018; the new number may be {suggestion}.",
    ),
    "phone_lost_zero": (
        "Thiếu số 0 ở đầu; số đúng có thể là {suggestion}.",
        "A zero is missing in front; the number may be {suggestion}.",
    ),
    "phone_length": (
        "Số điện thoại thừa hoặc thiếu chữ số.",
        "The telephone number has too many or too few digits.",
    ),
    "phone_prefix": ("Đầu số điện thoại chưa đúng.", "Not the beginning of a telephone number."),
    "card_layout": (
        "Mã này không phải mã trên thẻ căn cước. Quét lại, hoặc nhập bằng tay.",
        "This is not the code of an identity card. Scan again, or type it.",
    ),
    "card_number": (
        "Không đọc được số định danh trên thẻ. Quét lại, hoặc nhập bằng tay.",
        "The card's number could not be read. Scan again, or type it.",
    ),
    "old_id_number": (
        "Đây là số CMND 9 số, đã hết hiệu lực; hỏi số định danh 12 số.",
        "This is an old 9-digit number, no longer valid; ask for the 12 digits.",
    ),
    "unknown_birth_province": (
        "Ba số đầu không thuộc 63 tỉnh cũ; kiểm tra lại, có thể sinh ở nước ngoài.",
        "The first three digits are no former province; check, or born abroad.",
    ),
    "implausible_century": (
        "Số định danh chỉ năm sinh sau 2100; kiểm tra chữ số thứ tư.",
        "The number says born after 2100; check the fourth digit.",
    ),
    "sex_differs": (
        "Giới tính không khớp số định danh; kiểm tra lại.",
        "Sex and identity number do not agree; check both.",
    ),
    "birth_year_differs": (
        "Năm sinh không khớp số định danh; kiểm tra lại.",
        "Birth year and identity number do not agree; check both.",
    ),
    "telex_mangled": (
        "Bộ gõ Telex làm sai chữ khi quét. Tắt bộ gõ (chuyển sang E) rồi quét lại.",
        "Telex input changed the scanned text. Switch it off and scan again.",
    ),
    "vni_mangled": (
        "Bộ gõ VNI làm sai chữ khi quét. Tắt bộ gõ (chuyển sang E) rồi quét lại.",
        "VNI input changed the scanned text. Switch it off and scan again.",
    ),
    "marks_lost": (
        "Máy quét làm mất dấu tiếng Việt. Sửa lại họ tên và địa chỉ.",
        "The scanner lost the Vietnamese marks. Correct the name and address.",
    ),
    "birth_unread": (
        "Không đọc được ngày sinh trên thẻ; nhập bằng tay.",
        "The card's birth date could not be read; type it.",
    ),
    "sex_unread": (
        "Không đọc được giới tính trên thẻ; chọn bằng tay.",
        "The card's sex could not be read; choose it.",
    ),
    "issued_unread": ("Không đọc được ngày cấp trên thẻ.", "The card's day of issue could not be read."),
    "carried_folder": (
        "Thư mục này được phần mềm khác tự chép lên mạng; chọn thư mục khác để sổ không bị hỏng.",
        "Another program copies this folder to the network; choose another to keep the store safe.",
    ),
    "network_folder": (
        "Đây là thư mục mạng; chọn thư mục trên máy này.",
        "This is a network folder; choose one on this machine.",
    ),
    "number_mangled": (
        "Bảng tính đã làm hỏng số này; định dạng cột thành Văn bản rồi nhập lại.",
        "The spreadsheet has mangled this number; format the column as text and try again.",
    ),
    "zeros_restored": ("Đã thêm lại số 0 ở đầu.", "The zeros in front were put back."),
    "old_number": ("Số 9 chữ số được ghi vào CMND cũ.", "A number of 9 digits was kept as the old card's."),
    "held_without_consent": (
        "Chưa có đồng ý nên số này chưa được ghi. Hỏi người dân, ghi nhận đồng ý rồi nhập lại.",
        "Not written: no consent covers this number. Ask the person, record the consent and import again.",
    ),
    "carried_down": ("Lấy hộ của dòng trên.", "The household of the row above was taken."),
    "first_of_several": (
        "Nhiều số trong một ô: lấy số đầu.",
        "Several numbers in a cell: the first was taken.",
    ),
}
