"""What a verb works with: the home folder, the opened store, the person at work, the language."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager
from functools import cached_property
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ntmdesk.errors import UserError
from ntmdesk.system.paths import Paths, find_paths
from ntmdesk.system.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ntmdesk.services.steps import Step
    from ntmdesk.store.database import Store
    from ntmdesk.store.surroundings import Author, Surroundings
    from ntmdesk.store.unit_of_work import UnitOfWork
    from sync.protocol.kinds import Catalogue

Words = tuple[str, str]
"""A sentence in Vietnamese and in English; ``{name}`` stands for a parameter."""

PASSPHRASE = "NTMDESK_PASSPHRASE"  # noqa: S105
PERSON = "NTMDESK_PERSON"
HOME = "NTMDESK_HOME"
LANG = "NTMDESK_LANG"

_ASK_PASSPHRASE: Words = ("Mật khẩu: ", "Passphrase: ")
_ASK_AGAIN: Words = ("Gõ lại mật khẩu: ", "Passphrase again: ")
_DIFFERENT: Words = ("Hai lần gõ khác nhau, gõ lại.", "The two differ, type it again.")


class UsageError(Exception):
    """Wrong usage of a verb: exit code 2."""


class Desk:
    """One run of the command line.  The store is opened when first asked for, closed by ``close``."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.json = bool(getattr(options, "json", False))
        self.paths: Paths = find_paths(getattr(options, "home", None) or os.environ.get(HOME))
        self._store: Store | None = None
        self._author: Author | None = None

    @property
    def home(self) -> Path:
        """The folder of the store."""
        return self.paths.home

    @cached_property
    def settings(self) -> Settings:
        """What people chose on this laptop."""
        return load_settings(self.paths.settings).settings

    @cached_property
    def language(self) -> str:
        """``vi`` or ``en``: asked for, else chosen on this laptop, else Vietnamese."""
        asked = getattr(self.options, "lang", None) or os.environ.get(LANG)
        return asked if asked in ("vi", "en") else self.settings.language

    def say(self, words: Words, /, **parameters: object) -> str:
        """A sentence in the language of this run."""
        return words[1 if self.language == "en" else 0].format(**parameters)

    def label(self, label: Mapping[str, str]) -> str:
        """A label of the catalogue in the language of this run."""
        return label.get(self.language) or label.get("vi", "")

    @cached_property
    def surroundings(self) -> Surroundings:
        """Catalogue, units, clock and machine for opening stores."""
        from ntmdesk.services.surroundings import surroundings

        return surroundings(self.home)

    @property
    def store(self) -> Store:
        """The opened store.  UserError ``no_store wrong_passphrase passphrase_required ambiguous`` …"""
        if self._store is None:
            self._unlock()
        assert self._store is not None  # noqa: S101
        return self._store

    @property
    def author(self) -> Author:
        """The person at work."""
        if self._author is None:
            self._unlock()
        assert self._author is not None  # noqa: S101
        return self._author

    @property
    def catalogue(self) -> Catalogue:
        """The kinds and lists in force."""
        return self.store.catalogue

    def _unlock(self) -> None:
        from ntmdesk.services import unlocking

        if not unlocking.store_there(self.home):
            raise UserError("no_store", home=str(self.home))
        opened = unlocking.unlock(self.home, self.passphrase(), self.surroundings, person=self.person)
        self._store, self._author = opened.store, opened.author

    @property
    def person(self) -> str | None:
        """Who is asked for: ``--as``, else the environment; None when neither says."""
        return getattr(self.options, "as_person", None) or os.environ.get(PERSON) or None

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """One write transaction of the person at work."""
        return self.store.begin(self.author)

    def look(self) -> AbstractContextManager[UnitOfWork]:
        """One read transaction of the person at work."""
        return self.store.look(self.author)

    def passphrase(self, prompt: Words = _ASK_PASSPHRASE, confirm: bool = False) -> str:
        """From the environment, else asked at the terminal; UserError ``passphrase_required``."""
        given = os.environ.get(PASSPHRASE)
        if given is not None:
            return given
        if not sys.stdin.isatty():
            raise UserError("passphrase_required", variable=PASSPHRASE)
        while True:
            typed = getpass(self.say(prompt), stream=sys.stderr)
            if not confirm or getpass(self.say(_ASK_AGAIN), stream=sys.stderr) == typed:
                return typed
            print(self.say(_DIFFERENT), file=sys.stderr)

    def step(self) -> Step:
        """Progress on stderr when a person watches, silence otherwise."""
        from ntmdesk.cli.progress import Bar
        from ntmdesk.services.steps import QUIET

        return QUIET if self.json or not sys.stderr.isatty() else Bar(sys.stderr)

    def usage(self, text: str) -> NoReturn:
        """Wrong usage: exit code 2."""
        raise UsageError(text)

    def close(self) -> None:
        """Closes the store when it was opened."""
        if self._store is not None:
            self._store.close()
            self._store = None
