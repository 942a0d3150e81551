"""A real server process for tests: made in a folder, started on a free port, ended with the test.

    with RealServer(folder) as server:
        server.team_add("T01", "Tổ thôn 1", hamlets=["Thôn 1"])
        code = server.invite("T01", "volunteer")["code"]
        ... server.url, server.fingerprint ...

Every verb is a process of its own, as a keeper would run it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60
COMMAND = (sys.executable, "-m", "sync.server")


class VerbFailed(AssertionError):
    """A verb ended with 1; ``code`` and ``details`` of its error."""

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details


class RealServer:
    """One server: ``data`` its folder, ``url`` and ``fingerprint`` once started.

    ``database``: a PostgreSQL URL instead of the embedded file.  ``tls``: HTTPS with the certificate of
    ``init``.  ``catalogue``: a folder instead of the shipped one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tls: bool = False,
        database: str = "",
        catalogue: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.data = folder / "server"
        self.url = ""
        self.fingerprint = ""
        self.process: subprocess.Popen[str] | None = None
        self.port = 0
        self._tls = tls
        self._environment = {**os.environ, **(environment or {})}
        self._log = folder / "server.log"
        arguments = ["init"]
        if database:
            arguments += ["--database", database]
        if catalogue is not None:
            arguments += ["--catalogue", str(catalogue)]
        self.run(*arguments)

    def run(self, *arguments: str, stdin: str | None = None) -> dict[str, Any]:
        """One verb's JSON; VerbFailed for exit 1."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--data", str(self.data), "--json"],
            cwd=REPOSITORY,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        if done.returncode not in (0, 1) or not done.stdout:
            raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        document: dict[str, Any] = json.loads(done.stdout)
        if done.returncode:
            raise VerbFailed(document["error"]["code"], document["error"]["details"])
        return document

    def start(self) -> RealServer:
        """Serves on a free port, the same one again after ``stop`` or ``kill``."""
        assert self.process is None
        log = self._log.open("a", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                *COMMAND,
                "serve",
                "--port",
                str(self.port),
                *(["--tls"] if self._tls else []),
                "--exit-with-parent",
                "--data",
                str(self.data),
                "--json",
            ],
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
        )
        log.close()
        said = json.loads(self._first_line() or "{}")
        if "url" not in said:
            raise AssertionError(f"server did not start: {said}\n{self.log_text()}")
        self.url, self.fingerprint = said["url"], said["fingerprint"]
        self.port = int(self.url.rpartition(":")[2])
        return self

    def _first_line(self) -> str:
        assert self.process is not None
        stdout = self.process.stdout
        assert stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True)
        reader.start()
        try:
            return lines.get(timeout=START_SECONDS)
        except queue.Empty:
            self.kill()
            raise AssertionError(f"server said nothing\n{self.log_text()}") from None

    def stop(self) -> int:
        """Asks the server to end (SIGTERM) and gives its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """Ends it as a power cut would (SIGKILL)."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process = self.process
        assert process is not None
        self.process = None
        process.send_signal(number)
        code = process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()
        return code

    def log_text(self) -> str:
        """What the server has logged so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def team_add(
        self,
        code: str = "T01",
        name: str = "Tổ công nghệ số cộng đồng Thôn 1",
        *,
        commune: str = "15880",
        hamlets: Sequence[str] = ("Thôn 1",),
    ) -> dict[str, Any]:
        """``{"team", "hamlets": [{"id", "local_code"}]}``."""
        named = [word for hamlet in hamlets for word in ("--hamlet", hamlet)]
        return self.run("team", "add", "--code", code, "--name", name, "--commune", commune, *named)

    def invite(
        self, team: str = "T01", role: str = "volunteer", *, name: str = "", days: int = 7
    ) -> dict[str, Any]:
        """``{"code", "expires", "url"}``."""
        return self.run("invite", "--team", team, "--role", role, "--name", name, "--days", str(days))

    def record_add(self, kind: str, lines: Sequence[dict[str, Any]], team: str = "T01") -> dict[str, Any]:
        """``{"ids", "refused"}``."""
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        return self.run("record", "add", kind, "-", "--team", team, stdin=text)

    def __enter__(self) -> RealServer:
        return self if self.process else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.stop()
