"""Sentences about what the person entered or asked for."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
    "unknown_kind": (
        "Không có loại sổ “{kind}”. Kiểm tra lại tên loại.",
        "There is no kind “{kind}”. Check the name.",
    ),
    "unknown_field": (
        "Không có mục “{field}” trong loại sổ này. Kiểm tra lại tên mục.",
        "There is no field “{field}” in this kind. Check the name.",
    ),
    "unknown_reference": (
        "Mục “{field}” trỏ tới nơi không có trong sổ. Chọn lại từ danh sách hoặc ghi hộ, người đó trước.",
        "“{field}” points to something not recorded. Choose from the list or record it first.",
    ),
    "invalid": (
        "Còn mục chưa đúng. Sửa các mục được đánh dấu rồi lưu lại.",
        "Some fields are not right. Correct the marked ones and save again.",
    ),
    "consent_required": (
        "Chưa có đồng ý xử lý dữ liệu cho việc này. Hỏi người dân và ghi nhận đồng ý trước.",
        "No consent covers this yet. Ask the person and record the consent first.",
    ),
    "id_in_use": (
        "Mã này đã thuộc một bản ghi khác. Để trống để chương trình tự đặt mã.",
        "This id already belongs to another record. Leave it out and one will be given.",
    ),
    "not_found": (
        "Không tìm thấy bản ghi. Có thể bản ghi đã vào thùng rác hoặc chưa đồng bộ về máy này.",
        "The record was not found. It may be in the trash, or not yet synced to this machine.",
    ),
    "ambiguous": (
        "Có nhiều kết quả phù hợp. Nói rõ hơn, ví dụ bằng mã bản ghi.",
        "More than one fits. Be more precise, for example by record id.",
    ),
    "possible_doubles": (
        "Có thể đã ghi rồi. Xem các kết quả giống nhau, rồi chọn cái đã có hoặc vẫn tạo mới.",
        "This may be recorded already. Look at the likely doubles, choose one or create all the same.",
    ),
    "moved_on": (
        "Bản ghi đã được sửa tiếp nên không hoàn tác được. Mở bản ghi để sửa tay.",
        "The record was changed since and cannot be undone. Open it and correct it by hand.",
    ),
    "move_not_allowed": (
        "Không chuyển được sang trạng thái này. Xem các bước cho phép, hoặc ghi rõ lý do.",
        "This status cannot follow. See the allowed steps, or give a reason.",
    ),
    "log_submitted": (
        "Nhật ký tuần này đã nộp. Mở lại kèm lý do nếu cần sửa.",
        "This week's log was handed in. Reopen it with a reason to change it.",
    ),
    "log_locked": (
        "Nhật ký tuần này đã khóa. Liên hệ cấp trên nếu cần sửa.",
        "This week's log is locked. Ask the upper level to change it.",
    ),
    "not_submitted": (
        "Nhật ký tuần này chưa nộp. Nộp trước đã.",
        "This week's log was not handed in. Hand it in first.",
    ),
    "week_not_begun": (
        "Tuần {week} chưa bắt đầu. Chọn tuần khác.",
        "Week {week} has not begun. Choose another.",
    ),
    "no_team": (
        "Chưa có tổ nào trong sổ. Tham gia tổ bằng mã mời, hoặc ghi tổ ở Sổ khác.",
        "No team is recorded. Join one by invitation, or record it.",
    ),
    "unknown_list": (
        "Danh mục không có danh sách “{name}”. Đồng bộ hoặc cài bản mới.",
        "The catalogue has no list “{name}”. Sync, or install the new version.",
    ),
    "name_taken": (
        "Tên {name} đã có trên máy. Thêm tên đệm, hoặc chọn người đó để mở.",
        "{name} is already on this laptop. Add a middle name, or choose that person.",
    ),
    "last_person": (
        "Đây là người dùng cuối cùng trên máy nên không bỏ được. Thêm người khác trước.",
        "This is the last person on the laptop. Add another first.",
    ),
    "already_done": (
        "Việc này đã làm rồi, không cần làm lại.",
        "This has been done already; nothing more is needed.",
    ),
    "nothing_to_undo": ("Không còn gì để hoàn tác.", "There is nothing left to undo."),
    "not_your_role": (
        "Việc này dành cho tổ trưởng. Nhờ tổ trưởng làm, hoặc đổi người dùng.",
        "This is for the team leader. Ask the leader, or switch person.",
    ),
    "wrong_status": (
        "Trạng thái hiện tại không cho làm việc này. Mở lại trang để xem trạng thái mới.",
        "The present status does not allow this. Reopen the page to see the current one.",
    ),
    "unknown_person": (
        "Không có người dùng tên này trên máy. Xem danh sách bằng person list.",
        "There is no such person on this laptop. See person list.",
    ),
    "person_exists": (
        "Tên này đã có trên máy. Thêm tên đệm hoặc chọn người đó để mở.",
        "This name is already on the laptop. Add a middle name, or choose that person.",
    ),
    "wrong_usage": (
        "Lệnh chưa đúng cách dùng. Xem --help.",
        "The command is not used rightly. See --help.",
    ),
    "folder_not_found": (
        "Không thấy thư mục {file}. Cắm lại USB nếu đã rút, hoặc chọn chỗ khác.",
        "The folder {file} was not found. Plug the stick in again, or choose another place.",
    ),
    "file_is_folder": (
        "{file} là thư mục. Ghi thêm tên tệp, hoặc chọn một tệp trong đó.",
        "{file} is a folder. Add the name of a file, or choose a file in it.",
    ),
    "file_not_found": (
        "Không thấy tệp {file}. Kiểm tra đường dẫn.",
        "The file {file} was not found. Check the path.",
    ),
    "file_unreadable": (
        "Không đọc được tệp {file}. Lưu lại dạng CSV UTF-8 rồi thử lại.",
        "The file {file} cannot be read. Save it as UTF-8 CSV and try again.",
    ),
    "bad_value": ("Giá trị của “{field}” chưa đúng.", "The value of “{field}” is not right."),
    "import_unreadable": (
        "Không đọc được tệp ({reason}). Lưu lại từ Excel bằng “CSV UTF-8” rồi nhập lại.",
        "The file cannot be read ({reason}). Save it from Excel as “CSV UTF-8” and try again.",
    ),
    "import_kind": (
        "Chỉ nhập được danh sách hộ và người dân.",
        "Only lists of households and residents can be taken in.",
    ),
    "import_missing": (
        "Chưa chỉ ra cột cho: {fields}. Sửa tiêu đề cột hoặc chọn cột.",
        "No column is chosen for: {fields}. Rename the heading or choose the column.",
    ),
}
