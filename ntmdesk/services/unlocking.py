"""Making a store and opening it: by a person's passphrase, or by the recovery code printed at the start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ntmdesk.errors import UserError
from ntmdesk.services.persons import Person, author_of
from ntmdesk.store.database import FILE, Store
from ntmdesk.store.surroundings import Author, Surroundings
from ntmdesk.store.vault import Vault, new_person
from ntmdesk.system.paths import Paths


@dataclass(frozen=True, slots=True)
class Created:
    """A new store, open.  ``recovery_code`` is shown once and kept nowhere."""

    store: Store
    author: Author
    replica: str
    home: Path
    recovery_code: str


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An open store and who opened it."""

    store: Store
    author: Author


def store_there(home: Path) -> bool:
    """Whether the folder holds a store."""
    return (home / FILE).exists()


def create(home: Path, passphrase: str, name: str, surroundings: Surroundings) -> Created:
    """A new store in a folder, with one person.  The caller closes the store, in this thread.

    UserError ``store_exists passphrase_too_short invalid``; EnvironmentProblem ``read_only disk_full``.
    """
    if not name.strip():
        raise UserError("invalid", field="name", reason="required")
    if store_there(home):
        raise UserError("store_exists", home=str(home))
    vault = Vault(home)
    person = new_person(" ".join(name.split()), surroundings.entropy)
    left_over = vault.exists()
    if left_over:
        vault.path.replace(vault.path.with_suffix(".former.json"))
    Paths(home).prepare()
    key, code = vault.create(person, passphrase)
    try:
        store = Store.create(home, key, surroundings)
    except BaseException:
        vault.path.unlink(missing_ok=True)
        raise
    author = author_of(store, Person(person.id, person.name))
    return Created(store, author, store.replica, home, code)


def unlock(home: Path, passphrase: str, surroundings: Surroundings, person: str | None = None) -> Unlocked:
    """Opens the store of a folder.  ``person``: name or id; not needed when there is only one.

    UserError ``no_store wrong_passphrase ambiguous not_found not_a_store``; EnvironmentProblem
    ``store_damaged store_too_new read_only disk_full``.
    """
    if not store_there(home):
        raise UserError("no_store", home=str(home))
    key, found = Vault(home).open(passphrase, person)
    store = Store.open(home, key, surroundings)
    return Unlocked(store, author_of(store, Person(found.id, found.name)))


def unlock_by_recovery(
    home: Path, code: str, surroundings: Surroundings, person: str, new_passphrase: str
) -> Unlocked:
    """Opens with the recovery code and gives a person a new passphrase.

    UserError ``wrong_recovery_code``, ``passphrase_too_short``, ``not_found``.
    """
    vault = Vault(home)
    key = vault.open_by_recovery(code)
    vault.renew(key, person, new_passphrase)
    _, found = vault.open(new_passphrase, person)
    store = Store.open(home, key, surroundings)
    return Unlocked(store, author_of(store, Person(found.id, found.name)))


def change_passphrase(home: Path, person: str, old: str, new: str) -> None:
    """A new passphrase for a person who knows the old one; the store itself is not rewritten."""
    Vault(home).change(person, old, new)


def new_recovery_code(store: Store) -> str:
    """A fresh recovery code for an open store; the former one no longer opens."""
    return Vault(store.home).new_recovery_code(store.key)
