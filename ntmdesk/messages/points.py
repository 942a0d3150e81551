"""Sentences about a collection point in the same room."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
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
}
