"""The processes of the demo: one upper server, and every laptop's verbs, each a process of its own.

Whatever happens, leaving the context ends them all; the server also watches its parent, so that even a
killed demo leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ntmdesk.errors import EnvironmentProblem


class Verb(Exception):
    """A verb that ended with an error; ``code`` is the program's own word for it."""

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Children:
    """Starts children in their own process group and ends every one of them on leaving."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._closing = False

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closing = True
            running = list(self._running)
        for child in running:
            _signal(child, signal.SIGTERM)
        for child in running:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait()

    def start(self, command: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """Starts a child with pipes; EnvironmentProblem ``stopped`` once the demo is leaving."""
        with self._lock:
            if self._closing:
                raise EnvironmentProblem("stopped")
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                env={**os.environ, "PYTHONUTF8": "1", **(environment or {})},
                start_new_session=True,
            )
            self._running.add(child)
        return child

    def run(self, command: list[str], text: str = "", environment: dict[str, str] | None = None) -> Any:
        """Runs a verb to its end and returns its JSON; raises Verb when it answered with an error."""
        child = self.start(command, environment)
        out, err = child.communicate(text)
        self._forget(child)
        try:
            answer = json.loads(out)
        except ValueError:
            raise Verb(
                "failed", {"command": command[1:], "exit": child.returncode, "said": err[-800:]}
            ) from None
        if child.returncode:
            problem = answer.get("error", {})
            raise Verb(str(problem.get("code", "failed")), dict(problem.get("details") or {}))
        return answer

    def end(self, child: subprocess.Popen[str]) -> None:
        """Ends one child and waits for it."""
        _signal(child, signal.SIGTERM)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            _signal(child, signal.SIGKILL)
            child.wait()
        self._forget(child)

    def _forget(self, child: subprocess.Popen[str]) -> None:
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
        with self._lock:
            self._running.discard(child)


def _signal(child: subprocess.Popen[str], number: int) -> None:
    if child.poll() is not None:
        return
    if not hasattr(os, "killpg"):
        child.terminate()
        return
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


class Server:
    """The upper server of the story: a folder, and a process while the line is up."""

    def __init__(self, children: Children, data: Path) -> None:
        self._children = children
        self._process: subprocess.Popen[str] | None = None
        self.data = data
        self.port = 0
        self.url = ""

    def verb(self, *words: str, text: str = "") -> Any:
        """Runs one server verb on the folder."""
        command = [sys.executable, "-m", "sync.server", "--data", str(self.data), "--json", *words]
        return self._children.run(command, text)

    def start(self) -> None:
        """Brings the server up, on the port it had before if it had one."""
        self._process = self._children.start(
            [
                *(sys.executable, "-m", "sync.server", "--data", str(self.data), "--json"),
                *("serve", "--host", "127.0.0.1", "--port", str(self.port), "--exit-with-parent"),
            ]
        )
        assert self._process.stdout is not None  # noqa: S101 - we asked for the pipe
        line = self._process.stdout.readline()
        if not line:
            raise EnvironmentProblem("server_down")
        self.url = json.loads(line)["url"]
        self.port = int(self.url.rsplit(":", 1)[1].rstrip("/"))
        # Whatever it says later must not fill the pipe.
        for pipe in (self._process.stdout, self._process.stderr):
            threading.Thread(target=_drain, args=(pipe,), daemon=True).start()

    def stop(self) -> None:
        """Takes the line away."""
        if self._process is not None:
            self._children.end(self._process)
            self._process = None


def _drain(pipe: Any) -> None:
    try:
        for _ in pipe:
            pass
    except ValueError:
        return


class Laptop:
    """One laptop of the story: its own folder, its own encrypted store, every verb its own process."""

    def __init__(self, children: Children, home: Path, person: str, passphrase: str) -> None:
        self._children = children
        self.home = home
        self.person = person
        self.passphrase = passphrase

    def verb(self, *words: str, text: str = "") -> Any:
        """Runs one verb of the program on this laptop."""
        command = [sys.executable, "-m", "ntmdesk", "--home", str(self.home), "--json", *words]
        return self._children.run(command, text, {"NTMDESK_PASSPHRASE": self.passphrase})

    def add(self, kind: str, records: list[dict[str, Any]]) -> list[str]:
        """Records many of one kind; every one of them must be taken."""
        lines = "\n".join(json.dumps(r, ensure_ascii=False) for r in records)
        answer = self.verb("add", kind, "-", text=lines + "\n")
        if answer["refused"]:
            raise Verb("refused", {"kind": kind, "refused": answer["refused"][:3]})
        return [str(i) for i in answer["ids"]]
