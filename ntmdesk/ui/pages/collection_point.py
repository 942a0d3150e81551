"""The leader's collection point: a code to scan or to read aloud, and who has delivered."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ntmdesk.domain.dates import format_moment
from ntmdesk.errors import AppError
from ntmdesk.services.collection_point import IDLE_MINUTES, Delivered, PointStatus
from ntmdesk.ui import messages, theme
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.one_at_a_time import OneAtATime
from ntmdesk.ui.point_keeper import PointKeeper
from ntmdesk.ui.widgets.banner import Banner
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.qr_picture import QrPicture
from ntmdesk.ui.widgets.text import Text


class CollectionPointPage(Page):
    """Shows the desk's only point; it stays open when another page is looked at."""

    def __init__(self, point: PointKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._point = point
        self._shown: tuple[Delivered, ...] | None = None
        self.set_head(
            self.tr("Collection point"), self.tr("Members in the same room give in what they recorded")
        )
        self._banner = Banner()
        self.rows.addWidget(self._banner)
        self._places = OneAtATime()
        self._closed = self._build_closed()
        self._open = self._build_open()
        for place in (self._closed, self._open):
            self._places.add(place)
        self.rows.addWidget(self._places, 1)
        point.changed.connect(self.refresh)
        point.refused.connect(self._refused)

    def arrive(self, argument: object = None) -> None:
        self.refresh()
        (self.close_button if self._point.is_open else self.open_button).setFocus()

    def refresh(self) -> None:
        status = self._point.status
        if status is not None and self._point.is_open:
            self._show_open(status)
            if self._places.current() is not self._open:
                self._places.show_only(self._open)
                self.close_button.setFocus()
        elif self._places.current() is not self._closed:
            self._places.show_only(self._closed)
            self.open_button.setEnabled(True)
            self.open_button.setFocus()
            if status is not None:
                self._tell_ended(status)

    def open_now(self) -> None:
        """Open the point."""
        self._banner.dismiss()
        self._shown = None
        self.open_button.setEnabled(False)
        self._point.open()

    @property
    def told_words(self) -> str:
        """What the banner of the page says."""
        return self._banner.text

    def _build_closed(self) -> Card:
        card = Card()
        empty = EmptyState(
            "router",
            self.tr("Collect from members in the same room"),
            self.tr(
                "Members need no internet: the same wifi is enough, even a phone's hotspot. "
                "The point closes by itself after {n} minutes without a delivery."
            ).format(n=IDLE_MINUTES),
        )
        card.add(empty)
        self.open_button = Button(
            self.tr("Open the collection point"), "primary", keys="Ctrl+Return", icon="router"
        )
        self.open_button.clicked.connect(self.open_now)
        card.body.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignHCenter)
        card.body.addStretch(1)
        return card

    def _build_open(self) -> Columns:
        columns = Columns(740)
        card = Card()
        self._card = card
        self.qr = QrPicture(self.tr("QR code of the collection point"))
        card.add(self.qr, 1)
        words = QWidget()
        rows = QVBoxLayout(words)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(theme.GAP_S))
        self.code = Text("", "title").selectable()
        self.code.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addresses = Text("", "strong").selectable()
        self.addresses.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.found = Text("", "muted")
        self.found.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for text in (
            Text(self.tr("Members scan this, or type the code:"), "muted"),
            self.code,
            self.addresses,
            self.found,
        ):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            rows.addWidget(text)
        card.add(words)
        columns.add(card, 1)
        side = Card(self.tr("Who has delivered"))
        self._side = side
        self.list = EntryList(self.tr("Who has delivered"))
        self._nobody = EmptyState(
            "users",
            self.tr("Nobody yet"),
            self.tr("On a member's laptop: Sync, then “Give in at a collection point”."),
        )
        side.add(self._nobody, 1)
        side.add(self.list, 1)
        self.trouble = Text("", "problem")
        side.add(self.trouble)
        foot = FlowLayout()
        self.close_button = Button(self.tr("Close the point"), icon="x")
        self.close_button.clicked.connect(lambda: self._point.close())
        self._idle = Text("", "small")
        for widget in (self.close_button, self._idle):
            foot.addWidget(widget)
        side.add_layout(foot)
        columns.add(side, 1)
        return columns

    def _show_open(self, status: PointStatus) -> None:
        self._card.set_title(status.name)
        self.qr.show_text(status.qr)
        self.code.setText(status.code)
        self.addresses.setText("   ".join(status.addresses))
        self.addresses.setVisible(bool(status.addresses))
        self.found.setText(self._found_words(status))
        self._idle.setText(
            self.tr("closes by itself in {n} min without a delivery").format(n=-(-status.idle_left // 60))
        )
        self.trouble.setVisible(bool(status.trouble))
        if status.trouble:
            words = messages.sentence(AppError(status.trouble))
            self.trouble.setText(self.tr("The last delivery could not be kept. {why}").format(why=words))
        if status.delivered != self._shown:
            self._shown = status.delivered
            self.list.show_entries([self._entry(one) for one in status.delivered])
            self._side.set_note(
                self.tr("{n} laptops").format(n=len(status.delivered)) if status.delivered else ""
            )
        self.list.setVisible(bool(status.delivered))
        self._nobody.setVisible(not status.delivered)

    def _found_words(self, status: PointStatus) -> str:
        if not status.addresses:
            return self.tr("This laptop is in no network. Join a wifi, or turn on a phone's hotspot.")
        if status.announced is False:
            return self.tr("This network does not let laptops find each other: members type the address too.")
        return self.tr("Laptops in the same network see this point by its name.")

    def _entry(self, one: Delivered) -> Entry:
        name = one.name or self.tr("Laptop {device}").format(device=one.device[:8])
        when = format_moment(datetime.fromisoformat(one.at))
        detail = self.tr("%n time(s)", "", one.times) + f" · {when}"
        return Entry(one.device, name, detail, self.tr("%n record(s)", "", one.records), "good")

    def _tell_ended(self, status: PointStatus) -> None:
        if status.ended_by == "idle":
            words = self.tr("The point closed by itself: nobody delivered for {n} minutes.")
            self._banner.tell("info", words.format(n=IDLE_MINUTES))
        elif status.ended_by == "failed":
            self._banner.tell("danger", self.tr("The point stopped by an error. What was delivered is kept."))
        else:
            words = self.tr("The point is closed. %n laptop(s) delivered.", "", len(status.delivered))
            self._banner.tell("info", words, seconds=12)

    def _refused(self, error: AppError) -> None:
        self.open_button.setEnabled(True)
        self._banner.tell("amber", messages.sentence(error))
