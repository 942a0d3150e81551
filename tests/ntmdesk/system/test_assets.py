"""Shipped files: found in a checkout, never outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from ntmdesk.errors import EnvironmentProblem
from ntmdesk.system.assets import Assets, assets


@pytest.fixture
def shipped(tmp_path: Path) -> Assets:
    (tmp_path / "secret.txt").write_text("outside")
    root = tmp_path / "resources"
    (root / "lists" / "deep").mkdir(parents=True)
    (root / "lists" / "b.toml").write_text("Hòa", encoding="utf-8")
    (root / "lists" / "a.toml").write_text("a")
    (root / "lists" / "deep" / "c.toml").write_text("c")
    (root / "lists" / "note.md").write_bytes(b"\xff")
    return Assets(root)


def test_reading(shipped: Assets) -> None:
    assert shipped.read_text("lists/b.toml") == "Hòa"
    assert shipped.read_bytes("lists/a.toml") == b"a"
    assert shipped.exists("lists/a.toml")
    assert not shipped.exists("lists/z.toml")
    assert not shipped.exists("lists")


def test_names_are_sorted_and_whole(shipped: Assets) -> None:
    assert shipped.names("lists", ".toml") == ["lists/a.toml", "lists/b.toml", "lists/deep/c.toml"]


@pytest.mark.parametrize("name", ["lists/z.toml", "lists", "lists/note.md"])
def test_missing_or_unreadable(shipped: Assets, name: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        shipped.read_text(name)
    assert (caught.value.code, caught.value.details) == ("asset_missing", {"name": name})


def test_missing_folder(shipped: Assets) -> None:
    with pytest.raises(EnvironmentProblem):
        shipped.names("nowhere")


@pytest.mark.parametrize(
    "name",
    ["../secret.txt", "lists/../../secret.txt", "/etc/passwd", "", ".", "C:/x", "C:x", "..\\secret.txt"],
)
def test_names_that_leave_are_refused(shipped: Assets, name: str) -> None:
    with pytest.raises(ValueError, match="shipped file"):
        shipped.path(name)


def test_a_link_out_is_refused(shipped: Assets, tmp_path: Path) -> None:
    (tmp_path / "resources" / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ValueError, match="inside"):
        shipped.read_bytes("link.txt")


def test_this_checkout_has_its_files() -> None:
    assert assets().exists("units/SOURCE")
    assert assets() is assets()
