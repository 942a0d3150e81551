"""The road in one process and the road over real HTTP pass one exam; each trouble of a line has its own
name."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.engine.http import BLOCK, HttpDoorstep, HttpTransport, _Blocks, check_url
from sync.engine.ports import Transport
from sync.engine.refusals import seconds_asked
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ErrorReply, Hello
from tests.contracts.transport_exam import TransportExam
from tests.fakes import LocalTransport

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A real HTTP server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            answer(self, b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestLocalRoad(TransportExam):
    @contextmanager
    def road_to(self, hub: LocalTransport) -> Iterator[Transport]:
        yield hub


class TestHttpRoad(TransportExam):
    @contextmanager
    def road_to(self, hub: LocalTransport) -> Iterator[Transport]:
        def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
            assert handler.headers["Authorization"] == "Bearer secret"
            try:
                data = hub.exchange(body) if handler.path == "/v1/exchange" else hub.compare(body)
            except WireError as error:
                reply(handler, 400, encode_message(ErrorReply(error.code, error.details), plain=True))
            else:
                reply(handler, 200, data)

        with listening(answer) as url:
            road = HttpTransport(url, "secret")
            yield road
            road.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",
        "http://localhost:8443/",
        "http://[::1]:1",
        "https://example.org",
        "https://10.0.0.1:8443",
    ],
)
def test_addresses_that_may_be_spoken_to(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize("url", ["http://10.0.0.1", "http://example.org", "http://127.0.0.1.example.org"])
def test_plain_http_stays_on_this_machine(url: str) -> None:
    with pytest.raises(WireError) as caught:
        HttpTransport(url, "t")
    assert caught.value.code == "tls_required"


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "127.0.0.1:8443", "https://", "https://[::1", "https://a:b", "https://a:99999"]
)
def test_what_is_no_address_must_begin_with_https(url: str) -> None:
    with pytest.raises(WireError) as caught:
        HttpTransport(url, "t")
    assert caught.value.code == "tls_required"


def trouble(url: str, **more: float) -> WireError:
    road = HttpTransport(url, "t", **more)  # type: ignore[arg-type]
    with pytest.raises(WireError) as caught:
        road.exchange(b"x" * 100)
    road.close()
    return caught.value


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert trouble(f"http://127.0.0.1:{port}").code == "server_down"


def test_the_line_breaks_before_the_answer() -> None:
    with listening(lambda handler, body: handler.connection.shutdown(socket.SHUT_RDWR)) as url:
        error = trouble(url)
    assert error.code == "dropped"
    assert error.retryable


def test_the_line_breaks_inside_the_answer() -> None:
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"x" * 10)
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)

    with listening(answer) as url:
        assert trouble(url).code == "dropped"


def test_a_silent_server_is_left() -> None:
    leave = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        leave.wait(10)

    with listening(answer) as url:
        assert trouble(url, stall_seconds=0.1).code == "timeout"
        leave.set()


def test_an_unknown_name() -> None:
    assert trouble("https://no-such-host.invalid").code in ("dns", "offline")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"", "busy"),
        (500, b"oops", "server_down"),
        (401, b"", "not_enrolled"),
        (404, b"", "refused"),
        (401, b"<html>Wi-Fi", "bad_reply"),
        (403, b" <!DOCTYPE html>", "bad_reply"),
        (404, b"<html>", "bad_reply"),
        (502, b"<html>", "server_down"),
        (503, b"<html>", "busy"),
        (429, b"", "busy"),
        (302, b"", "bad_reply"),
        (511, b"<html>", "bad_reply"),
        (413, b"", "too_large"),
        (403, b'{"code":"revoked","details":{"device":"d"}}', "revoked"),
    ],
)
def test_each_status_has_its_code(status: int, body: bytes, code: str) -> None:
    with listening(lambda handler, _: reply(handler, status, body)) as url:
        assert trouble(url).code == code


def test_retry_after_is_told() -> None:
    with listening(lambda handler, _: reply(handler, 429, b"", Retry_After="17")) as url:
        error = trouble(url)
    assert (error.code, error.retry_after, error.retryable) == ("busy", 17.0, True)


def test_a_server_without_pieces_gets_the_request_whole() -> None:
    got: list[tuple[str, bytes]] = []

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        got.append((handler.path, body))
        reply(handler, 200, b"fine")

    body = bytes(range(256)) * 200
    with listening(answer) as url:
        road = HttpTransport(url, "t")
        assert road.exchange(body) == b"fine"
        assert road.exchange(body + b"again") == b"fine"
        road.close()
    assert got == [("/v1/exchange", body), ("/v1/exchange", body + b"again")]


def test_a_body_is_handed_to_the_line_block_by_block() -> None:
    """The timeout is for one block to be accepted: however slow the line, what moves is not cut."""
    body = bytes(range(256)) * 100
    blocks = list(iter(partial(_Blocks(body).read, 16 * 1024), b""))
    assert max(map(len, blocks)) == BLOCK
    assert b"".join(blocks) == body
    assert _Blocks(body).read() == body[:BLOCK]


def test_what_a_balancer_asks_to_be_told_again_is_told() -> None:
    told: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        told.append(handler.headers["Cookie"])
        assert handler.headers["Authorization"] == "Bearer t"
        assert {name.lower() for name in handler.headers} <= {
            "host",
            "authorization",
            "content-length",
            "cookie",
        }
        reply(handler, 200, body, Set_Cookie=f"machine={len(told)}")

    with listening(answer) as url:
        road = HttpTransport(url, "t")
        assert [road.exchange(b"a"), road.exchange(b"b"), road.exchange(b"c")] == [b"a", b"b", b"c"]
        road.close()
    assert told == [None, "machine=1", "machine=2"]


def test_retry_after_may_be_a_date_against_the_servers_own_clock() -> None:
    def busy(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response_only(503)
        handler.send_header("Date", "Fri, 27 Nov 1998 10:00:00 GMT")
        handler.send_header("Retry-After", "Fri, 27 Nov 1998 10:00:25 GMT")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with listening(busy) as url:
        error = trouble(url)
    assert (error.code, error.retry_after) == ("busy", 25.0)


@pytest.mark.parametrize("said", ["", "soon", "-5", "Fri, 99 Nov 1998"])
def test_a_retry_after_that_says_nothing_is_no_wait(said: str) -> None:
    assert seconds_asked({"Retry-After": said}) is None


def test_hello_before_enrolment() -> None:
    hello = Hello("s", 1, 1, 5, "e", 1)
    with listening(lambda handler, _: reply(handler, 200, encode_message(hello))) as url:
        door = HttpDoorstep(url)
        assert door.hello() == hello
        door.close()


@pytest.mark.parametrize(
    "body", [b"<html>Wi-Fi</html>", b'{"login":"https://portal.invalid"}', b"NTMX" + b"\xff" * 30, b"\0" * 9]
)
def test_a_login_page_is_no_answer_of_the_server(body: bytes) -> None:
    with listening(lambda handler, _: reply(handler, 200, body)) as url:
        door = HttpDoorstep(url)
        with pytest.raises(WireError) as caught:
            door.hello()
        door.close()
    assert caught.value.code == "bad_reply"


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ntmdesk")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def test_an_own_certificate_is_known_by_its_fingerprint(tmp_path: Path) -> None:
    context, fingerprint = own_certificate(tmp_path)
    with listening(lambda handler, body: reply(handler, 200, body[::-1]), context) as url:
        colons = ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
        for known in (fingerprint, colons):
            road = HttpTransport(url, "t", known)
            assert road.exchange(b"abc" * 30_000) == (b"abc" * 30_000)[::-1]
            road.close()


def test_another_certificate_is_refused(tmp_path: Path) -> None:
    context, fingerprint = own_certificate(tmp_path)
    wrong = ("0" if fingerprint[0] != "0" else "1") + fingerprint[1:]
    with listening(lambda handler, body: reply(handler, 200, body), context) as url:
        for known in (wrong, None):
            road = HttpTransport(url, "t", known)
            with pytest.raises(WireError) as caught:
                road.exchange(b"abc")
            assert caught.value.code == "tls"
            road.close()
