"""Sentences about files carried by hand."""

from __future__ import annotations

from collections.abc import Mapping

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

BY_REASON: Mapping[tuple[str, str], tuple[str, str]] = {
    ("disk_full", "needed"): (
        "{file} không đủ chỗ trống, chưa ghi gì. Xóa bớt tệp ở đó; nếu đang chép ra USB thì chọn USB khác "
        "cũng được.",
        "There is not enough room at {file}; nothing was written. Free some space there; a copy may also go "
        "to another stick.",
    ),
    ("bundle_damaged", "magic"): (
        "Đây không phải tệp mang tay của ntmdesk. Chọn tệp có đuôi .ntmb hoặc .ntmg; nếu chọn đúng rồi thì "
        "chép lại từ máy nguồn.",
        "This is no carried file of ntmdesk. Choose one that ends in .ntmb or .ntmg; if it is the right one, "
        "copy it again from its source.",
    ),
    ("bundle_foreign", "leader_joined"): (
        "Tổ trưởng đã vào máy chủ, máy này thì chưa, nên không đọc được tệp mới của tổ. Không mất gì: bản "
        "ghi ở đây vẫn còn và vẫn đến tổ trưởng bằng USB như trước. Muốn đọc: xin tổ trưởng hoặc cấp trên "
        "địa chỉ và mã mời, khi có mạng thì vào máy chủ ở trang Đồng bộ (hoặc lệnh enrol); vào xong là có "
        "đủ.",
        "The leader has joined a server and this laptop has not, so it cannot read the team's new files. "
        "Nothing is lost: records here stay, and reach the leader by stick as before. To read: ask the "
        "leader or the upper unit for address and invitation and, with a line, join on the Sync page (or "
        "enrol); then everything comes.",
    ),
    ("bundle_foreign", "colleague_joined"): (
        "Người làm tệp này đã vào máy chủ, máy này thì chưa, nên không đọc được. Không mất gì: bản ghi ở "
        "đây vẫn còn và vẫn trao nhau bằng USB với những ai chưa vào. Muốn đọc: xin tổ trưởng hoặc cấp "
        "trên địa chỉ và mã mời, khi có mạng thì vào máy chủ ở trang Đồng bộ (hoặc lệnh enrol).",
        "Who made this file has joined a server and this laptop has not, so it cannot read it. Nothing is "
        "lost: records here stay, and go by stick to those who have not joined. To read: ask the leader or "
        "the upper unit for address and invitation and, with a line, join on the Sync page (or enrol).",
    ),
    ("bundle_foreign", "not_joined"): (
        "Tệp này của một tổ đã vào máy chủ; máy này chưa vào máy chủ nào nên không đọc được. Nếu là tổ của "
        "mình: xin tổ trưởng mã mời và vào máy chủ ở trang Đồng bộ (hoặc lệnh enrol); nếu không thì chọn "
        "tệp khác.",
        "This file is of a team at a server, and this laptop has joined none, so it cannot read it. If it "
        "is your team's: ask the leader for an invitation and join on the Sync page (or enrol); else "
        "choose another file.",
    ),
    ("bundle_foreign", "maker"): (
        "Máy này chưa biết máy đã làm tệp, nên chưa nhận và chưa mang hộ được; tệp vẫn nguyên. Đưa thẳng "
        "USB cho tổ trưởng; hoặc nhận tệp mới của tổ trưởng (tổ có máy chủ: đồng bộ) trước, rồi nhận lại "
        "tệp này.",
        "This laptop does not know the one that made the file, so it cannot take or carry it yet; the file "
        "stays as it is. Hand the stick to the leader directly; or first take in the leader's newest file "
        "(where there is a server: sync), then this one again.",
    ),
    ("bundle_foreign", "maker_unmet"): (
        "Máy này chưa biết máy đã làm tệp, nên chưa nhận; tệp vẫn nguyên. Trao lời chào và đối chiếu mã "
        "với người đưa tệp (tổ có máy chủ: người đó vào máy chủ, máy này đồng bộ), rồi nhận lại tệp này.",
        "This laptop does not know the one that made the file, so nothing was taken; the file stays as it "
        "is. Exchange greetings and codes with its owner (where there is a server: they join it, this "
        "laptop syncs), then take the file in again.",
    ),
    ("bundle_foreign", "point"): (
        "Máy ở điểm thu chưa biết máy này nên chưa nhận gì; bản ghi ở đây vẫn nguyên. Trao lời chào và đối "
        "chiếu mã với tổ trưởng (tổ có máy chủ: máy đó đồng bộ) trước, rồi nộp lại.",
        "The collection point does not know this laptop, so it took nothing; records here stay. Exchange "
        "greetings and codes with the leader (where there is a server: that laptop syncs) first, then give "
        "in again.",
    ),
    ("no_readers", "joined"): (
        "Điểm thu đã nhận bản ghi của máy này. Nhưng máy ở đó đã vào máy chủ, máy này thì chưa, nên không "
        "mang gì về được. Xin tổ trưởng hoặc cấp trên địa chỉ và mã mời, khi có mạng thì vào máy chủ ở "
        "trang Đồng bộ (hoặc lệnh enrol).",
        "The collection point has taken the records of this laptop. But it has joined a server and this "
        "laptop has not, so nothing can be taken home. Ask the leader or the upper unit for address and "
        "invitation and, with a line, join on the Sync page (or enrol).",
    ),
}
"""(code, reason) -> its sentence: nobody is helped by a code alone where the way out differs."""
