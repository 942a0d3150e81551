"""Sentences about the program itself."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
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
    "unexpected": (
        "Chương trình gặp lỗi không lường trước. Những gì đã lưu vẫn còn; hãy mở lại và báo người quản trị.",
        "Something unforeseen went wrong. What was saved is safe; open again and tell the administrator.",
    ),
}
