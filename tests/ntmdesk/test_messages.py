"""Every code has its sentence in both languages, and its line in the documents."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from ntmdesk.errors import UserError
from ntmdesk.messages import BY_DETAIL, ERRORS, PROBLEMS, bundles, message, message_of, problem

TOP = Path(__file__).parents[2]
COMMANDS = """
    no_store store_exists wrong_passphrase passphrase_required passphrase_too_short not_a_store
    store_damaged store_too_new disk_full read_only locked_elsewhere unknown_kind unknown_field
    unknown_reference invalid consent_required id_in_use not_found ambiguous not_your_role not_enrolled
    offline dns proxy tls tls_required server_down refused too_old too_new revoked clone later
    bundle_damaged bundle_foreign bundle_revoked bundle_too_old not_yet
"""
BINDING = frozenset(re.findall(r"\w+", COMMANDS))
TREE = ("UserError", "EnvironmentProblem", "SyncProblem", "AppError")


def raised() -> set[str]:
    """Codes written as literals where an error of the desk is made."""
    codes = set()
    for path in (TOP / "ntmdesk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TREE:
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    codes.add(first.value)
    return codes


def test_every_binding_code_has_a_sentence() -> None:
    assert set(ERRORS) >= BINDING


def test_every_code_raised_has_a_sentence() -> None:
    assert raised() - set(ERRORS) == set()


@pytest.mark.parametrize("table", [ERRORS, PROBLEMS, BY_DETAIL])
def test_both_languages_are_whole_sentences_with_the_same_places(
    table: dict[object, tuple[str, str]],
) -> None:
    for code, (vi, en) in table.items():
        assert vi.strip().endswith((".", "?")), code
        assert en.strip().endswith((".", "?")), code
        places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (vi, en)]
        assert places[0] == places[1], code
        assert re.search(r"[à-ỹđ]", vi.lower()), code


def test_the_documents_list_the_same_codes() -> None:
    text = (TOP / "docs" / "errors.md").read_text(encoding="utf-8")
    errors, _, problems = text.partition("## Problems of a field")
    listed = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
    assert set(listed.findall(errors)) == set(ERRORS)
    assert set(listed.findall(problems)) == set(PROBLEMS)


def test_details_fill_the_sentence_and_gaps_do_not_break_it() -> None:
    assert "Thôn 9" in message("unknown_kind", {"kind": "Thôn 9"})
    assert "…" in message("unknown_kind")
    assert message("unknown_kind", {"kind": "{0}"}, "en") == "There is no kind “{0}”. Check the name."
    assert message_of(UserError("disk_full"), "en").startswith("The disk is full")
    assert "E:" in message_of(UserError("disk_full", file="E:", needed=9, free=1))


def test_a_reason_has_a_sentence_of_its_own_where_the_way_out_differs() -> None:
    plain = message("bundle_foreign", {"reason": "team"})
    assert plain == ERRORS["bundle_foreign"][0]
    told = {message("bundle_foreign", {"reason": why}) for why in ("leader_joined", "maker", "not_joined")}
    assert len(told | {plain}) == 4


def test_the_documents_list_the_same_reasons() -> None:
    text = (TOP / "docs" / "errors.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^- `(\w+)`, `(\w+)`: ", text, re.MULTILINE))
    assert listed == set(bundles.BY_REASON)


def test_an_unknown_code_is_told_with_the_code() -> None:
    assert message("brand_new").endswith("(brand_new)")
    assert problem("brand_new").endswith("(brand_new)")
    assert problem("too_long", {"max": 100}) == "Dài quá: tối đa 100 ký tự."
