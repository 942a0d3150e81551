"""The ASGI application asked directly: every refusal is a coded reply."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import zstandard
from starlette.types import Message

from sync.protocol.codec import decode_message, encode_message
from sync.protocol.messages import Enrolment, ErrorReply, Hello
from sync.protocol.pages import Cursor
from sync.server import teams
from sync.server.app import Service
from sync.server.installation import Installation
from sync.server.settings import Limits
from tests.sync.server.laptop import Laptop, made_id, outreach, reply_of


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> ErrorReply:
        return decode_message(self.body, ErrorReply)


class Asked:
    """One application; ``ask`` is a whole request."""

    def __init__(self, server: Installation) -> None:
        self.service = Service(server, seconds=lambda: 0.0)
        self._app = self.service.application()

    def ask(
        self, method: str, path: str, body: bytes | list[bytes] = b"", token: str = "", **headers: str
    ) -> Answer:
        return asyncio.run(self._ask(method, path, body, token, headers))

    async def _ask(
        self, method: str, path: str, body: bytes | list[bytes], token: str, headers: dict[str, str]
    ) -> Answer:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        if token:
            named["authorization"] = f"Bearer {token}"
        parts = [body] if isinstance(body, bytes) else list(body)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "headers": [(k.encode(), v.encode()) for k, v in named.items()],
            "client": ("192.0.2.1", 4242),
            "server": ("127.0.0.1", 8443),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            if not parts:
                return {"type": "http.disconnect"}
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start = sent[0]
        return Answer(
            start["status"],
            {k.decode(): v.decode() for k, v in start["headers"]},
            b"".join(m.get("body", b"") for m in sent[1:]),
        )


@pytest.fixture
def app(server: Installation, team: str) -> Iterator[Asked]:
    asked = Asked(server)
    yield asked
    asked.service.close()


@pytest.fixture
def laptop() -> Laptop:
    return Laptop("a")


@pytest.fixture
def enrolled(app: Asked, server: Installation, laptop: Laptop) -> Enrolment:
    code = teams.invite(server, "T01", "volunteer", "", 7)[0]
    answer = app.ask("POST", "/v1/enrol", encode_message(laptop.enrol_request(code)))
    assert answer.status == 200
    return decode_message(answer.body, Enrolment)


def limited(server: Installation, **limits: int) -> Asked:
    server.settings = dataclasses.replace(server.settings, limits=Limits(**limits))
    return Asked(server)


def test_anybody_may_ask_how_the_server_is(app: Asked, server: Installation) -> None:
    health = app.ask("GET", "/healthz")
    assert (health.status, health.body) == (200, b"ok")
    hello = decode_message(app.ask("GET", "/v1/hello").body, Hello)
    assert (hello.server, hello.catalogue) == (server.archive.server, 1)
    assert hello.minimum <= hello.maximum


def test_every_answer_has_an_id_and_closed_headers(app: Asked) -> None:
    for path in ("/healthz", "/v1/hello", "/nowhere"):
        headers = app.ask("GET", path).headers
        assert len(headers["x-request-id"]) == 16
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_an_answer_for_a_program_carries_no_header_it_does_not_need(
    app: Asked, laptop: Laptop, enrolled: Enrolment
) -> None:
    answer = app.ask("POST", "/v1/exchange", laptop.request([], []), enrolled.token)
    assert answer.status == 200
    assert set(answer.headers) == {"content-length"}
    refused = app.ask("POST", "/v1/exchange", b"", "")
    assert {"date", "x-request-id", "cache-control"} <= set(refused.headers)


def test_a_packet_goes_up_and_comes_down(app: Asked, laptop: Laptop, enrolled: Enrolment) -> None:
    packet = laptop.packet(enrolled.team, {made_id("r", n): outreach(n) for n in range(5)})
    cursor = Cursor(enrolled.server, "", enrolled.team)
    answer = app.ask("POST", "/v1/exchange", laptop.request([packet], [cursor]), enrolled.token)
    assert answer.status == 200
    reply = reply_of(answer.body)
    assert [r.number for r in reply.receipts] == [1]
    assert reply.pages[0].cursor.stream == enrolled.team
    assert reply.catalogue == 1


@pytest.mark.parametrize("path", ["/v1/exchange", "/v1/compare", "/v1/catalogue"])
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "Bearer \x7f"])
def test_without_a_token_nothing_is_told(app: Asked, path: str, header: str) -> None:
    method = "GET" if path == "/v1/catalogue" else "POST"
    answer = app.ask(method, path, b"x", authorization=header)
    assert (answer.status, answer.error.code) == (401, "not_enrolled")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_device_is_told_so(
    app: Asked, server: Installation, laptop: Laptop, enrolled: Enrolment
) -> None:
    teams.revoke(server, enrolled.device)
    answer = app.ask("POST", "/v1/exchange", laptop.request(), enrolled.token)
    assert (answer.status, answer.error.code) == (403, "revoked")


def bomb() -> bytes:
    """200 MB of zeros in a head of a few thousand bytes."""
    frame = b"\0" + zstandard.ZstdCompressor(level=3).compress(bytes(200_000_000))
    length = len(frame)
    assert 127 < length < 16_384 * 128
    varint = bytearray()
    while length > 127:
        varint.append(length & 127 | 128)
        length >>= 7
    varint.append(length)
    return b"NTMX" + bytes(varint) + frame + b"\0"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"{",
        b"{}",
        b'{"protocol":1}',
        b"NTMX",
        b"NTMX\x05\0\0\0\0\0\0",
        b"\xff" * 5_000,
        b"[" * 100_000,
        b'{"protocol":"' + b"[" * 1_000 + b'"}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/exchange", "/v1/compare", "/v1/enrol"])
def test_garbage_is_a_coded_refusal(app: Asked, enrolled: Enrolment, path: str, body: bytes) -> None:
    answer = app.ask("POST", path, body, enrolled.token)
    assert (answer.status, answer.error.code) in {(400, "bad_message"), (413, "too_large")}


def test_a_bomb_is_refused_before_it_unfolds(app: Asked, enrolled: Enrolment) -> None:
    answer = app.ask("POST", "/v1/exchange", bomb(), enrolled.token)
    assert answer.error.code in {"too_large", "bad_message"}
    assert app.ask("GET", "/healthz").status == 200


def test_a_body_beyond_the_limit_is_refused_told_or_not(server: Installation, team: str) -> None:
    app = limited(server, body_bytes=1_000)
    code = teams.invite(server, "T01", "volunteer", "", 7)[0]
    enrolled = decode_message(
        app.ask("POST", "/v1/enrol", encode_message(Laptop("a").enrol_request(code))).body, Enrolment
    )
    told = app.ask("POST", "/v1/exchange", b"", enrolled.token, content_length="5000")
    untold = app.ask("POST", "/v1/exchange", [b"x" * 400] * 4, enrolled.token)
    for answer in (told, untold):
        assert (answer.status, answer.error.code, answer.error.details) == (
            413,
            "too_large",
            {"limit": 1_000},
        )
    app.service.close()


def test_a_line_that_breaks_inside_a_body_changes_nothing(
    app: Asked, server: Installation, laptop: Laptop, enrolled: Enrolment
) -> None:
    whole = laptop.request([laptop.packet(enrolled.team, {made_id("r"): outreach(1)})])

    async def broken() -> None:
        parts: list[Message] = [
            {"type": "http.request", "body": whole[:200], "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Message:
            return parts.pop(0)

        async def send(_: Message) -> None:
            pass

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/v1/exchange",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"authorization", f"Bearer {enrolled.token}".encode())],
            "client": None,
        }
        await app._app(scope, receive, send)

    with server.archive.look() as seen:
        before = seen.state(enrolled.team)
    asyncio.run(broken())
    with server.archive.look() as seen:
        assert seen.state(enrolled.team) == before
    assert app.ask("POST", "/v1/exchange", whole, enrolled.token).status == 200


def test_too_many_tries_to_enrol_are_asked_to_wait(server: Installation, team: str) -> None:
    app = limited(server, enrol_per_minute=3)
    body = encode_message(Laptop("a").enrol_request("0000-0000-0000-0000"))
    answers = [app.ask("POST", "/v1/enrol", body) for _ in range(5)]
    assert [(a.status, a.error.code) for a in answers] == [(403, "bad_code")] * 3 + [(429, "busy")] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].error.details["retry_after"] == int(answers[-1].headers["retry-after"])
    app.service.close()


def test_too_many_exchanges_of_one_device_are_asked_to_wait(server: Installation, team: str) -> None:
    app = limited(server, exchange_per_minute=2)
    laptop = Laptop("a")
    code = teams.invite(server, "T01", "volunteer", "", 7)[0]
    enrolled = decode_message(
        app.ask("POST", "/v1/enrol", encode_message(laptop.enrol_request(code))).body, Enrolment
    )
    statuses = [app.ask("POST", "/v1/exchange", laptop.request(), enrolled.token).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    app.service.close()


def test_a_full_queue_says_busy(server: Installation, team: str) -> None:
    app = limited(server, workers=1, waiting=1)

    async def crowd() -> list[int]:
        answers = await asyncio.gather(*(app._ask("GET", "/v1/hello", b"", "", {}) for _ in range(8)))
        return sorted(a.status for a in answers)

    statuses = asyncio.run(crowd())
    assert statuses[:2] == [200, 200]
    assert statuses[-1] == 503
    app.service.close()


def test_an_unforeseen_error_tells_a_code_and_logs_no_text(
    app: Asked, server: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("Nguyễn Thị Bí Mật")

    monkeypatch.setattr(server.archive, "look", broken)
    with caplog.at_level("INFO", logger="ntmdesk.server"):
        answer = app.ask("GET", "/v1/hello")
    assert (answer.status, answer.error.code) == (500, "server_error")
    assert b"M\xe1\xba\xadt" not in answer.body
    assert "RuntimeError" in caplog.text
    assert "Bí Mật" not in caplog.text


def test_logs_hold_no_token_no_name_and_no_value(
    app: Asked, laptop: Laptop, enrolled: Enrolment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        packet = laptop.packet(enrolled.team, {made_id("r"): outreach(7)})
        app.ask("POST", "/v1/exchange", laptop.request([packet]), enrolled.token)
    assert enrolled.device in caplog.text
    for secret in (enrolled.token, "Tờ rơi", "Sương Mai"):
        assert secret not in caplog.text


def test_a_laptop_fetches_the_catalogue_files_once(app: Asked, enrolled: Enrolment) -> None:
    answer = app.ask("GET", "/v1/catalogue", token=enrolled.token)
    document = json.loads(answer.body)
    assert document["version"] == 1
    assert "kinds/household.toml" in document["files"]
    again = app.ask("GET", "/v1/catalogue", token=enrolled.token, if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")
