"""A laptop held from outside: a process that can be asked, killed at any moment, and started again.

with Laptop(folder / "máy hai", "Lê Văn Nam") as nam:
    nam.enrol(line.url, server.invite()["code"])
    id = nam.do("add", kind="household", values={...})
    assert nam.sync()["pending"] == 0
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.together.laptop_process import PASSPHRASE
from tests.together.server import REPOSITORY, RealServer


class Told(AssertionError):
    """The laptop answered with an error; ``code`` is the program's own."""

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details


class Gone(Exception):
    """The process ended before it answered."""


class Laptop:
    """One home folder and the process on it.  ``acknowledged``: ids it said were committed."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = name
        self.acknowledged: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._log = home.parent / f"{home.name}.log"
        self.start()

    def start(self) -> None:
        """Opens the store in a new process."""
        assert self._process is None
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.together.laptop_process", str(self.home), self.name],
                cwd=REPOSITORY,
                env={k: v for k, v in os.environ.items() if not k.startswith("NTMDESK_")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        self._answer()

    def ask(self, do: str, **words: Any) -> None:
        """Sends a request without waiting for its answer."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **words}) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """The answer of the oldest request.  Told for an error, Gone when the process has ended."""
        return self._answer()

    def do(self, do: str, **words: Any) -> Any:
        """One request and its answer."""
        self.ask(do, **words)
        return self._answer()

    def next_commit(self) -> bool:
        """Waits for the next ``committed`` line; False once the request is answered."""
        line = self._line()
        if "committed" in line:
            self.acknowledged += line["committed"]
            return True
        return False

    def sync(self, records: int = 2_000) -> dict[str, Any]:
        """A sync that must go through and find both sides alike."""
        numbers: dict[str, Any] = self.do("sync", records=records)
        assert "differs" not in numbers["notices"], numbers
        return numbers

    def sync_code(self, records: int = 2_000) -> str:
        """A sync that may fail: its code, "" when it went through."""
        try:
            self.sync(records)
        except Told as error:
            return error.code
        return ""

    def enrol(self, url: str, invitation: dict[str, Any]) -> dict[str, Any]:
        """Joins a team."""
        joined: dict[str, Any] = self.do("enrol", url=url, code=invitation["code"])
        return joined

    def join(self, server: RealServer, url: str = "", role: str = "volunteer") -> dict[str, Any]:
        """Joins team T01 with a fresh invitation."""
        return self.enrol(url or server.url, server.invite("T01", role))

    def _line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            raise Gone(self._log.read_text("utf-8")[-2000:])
        document: dict[str, Any] = json.loads(line)
        return document

    def _answer(self) -> Any:
        while True:
            line = self._line()
            if "committed" in line:
                self.acknowledged += line["committed"]
            elif "error" in line:
                raise Told(line["error"], line["details"])
            else:
                return line["ok"]

    def kill(self) -> None:
        """Ends the process as a power cut would; what it had said before is still read.  Twice is once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        assert process.stdout is not None
        assert process.stdin is not None
        for line in process.stdout:
            if line.endswith("\n") and "committed" in (said := json.loads(line)):
                self.acknowledged += said["committed"]
        process.stdout.close()
        try:
            process.stdin.close()
        except BrokenPipeError:
            return

    def strike(self) -> None:
        """Only the SIGKILL: for use from another thread while this one waits for an answer."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """Lets the process end by itself, its store closed."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert process.wait(60) == 0, self._log.read_text("utf-8")[-2000:]
        process.stdout.close()

    def verb(self, *words: str, typed: str = "") -> Any:
        """One verb of the real command line on this home, as a process of its own."""
        code, document, _ = run_verb(self.home, *words, typed=typed)
        if code:
            raise Told(document["error"]["code"], document["error"]["details"])
        return document

    def __enter__(self) -> Laptop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def run_verb(
    home: Path, *words: str, typed: str = "", passphrase: str | None = PASSPHRASE, **more: Any
) -> tuple[int, Any, str]:
    """Exit code, JSON document and stderr of ``python -m ntmdesk WORDS --home HOME --json``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NTMDESK_")}
    if passphrase is not None:
        kept["NTMDESK_PASSPHRASE"] = passphrase
    done = subprocess.run(
        [sys.executable, "-m", "ntmdesk", *words, "--home", str(home), "--json"],
        cwd=REPOSITORY,
        env=kept,
        input=typed.encode(),
        capture_output=True,
        timeout=120,
        check=False,
        **more,
    )
    out = done.stdout.decode("utf-8")
    assert out, (words, done.returncode, done.stderr.decode("utf-8", "replace"))
    return done.returncode, json.loads(out), done.stderr.decode("utf-8", "replace")


def agree(*laptops: Laptop) -> dict[str, str]:
    """Everybody syncs until nobody has anything left; then all hold the same bytes.  Gives record -> hash."""
    for _ in range(2):
        for laptop in laptops:
            laptop.sync()
    found = [laptop.do("digest") for laptop in laptops]
    assert all(f == found[0] for f in found)
    assert None not in found[0]["roots"].values()
    for laptop in laptops:
        rest = laptop.sync()
        assert (rest["sent"], rest["received"], rest["pending"]) == (0, 0, 0)
        assert laptop.do("check") == []
    records: dict[str, str] = found[0]["records"]
    return records
