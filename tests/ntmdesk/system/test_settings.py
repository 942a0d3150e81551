"""Settings: typed, mendable, never in the way."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.system.settings import Loaded, Settings, load_settings, save_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_no_file_is_no_problem(path: Path) -> None:
    assert load_settings(path) == Loaded(Settings())
    assert not path.exists()


def test_saved_settings_come_back(path: Path) -> None:
    chosen = replace(Settings(), language="en", theme="dark", text_size=150, person="Bình", week_cutoff=4)
    save_settings(path, chosen)
    assert load_settings(path) == Loaded(chosen)
    assert '"Bình"' in path.read_text("utf-8")
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_unknown_keys_are_kept(path: Path) -> None:
    path.write_text('{"language": "en", "from_the_future": {"a": [1]}}')
    loaded = load_settings(path)
    save_settings(path, replace(loaded.settings, language="vi"))
    document = json.loads(path.read_text())
    assert document["from_the_future"] == {"a": [1]}
    assert document["language"] == "vi"


def test_one_wrong_value_costs_that_value_only(path: Path) -> None:
    path.write_text(
        '{"language": "fr", "text_size": true, "sync_minutes": 30, "person": 7, "week_cutoff": 8}'
    )
    loaded = load_settings(path)
    assert loaded.settings == replace(Settings(), sync_minutes=30)
    assert set(loaded.wrong) == {"language", "text_size", "person", "week_cutoff"}
    assert loaded.set_aside is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'"text"', b"[" * 100_000])
def test_a_damaged_file_is_kept_aside(path: Path, content: bytes) -> None:
    for number in (1, 2):
        path.write_bytes(content)
        loaded = load_settings(path)
        assert loaded.settings == Settings()
        assert loaded.set_aside == path.with_name(f"settings.damaged-{number}.json")
        assert loaded.set_aside is not None
        assert loaded.set_aside.read_bytes() == content
        assert not path.exists()


def test_a_mark_at_the_beginning_is_no_damage(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf{"language": "en"}')
    assert load_settings(path).settings.language == "en"


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "fr"},
        {"theme": ""},
        {"text_size": 74},
        {"text_size": True},
        {"week_cutoff": 0},
        {"person": "x" * 201},
    ],
)
def test_wrong_values_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="setting"):
        replace(Settings(), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "read_only")])
def test_a_failed_save_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    save_settings(path, Settings(language="en"))

    def fail(_handle: int) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(EnvironmentProblem) as caught:
        save_settings(path, Settings())
    assert caught.value.code == code
    assert load_settings(path).settings.language == "en"
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_any_other_failure_is_told_with_its_reason(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(EnvironmentProblem) as caught:
        save_settings(path, Settings())
    assert (caught.value.code, caught.value.details["reason"]) == ("file_failed", "no")


@given(
    st.dictionaries(
        st.sampled_from(["language", "theme", "text_size", "person", "x"]), st.integers() | st.text()
    )
)
def test_any_object_gives_settings(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("home") / "settings.json"
    path.write_text(json.dumps(document))
    loaded = load_settings(path)
    save_settings(path, loaded.settings)
    assert load_settings(path) == Loaded(loaded.settings)


def test_a_file_that_may_not_be_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "closed")

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(EnvironmentProblem) as caught:
        load_settings(path)
    assert caught.value.code == "read_only"
