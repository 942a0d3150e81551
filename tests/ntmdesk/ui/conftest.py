"""One dressed application for all tests of the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from ntmdesk.domain.kinds import Catalogue
from ntmdesk.services.catalogues import read_catalogue
from ntmdesk.system.assets import assets
from ntmdesk.ui.application import make_application


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    return make_application()


@pytest.fixture(autouse=True)
def appearance(qapp: QApplication) -> Iterator[QApplication]:
    """Vietnamese, light, scale 1, whatever the test before did; what it let go is gone after it, else each
    change of colours or of language would go through all windows of all tests before."""
    from ntmdesk.ui import theme, translation

    if translation.language() != "vi":
        translation.install("vi")
    if (theme.mode(), theme.scale()) != ("light", 1.0):
        theme.apply(qapp, "light", 1.0)
    yield qapp
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    shipped = assets()
    return read_catalogue(shipped.read_text, shipped.names("catalogues", ".toml"))


@pytest.fixture
def today() -> date:
    return date(2026, 11, 22)
