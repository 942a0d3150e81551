"""What the documents say is so: codes, commands, links; and the tree names no machine and no registry."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ntmdesk.cli import build
from sync.server.cli import parser as server_parser

TOP = Path(__file__).resolve().parent.parent
PAGE = 3_600
"""Characters of one page."""


@cache
def tracked() -> tuple[Path, ...]:
    """Files of the repository; every file of the tree where it is no checkout."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode == 0 and done.stdout:
        return tuple(path for name in done.stdout.split("\0") if name and (path := TOP / name).is_file())
    hidden = re.compile(r"/(\.|build/|dist/|demo-out/|__pycache__/)")
    return tuple(p for p in TOP.rglob("*") if p.is_file() and not hidden.search(f"/{p.relative_to(TOP)}"))


def texts(*endings: str) -> Iterator[tuple[str, str]]:
    """Path inside the repository and content of its text files with these endings; all without any."""
    for path in tracked():
        if endings and path.suffix not in endings:
            continue
        try:
            yield path.relative_to(TOP).as_posix(), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


RAISERS = {"AppError", "UserError", "EnvironmentProblem", "SyncProblem", "WireError"}


def raised(room: str) -> Iterator[tuple[str, str]]:
    """(file, code) of every error made with a literal code in a package."""
    for name, text in texts(".py"):
        if not name.startswith(room):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if called in RAISERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield name, first.value


@cache
def documented() -> frozenset[str]:
    text = (TOP / "docs" / "errors.md").read_text("utf-8")
    return frozenset(re.findall(r"^\| `([a-z0-9_]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("room", ["ntmdesk/", "sync/engine/", "sync/hub/", "sync/protocol/", "sync/web/"])
def test_every_code_that_is_raised_is_documented(room: str) -> None:
    found = set(raised(room))
    assert len(found) > 3
    assert sorted((file, code) for file, code in found if code not in documented()) == []


def test_codes_of_the_server_have_words() -> None:
    from sync.server.words import WORDS

    known = documented() | set(WORDS)
    assert sorted((f, code) for f, code in set(raised("sync/server/")) if code not in known) == []


def fenced(text: str) -> Iterator[str]:
    """Lines of code blocks, by fence or by four spaces."""
    fence = False
    for line in text.splitlines():
        if line.startswith("```"):
            fence = not fence
        elif fence or line.startswith("    "):
            yield line.strip()


def commands() -> Iterator[tuple[str, list[str]]]:
    """(page, words) of every command of ours in a code block."""
    for name, text in texts(".md"):
        for line in fenced(text):
            words = re.sub(r"\s+#.*", "", line).split()
            if words and words[0].rpartition("/")[2] in ("ntmdesk", "ntmdesk-server", "make"):
                yield name, [words[0].rpartition("/")[2], *words[1:]]


def test_commands_in_the_pages_exist() -> None:
    seen = set()
    desk = set(_verbs(build("en").parser))
    server = set(_verbs(server_parser()))
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page, (program, *words) in commands():
        known = {"ntmdesk": desk, "ntmdesk-server": server, "make": targets}[program]
        plain = [w for w in words if re.fullmatch(r"[a-z][a-z-]*", w)]
        if plain:
            seen.add(plain[0])
            assert plain[0] in known, (page, program, words)
    assert {"demo", "test", "init", "enrol", "sync", "invite", "serve"} <= seen


def _verbs(parser: object) -> list[str]:
    actions = parser._subparsers._group_actions  # type: ignore[attr-defined]
    return list(actions[0].choices)


def test_scripts_of_the_project_are_importable() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    named = {**project["scripts"], **project["gui-scripts"]}
    assert set(named) == {"ntmdesk", "ntmdesk-server", "ntmdesk-window"}
    for target in named.values():
        module, _, function = target.partition(":")
        source = (TOP / Path(*module.split("."))).with_suffix(".py")
        functions = [
            n.name for n in ast.parse(source.read_text("utf-8")).body if isinstance(n, ast.FunctionDef)
        ]
        assert function in functions, target


def test_links_lead_somewhere() -> None:
    missing = []
    count = 0
    for name, text in texts(".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            count += 1
            if not (TOP / name).parent.joinpath(target.partition("#")[0]).exists():
                missing.append((name, target))
    assert count > 8
    assert missing == []


def test_files_named_in_the_documents_are_there() -> None:
    """`ntmdesk/x.py` and the like in running text."""
    rooms = r"(?:ntmdesk|sync|tests|scripts|resources|requirements|docs|benchmarks)"
    missing = []
    for name, text in texts(".md"):
        if name == "CHANGELOG.md":
            continue
        for path in re.findall(rf"`({rooms}/[\w./-]+\.\w+)`", text):
            if not (TOP / path).exists():
                missing.append((name, path))
    assert missing == []


def test_a_decision_fits_one_page_and_has_a_title() -> None:
    records = [(n, t) for n, t in texts(".md") if n.startswith("docs/decisions/")]
    assert records
    for name, text in records:
        assert text.startswith("# "), name
        assert len(text) <= PAGE, (name, len(text))
    numbers = [n for name, _ in records for n in re.findall(r"/(\d{4})-", name)]
    assert len(numbers) == len(set(numbers))


def test_architecture_fits_one_screen() -> None:
    assert len((TOP / "docs" / "architecture.md").read_text("utf-8").splitlines()) <= 60


MACHINE = re.compile(r"(?<![\w.-])/(?:work|tmp/brief|root)/[\w.-]+")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|anaconda|npmjs|artifactory|nexus|jfrog|proxpi|devpi)[\w-]*\.(?:org|com|io|net)"
    r"|--(?:extra-)?index-url\b(?!\s+URL)|--trusted-host"
)


def test_the_tree_names_no_machine_path_and_no_registry() -> None:
    found = []
    for name, text in texts():
        if name in ("tests/test_docs.py", "LICENSE"):
            continue
        found += [(name, hit.group()) for guard in (MACHINE, REGISTRY) for hit in guard.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/".join(("see ", "work", "main", "x.py")), True),
        ("/".join(("a file in ", "root", "ntmdesk")), True),
        (".".join(("https://files", "pythonhosted", "org/packages/x")), True),
        (" ".join(("pip install", "--index-url", "https://a.example/simple")), True),
        ("docs/work/x.md", False),
        ("/var/lib/ntmdesk-server", False),
    ],
)
def test_the_guard_can_fail(text: str, told: bool) -> None:
    assert bool(MACHINE.search(text) or REGISTRY.search(text)) is told


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b|NotImplemented" + r"Error")
    found = [
        (name, line.strip())
        for name, text in texts(".py")
        if name.startswith(("ntmdesk/", "sync/", "tests/", "scripts/"))
        for line in text.splitlines()
        if marks.search(line)
    ]
    assert found == []
