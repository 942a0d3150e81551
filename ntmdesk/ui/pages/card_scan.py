"""F3: what a card's QR code says is filled in; neither picture nor text of the code is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from ntmdesk.domain.identifiers import CardQr, IdentifierError, read_card_qr
from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services import people, records
from ntmdesk.services.doubles import Double
from ntmdesk.ui import theme
from ntmdesk.ui.jobs import Jobs
from ntmdesk.ui.messages import language_words
from ntmdesk.ui.pages.doubles_box import DoublesBox
from ntmdesk.ui.pages.moments import choice_words
from ntmdesk.ui.translation import QT_TRANSLATE_NOOP, translated
from ntmdesk.ui.widgets.button import Button
from ntmdesk.ui.widgets.field_label import FieldLabel
from ntmdesk.ui.widgets.flow import FlowLayout
from ntmdesk.ui.widgets.text import Text

WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        "telex_mangled": QT_TRANSLATE_NOOP(
            "ScanCard", "The Vietnamese input method changed the letters: turn it off and scan again."
        ),
        "vni_mangled": QT_TRANSLATE_NOOP(
            "ScanCard", "The Vietnamese input method changed the letters: turn it off and scan again."
        ),
        "marks_lost": QT_TRANSLATE_NOOP("ScanCard", "The scanner lost the marks: type the name and address."),
        "birth_unread": QT_TRANSLATE_NOOP("ScanCard", "The date of birth could not be read."),
        "sex_unread": QT_TRANSLATE_NOOP("ScanCard", "The sex could not be read."),
        "issued_unread": "",
    }
)


class ScanCard(QDialog):
    """A scanner types into the field, or the text is pasted.  ``person_new`` carries fields of a resident and
    ``address_text``; the number among them may be kept only under a consent.  ``person_found`` an id.
    """

    person_new = Signal(dict)
    person_found = Signal(str)

    def __init__(
        self,
        jobs: Jobs[Any],
        catalogue: Catalogue,
        today: Callable[[], date],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._catalogue = catalogue
        self._card: CardQr | None = None
        self.setWindowTitle(self.tr("Scan an identity card"))
        self.setMinimumWidth(theme.px(460))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(theme.px(18),) * 4)
        rows.setSpacing(theme.px(theme.GAP_M))
        rows.addWidget(Text(self.tr("Scan an identity card"), "heading"))
        rows.addWidget(
            Text(
                self.tr(
                    "Hold the card's QR code to the scanner, or paste the text of the code. Turn off the "
                    "Vietnamese input method first."
                ),
                "muted",
            )
        )
        self.code = QLineEdit()
        self.code.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.returnPressed.connect(self.read)
        rows.addWidget(FieldLabel(self.tr("Text of the code"), self.code))
        rows.addWidget(self.code)
        self._problem = Text("", "problem")
        self._who = Text("", "strong")
        self._who.setWordWrap(True)
        self._told = Text("", "muted")
        self._warnings = Text("", "problem")
        for words in (self._problem, self._who, self._told, self._warnings):
            words.hide()
            rows.addWidget(words)
        self.doubles = DoublesBox()
        self.doubles.use.connect(self._use)
        self.doubles.go_on.connect(self._fill)
        rows.addWidget(self.doubles)
        rows.addWidget(
            Text(
                self.tr("The number is kept only when the person agreed. The code's text is not kept."),
                "muted",
            )
        )
        rows.addStretch(1)
        foot = FlowLayout()
        self.fill = Button(self.tr("Fill in"), "primary", icon="check")
        self.fill.clicked.connect(self._fill)
        self.fill.setEnabled(False)
        self.cancel = Button(self.tr("Cancel"))
        self.cancel.clicked.connect(self.reject)
        foot.addWidget(self.fill)
        foot.addWidget(self.cancel)
        rows.addLayout(foot)
        self.code.setFocus()

    def read(self) -> None:
        """Read what stands in the field and forget it."""
        text = self.code.text()
        self.code.clear()
        if not text.strip():
            return
        try:
            card = read_card_qr(text)
        except IdentifierError as error:
            self._card = None
            self._show(language_words(error.code))
            return
        self._card = card
        self._show("")
        values = self.values()
        self._jobs.latest(
            "scan-doubles",
            lambda uow: people.doubles(uow, "resident", records.fill_in(uow, "resident", values)),
            self._show_known,
            owner=self,
        )

    def values(self) -> dict[str, Any]:
        """What the card says, as far as it may be taken over."""
        card = self._card
        if card is None:
            return {}
        found: dict[str, Any] = {"id_number": card.number.digits}
        if card.birth is not None:
            found["birth"] = card.birth.text
        if card.sex is not None:
            found["sex"] = card.sex
        found["full_name"] = card.full_name.title() if card.full_name.isupper() else card.full_name
        if card.is_trustworthy:
            found["address_text"] = card.address
        return {name: value for name, value in found.items() if value}

    def _show(self, problem: str) -> None:
        card = self._card
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.doubles.show_doubles([])
        self.fill.setEnabled(card is not None)
        for words in (self._who, self._told, self._warnings):
            words.setVisible(card is not None)
        if card is None:
            self.code.setFocus()
            return
        values = self.values()
        born = "/".join(reversed(str(values.get("birth", "")).split("-")))
        sex = choice_words(self._catalogue, "sexes", str(values.get("sex", "")))
        self._who.setText(" · ".join(p for p in (values.get("full_name", ""), born, sex) if p))
        self._told.setText(" · ".join(p for p in (card.number.mask(), card.address) if p))
        said = [translated("ScanCard", WARNINGS[code]) for code in card.warnings if WARNINGS.get(code)]
        said += [language_words(code) for code in card.warnings if code not in WARNINGS]
        self._warnings.setText("\n".join(dict.fromkeys(said)))
        self._warnings.setVisible(bool(said))
        self._grow()
        self.fill.setFocus()

    def _show_known(self, doubles: list[Double]) -> None:
        self.doubles.show_doubles(doubles, self.tr("This person may be recorded already:"))
        self._grow()

    def _grow(self) -> None:
        """Make room for what is shown now; lines that wrap need it asked for their width."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _use(self, double: Double) -> None:
        self.person_found.emit(double.id)
        self.accept()

    def _fill(self) -> None:
        if self._card is not None:
            self.person_new.emit(self.values())
            self.accept()

    def done(self, result: int) -> None:
        self._card = None
        self.code.clear()
        super().done(result)
