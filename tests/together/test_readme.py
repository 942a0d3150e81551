"""The commands of the README, in its order, as a keeper and a leader would type them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.together.server import REPOSITORY

PROGRAMS = {"ntmdesk": "ntmdesk", "ntmdesk-server": "sync.server"}


def commands() -> list[list[str]]:
    """The lines that begin with one of our programs, as words, without remarks."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    lines = [
        line[4:] for line in text.splitlines() if line.startswith(("    ntmdesk ", "    ntmdesk-server "))
    ]
    return [shlex.split(line, comments=True) for line in lines]


def test_the_commands_of_the_readme_run_in_its_order(tmp_path: Path) -> None:
    environment = {**os.environ, "NTMDESK_PASSPHRASE": "đồng chiêm trũng mùa nước"}
    serving: subprocess.Popen[str] | None = None
    invited: dict[str, str] = {}
    listening: dict[str, Any] = {}
    said: list[str] = []
    try:
        for words in commands():
            program, *rest = words
            here = {"/srv/ntmdesk": str(tmp_path / "server"), "CODE": invited.get("code", "")}
            rest = [here.get(word, word) for word in rest]
            if program == "ntmdesk":
                rest = ["--home", str(tmp_path / "laptop"), "--json", *rest]
            command = [sys.executable, "-m", PROGRAMS[program], *rest]
            if "serve" in rest:
                serving = subprocess.Popen(
                    [*command, "--port", "0"],
                    cwd=REPOSITORY,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=environment,
                )
                assert serving.stdout is not None
                listening = json.loads(serving.stdout.readline())
                said.append("serve")
                continue
            if "enrol" in rest:  # the name of this machine need not be known to any name server
                port = invited["url"].rpartition(":")[2]
                rest_at = command.index("https://server:8443")
                command[rest_at] = f"https://127.0.0.1:{port}"
            done = subprocess.run(
                command, cwd=REPOSITORY, capture_output=True, text=True, env=environment, timeout=120
            )
            assert done.returncode == 0, (words, done.stdout, done.stderr)
            if "invite" in rest:
                invited = dict(line.split(": ", 1) for line in done.stdout.splitlines())
            said.append(words[-1] if program == "ntmdesk" else "server")
    finally:
        if serving is not None:
            serving.terminate()
            serving.communicate(timeout=60)
    assert invited["url"] == listening["url"]
    assert said.count("serve") == 1
    assert said[-1] == "sync"
