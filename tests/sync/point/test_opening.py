"""An open point: who it is, what it bears with, when it closes.  Real sockets, real TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.engine.point import PointTransport, shown_fingerprint
from sync.point.bounds import Bounds
from sync.point.deliveries import Answered
from sync.point.opening import IDLE_SECONDS, OpenPoint
from sync.protocol.codec import decode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ErrorReply
from sync.protocol.points import Address, Invitation, invitation, read_invitation
from tests.contracts.point_exam import Echo

HERE = "127.0.0.1"
Open = Callable[..., OpenPoint]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def opened(echo: Echo) -> Iterator[Open]:
    made: list[OpenPoint] = []

    def make(**options: object) -> OpenPoint:
        point = OpenPoint(echo, host=HERE, announced_on=(), **options)  # type: ignore[arg-type]
        made.append(point)
        return point

    yield make
    for point in made:
        point.close()


def road(point: OpenPoint, told: Invitation | None = None) -> PointTransport:
    return PointTransport(Address(HERE, point.port), told or point.invitation())


def deliver(point: OpenPoint, bundle: bytes = b"abc") -> bytes:
    line = road(point)
    try:
        return line.deliver(bundle)
    finally:
        line.close()


def secured(point: OpenPoint, source: str = HERE) -> ssl.SSLSocket:
    """A bare TLS line to the point, which gives up after 20 seconds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((HERE, point.port), 20, (source, 0)) as line:
        return context.wrap_socket(line)  # takes the line over


def read_all(line: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    try:
        while part := line.recv(65536):
            parts.append(part)
    except (ConnectionError, ssl.SSLError):
        pass
    return b"".join(parts)


def ask(point: OpenPoint, head: str, body: bytes = b"") -> tuple[int, ErrorReply]:
    with secured(point) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        answer = read_all(line)
    said, _, told = answer.partition(b"\r\n\r\n")
    return int(said.split()[1]), decode_message(told, ErrorReply)


def trouble(call: Callable[[], object]) -> WireError:
    with pytest.raises(WireError) as caught:
        call()
    return caught.value


def test_it_is_known_by_fingerprint_by_code_and_by_what_its_qr_code_says(opened: Open) -> None:
    point = opened()
    told = point.invitation()
    assert shown_fingerprint(Address(HERE, point.port)) == told.fingerprint
    spoken = read_invitation(told.code.lower().replace("-", " "))
    scanned = read_invitation(told.text)
    assert (spoken.fingerprint, scanned) == ("", told)
    for known in (told, spoken, scanned):
        line = road(point, known)
        assert line.deliver(b"abc") == b"cba"
        line.close()


def test_each_opening_is_another_point(opened: Open) -> None:
    first, second = opened(), opened()
    assert first.invitation().code != second.invitation().code
    assert trouble(lambda: road(second, first.invitation())).code == "wrong_point"


def test_nothing_is_sent_to_a_point_whose_code_or_fingerprint_is_another(opened: Open, echo: Echo) -> None:
    point = opened()
    own = point.invitation()
    near = own.fingerprint[:-1] + ("0" if own.fingerprint[-1] != "0" else "1")
    letters = own.letters[:-1] + ("0" if own.letters[-1] != "0" else "1")
    assert invitation(near).letters == own.letters
    for other in (invitation(near), Invitation(letters)):
        error = trouble(lambda other=other: road(point, other))  # type: ignore[misc]
        assert error.code == "wrong_point"
    assert (echo.taken, point.deliveries()) == ([], ())


def test_the_certificate_pinned_is_the_one_that_is_spoken_to(opened: Open, echo: Echo) -> None:
    """Another point takes the place of the first between looking and sending."""
    point = opened()
    line = road(point)
    port = point.port
    point.close()
    other = opened(port=port)
    assert trouble(lambda: line.deliver(b"abc")).code == "wrong_point"
    line.close()
    assert (echo.taken, other.deliveries()) == ([], ())


def test_what_speaks_no_tls_is_no_point() -> None:
    with socket.create_server((HERE, 0)) as plain:
        port = plain.getsockname()[1]

        def greet() -> None:
            peer, _ = plain.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                peer.recv(65536)

        server = threading.Thread(target=greet)
        server.start()
        error = trouble(lambda: PointTransport(Address(HERE, port), Invitation("0" * 16)))
        server.join()
    assert error.code == "wrong_point"


def test_a_closed_point_and_a_name_nobody_has_are_told_as_closed(opened: Open) -> None:
    point = opened()
    line = road(point)
    told = point.invitation()
    point.close()
    assert point.ended_by == "closed"
    assert trouble(lambda: line.deliver(b"abc")).code == "point_closed"
    assert trouble(lambda: road(point, told)).code == "point_closed"
    nobody = Address("không-có.invalid", 8765)
    assert trouble(lambda: PointTransport(nobody, told)).code == "point_closed"
    line.close()


def test_a_port_that_is_taken_is_told(opened: Open) -> None:
    point = opened()
    error = trouble(lambda: opened(port=point.port))
    assert (error.code, error.details["port"]) == ("cannot_listen", point.port)


def test_it_closes_after_an_idle_time_which_every_delivery_begins_anew(opened: Open, echo: Echo) -> None:
    clock = [1000.0]
    point = opened(seconds=lambda: clock[0])
    clock[0] += IDLE_SECONDS - 1
    assert point.idle_left() == 1
    deliver(point)
    assert point.idle_left() == IDLE_SECONDS
    clock[0] += IDLE_SECONDS - 1
    with pytest.raises(WireError):
        deliver(point, b"foreign")  # what is refused keeps nothing open
    assert point.idle_left() == 1
    assert point.ended_by == ""
    clock[0] += 1
    assert point.wait(30)
    assert point.ended_by == "idle"
    assert echo.closed == 1
    assert trouble(lambda: deliver(point)).code == "point_closed"


def test_it_tells_who_has_delivered(opened: Open) -> None:
    clock = [1_790_000_000.0]
    point = opened(now=lambda: clock[0])
    for bundle in (b"a12", b"b1", b"a1"):
        clock[0] += 60
        deliver(point, bundle)
    told = [(d.device, d.times, d.records, d.at) for d in point.deliveries()]
    assert told == [("device b'a'", 2, 5, 1_790_000_180.0), ("device b'b'", 1, 2, 1_790_000_120.0)]


def test_many_members_at_once_are_answered_one_after_the_other(opened: Open) -> None:
    threads: set[str] = set()
    inside = threading.Lock()

    class Alone(Echo):
        def answer(self, bundle: bytes) -> Answered:
            assert inside.acquire(blocking=False)
            threads.add(threading.current_thread().name)
            try:
                return super().answer(bundle)
            finally:
                inside.release()

    alone = Alone()
    point = OpenPoint(alone, host=HERE, announced_on=(), bounds=Bounds(per_minute=10_000, from_one=64))
    bundles = [b"%d" % n for n in range(12)]

    def member(bundle: bytes) -> bytes:
        line = road(point)
        try:
            while True:
                try:
                    return line.deliver(bundle)
                except WireError as error:
                    assert error.code == "busy"  # noqa: PT017  any other ends the member
        finally:
            line.close()

    try:
        with ThreadPoolExecutor(6) as members:
            assert list(members.map(member, bundles)) == [bundle[::-1] for bundle in bundles]
    finally:
        point.close()
    assert sorted(alone.taken) == sorted(bundles)
    assert len(threads) == 1


def test_a_member_killed_in_the_middle_leaves_nothing_half(opened: Open, echo: Echo) -> None:
    point = opened()
    script = (
        "import os, signal, socket, ssl\n"
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "context.check_hostname, context.verify_mode = False, ssl.CERT_NONE\n"
        f"line = context.wrap_socket(socket.create_connection(('{HERE}', {point.port})))\n"
        "head = 'POST /v1/bundle HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 1000\\r\\n\\r\\n'\n"
        "line.sendall(head.encode() + b'x' * 999)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode < 0
    assert deliver(point) == b"cba"
    assert echo.taken == [b"abc"]


def test_a_body_that_says_it_is_too_large_and_one_that_is(opened: Open, echo: Echo) -> None:
    point = opened(bounds=Bounds(body_bytes=1000))
    announced = ask(point, "POST /v1/bundle HTTP/1.1\nHost: x\nContent-Length: 1001")
    chunked = ask(
        point,
        "POST /v1/bundle HTTP/1.1\nHost: x\nTransfer-Encoding: chunked",
        b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
    )
    for status, reply in (announced, chunked):
        assert (status, reply.code, reply.details) == (413, "too_large", {"limit": 1000})
    assert echo.taken == []


@pytest.mark.parametrize("head", ["GET /v1/bundle HTTP/1.1\nHost: x", "POST /v1/exchange HTTP/1.1\nHost: x"])
def test_everything_else_is_not_found(opened: Open, head: str) -> None:
    status, reply = ask(opened(), head)
    assert (status, reply.code) == (404, "not_found")


def test_a_bundle_refused_keeps_its_status_and_the_headers_are_closed(opened: Open) -> None:
    point = opened()
    with secured(point) as line:
        line.sendall(b"POST /v1/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nforeign")
        said = read_all(line).partition(b"\r\n\r\n")[0].lower()
    assert said.startswith(b"http/1.1 403")
    for header in (b"cache-control: no-store", b"x-content-type-options: nosniff", b"connection: close"):
        assert header in said
    assert b"server:" not in said


def test_too_many_tries_of_one_address_must_wait(opened: Open) -> None:
    point = opened(bounds=Bounds(per_minute=2), seconds=lambda: 0.0)
    deliver(point)
    deliver(point)
    error = trouble(lambda: deliver(point))
    assert (error.code, error.details["reason"]) == ("busy", "too_many")
    assert error.retry_after


HALF_HEAD = b"POST /v1/bundle HTTP/1.1\r\nHost"
HALF_BODY = b"POST /v1/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx"


def test_others_are_served_beside_the_slow(opened: Open, echo: Echo) -> None:
    point = opened()
    with (
        socket.create_connection((HERE, point.port), 20),
        secured(point) as half_head,
        secured(point) as half_body,
    ):
        half_head.sendall(HALF_HEAD)
        half_body.sendall(HALF_BODY)
        assert deliver(point) == b"cba"
    assert echo.taken == [b"abc"]


def begun(point: OpenPoint, words: bytes) -> ssl.SSLSocket:
    """A line on which so much was said; begun anew where this machine itself was too slow for it."""
    while True:
        try:
            line = secured(point)
            line.sendall(words)
        except OSError:
            continue
        return line


def test_the_slow_are_let_go(opened: Open, echo: Echo) -> None:
    """No TLS, half a head, half a body."""
    point = opened(bounds=Bounds(head_seconds=1.0, silence_seconds=0.3, per_minute=1000))
    with socket.create_connection((HERE, point.port), 20) as silent, begun(point, HALF_HEAD) as half_head:
        assert read_all(half_head) == b""
        assert read_all(silent) == b""
    said = b""
    while not said:  # let go at the head where this machine was too slow even for that
        with begun(point, HALF_BODY) as half_body:
            said = read_all(half_body)
    assert b'"timeout"' in said
    assert echo.taken == []


def test_a_body_that_trickles_ends_too(opened: Open) -> None:
    point = opened(bounds=Bounds(silence_seconds=20, whole_seconds=0.2))
    with secured(point) as line:
        line.sendall(b"POST /v1/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx")
        assert b'"timeout"' in read_all(line)


def test_one_address_cannot_take_all_the_room(opened: Open) -> None:
    point = opened(bounds=Bounds(connections=4, from_one=2, head_seconds=60))
    greedy = [socket.create_connection((HERE, point.port), 20) for _ in range(3)]
    assert read_all(greedy[2]) == b""
    with secured(point, source="127.0.0.2") as other:
        other.sendall(b"POST /v1/bundle HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        assert read_all(other).endswith(b"cba")
    for line in greedy:
        line.close()


def test_connections_that_went_away_give_their_room_back(opened: Open) -> None:
    point = opened(bounds=Bounds(connections=3, from_one=64, per_minute=1000))
    for _ in range(5):
        socket.create_connection((HERE, point.port), 20).close()
        deliver(point)


def test_noise_is_let_go(opened: Open) -> None:
    point = opened()
    with socket.create_connection((HERE, point.port), 20) as line:
        line.sendall(b"GET / HTTP/1.1\r\n\r\n" * 20)
        read_all(line)
    with secured(point) as line:
        line.sendall(b"\x00\xff no http at all\r\n\r\n")
        assert read_all(line).startswith(b"HTTP/1.1 400")
    assert deliver(point) == b"cba"
