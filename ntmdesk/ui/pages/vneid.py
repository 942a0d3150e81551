"""VNeID: everybody who is followed, by status, the most urgent first; a key moves a person on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.domain.standings import counted, fits
from ntmdesk.domain.vneid import ENDED, STATUSES
from ntmdesk.errors import AppError
from ntmdesk.services import people, records, vneid
from ntmdesk.services.clock import today
from ntmdesk.services.timeline import Moment
from ntmdesk.services.vneid import Board, CaseCard
from ntmdesk.store.unit_of_work import UnitOfWork
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import sentence
from ntmdesk.ui.pages.arguments import id_in
from ntmdesk.ui.pages.entry_list import Entry, EntryList
from ntmdesk.ui.pages.moments import choice_words, person_named
from ntmdesk.ui.pages.next_steps import days_words
from ntmdesk.ui.pages.standing_chips import chosen_standing, standing_chips
from ntmdesk.ui.pages.underneath import read_underneath
from ntmdesk.ui.pages.vneid_case import Asked, CasePanel, Shown, step_from
from ntmdesk.ui.translation import short_date
from ntmdesk.ui.widgets.card import Card
from ntmdesk.ui.widgets.chips import ChipGroup, ChipSpec
from ntmdesk.ui.widgets.columns import Columns
from ntmdesk.ui.widgets.empty_state import EmptyState
from ntmdesk.ui.widgets.page import Page
from ntmdesk.ui.widgets.suggest_box import SuggestBox
from ntmdesk.ui.widgets.suggestions import Suggestion

LAST = ("l2_active", "not_eligible", "declined", "moved_away", "deceased")
"""Statuses at the end of the list: nothing presses there."""
SIDES_FIRST = ("activation_overdue", "l2_granted", "l2_appointment", "rejected", "locked", "device_changed")
FILTERS = ("activation_overdue", "l2_granted", "l2_appointment", "l2_collected", "l1_granted", "none")


@dataclass(frozen=True, slots=True)
class Read:
    """One reading of the board."""

    board: Board
    on: date


class VneidPage(Page):
    """Left the list, right the person chosen."""

    kinds = frozenset({"vneid_case", "resident", "household"})

    def __init__(self, jobs: Jobs[Any], catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._catalogue = jobs, catalogue
        self._cards: dict[str, CaseCard] = {}
        self._board: Board | None = None
        self._on = date.min
        self._wanted: str | None = None
        self.set_head(self.tr("VNeID"), self.tr("Ctrl+→ moves a person on; a step back wants a reason"))
        columns = Columns(700)
        columns.add(self._build_list(), 5)
        self.panel = CasePanel(jobs, catalogue)
        self.panel.asked.connect(self._move)
        self.panel.failed_attempt.connect(self._fail)
        self.panel.follow_asked.connect(self._follow)
        self.panel.household_asked.connect(lambda id: self.go.emit("people", {"kind": "household", "id": id}))
        columns.add(self.panel, 4)
        self.rows.addWidget(columns, 1)

    def arrive(self, argument: object = None) -> None:
        self._wanted = id_in(argument) or self._wanted
        if self._wanted:
            self.filters.choose([])
            self.search.clear()
        self.list.setFocus()
        self.refresh()

    def refresh(self) -> None:
        text = self.search.text().strip() or None
        self._jobs.latest(
            "vneid", lambda uow: Read(vneid.board(uow, text), today(uow)), self._show, owner=self
        )

    def _build_list(self) -> Card:
        card = Card()
        self.add = SuggestBox(self.tr("Follow somebody: type a name"))
        self.add.edit.setAccessibleName(self.tr("Follow somebody"))
        self.add.ask = self._suggest
        self.add.picked.connect(lambda found: self._follow(found.id))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find in the list"))
        self.search.setAccessibleName(self.tr("Find in the list"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _: self.refresh())
        fields = Columns(460, theme.GAP_M)
        fields.add(self.search, 1)
        fields.add(self.add, 1)
        card.add(fields)
        self.filters = ChipGroup(numbered=False, single=True)
        self.filters.changed.connect(lambda _: self._show_list())
        card.add(self.filters)
        self.list = EntryList(self.tr("People by VNeID status"))
        self.list.setMinimumHeight(theme.px(240))
        self.list.chosen.connect(lambda key: self._load(str(key)))
        self.list.opened.connect(lambda _: self.panel.focus_move())
        self.list.pushed.connect(self._push)
        card.add(self.list, 1)
        self.nobody = EmptyState(
            "id-card",
            self.tr("Nobody is followed yet"),
            self.tr("Type a name above; the person appears under “None yet” and moves on from there."),
        )
        self.nobody.hide()
        card.add(self.nobody, 1)
        return card

    def _show(self, read: Read) -> None:
        self._board, self._on = read.board, read.on
        columns = (*read.board.columns, *read.board.sides)
        self._cards = {card.id: card for column in columns for card in column.cards}
        counts = read.board.counts
        self.filters.set_chips(
            [
                ChipSpec(code, f"{self._status(code)} ({counts[code]})", hint=self._status(code, False))
                for code in FILTERS
                if counts.get(code)
            ]
            + standing_chips(counted([c.state for c in self._cards.values()]), self.filters.chosen())
        )
        late = counts.get("activation_overdue", 0)
        if late:
            self.set_head(
                self.tr("VNeID"),
                self.tr("{n} past the seven days · Ctrl+→ moves a person on").format(n=late),
            )
        self._show_list()

    def _show_list(self) -> None:
        if self._board is None:
            return
        chosen = self.filters.chosen()
        standing = chosen_standing(chosen)
        columns = {c.status: c.cards for c in (*self._board.columns, *self._board.sides)}
        order = [s for s in SIDES_FIRST if s in columns]
        order += [s for s in reversed(STATUSES) if s not in order and s not in LAST]
        order += [s for s in columns if s not in order and s not in LAST]
        order += [s for s in LAST if s in columns]
        entries: list[Entry] = []
        for status in order:
            cards = [c for c in columns[status] if standing is None or fits(c.state, standing)]
            if not cards or (chosen and standing is None and status not in chosen):
                continue
            entries.append(Entry(None, self._status(status, short=False), pill=str(len(cards))))
            entries += [self._entry(card) for card in cards]
        self.list.show_entries(entries)
        empty = not entries and not self.search.text().strip() and not chosen
        self.list.setVisible(not empty)
        self.nobody.setVisible(empty)
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            card = self._cards.get(wanted) or next(
                (c for c in self._cards.values() if c.resident == wanted), None
            )
            if card is None:
                self._offer_to_follow(wanted)
                return
            self.list.choose(card.id, tell=False)
        current = self.list.current()
        if current is None:
            self.panel.show_nobody()
        else:
            self._load(str(current))

    def _entry(self, card: CaseCard) -> Entry:
        parts = [str(card.birth_year or ""), card.lane]
        if card.failure_reason:
            parts.append(choice_words(self._catalogue, "failure_reasons", card.failure_reason))
        elif card.since and card.due is None:
            parts.append(self.tr("since {day}").format(day=short_date(card.since)))
        pill, tone = self._clock(card)
        return Entry(
            card.id,
            person_named(card.name, card.gone),
            " · ".join(p for p in parts if p),
            pill,
            tone,
            card.state,
        )

    def _clock(self, card: CaseCard) -> tuple[str, str]:
        if card.days_left is None or card.due is None or card.status in ENDED:
            return "", "plain"
        if card.overdue:
            return days_words(card.days_left), "danger"
        if card.status == "l2_appointment":
            return self.tr("appointment {day}").format(day=f"{card.due:%d/%m}"), "info"
        return days_words(card.days_left), "amber"

    def _status(self, code: str, short: bool = True) -> str:
        return choice_words(self._catalogue, "vneid_statuses", code, short)

    def _load(self, id: str) -> None:
        card = self._cards.get(id)
        if card is None:
            return

        base = self.panel.row_of(id)

        def read(uow: UnitOfWork) -> Shown:
            row, dots = uow.records.get("vneid_case", id), uow.records.dots("vneid_case", id)
            history: Sequence[Moment] = vneid.case_history(uow, id)
            under = read_underneath(uow, "vneid_case", id, base, {}) if base is not None else None
            others = under if under is not None and under.by_others else None
            return Shown(card, row, tuple(history), today(uow), dots, others)

        self._jobs.latest("vneid_case", read, self.panel.show_case, lambda _: None, owner=self)

    def _push(self, key: object, by: int) -> None:
        card = self._cards.get(str(key))
        if card is None:
            return
        wanted = step_from(card.status, by)
        if wanted is None:
            self.told.emit("info", self.tr("There is no further step that way; choose one at the right."))
        elif by < 0 or wanted in ("l2_appointment", "l2_granted"):
            self.panel.propose(wanted)
        else:
            self._move(Asked(card.id, wanted, seen=self.panel.seen_of(card.id)))

    def _move(self, asked: Asked) -> None:
        def work(uow: UnitOfWork) -> None:
            vneid.move(
                uow,
                asked.case,
                asked.status,
                on=asked.on,
                provenance=asked.provenance,
                failure_reason=asked.failure_reason,
                reason=asked.reason,
                appointment=asked.appointment,
                place=asked.place,
                granted_on=asked.granted_on,
                seen=asked.seen,
            )

        card = self._cards.get(asked.case)
        name = card.name if card else ""
        words = self.tr("{name}: {status}").format(name=name, status=self._status(asked.status, False))
        self._jobs.run(work, lambda _: self._moved(words, asked.case), self._refused, owner=self)

    def _fail(self, case: str, reason: str, note: str) -> None:
        words = self.tr("Reason noted: {reason}").format(
            reason=choice_words(self._catalogue, "failure_reasons", reason)
        )
        seen = self.panel.seen_of(case)
        self._jobs.run(
            lambda uow: vneid.fail(uow, case, reason, note, seen),
            lambda _: self._moved(words, case),
            self._refused,
            owner=self,
        )

    def _moved(self, words: str, case: str) -> None:
        self._wanted = case
        self.panel.done()
        self.undo_offered.emit(words, self._undo)
        self.list.setFocus()

    def _undo(self) -> None:
        self._jobs.run(records.undo, lambda _: self.told.emit("info", self.tr("Undone")), owner=self)

    def _refused(self, error: AppError) -> None:
        self.panel.tell(sentence(error))

    def _suggest(self, text: str) -> None:
        def read(uow: UnitOfWork) -> list[people.Suggested]:
            return [s for s in people.suggest(uow, text, 24) if s.kind == "resident"][:12]

        def show(found: list[people.Suggested]) -> None:
            rows = []
            for one in found:
                detail = " · ".join(p for p in (str(one.birth_year or ""), one.lane, one.number_tail) if p)
                followed = next((c for c in self._cards.values() if c.resident == one.id), None)
                tail = self._status(followed.status) if followed else ""
                rows.append(Suggestion(one.id, one.name, detail, tail, one))
            self.add.offer(text, rows)

        self._jobs.latest("vneid_suggest", read, show, owner=self)

    def _offer_to_follow(self, resident: str) -> None:
        def read(uow: UnitOfWork) -> str:
            return str(uow.records.get("resident", resident).get("full_name", ""))

        def show(name: str) -> None:
            self.panel.offer_to_follow(resident, name)

        self._jobs.look(read, show, lambda _: self.panel.show_nobody(), owner=self)

    def _follow(self, resident: str) -> None:
        known = next((c for c in self._cards.values() if c.resident == resident), None)
        self.add.set_picked(None)
        self.filters.choose([])
        self.search.clear()
        if known is not None:
            self.list.choose(known.id)
            self.list.setFocus()
            return

        def work(uow: UnitOfWork) -> str:
            return vneid.open_case(uow, resident)

        self._jobs.run(
            work, lambda id: self._moved(self.tr("Followed from now on"), id), self._refused, owner=self
        )
