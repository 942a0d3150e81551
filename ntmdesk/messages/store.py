"""Sentences about the store on this machine: opening, keys, disks."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
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
        "Tệp {file} đã có. Đặt tên khác, hoặc thêm --replace để ghi đè.",
        "{file} exists already. Choose another name, or add --replace to write over it.",
    ),
    "file_in_use": (
        "Tệp {file} đang mở ở chương trình khác. Đóng tệp đó rồi thử lại.",
        "{file} is open in another program. Close it and try again.",
    ),
    "file_failed": (
        "Không đọc, ghi được {file}. Kiểm tra ổ đĩa, cắm lại USB rồi thử lại.",
        "{file} could not be read or written. Check the disk, plug the stick in again, then try again.",
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
}
