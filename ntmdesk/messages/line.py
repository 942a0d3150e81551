"""Sentences about the line and the upper server."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
    "not_enrolled": (
        "Máy này chưa tham gia tổ nào. Xin mã mời của tổ trưởng rồi nhập ở trang Đồng bộ; tổ chưa có máy chủ "
        "thì trao lời chào ở trang Mang bằng USB.",
        "This laptop has not joined a team. Ask the leader for an invitation and enter it on the Sync page; "
        "where the team has no server yet, exchange greetings on the page for USB sticks.",
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
    "say_in_full": (
        "Máy chủ và máy này không khớp về lần đồng bộ trước. Đồng bộ lại; nếu vẫn lỗi, cài bản mới nhất.",
        "Server and laptop do not agree on what was said before. Sync again; "
        "if it stays, install the newest version.",
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
    "too_many_ids": (
        "Máy này đã đổi mã quá nhiều lần nên máy chủ không nhận. Xin mã mời mới; dữ liệu vẫn giữ ở máy.",
        "This laptop has taken too many ids for the server. Ask for a new invitation; records stay here.",
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
}
