"""Who may open the store: one random key, wrapped once for each person who works on the laptop.

``keys.json`` beside the store holds *slots*: the store's 32-byte key under AES-256-GCM, the wrapping key made
by Argon2id from a person's passphrase.  The slot's own parameters are part of what GCM authenticates, and
parameters below a floor are refused, so a tampered file cannot make guessing cheaper.  One more slot opens
with the recovery code printed at ``init``; sealed slots can be opened by the upper server's key only.
Changing a passphrase wraps the key anew; the store itself is not rewritten.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ntmdesk.errors import EnvironmentProblem, UserError
from ntmdesk.store.files import write_whole

KEYS = "keys.json"
VERSION = 1
KEY_SIZE = 32
PASSPHRASE_LENGTH = 12
"""Fewest characters of a passphrase: a short PIN would fall in a day to whoever holds the laptop."""


@dataclass(frozen=True)
class Cost:
    """What one guess costs: memory in KiB, passes, lanes (Argon2id)."""

    memory: int
    passes: int
    lanes: int = 1


STRONG = Cost(64 * 1024, 3)
"""About 0.2 s on an old laptop."""
FLOOR = Cost(64 * 1024, 3)
"""A slot cheaper than this is not opened: somebody lowered it."""
CEILING = Cost(1024 * 1024, 64, 16)
"""A slot dearer than this is not tried: it would stop the laptop."""


@dataclass(frozen=True)
class Person:
    """Somebody with a slot on this laptop; ``id`` becomes the id of their member record."""

    id: str
    name: str


class Vault:
    """The slots of one home folder.  No thread keeps state; every call reads or rewrites the file whole."""

    def __init__(self, home: Path, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self.path = home / KEYS
        self._entropy = entropy

    def exists(self) -> bool:
        """Whether this home has slots at all."""
        return self.path.is_file()

    def people(self) -> list[Person]:
        """Everybody who can open the store with a passphrase, in the order they were added."""
        return [Person(slot["person"], slot["name"]) for slot in self._read()["slots"]]

    def create(self, person: Person, passphrase: str) -> tuple[bytes, str]:
        """A new key with a first slot and a recovery slot: (key, recovery code to be shown once).

        UserError ``store_exists`` when slots are there already, ``passphrase_too_short``.
        """
        if self.exists():
            raise UserError("store_exists")
        secret = _acceptable(passphrase)
        key = self._entropy(KEY_SIZE)
        book: dict[str, Any] = {"v": VERSION, "check": _check(key), "slots": [], "sealed": []}
        book["slots"].append(self._slot(key, secret, person.id, person.name))
        code = self._recovery(book, key)
        self._write(book)
        return key, code

    def open(self, passphrase: str, person: str | None = None) -> tuple[bytes, Person]:
        """The store's key.  ``person``: name or id; not needed when there is only one.

        UserError ``no_store``, ``ambiguous`` (people), ``not_found`` (person), ``wrong_passphrase`` (person).
        """
        slot = self._choose(self._read(), person)
        key = self._unwrap(slot, _secret(passphrase))
        if key is None:
            raise UserError("wrong_passphrase", person=slot["name"])
        return key, Person(slot["person"], slot["name"])

    def open_by_recovery(self, code: str) -> bytes:
        """The store's key from the recovery code, however it is spaced; ``wrong_recovery_code``."""
        slot = self._read().get("recovery")
        secret = read_recovery_code(code)
        key = self._unwrap(slot, secret) if slot and secret else None
        if key is None:
            raise UserError("wrong_recovery_code")
        return key

    def add(self, key: bytes, person: Person, passphrase: str) -> None:
        """A slot for one more person.  ``name_taken``, ``passphrase_too_short``, ``wrong_key``."""
        secret = _acceptable(passphrase)
        book = self._read()
        self._must_match(book, key)
        wanted = _same_name(person.name)
        if not wanted or any(
            s["person"] == person.id or _same_name(s["name"]) == wanted for s in book["slots"]
        ):
            raise UserError("name_taken", name=person.name)
        book["slots"].append(self._slot(key, secret, person.id, person.name))
        self._write(book)

    def change(self, person: str, old: str, new: str) -> None:
        """A new passphrase for somebody who knows the old one."""
        key, found = self.open(old, person)
        self.renew(key, found.id, new)

    def renew(self, key: bytes, person: str, passphrase: str) -> None:
        """A new passphrase for a person, by whoever holds the key (after recovery)."""
        secret = _acceptable(passphrase)
        book = self._read()
        self._must_match(book, key)
        slot = self._choose(book, person)
        at = book["slots"].index(slot)
        book["slots"][at] = self._slot(key, secret, slot["person"], slot["name"])
        self._write(book)

    def remove(self, key: bytes, person: str) -> None:
        """Takes a person's slot away; the last one stays (``last_person``)."""
        book = self._read()
        self._must_match(book, key)
        slot = self._choose(book, person)
        if len(book["slots"]) == 1:
            raise UserError("last_person", person=slot["name"])
        book["slots"].remove(slot)
        self._write(book)

    def new_recovery_code(self, key: bytes) -> str:
        """A fresh recovery code; the former one no longer opens."""
        book = self._read()
        self._must_match(book, key)
        code = self._recovery(book, key)
        self._write(book)
        return code

    def seal(self, key: bytes, reader: bytes, label: str) -> None:
        """A slot that only the holder of the X25519 key ``reader`` (32 bytes, public) can open.

        One slot per ``label`` (the server's id): a later one replaces it.
        """
        book = self._read()
        self._must_match(book, key)
        sealed = seal_key(key, reader, label, self._entropy)
        book["sealed"] = [s for s in book.get("sealed", []) if s["label"] != label] + [sealed]
        self._write(book)

    def matches(self, key: bytes) -> bool:
        """Whether a key is the one these slots wrap; True when there are no slots to tell."""
        return not self.exists() or hmac.compare_digest(self._read()["check"], _check(key))

    def _recovery(self, book: dict[str, Any], key: bytes) -> str:
        raw = self._entropy(16)
        code = _write_code(raw)
        book["recovery"] = self._slot(key, raw.hex().encode(), "recovery", "")
        return code

    def _slot(self, key: bytes, secret: bytes, person: str, name: str) -> dict[str, Any]:
        head: dict[str, Any] = {
            "person": person,
            "name": unicodedata.normalize("NFC", " ".join(name.split())),
            "kdf": "argon2id",
            "m": STRONG.memory,
            "t": STRONG.passes,
            "p": STRONG.lanes,
            "salt": _text(self._entropy(16)),
        }
        nonce = self._entropy(12)
        wrapped = AESGCM(_derive(head, secret)).encrypt(nonce, key, _bound(head))
        return {**head, "nonce": _text(nonce), "key": _text(wrapped)}

    def _unwrap(self, slot: dict[str, Any], secret: bytes) -> bytes | None:
        try:
            head = {k: slot[k] for k in ("person", "name", "kdf", "m", "t", "p", "salt")}
            if head["kdf"] != "argon2id" or (
                not FLOOR.memory <= head["m"] <= CEILING.memory
                or not FLOOR.passes <= head["t"] <= CEILING.passes
                or not FLOOR.lanes <= head["p"] <= CEILING.lanes
            ):
                raise EnvironmentProblem("keys_damaged", file=KEYS, reason="cost")
            nonce, wrapped = _bytes(slot["nonce"]), _bytes(slot["key"])
            return AESGCM(_derive(head, secret)).decrypt(nonce, wrapped, _bound(head))
        except InvalidTag:
            return None
        except (KeyError, TypeError, ValueError) as error:
            raise EnvironmentProblem("keys_damaged", file=KEYS, reason="slot") from error

    def _choose(self, book: dict[str, Any], person: str | None) -> dict[str, Any]:
        slots: list[dict[str, Any]] = book["slots"]
        if person is None:
            if len(slots) == 1:
                return slots[0]
            raise UserError("ambiguous", people=[s["name"] for s in slots])
        wanted = _same_name(person)
        found = [s for s in slots if s["person"] == person or _same_name(s["name"]) == wanted]
        if not found:
            raise UserError("not_found", person=person)
        return found[0]

    def _must_match(self, book: dict[str, Any], key: bytes) -> None:
        if not hmac.compare_digest(book["check"], _check(key)):
            raise UserError("wrong_key")

    def _read(self) -> dict[str, Any]:
        try:
            book = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            raise UserError("no_store") from None
        except PermissionError as error:
            raise EnvironmentProblem("read_only", file=KEYS) from error
        except ValueError as error:
            raise EnvironmentProblem("keys_damaged", file=KEYS, reason="json") from error
        if not isinstance(book, dict) or not isinstance(book.get("slots"), list) or "check" not in book:
            raise EnvironmentProblem("keys_damaged", file=KEYS, reason="shape")
        if book.get("v") != VERSION:
            raise EnvironmentProblem("store_too_new", file=KEYS)
        return book

    def _write(self, book: dict[str, Any]) -> None:
        write_whole(self.path, json.dumps(book, ensure_ascii=False, indent=1).encode())


def new_person(name: str, entropy: Callable[[int], bytes] = os.urandom) -> Person:
    """A person with a fresh id."""
    return Person(str(uuid.UUID(bytes=entropy(16), version=4)), name)


def read_recovery_code(code: str) -> bytes | None:
    """What a typed recovery code wraps with; None when it cannot be one (a letter wrong or missing).

    Blanks, dashes and case do not matter; 0, 1 and 8, which the code never holds, are read as O, I and B.
    """
    letters = "".join(c for c in code.upper() if c.isalnum()).translate(str.maketrans("018", "OIB"))
    if len(letters) != 28:
        return None
    try:
        raw = base64.b32decode(letters + "====")
    except ValueError:
        return None
    if len(raw) != 17 or _write_code(raw[:16]).replace("-", "") != letters:
        return None
    return raw[:16].hex().encode()


def seal_key(key: bytes, reader: bytes, label: str, entropy: Callable[[int], bytes]) -> dict[str, Any]:
    """``key`` sealed to an X25519 public key: ephemeral key, HKDF-SHA256, AES-256-GCM."""
    own = X25519PrivateKey.from_private_bytes(entropy(32))
    public = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(reader))
    head = {"label": label, "alg": "x25519-hkdf-aesgcm", "to": _text(reader), "from": _text(public)}
    nonce = entropy(12)
    wrapped = AESGCM(_seal_key_of(shared, public, reader)).encrypt(nonce, key, _bound(head))
    return {**head, "nonce": _text(nonce), "key": _text(wrapped)}


def open_sealed(slot: dict[str, Any], private: bytes) -> bytes:
    """The key inside a sealed slot, for the holder of the private half; ``wrong_key``."""
    own = X25519PrivateKey.from_private_bytes(private)
    head = {k: slot[k] for k in ("label", "alg", "to", "from")}
    public = _bytes(slot["from"])
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    box = AESGCM(_seal_key_of(shared, public, own.public_key().public_bytes_raw()))
    try:
        return box.decrypt(_bytes(slot["nonce"]), _bytes(slot["key"]), _bound(head))
    except InvalidTag:
        raise UserError("wrong_key") from None


def _seal_key_of(shared: bytes, public: bytes, reader: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=public + reader, info=b"ntmdesk.recovery.1").derive(shared)


def _acceptable(passphrase: str) -> bytes:
    if len(unicodedata.normalize("NFC", passphrase).strip()) < PASSPHRASE_LENGTH:
        raise UserError("passphrase_too_short", minimum=PASSPHRASE_LENGTH)
    return _secret(passphrase)


def _secret(passphrase: str) -> bytes:
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")


def _same_name(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _derive(head: dict[str, Any], secret: bytes) -> bytes:
    kdf = Argon2id(
        salt=_bytes(head["salt"]), length=32, iterations=head["t"], lanes=head["p"], memory_cost=head["m"]
    )
    return kdf.derive(secret)


def _bound(head: dict[str, Any]) -> bytes:
    return json.dumps({"v": VERSION, **head}, sort_keys=True, ensure_ascii=False).encode()


def _check(key: bytes) -> str:
    return hmac.new(key, b"ntmdesk.key.1", hashlib.sha256).hexdigest()[:16]


def _write_code(raw: bytes) -> str:
    tail = hashlib.sha256(b"ntmdesk.recovery" + raw).digest()[:1]
    letters = base64.b32encode(raw + tail).decode().rstrip("=")
    return "-".join(letters[i : i + 4] for i in range(0, 28, 4))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
