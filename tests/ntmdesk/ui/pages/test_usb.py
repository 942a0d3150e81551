"""Carrying by hand in the window: greetings, copying out, taking in, what could not be taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ntmdesk import messages
from ntmdesk.services import bundles, greetings, records
from ntmdesk.services.bundles import Exported
from ntmdesk.services.surroundings import surroundings
from ntmdesk.store.database import Store
from ntmdesk.store.surroundings import Author
from ntmdesk.ui import theme
from ntmdesk.ui.pages.usb import UsbPage, file_name, free, with_ending
from tests.ntmdesk.ui.accessibility import walk
from tests.ntmdesk.ui.pages.line import line_of
from tests.ntmdesk.ui.pages.showing import press, show
from tests.ntmdesk.ui.pages.village import SUNDAY, Village, village

__all__ = ["village"]

LAN = Author("0a0e0d0c-0b0a-4908-8706-050403020101", "Lê Thị Lan")


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Store]:
    """A colleague's laptop with one household on it."""
    with Store.create(tmp_path / "lan", bytes(range(1, 33)), surroundings(clock=lambda: SUNDAY)) as store:
        with store.begin(LAN) as uow:
            records.add(uow, "household", {"head_name": "Đinh Thị Lụa", "lane": "Ngõ 9"})
        yield store


@pytest.fixture
def page(qtbot: QtBot, village: Village) -> UsbPage:
    """The page of the leader's laptop, shown."""
    made = UsbPage(village.jobs, line_of(village), lambda: village.author, village.today)
    show(qtbot, made, village)
    return made


def let_happen(village: Village) -> None:
    village.drain()
    QApplication.processEvents()


def told(page: UsbPage) -> list[tuple[str, str]]:
    model = page.list.model()
    entries = [model.index(n, 0).data(Qt.ItemDataRole.UserRole) for n in range(model.rowCount())]
    return [(entry.title, entry.pill) for entry in entries]


def test_two_laptops_get_to_know_each_other_and_exchange_files(
    page: UsbPage, village: Village, lan: Store, tmp_path: Path
) -> None:
    page.copy_to(tmp_path / "too-early.ntmb")
    let_happen(village)
    assert page.told_words == "Chưa quen máy nào trong tổ. Trao lời chào ở bên dưới trước đã."
    assert not (tmp_path / "too-early.ntmb").exists()

    page.acquaintances.lead.setChecked(True)
    page.acquaintances.greet_to(tmp_path / "hoa.ntmg")
    let_happen(village)
    assert page.acquaintances.code.text() in page.told_words
    hers = greetings.greet(lan, LAN, tmp_path / "lan.ntmg")
    page.take_files([tmp_path / "lan.ntmg", tmp_path / "hoa.ntmg"])
    let_happen(village)
    assert [name for name, _ in told(page)] == ["lan.ntmg", "hoa.ntmg"]
    assert told(page)[0][1] != told(page)[1][1]
    assert page.came.y() < page.acquaintances.y()  # the reasons stand right below the banner
    assert page.list.height() >= 2 * page.list.sizeHintForRow(0)
    page.take_files([tmp_path / "lan.ntmg"])
    let_happen(village)
    assert page.told_words == "Đã nhận 1 lời chào. Giờ gõ mã từng đồng nghiệp đọc to."
    assert not page.came.isVisibleTo(page)  # nothing stands between the words and the field for the code
    assert page.acquaintances.typed.hasFocus()
    press("WRONG", village)
    press(Qt.Key.Key_Return, village)
    let_happen(village)
    assert page.acquaintances.typed.text() == "WRONG"
    page.acquaintances.typed.setText(hers.code.lower())
    press(Qt.Key.Key_Return, village)
    let_happen(village)
    assert "Lê Thị Lan" in page.told_words
    assert page.acquaintances.typed.text() == ""
    assert not page.acquaintances.typed.isVisibleTo(page)  # everybody met is known

    bundles.import_bundle(lan, tmp_path / "hoa.ntmg")
    with lan.begin(LAN) as uow:
        greetings.confirm(uow, page.acquaintances.code.text())
    bundles.export_bundle(lan, tmp_path / "lan.ntmb")
    whole = (tmp_path / "lan.ntmb").read_bytes()
    (tmp_path / "damaged.ntmb").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    page.take_files([tmp_path / "damaged.ntmb", tmp_path / "lan.ntmb"])
    let_happen(village)
    names = {h["head_name"] for h in village.ask(lambda uow: uow.records.list("household").rows)}
    assert "Đinh Thị Lụa" in names
    assert [name for name, _ in told(page)] == ["damaged.ntmb", "lan.ntmb"]

    page.whom.choose("team")
    (tmp_path / "hoa.ntmb").write_bytes(b"the one before")
    page.copy_to(tmp_path / "hoa.ntmb")
    let_happen(village)
    assert "hoa.ntmb" in page.told_words
    came = bundles.import_bundle(lan, tmp_path / "hoa.ntmb")
    assert came.new > 5
    assert came.carried == 1
    walk(page)


def test_a_file_that_is_not_taken_says_whole_why_and_what_to_do(
    page: UsbPage, village: Village, lan: Store, tmp_path: Path
) -> None:
    """The leader knows nobody yet; the list has room for the beginning of a sentence only."""
    lead = greetings.greet(village.store, village.author, tmp_path / "hoa.ntmg", lead=True)
    bundles.import_bundle(lan, tmp_path / "hoa.ntmg")
    with lan.begin(LAN) as uow:
        greetings.confirm(uow, lead.code)
    why = messages.message("bundle_foreign", {"reason": "maker_unmet"})
    for name in ("a.ntmb", "b.ntmb"):
        bundles.export_bundle(lan, tmp_path / name)
    page.take_files([tmp_path / "a.ntmb"])
    let_happen(village)
    assert page.told_words == why
    page.take_files([tmp_path / "a.ntmb", tmp_path / "b.ntmb"])
    let_happen(village)
    assert page.told_words.startswith("2 trong 2 tệp")
    assert page.told_words.endswith(why)
    (tmp_path / "c.ntmb").write_bytes(b"x")
    page.take_files([tmp_path / "a.ntmb", tmp_path / "c.ntmb"])
    let_happen(village)
    assert why not in page.told_words


def test_a_file_is_named_for_people_and_any_stick() -> None:
    assert file_name("Nguyễn Thị Đào", date(2026, 11, 22)) == "nguyen-thi-dao-2026-11-22.ntmb"
    assert file_name("  ", date(2026, 11, 22)) == "ntmdesk-2026-11-22.ntmb"


def test_a_name_that_is_taken_is_not_offered_and_an_ending_is_not_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "hoa-2026-11-22.ntmb"
    assert free(file) == file
    file.write_bytes(b"")
    assert free(file).name == "hoa-2026-11-22-2.ntmb"
    assert with_ending(file, ".ntmb") == file
    assert with_ending(tmp_path / "hoa-2026-11-22", ".ntmb").name == "hoa-2026-11-22-2.ntmb"
    assert with_ending(tmp_path / "gửi cô Hoa 22.11", ".ntmb").name == "gửi cô Hoa 22.11.ntmb"


def test_a_file_without_records_says_what_it_is_good_for(page: UsbPage) -> None:
    page._copied(Exported("/media/usb/hoa.ntmb", 0, 512))
    assert page.told_words == "Đã ghi hoa.ntmb. Không có gì chờ; tệp cho biết máy này đã đọc đến đâu."


def test_a_wrong_file_and_a_stick_that_is_gone_are_called_so(
    page: UsbPage, village: Village, lan: Store, tmp_path: Path
) -> None:
    (tmp_path / "bao-cao.ntmb").write_bytes(b"PK" + bytes(400))
    page.take_files([tmp_path / "bao-cao.ntmb"])
    let_happen(village)
    assert page.told_words.startswith("Đây không phải tệp mang tay")
    page.take_files([tmp_path])
    let_happen(village)
    assert "là thư mục" in page.told_words
    hers = greetings.greet(lan, LAN, tmp_path / "lan.ntmg")
    greetings.greet(village.store, village.author, tmp_path / "hoa.ntmg", lead=True)
    page.take_files([tmp_path / "lan.ntmg"])
    let_happen(village)
    with village.begin() as uow:
        greetings.confirm(uow, hers.code)
    page.whom.choose("team")
    page.copy_to(tmp_path / "usb" / "hoa.ntmb")
    let_happen(village)
    assert page.told_words.startswith(f"Không thấy thư mục {tmp_path / 'usb'}. Cắm lại USB")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_control_has_a_name(page: UsbPage, village: Village, mode: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, mode)
    walk(page)
    theme.apply(application, "light")
