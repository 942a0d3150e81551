"""The server as a process: started, asked, stopped, killed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.codec import decode_message, encode_message
from sync.protocol.messages import Enrolment, ErrorReply, ExchangeReply
from sync.protocol.pages import Cursor
from tests.sync.server.laptop import Laptop, made_id, outreach
from tests.together.server import COMMAND, REPOSITORY, RealServer, VerbFailed

pytestmark = pytest.mark.together


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with RealServer(tmp_path_factory.mktemp("real")) as running:
        running.team_add(hamlets=["Thôn 1", "Thôn 2"])
        yield running


def post(server: RealServer, path: str, body: bytes, token: str = "") -> bytes:
    asked = urllib.request.Request(f"{server.url}{path}", body, method="POST")  # noqa: S310
    if token:
        asked.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
        data: bytes = answer.read()
    return data


def enrol(server: RealServer, laptop: Laptop, name: str = "Phạm Thị Lành") -> Enrolment:
    code = server.invite()["code"]
    return decode_message(
        post(server, "/v1/enrol", encode_message(laptop.enrol_request(code, name))), Enrolment
    )


def exchange(server: RealServer, enrolment: Enrolment, body: bytes) -> ExchangeReply:
    return decode_message(post(server, "/v1/exchange", body, enrolment.token), ExchangeReply)


def test_it_says_where_it_listens_and_is_well(server: RealServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    assert server.fingerprint == ""
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=30) as answer:  # noqa: S310
        assert answer.status == 200


def test_a_laptop_enrols_sends_and_is_shut_out(server: RealServer) -> None:
    laptop = Laptop("one")
    enrolment = enrol(server, laptop)
    packet = laptop.packet(enrolment.team, {made_id("one", n): outreach(n) for n in range(25)})
    reply = exchange(server, enrolment, laptop.request([packet]))
    assert [r.number for r in reply.receipts] == [1]
    assert server.run("list", "outreach")["total"] == 25
    rows = server.run("devices")["rows"]
    assert [(r["device"], r["role"], r["revoked"]) for r in rows] == [(enrolment.device, "member", False)]
    assert server.run("revoke", enrolment.device)["revoked"] is True
    with pytest.raises(urllib.error.HTTPError) as caught:
        exchange(server, enrolment, laptop.request())
    with caught.value as refusal:
        assert refusal.code == 403
        assert decode_message(refusal.read(), ErrorReply).code == "revoked"


def test_a_slow_body_does_not_hold_up_others(server: RealServer) -> None:
    laptop = Laptop("slow")
    enrolment = enrol(server, laptop, "Người Chậm")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    try:
        head = (
            f"POST /v1/exchange HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {enrolment.token}\r\n"
            "content-length: 1000\r\n\r\nabc"
        )
        for line in slow:
            line.sendall(head.encode())
        started = time.monotonic()
        exchange(server, enrolment, laptop.request())
        assert time.monotonic() - started < 20
    finally:
        for line in slow:
            line.close()


def test_a_second_process_on_the_folder_is_refused(server: RealServer) -> None:
    with pytest.raises(VerbFailed) as caught:
        server.run("serve", "--port", "0")
    assert caught.value.code == "server_running"


def test_a_term_signal_ends_it_cleanly_and_it_comes_back(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    server.start()
    port = server.port
    assert server.stop() == 0
    server.start()
    assert server.port == port
    assert server.stop() == 0
    assert "Traceback" not in server.log_text()


def test_https_with_the_certificate_that_the_invitation_names(tmp_path: Path) -> None:
    with RealServer(tmp_path, tls=True) as server:
        assert server.url.startswith("https://")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain,
            context.wrap_socket(plain) as secure,
        ):
            certificate = secure.getpeercert(binary_form=True)
        assert certificate is not None
        assert hashlib.sha256(certificate).hexdigest() == server.fingerprint
        server.team_add()
        code = server.invite()
        assert code["code"].endswith(f".{server.fingerprint}")
        assert code["url"] == server.url


def test_beyond_this_machine_only_https(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    with pytest.raises(VerbFailed) as caught:
        server.run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert caught.value.code == "tls_required"


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(VerbFailed) as caught:
            server.run("serve", "--port", str(taken.getsockname()[1]))
    assert (caught.value.code, caught.value.details["reason"]) == ("cannot_listen", "EADDRINUSE")


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    command = [*COMMAND, "serve", "--port", "0", "--exit-with-parent", "--data", str(server.data)]
    starter = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen({command!r},"
        " stdout=subprocess.PIPE, text=True)\n"
        "print(child.pid, child.stdout.readline(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid, _, said = parent.stdout.readline().partition(" ")
        port = int(json.loads(said)["url"].rpartition(":")[2])
        parent.send_signal(signal.SIGKILL)
    assert gone(int(pid), port)


def gone(pid: int, port: int) -> bool:
    """Waits until nobody answers at a port; the process itself belongs to init by then."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                line.settimeout(0.2)
                try:
                    line.recv(1)
                except TimeoutError:
                    continue
        except ConnectionError:
            return True
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_killed_server_holds_what_it_receipted_and_takes_the_rest_again(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    server.start()
    server.team_add()
    laptop = Laptop("killed")
    enrolment = enrol(server, laptop)
    packets = [
        laptop.packet(enrolment.team, {made_id("k", p, n): outreach(n) for n in range(200)})
        for p in range(12)
    ]
    requests = [laptop.request([packet]) for packet in packets]
    receipted = 0
    for kill_after in (0.03, 0.0, 0.08):
        killer = threading.Timer(kill_after, server.kill)
        killer.start()
        try:
            while receipted < len(requests):
                reply = exchange(server, enrolment, requests[receipted])
                assert [r.hash for r in reply.receipts] == [packets[receipted].hash]
                receipted += 1
        except (OSError, urllib.error.URLError):
            pass
        killer.join()
        server.start()
    # whatever the kills cut off is sent again, the receipted as well: nothing doubles, nothing is missing
    for request, packet in zip(requests, packets, strict=True):
        reply = exchange(server, enrolment, request)
        assert [(r.hash, r.exceptions) for r in reply.receipts] == [(packet.hash, ())]
    reader = Laptop("reader")
    other = enrol(server, reader, "Người Đọc")
    cursor, seen = Cursor(other.server, "", other.team), 0
    while True:
        (page,) = exchange(server, other, reader.request([], [cursor])).pages
        seen += page.count
        cursor = page.cursor
        if not page.more:
            break
    total = 12 * 200 + len(("team", "hamlet", "member", "member"))
    assert seen == total
    assert page.digest is not None
    assert page.digest.count == total
    assert server.run("check")["ok"] is True
    server.stop()
    assert "Traceback" not in server.log_text()
