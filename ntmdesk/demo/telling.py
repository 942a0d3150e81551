"""What the demo says while it works: one line a step, a progress bar, numbers as people read them."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from ntmdesk.demo.story import Told

WORDS: dict[str, tuple[str, str]] = {
    "server_up": (
        "Máy chủ cấp trên đã chạy tại {url}",
        "The upper server listens at {url}",
    ),
    "teams": (
        "Xã Hoằng Giang (15880): {hamlets} thôn, mỗi thôn một tổ; {opening} số liệu đầu kỳ, {targets} chỉ tiêu giao",
        "Hoằng Giang commune (15880): {hamlets} hamlets with a team each; {opening} opening figures, {targets} targets",
    ),
    "enrolled": (
        "{laptops} máy đã tham gia tổ Thôn 1: tổ trưởng và hai thành viên, mỗi máy một kho mã hóa riêng",
        "{laptops} laptops joined the team of Thôn 1: leader and two volunteers, each with its own encrypted store",
    ),
    "lists_in": (
        "Nhập danh sách từ CSV: {households} hộ, {residents} nhân khẩu ({doubles} nghi trùng, để người xem lại); gửi {sent}, máy chủ ký nhận {accepted}",
        "Lists in from CSV: {households} households, {residents} residents ({doubles} possible double(s) set aside); {sent} sent, {accepted} receipted",
    ),
    "line_lost": (
        "Mất mạng: đồng bộ trả lời “{code}”, công việc vẫn tiếp tục",
        "The line is gone: sync answers “{code}”, work goes on",
    ),
    "recorded": (
        "Ghi cả tuần khi không có mạng: {records} bản ghi trên ba máy; đang chờ gửi {waiting}",
        "A week recorded without a line: {records} records on three laptops; waiting to be sent {waiting}",
    ),
    "line_back": (
        "Có mạng trở lại tại {url}",
        "The line is back at {url}",
    ),
    "synced": (
        "Đồng bộ: gửi {sent}, máy chủ ký nhận {accepted}, bị trả lại {refused}, nhận về {received} "
        "({bytes_up} byte lên, {bytes_down} byte xuống); còn chờ {pending}; {conflicts} mục hai người cùng sửa",
        "Synced: {sent} sent, {accepted} receipted, {refused} refused, {received} received "
        "({bytes_up} bytes up, {bytes_down} down); still waiting {pending}; {conflicts} field(s) edited by two people",
    ),
    "settled": (
        "Tổ trưởng xem lại: {conflicts} mục trùng đã chọn, {joined} hộ ghi hai lần đã nối",
        "The leader reviewed: {conflicts} conflict(s) settled, {joined} household recorded twice joined",
    ),
    "log": (
        "Nhật ký tuần {week}: {figures}; còn {missing} điều cần xem",
        "Weekly log {week}: {figures}; {missing} point(s) to look at",
    ),
    "handed_in": (
        "Đã ký nộp nhật ký tuần {week}: máy chủ có {at_server} nhật ký của tổ, còn chờ gửi {pending}",
        "The log of {week} is handed in: the server holds {at_server} log(s) of the team, {pending} waiting",
    ),
    "window": (
        "Mở cửa sổ của tổ trưởng; đóng cửa sổ để kết thúc",
        "Opening the leader's window; close it to end",
    ),
    "pictures": (
        "Không có màn hình: đã lưu {count} ảnh các trang của cửa sổ",
        "There is no display: saved {count} pictures of the window's pages",
    ),
    "files": ("Tệp ở {folder}:", "Files in {folder}:"),
}


class Teller:
    """Writes steps to ``stream``; silent when the caller wants one JSON document instead."""

    def __init__(self, language: str, steps: int, silent: bool, stream: TextIO | None = None) -> None:
        self._language = 0 if language == "vi" else 1
        self._steps = steps
        self._silent = silent
        self._stream = stream if stream is not None else sys.stdout
        self._done = 0

    def sentence(self, told: Told) -> str:
        """The step in words."""
        return WORDS[told.name][self._language].format(**{k: self._fact(k, v) for k, v in told.facts.items()})

    def _fact(self, name: str, value: Any) -> str:
        if name == "figures":
            shown = [
                f"{code} {self._number(f['period'])}" for code, f in value.items() if f["period"] is not None
            ]
            return ", ".join(shown[:8])
        if isinstance(value, list):
            return " + ".join(self._fact(name, v) for v in value)
        return self._number(value) if isinstance(value, (int, float)) else str(value)

    def _number(self, value: float) -> str:
        text = f"{value:,.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
        return text.translate(str.maketrans(",.", ".,")) if self._language == 0 else text

    def tell(self, told: Told) -> None:
        """One finished step, with the bar."""
        self._done += 1
        if self._silent:
            return
        width = 22
        full = round(width * self._done / self._steps)
        bar = "█" * full + "░" * (width - full)
        print(f"[{bar}] {self._done:2d}/{self._steps}  {self.sentence(told)}", file=self._stream, flush=True)

    def say(self, name: str, **facts: Any) -> None:
        """A sentence outside the count."""
        if not self._silent:
            print(self.sentence(Told(name, facts)), file=self._stream, flush=True)

    def list(self, lines: list[str]) -> None:
        """Plain lines, indented."""
        if not self._silent:
            for line in lines:
                print("   ", line, file=self._stream, flush=True)
