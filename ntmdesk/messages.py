"""Error and problem codes -> sentences, Vietnamese and English, for the window and the command line.

Each sentence says what happened and what to do next.  Codes are for ever, sentences may improve.  A sentence
may name details as ``{name}``; a missing detail leaves the sentence readable.  No Qt, no files.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from ntmdesk.errors import AppError

LANGUAGES = ("vi", "en")
Sentences = Mapping[str, tuple[str, str]]

ERRORS: Sentences = {
    # the store on this machine
    "no_store": (
        "Máy này chưa có sổ. Hãy tạo sổ mới (init) hoặc mở chương trình để làm theo hướng dẫn.",
        "There is no store on this machine yet. Create one (init) or open the program and follow the steps.",
    ),
    "store_exists": (
        "Ở đây đã có sổ. Hãy mở sổ đó, hoặc chọn thư mục khác.",
        "There is already a store here. Open it, or choose another folder.",
    ),
    "wrong_passphrase": (
        "Mật khẩu không đúng. Kiểm tra bộ gõ và phím Caps Lock rồi thử lại; quên thì dùng mã khôi phục.",
        "The passphrase is wrong. Check the keyboard and Caps Lock and try again; "
        "if forgotten, use the recovery code.",
    ),
    "passphrase_required": (
        "Cần mật khẩu để mở sổ. Đặt biến NTMDESK_PASSPHRASE hoặc chạy trong cửa sổ lệnh có bàn phím.",
        "A passphrase is needed to open the store. Set NTMDESK_PASSPHRASE or run where it can be typed.",
    ),
    "passphrase_too_short": (
        "Mật khẩu quá ngắn: cần ít nhất 12 ký tự. Một câu dễ nhớ là tốt nhất.",
        "The passphrase is too short: at least 12 characters. A sentence you remember is best.",
    ),
    "wrong_recovery_code": (
        "Mã khôi phục không đúng. Gõ lại đúng như bản in, kể cả dấu gạch.",
        "The recovery code is wrong. Type it exactly as printed.",
    ),
    "not_a_store": (
        "Tệp này không phải sổ của chương trình. Chọn lại thư mục, hoặc khôi phục từ bản sao lưu.",
        "This file is not a store of this program. Choose the right folder, or restore a backup.",
    ),
    "store_damaged": (
        "Sổ bị hỏng một phần nên không mở để khỏi hỏng thêm. Chép giữ thư mục này "
        "rồi khôi phục bản sao lưu gần nhất.",
        "The store is damaged and stays closed to keep the rest safe. Copy this folder aside, "
        "then restore the newest backup.",
    ),
    "store_too_new": (
        "Sổ do bản chương trình mới hơn ghi. Hãy cài bản mới nhất rồi mở lại.",
        "A newer program wrote this store. Install the newest version and open it again.",
    ),
    "disk_full": (
        "Ổ đĩa đầy, chưa lưu được. Xóa bớt tệp không cần rồi lưu lại; những gì đã lưu vẫn còn.",
        "The disk is full and nothing was saved. Free some space and save again; earlier records are safe.",
    ),
    "read_only": (
        "Không ghi được vào thư mục của sổ. Bỏ chế độ chỉ đọc hoặc chọn thư mục khác.",
        "The folder of the store cannot be written. Remove its write protection or choose another folder.",
    ),
    "locked_elsewhere": (
        "Một cửa sổ hoặc lệnh khác đang dùng sổ này. Đợi xong hoặc đóng cửa sổ đó rồi thử lại.",
        "Another window or command is using this store. Wait for it or close it, then try again.",
    ),
    "store_busy": (
        "Sổ đang bận ghi. Đợi vài giây rồi lưu lại.",
        "The store is busy. Wait a few seconds and save again.",
    ),
    "disk_trouble": (
        "Ổ đĩa đọc ghi bị lỗi. Chép giữ thư mục của sổ sang ổ khác trước khi làm tiếp.",
        "The disk has trouble. Copy the folder of the store to another disk before going on.",
    ),
    "no_encryption": (
        "Bản cài này thiếu phần mã hóa nên không mở sổ. Cài lại chương trình.",
        "This installation lacks encryption, so the store stays closed. Install the program again.",
    ),
    "keys_damaged": (
        "Tệp khóa của sổ bị hỏng. Lấy lại keys.json từ bản sao lưu gần nhất.",
        "The key file of the store is damaged. Take keys.json from the newest backup.",
    ),
    "keys_missing": (
        "Thiếu tệp khóa keys.json cạnh sổ. Lấy lại từ bản sao lưu gần nhất.",
        "The key file keys.json is missing. Take it from the newest backup.",
    ),
    "wrong_key": (
        "Khóa không mở được sổ này. Kiểm tra keys.json có đúng của sổ này không.",
        "The key does not open this store. See whether keys.json belongs to it.",
    ),
    "backup_damaged": (
        "Bản sao lưu bị hỏng. Dùng bản sao lưu khác.",
        "The backup is damaged. Use another one.",
    ),
    "not_a_backup": (
        "Tệp {file} không phải bản sao lưu. Chọn tệp khác.",
        "{file} is not a backup. Choose another file.",
    ),
    "file_exists": (
        "Tệp {file} đã có. Đặt tên khác.",
        "{file} exists already. Choose another name.",
    ),
    "file_in_use": (
        "Tệp {file} đang mở ở chương trình khác. Đóng tệp đó rồi thử lại.",
        "{file} is open in another program. Close it and try again.",
    ),
    "file_failed": (
        "Không ghi được tệp {file}. Kiểm tra ổ đĩa rồi thử lại.",
        "{file} could not be written. Check the disk and try again.",
    ),
    "paper_failed": (
        "Không dựng được bản in. Văn bản DOCX vẫn xuất được; thử lại sau.",
        "The printed page could not be made. The DOCX still works; try again later.",
    ),
    "bad_settings": (
        "Tệp cài đặt có lỗi nên dùng cài đặt mặc định. Xem lại ở trang Cài đặt.",
        "The settings file has a mistake, so defaults are used. See the Settings page.",
    ),
    "catalogue_damaged": (
        "Danh mục có lỗi ở {file}, mục {key}: {reason}. Cài lại chương trình hoặc báo người quản trị.",
        "The catalogue has a mistake in {file}, key {key}: {reason}. Reinstall or tell the administrator.",
    ),
    # what the person entered
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
    "file_not_found": (
        "Không thấy tệp {file}. Kiểm tra đường dẫn.",
        "The file {file} was not found. Check the path.",
    ),
    "file_unreadable": (
        "Không đọc được tệp {file}. Lưu lại dạng CSV UTF-8 rồi thử lại.",
        "The file {file} cannot be read. Save it as UTF-8 CSV and try again.",
    ),
    "bad_value": ("Giá trị của “{field}” chưa đúng.", "The value of “{field}” is not right."),
    # the line and the upper server
    "not_enrolled": (
        "Máy này chưa tham gia tổ nào. Xin mã mời của tổ trưởng rồi nhập ở trang Đồng bộ.",
        "This laptop has not joined a team. Ask the leader for an invitation and enter it on the Sync page.",
    ),
    "offline": (
        "Chưa có mạng. Cứ ghi tiếp, bản ghi sẽ gửi khi có mạng.",
        "There is no network. Keep recording; it will be sent when the line is back.",
    ),
    "dns": (
        "Không tìm ra địa chỉ máy chủ. Kiểm tra mạng; nếu mạng tốt thì kiểm tra lại địa chỉ máy chủ.",
        "The server's name cannot be found. Check the network, then the server address.",
    ),
    "proxy": (
        "Máy chủ trung gian (proxy) chặn kết nối. Nhờ người quản trị mạng, hoặc đổi mạng khác.",
        "The proxy blocks the connection. Ask whoever runs the network, or use another one.",
    ),
    "tls": (
        "Không xác minh được máy chủ nên không gửi gì. Kiểm tra ngày giờ của máy; "
        "vẫn lỗi thì xin lại mã mời.",
        "The server could not be verified, so nothing was sent. Check this machine's date; "
        "if it stays, ask for a new invitation.",
    ),
    "tls_required": (
        "Địa chỉ máy chủ phải bắt đầu bằng https://. Hỏi lại địa chỉ đúng.",
        "The server address must begin with https://. Ask for the right address.",
    ),
    "server_down": (
        "Máy chủ cấp trên chưa trả lời. Dữ liệu vẫn ở máy này; chương trình sẽ tự thử lại.",
        "The upper server does not answer. Everything is kept here and will be tried again.",
    ),
    "server_error": (
        "Máy chủ cấp trên gặp lỗi. Dữ liệu vẫn ở máy này; thử lại sau.",
        "The upper server had an error. Everything is kept here; try again later.",
    ),
    "bad_reply": (
        "Máy chủ trả lời không đúng dạng nên bị bỏ qua. Kiểm tra địa chỉ, hoặc mạng có trang đăng nhập wifi.",
        "The reply was not understood and was ignored. Check the address, "
        "or whether the wifi asks to log in.",
    ),
    "timeout": (
        "Đường truyền quá chậm nên chưa xong. Chương trình sẽ tự thử lại với gói nhỏ hơn.",
        "The line was too slow. It will be tried again in smaller pieces.",
    ),
    "dropped": (
        "Đường truyền bị ngắt giữa chừng. Không mất gì; chương trình sẽ tự gửi tiếp.",
        "The line broke off. Nothing is lost; sending goes on by itself.",
    ),
    "busy": (
        "Máy chủ đang bận, xin thử lại sau. Chương trình sẽ tự gửi lại.",
        "The server is busy. It will be tried again by itself.",
    ),
    "stopped": (
        "Máy chủ đã dừng. Khởi động lại rồi thử lại.",
        "The server has stopped. Start it and try again.",
    ),
    "enrolled_already": (
        "Máy này đã tham gia tổ. Xem ở trang Đồng bộ.",
        "This laptop has joined a team already. See the Sync page.",
    ),
    "bad_code": (
        "Mã mời không đúng. Gõ lại hoặc xin mã mới.",
        "The invitation is wrong. Type it again, or ask for a new one.",
    ),
    "too_large": (
        "Bản ghi quá lớn để gửi. Rút gọn phần ghi chú rồi lưu lại.",
        "The record is too large to send. Shorten its notes and save again.",
    ),
    "code_used": (
        "Mã mời đã được dùng. Xin mã mới.",
        "The invitation was used already. Ask for a new one.",
    ),
    "foreign_stream": (
        "Dữ liệu này thuộc tổ khác nên máy chủ không nhận. Liên hệ tổ trưởng.",
        "This belongs to another team, so the server does not take it. Ask the leader.",
    ),
    "epoch_older": (
        "Máy chủ chạy với dữ liệu cũ hơn máy này từng biết. Báo người giữ máy chủ; bản ghi vẫn ở máy.",
        "The server runs on older data than this laptop knew. Tell its keeper; records stay here.",
    ),
    "epoch_not_here": (
        "Đời {epoch} không phải đời hiện tại của máy chủ. Khôi phục bản sao lưu của đời đó trước.",
        "{epoch} is not the present life of the server. Restore its backup first.",
    ),
    "epoch_split": (
        "Máy chủ đã đi theo một lần khôi phục khác. Báo người giữ máy chủ; bản ghi vẫn ở máy.",
        "The server has gone on from another restore. Tell its keeper; records stay here.",
    ),
    "bad_message": (
        "Máy chủ và máy này không hiểu nhau. Cài bản mới nhất; dữ liệu vẫn giữ ở máy.",
        "Server and laptop do not understand each other. Install the newest version; records stay here.",
    ),
    "bad_signature": (
        "Chữ ký của dữ liệu không đúng nên không nhận. Đồng bộ lại; nếu vẫn lỗi, liên hệ xã.",
        "The signature is wrong, so nothing was taken. Sync again; if it stays, ask the commune.",
    ),
    "bad_packet": (
        "Một gói dữ liệu bị hỏng nên không nhận. Đồng bộ lại để gửi gói khác.",
        "A packet is damaged and was not taken. Sync again to send it anew.",
    ),
    "gap": (
        "Thiếu một gói ở giữa. Đồng bộ lại để gửi bù.",
        "A packet in between is missing. Sync again to send it.",
    ),
    "too_many_cells": (
        "Bản ghi có quá nhiều mục. Ghi phần còn lại vào bản ghi khác.",
        "The record has too many entries. Put the rest into another record.",
    ),
    "too_many_siblings": (
        "Một mục có quá nhiều giá trị khác nhau. Giải quyết ở trang Đồng bộ trước.",
        "A field has too many differing values. Settle them on the Sync page first.",
    ),
    "refused": (
        "Máy chủ từ chối. Xem lý do ở trang Đồng bộ, sửa rồi gửi lại.",
        "The server refused. See the reason on the Sync page, correct it and send again.",
    ),
    "too_old": (
        "Bản chương trình này quá cũ để đồng bộ. Cài bản mới; dữ liệu vẫn giữ nguyên.",
        "This program is too old to sync. Install the new version; your records stay.",
    ),
    "too_new": (
        "Chương trình mới hơn máy chủ. Dữ liệu chờ ở máy này đến khi máy chủ được nâng cấp.",
        "This program is newer than the server. Records wait here until the server is upgraded.",
    ),
    "revoked": (
        "Máy này đã bị thu quyền đồng bộ. Liên hệ tổ trưởng hoặc xã để được mời lại.",
        "This laptop may no longer sync. Ask the leader or the commune for a new invitation.",
    ),
    "confirm_needed": (
        "Sắp gửi việc xóa hoặc làm trống {records} bản ghi, nhiều hơn thường lệ; chưa gửi gì. "
        "Đúng ý thì xác nhận (trang Đồng bộ, hoặc sync --confirm); nhầm thì hoàn tác.",
        "{records} records would be deleted or blanked, more than usual; nothing was sent. "
        "If it is meant, confirm it (Sync page, or sync --confirm); if not, undo it.",
    ),
    "clone": (
        "Sổ này đang chạy ở hai máy. Chỉ dùng một máy; ở máy kia hãy khôi phục lại từ bản sao lưu.",
        "This store runs on two machines. Use one; on the other, restore from a backup.",
    ),
    "later": (
        "Máy chủ đang bận, xin thử lại sau. Chương trình sẽ tự gửi lại.",
        "The server is busy. It will be tried again by itself.",
    ),
    "code_unknown": (
        "Mã mời không đúng hoặc đã dùng. Xin mã mới.",
        "The invitation is wrong or already used. Ask for a new one.",
    ),
    "code_expired": ("Mã mời đã hết hạn. Xin mã mới.", "The invitation has expired. Ask for a new one."),
    # files carried by hand
    "bundle_damaged": (
        "Tệp mang tay bị hỏng. Chép lại từ máy nguồn.",
        "The carried file is damaged. Copy it again from its source.",
    ),
    "bundle_foreign": (
        "Tệp này của tổ hoặc máy chủ khác. Chọn đúng tệp.",
        "This file belongs to another team or server. Choose the right one.",
    ),
    "bundle_revoked": (
        "Tệp do một máy đã bị thu quyền tạo ra nên không nhận.",
        "A revoked laptop made this file, so it is not taken.",
    ),
    "bundle_too_old": (
        "Tệp quá cũ. Xuất lại tệp mới từ máy nguồn.",
        "The file is too old. Export a new one from its source.",
    ),
    # a collection point in the same room
    "bad_point_code": (
        "Mã điểm thu chưa đúng. Gõ lại 16 chữ và số ghi trên máy tổ trưởng.",
        "This is not the code of a collection point. Type the 16 letters shown on the leader's laptop.",
    ),
    "bad_address": (
        "Địa chỉ chưa đúng. Gõ như trên máy tổ trưởng, ví dụ 192.168.1.7:8765.",
        "This is not an address. Type it as shown on the leader's laptop, for example 192.168.1.7:8765.",
    ),
    "wrong_point": (
        "Máy trả lời không phải điểm thu có mã này nên không gửi gì. Xem lại mã và địa chỉ ở máy tổ trưởng.",
        "What answers is not the point of this code, so nothing was sent. "
        "Check code and address on the leader's laptop.",
    ),
    "point_closed": (
        "Không thấy điểm thu nào trả lời. Hai máy cần ở cùng một mạng wifi và điểm thu còn mở.",
        "No collection point answers. Both laptops must be in the same network and the point still open.",
    ),
    "point_dropped": (
        "Đường truyền tới điểm thu bị ngắt. Không mất gì; hãy gửi lại.",
        "The line to the collection point broke off. Nothing is lost; send again.",
    ),
    "point_busy": (
        "Điểm thu đang bận nhận của máy khác. Đợi một lát rồi gửi lại.",
        "The collection point is busy with others. Wait a little and send again.",
    ),
    "point_trouble": (
        "Máy điểm thu gặp lỗi nên chưa nhận. Không mất gì; báo tổ trưởng rồi gửi lại.",
        "The collection point had an error and took nothing. Tell the leader, then send again.",
    ),
    "no_point": (
        "Chưa thấy điểm thu nào trong mạng này. Nhờ tổ trưởng mở điểm thu, hoặc gõ địa chỉ ghi trên máy đó.",
        "No collection point is seen in this network. Ask the leader to open one, "
        "or type the address shown there.",
    ),
    "no_discovery": (
        "Mạng này không cho các máy tự tìm thấy nhau. Gõ địa chỉ ghi trên máy tổ trưởng.",
        "This network does not let laptops find each other. Type the address shown on the leader's laptop.",
    ),
    "cannot_listen": (
        "Không mở được điểm thu ở cổng {port}. Chọn cổng khác, hoặc để chương trình tự chọn.",
        "No collection point can be opened at port {port}. Choose another, or let the program choose.",
    ),
    "bundle_too_large": (
        "Phần gửi quá lớn cho điểm thu. Chép ra USB để gửi.",
        "This is too large for a collection point. Carry it on a USB stick.",
    ),
    "no_readers": (
        "Chưa biết máy nào của tổ đọc được tệp này. Đồng bộ một lần, hoặc trao lời chào với tổ trưởng.",
        "No laptop of the team is known that could read the file. Sync once, or exchange greetings with the "
        "leader.",
    ),
    "own_bundle": (
        "Đây là lời chào của chính máy này. Chọn tệp của đồng nghiệp.",
        "This is this laptop's own greeting. Choose the file of a colleague.",
    ),
    "wrong_code": (
        "Không có máy nào đã gặp mang mã này. Nghe lại mã, hoặc chép lại lời chào.",
        "No laptop that was met has this code. Listen to it again, or copy the greeting again.",
    ),
    "not_yet": (
        "Chức năng này chưa có trong bản này.",
        "This is not in the present version yet.",
    ),
    "asset_missing": (
        "Thiếu tệp {name} của chương trình. Cài lại chương trình; sổ không bị ảnh hưởng.",
        "The program's file {name} is missing. Install the program again; the store is not touched.",
    ),
    "units_damaged": (
        "Danh mục đơn vị hành chính bị hỏng. Cài lại chương trình; sổ không bị ảnh hưởng.",
        "The list of administrative units is damaged. Install the program again; the store is not touched.",
    ),
    "cancelled": ("Đã dừng theo yêu cầu.", "Stopped as asked."),
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
    "unexpected": (
        "Chương trình gặp lỗi không lường trước. Những gì đã lưu vẫn còn; hãy mở lại và báo người quản trị.",
        "Something unforeseen went wrong. What was saved is safe; open again and tell the administrator.",
    ),
}

PROBLEMS: Sentences = {
    "required": ("Cần nhập mục này.", "This is needed."),
    "wrong_type": ("Giá trị không đúng kiểu.", "The value is of the wrong type."),
    "not_a_number": ("Cần một con số.", "A number is needed."),
    "too_long": ("Dài quá: tối đa {max} ký tự.", "Too long: at most {max} characters."),
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


class _Gaps(Formatter):
    """A missing detail becomes an ellipsis instead of an error."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        return kwargs.get(key, "…") if isinstance(key, str) else "…"


def message(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of an error code; an unknown code gets the unexpected-error sentence with the code."""
    pair = ERRORS.get(code)
    if pair is None:
        return f"{_say(ERRORS['unexpected'], {}, language)} ({code})"
    return _say(pair, details or {}, language)


def message_of(error: AppError, language: str = "vi") -> str:
    """The sentence of an error."""
    return message(error.code, error.details, language)


def problem(code: str, details: Mapping[str, Any] | None = None, language: str = "vi") -> str:
    """The sentence of a validation problem at a field."""
    pair = PROBLEMS.get(code) or ERRORS.get(code)
    if pair is None:
        return f"{_say(ERRORS['invalid'], {}, language)} ({code})"
    return _say(pair, details or {}, language)


def _say(pair: tuple[str, str], details: Mapping[str, Any], language: str) -> str:
    return _Gaps().format(pair[1] if language == "en" else pair[0], **details)
