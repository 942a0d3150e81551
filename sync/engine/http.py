"""The road over HTTP; the only user of ``requests``.

Plain ``http://`` is spoken to this very machine only.  A server with a certificate of its own making is
known by the full SHA-256 fingerprint of that certificate, which came with the invitation; any other by the
system's trusted authorities.  Timeouts measure standstill, not length: a slow line may take as long as it
moves.  A large request goes in pieces (``pace``, ``carrying``) until the line has shown to be quick, and what
breaks off goes on where it broke.
"""

from __future__ import annotations

import errno
import io
import ipaddress
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from sync.engine.carrying import Carrier
from sync.engine.pace import IN_FLIGHT
from sync.engine.refusals import refusal
from sync.engine.replies import decode_reply
from sync.protocol.codec import encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import REQUEST_BYTES, Enrolment, EnrolRequest, Hello
from sync.protocol.rosters import ROSTER_HEADER
from sync.protocol.versions import SPOKEN

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS = 15.0
"""Longest wait for a connection, and for one block of an upload to be accepted."""
STALL_SECONDS = 60.0
"""Longest silence while an answer is awaited or arrives."""
BLOCK = 4 * 1024
"""Bytes handed to the line, or taken from it, at once."""
_LEFT_OUT = "@@@SKIP_HEADER@@@"
"""``urllib3.util.SKIP_HEADER``: this header is not sent; written out so that the library is imported late."""
_OURS = "/v1/"
"""Where every path of ours begins."""
_NO_HEADERS = {"User-Agent": _LEFT_OUT, "Accept-Encoding": _LEFT_OUT}


class Road:
    """One session with one server: connection kept, errors told apart.

    ``direct``: past any proxy of this machine.  ``limit``: bytes of an answer.
    """

    def __init__(
        self,
        url: str,
        token: str,
        fingerprint: str | None,
        connect: float,
        stall: float,
        direct: bool = False,
        limit: int = REQUEST_BYTES,
    ) -> None:
        self._limit = limit
        self._url = url.rstrip("/")
        self._timeouts = (connect, stall)
        self._lock = threading.Lock()
        self.up = self.down = 0
        self.roster_waits = False
        check_url(url)
        self._host = urlsplit(url).netloc
        self._session = _session(fingerprint)
        self._session.trust_env = not direct and not is_near(urlsplit(url).hostname or "")
        self._session.headers.update(_NO_HEADERS)
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._pinned = fingerprint is not None
        self._prepared: requests.PreparedRequest | None = None
        self._settings: Any = {}

    def call(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One request and its whole answer.  Raises WireError only."""
        return self.ask(method, path, body)[1]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        beginning: Callable[[bytes, str], None] | None = None,
    ) -> tuple[int, bytes]:
        """Status (below 300) and answer.  ``beginning`` gets what has come of an answer that broke off, and
        its tag, if the server keeps it.  Raises WireError only."""
        import requests

        # who runs the engine tells of a wrong clock in words of its own
        warnings.filterwarnings("ignore", message="System time is way off")
        parts: list[bytes] = []
        tag = ""
        try:
            with self._begun(method, path, body, headers or {}) as response:
                self._count(up=len(body) + _head_size(response.request.headers, method, path, self._host))
                self._count(down=_head_size(response.headers, "HTTP/", ""))
                if response.status_code < 300:
                    tag = response.headers.get("ETag", "")
                    self.roster_waits |= ROSTER_HEADER in response.headers
                for part in _read(response, self._limit):
                    self._count(down=len(part))
                    parts.append(part)
        except (requests.RequestException, OSError) as error:
            if tag and parts and beginning is not None:
                beginning(b"".join(parts), tag)
            if isinstance(error, requests.RequestException):
                raise _road_error(error) from error
            raise WireError("dropped") from error
        answer = b"".join(parts)
        if response.status_code < 300 and not answer:
            # no answer of ours is empty: the line broke inside the head
            raise WireError("dropped")
        if response.status_code >= 300:
            raise refusal(response.status_code, answer, response.headers)
        return response.status_code, answer

    def _begun(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        """The head of the answer.  What is the same in every request of the road is prepared once."""
        import requests
        from requests.cookies import extract_cookies_to_jar

        with self._lock:
            if self._prepared is None:
                self._prepared = self._session.prepare_request(requests.Request("GET", self._url + _OURS))
                self._settings = self._session.merge_environment_settings(
                    self._prepared.url or self._url, {}, True, not self._pinned, None
                )
            prepared = self._prepared
        request = requests.PreparedRequest()
        request.method, request.url = method, f"{prepared.url}".removesuffix(_OURS) + path
        request.headers = prepared.headers.copy()
        request.headers.update(headers)
        if body:  # a stream, so that each block of a slow upload has its own timeout
            request.body = _Blocks(body)  # type: ignore[assignment]  # declared without streams
        if body or method != "GET":
            request.headers["Content-Length"] = str(len(body))
        adapter = self._session.get_adapter(request.url)
        response = adapter.send(request, timeout=self._timeouts, **self._settings)
        if "set-cookie" in response.headers:  # of a balancer, which knows by it where half a body lies
            with self._lock:
                extract_cookies_to_jar(self._session.cookies, request, response.raw)  # type: ignore[no-untyped-call]
                self._prepared = None
        return response

    def _count(self, up: int = 0, down: int = 0) -> None:
        with self._lock:
            self.up += up
            self.down += down

    def close(self) -> None:
        """Ends the session; a request under way breaks off with ``dropped``."""
        self._session.close()


class HttpTransport:
    """Implements ``engine.ports.Transport``.

    ``url``: of the server, without a path.  ``token``: from the enrolment.  ``fingerprint``: 64 hex digits
    (colons allowed) of the server's own certificate, None for a public one.  WireError ``tls_required`` for
    plain HTTP beyond this machine.
    """

    def __init__(
        self,
        url: str,
        token: str,
        fingerprint: str | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._road = Road(url, token, fingerprint, connect_seconds, stall_seconds)
        self._carrier = Carrier(self._road.ask, time.monotonic)

    def exchange(self, body: bytes) -> bytes:
        """POST /v1/exchange, or the same in pieces.

        Details ``moved`` of a WireError: bytes of this body or of its answer that came through and will not
        be sent again when the same body is.
        """
        return self._carrier.exchange(body)

    def compare(self, body: bytes) -> bytes:
        """POST /v1/compare."""
        return self._road.call("POST", "/v1/compare", body)

    def relay(self, body: bytes) -> bytes:
        """POST /v1/relay."""
        return self._road.call("POST", "/v1/relay", body)

    def roster(self) -> bytes:
        """GET /v1/roster: the signed roster of the team."""
        return self._road.call("GET", "/v1/roster")

    def roster_waits(self) -> bool:
        """Whether the server has said that there is a newer roster to be asked for."""
        return self._road.roster_waits

    def catalogue(self) -> bytes:
        """GET /v1/catalogue: the server's catalogue files."""
        return self._road.call("GET", "/v1/catalogue")

    def traffic(self) -> tuple[int, int]:
        """Bytes up and down, heads included."""
        return self._road.up, self._road.down

    def close(self) -> None:
        """Ends the connection."""
        self._carrier.close()
        self._road.close()


class HttpDoorstep:
    """Implements ``engine.ports.Doorstep``: what a laptop may ask before it is enrolled."""

    def __init__(
        self,
        url: str,
        fingerprint: str | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        self._road = Road(url, "", fingerprint, connect_seconds, stall_seconds)

    def hello(self) -> Hello:
        """GET /v1/hello."""
        return decode_reply(self._road.call("GET", "/v1/hello"), Hello)

    def enrol(self, request: EnrolRequest) -> Enrolment:
        """POST /v1/enrol, in the highest version both sides speak; WireError ``bad_code``, ``code_expired``,
        ``code_used`` besides the road's."""
        try:
            answer = self._road.call("POST", "/v1/enrol", encode_message(request))
        except WireError as error:
            common = SPOKEN.common(error)
            if common is None or common == request.protocol:
                raise
            request = msgspec.structs.replace(request, protocol=common)
            answer = self._road.call("POST", "/v1/enrol", encode_message(request))
        return decode_reply(answer, Enrolment)

    def close(self) -> None:
        """Ends the connection."""
        self._road.close()


def check_url(url: str) -> None:
    """WireError ``tls_required`` for anything but https://, and for plain HTTP beyond this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018  raises for what is no number of a port
    except ValueError:
        raise WireError("tls_required", reason="url") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme != "http" or not host:
        raise WireError("tls_required", reason="url")
    if not is_near(host):
        raise WireError("tls_required")


def is_near(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _session(fingerprint: str | None) -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    pool: dict[str, Any] = {}
    if fingerprint is not None:
        from sync.engine.pinned import pinned_context

        pool["assert_fingerprint"] = fingerprint.replace(":", "").lower()
        pool["ssl_context"] = pinned_context()
    else:
        import ssl

        import truststore

        pool["ssl_context"] = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    class Adapter(HTTPAdapter):
        """A few connections, no hidden retries, our idea of trust."""

        def init_poolmanager(
            self, connections: int, maxsize: int, block: bool = False, **kwargs: Any
        ) -> None:
            super().init_poolmanager(connections, maxsize, block, **kwargs, **pool)

        def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, **kwargs, **pool)

    session = requests.Session()
    session.headers.clear()
    session.auth = _no_other_auth
    session.mount("https://", Adapter(pool_connections=1, pool_maxsize=IN_FLIGHT, max_retries=0))
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=IN_FLIGHT, max_retries=0))
    return session


def _no_other_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A password file of the machine must not replace our token."""
    return request


class _Blocks(io.BytesIO):
    """A body handed out in small blocks: one must be accepted within the timeout, not all of it."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(BLOCK if size is None or size < 0 else min(size, BLOCK))


def _read(response: requests.Response, limit: int) -> Iterator[bytes]:
    size = 0
    for part in response.iter_content(64 * 1024 if response.status_code >= 300 else BLOCK):
        size += len(part)
        if size > limit:
            raise WireError("too_large", limit=limit)
        yield part


def _head_size(headers: Any, method: str, path: str, host: str = "") -> int:
    lines = [len(str(name)) + len(str(value)) + 4 for name, value in headers.items() if value != _LEFT_OUT]
    return len(method) + len(path) + 14 + sum(lines) + (len(host) + 8 if host else 0)


def _road_error(error: requests.RequestException) -> WireError:
    import requests
    from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError

    causes = _causes(error)
    if isinstance(error, requests.exceptions.ProxyError):
        return WireError("proxy")
    if isinstance(error, requests.exceptions.SSLError):
        return WireError("tls", reason="fingerprint" if "ingerprint" in str(error) else "certificate")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return WireError("server_down" if has_route() else "offline")
    if isinstance(error, requests.exceptions.Timeout):
        return WireError("timeout")
    if any(isinstance(cause, NameResolutionError | socket.gaierror) for cause in causes):
        return WireError("dns" if has_route() else "offline")
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if numbers & {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH}:
        return WireError("offline")
    if any(isinstance(cause, NewConnectionError | ConnectionRefusedError) for cause in causes):
        return WireError("server_down")
    if any("timed out" in str(cause) for cause in causes):
        return WireError("timeout")
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return WireError("dropped")
    return WireError("dropped" if any(isinstance(c, ProtocolError) for c in causes) else "refused")


def _causes(error: BaseException) -> list[BaseException]:
    """The error and everything inside it, however the libraries wrapped it."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, one.__cause__, one.__context__, getattr(one, "reason", None)]
    return found


def has_route() -> bool:
    """Whether this machine knows any way out; sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return False
    return True
