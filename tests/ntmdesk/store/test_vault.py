"""Slots: who opens the store, who does not, and what a tampered file cannot do."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ntmdesk.errors import AppError, EnvironmentProblem, UserError
from ntmdesk.store import vault
from ntmdesk.store.vault import Person, Vault, open_sealed, read_recovery_code
from tests.ntmdesk.store.cheap_keys import cheap_keys

__all__ = ["cheap_keys"]

LAN = Person("0c0ffee0-0000-4000-8000-000000000001", "Nguyễn Thị Lan")
MINH = Person("0c0ffee0-0000-4000-8000-000000000002", "Lê Văn Minh")
PASS = "đồng chiêm trũng"
OTHER = "cầu ao lắt lẻo tre"


def code_of(error: pytest.ExceptionInfo[AppError]) -> str:
    return error.value.code


@pytest.fixture
def slots(tmp_path: Path, cheap_keys: vault.Cost) -> tuple[Vault, bytes, str]:
    made = Vault(tmp_path)
    key, code = made.create(LAN, PASS)
    return made, key, code


def test_a_passphrase_opens_its_slot(slots: tuple[Vault, bytes, str]) -> None:
    made, key, _ = slots
    assert made.open(PASS) == (key, LAN)
    assert made.open(PASS, "nguyễn thị lan") == (key, LAN)
    assert made.open(PASS, LAN.id)[0] == key


def test_a_wrong_passphrase_names_the_person(slots: tuple[Vault, bytes, str]) -> None:
    with pytest.raises(UserError) as error:
        slots[0].open(OTHER)
    assert code_of(error) == "wrong_passphrase"
    assert error.value.details == {"person": LAN.name}


def test_composed_and_decomposed_letters_are_one_passphrase(slots: tuple[Vault, bytes, str]) -> None:
    assert slots[0].open(unicodedata.normalize("NFD", PASS))[0] == slots[1]


def test_a_short_passphrase_is_refused_and_leaves_nothing(tmp_path: Path, cheap_keys: vault.Cost) -> None:
    made = Vault(tmp_path)
    with pytest.raises(UserError) as error:
        made.create(LAN, "mười một ch")
    assert code_of(error) == "passphrase_too_short"
    assert not made.exists()


def test_several_people_open_the_same_store(slots: tuple[Vault, bytes, str]) -> None:
    made, key, _ = slots
    made.add(key, MINH, OTHER)
    assert made.people() == [LAN, MINH]
    assert made.open(OTHER, "Lê Văn Minh") == (key, MINH)
    with pytest.raises(UserError) as error:
        made.open(PASS)
    assert code_of(error) == "ambiguous"
    assert error.value.details == {"people": [LAN.name, MINH.name]}
    with pytest.raises(UserError) as taken:
        made.add(key, Person("x", "lê  văn minh"), OTHER)
    assert code_of(taken) == "name_taken"


def test_adding_needs_the_stores_own_key(slots: tuple[Vault, bytes, str]) -> None:
    with pytest.raises(UserError) as error:
        slots[0].add(bytes(32), MINH, OTHER)
    assert code_of(error) == "wrong_key"
    assert slots[0].people() == [LAN]


def test_a_changed_passphrase_replaces_the_old_one(slots: tuple[Vault, bytes, str]) -> None:
    made, key, _ = slots
    made.change(LAN.name, PASS, OTHER)
    assert made.open(OTHER)[0] == key
    with pytest.raises(UserError):
        made.open(PASS)


def test_the_recovery_code_opens_however_it_is_typed(slots: tuple[Vault, bytes, str]) -> None:
    made, key, code = slots
    assert len(code.split("-")) == 7
    assert made.open_by_recovery(code) == key
    assert made.open_by_recovery(code.lower().replace("-", " ").replace("o", "0").replace("i", "1")) == key
    made.renew(key, LAN.id, OTHER)
    assert made.open(OTHER)[0] == key


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: "", lambda c: c + "A", lambda c: "é" + c[1:]])
def test_a_broken_recovery_code_is_told(slots: tuple[Vault, bytes, str], spoil) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError) as error:
        slots[0].open_by_recovery(spoil(slots[2]))
    assert code_of(error) == "wrong_recovery_code"


def test_one_wrong_letter_of_a_recovery_code_is_noticed_without_any_derivation(
    tmp_path: Path, cheap_keys: vault.Cost
) -> None:
    """The check behind a code is one byte, so about one wrong letter in 256 passes; the codes are fixed."""
    tried = missed = 0
    for drawn in range(40):
        home = tmp_path / str(drawn)
        home.mkdir()
        _, code = Vault(home, entropy=Random(drawn).randbytes).create(LAN, PASS)
        assert read_recovery_code(code) is not None
        for i, letter in enumerate(code):
            if letter != "-":
                other = code[:i] + ("A" if letter != "A" else "B") + code[i + 1 :]
                tried += 1
                missed += read_recovery_code(other) is not None
    assert tried == 40 * 28
    assert missed <= tried / 100


def test_a_new_recovery_code_ends_the_old_one(slots: tuple[Vault, bytes, str]) -> None:
    made, key, code = slots
    fresh = made.new_recovery_code(key)
    assert made.open_by_recovery(fresh) == key
    with pytest.raises(UserError):
        made.open_by_recovery(code)


@pytest.mark.parametrize("field", ["t", "m", "person", "name", "salt", "nonce", "key"])
def test_a_changed_slot_does_not_open(slots: tuple[Vault, bytes, str], field: str) -> None:
    made, _, _ = slots
    book = json.loads(made.path.read_text())
    slot = book["slots"][0]
    slot[field] = slot[field] + 1 if field in ("t", "m") else slot[field][:-5] + "AAAA="
    made.path.write_text(json.dumps(book))
    with pytest.raises(AppError) as error:
        made.open(PASS)
    assert code_of(error) in ("wrong_passphrase", "keys_damaged")


def test_a_slot_below_the_floor_is_not_tried(
    slots: tuple[Vault, bytes, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "FLOOR", vault.Cost(64 * 1024, 3))
    with pytest.raises(EnvironmentProblem) as error:
        slots[0].open(PASS)
    assert code_of(error) == "keys_damaged"


def test_a_slot_that_would_stop_the_laptop_is_not_tried(slots: tuple[Vault, bytes, str]) -> None:
    book = json.loads(slots[0].path.read_text())
    book["slots"][0]["m"] = 2**31
    slots[0].path.write_text(json.dumps(book))
    with pytest.raises(EnvironmentProblem):
        slots[0].open(PASS)


def test_production_makes_strong_slots(tmp_path: Path) -> None:
    made = Vault(tmp_path)
    key, _ = made.create(LAN, PASS)
    slot = json.loads(made.path.read_text())["slots"][0]
    assert (slot["m"], slot["t"], slot["kdf"]) == (65536, 3, "argon2id")
    assert made.open(PASS)[0] == key


def test_the_file_holds_neither_key_nor_passphrase(slots: tuple[Vault, bytes, str]) -> None:
    text = slots[0].path.read_bytes()
    assert slots[1] not in text
    assert slots[1].hex().encode() not in text
    assert PASS.encode() not in text


def test_the_server_can_open_the_sealed_slot_and_nobody_else(slots: tuple[Vault, bytes, str]) -> None:
    made, key, _ = slots
    server = X25519PrivateKey.generate()
    made.seal(key, server.public_key().public_bytes_raw(), "server-1")
    made.seal(key, server.public_key().public_bytes_raw(), "server-1")
    sealed = json.loads(made.path.read_text())["sealed"]
    assert len(sealed) == 1
    assert open_sealed(sealed[0], server.private_bytes_raw()) == key
    with pytest.raises(UserError) as error:
        open_sealed(sealed[0], X25519PrivateKey.generate().private_bytes_raw())
    assert code_of(error) == "wrong_key"


def test_the_last_person_stays(slots: tuple[Vault, bytes, str]) -> None:
    made, key, _ = slots
    with pytest.raises(UserError) as error:
        made.remove(key, LAN.id)
    assert code_of(error) == "last_person"
    made.add(key, MINH, OTHER)
    made.remove(key, LAN.id)
    assert made.people() == [MINH]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"v":1}', '{"v":1,"check":"x","slots":{}}'])
def test_a_damaged_file_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(EnvironmentProblem) as error:
        Vault(tmp_path).open(PASS)
    assert code_of(error) == "keys_damaged"


def test_no_file_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        Vault(tmp_path).open(PASS)
    assert code_of(error) == "no_store"
