"""Sentences about files carried by hand."""

from __future__ import annotations

from ntmdesk.messages.sentence import Sentences

SENTENCES: Sentences = {
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
}
