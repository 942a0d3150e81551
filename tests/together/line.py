"""A telephone line that breaks on order: between a laptop and a server, message by message.

A *message* is one whole request or one whole answer.  The line passes them on unchanged until the order says
otherwise; after a break it is dead until ``mend``, unless the order is to break again and again.

    with Line(server.port) as line:
        laptop.enrol(line.url, ...)
        line.break_after(messages=3)     # the second request arrives, its answer is lost
        laptop.sync_code()               # "dropped"
        line.mend()
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import BinaryIO


@dataclass
class Order:
    """What is to happen; counted from the moment the order was given."""

    messages: int | None = None
    """After so many whole messages nothing passes any more."""
    octets: int | None = None
    """After so many bytes, both directions together, nothing passes any more."""
    way: str = ""
    """Counts only what goes ``up`` or ``down``; both when empty."""
    again: bool = False
    """A break resets every open connection, and the line lives on; counting begins anew."""
    double: int | None = None
    """The request of this number reaches the server twice; its second answer comes back."""
    flip: int | None = None
    """In the message of this number one bit in the middle of the body arrives wrong."""
    then: Callable[[], None] | None = None
    """Called once, at the break, instead of breaking the line."""
    answer: bytes | None = None
    """Whatever is asked, this comes back, as from another server."""
    hold: int | None = None
    """The message of this number waits until ``let_go``."""
    released: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)


class Line:
    """Listens on a free port of this machine and passes on to ``port``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._order = Order()
        self._dead = False
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self.messages = 0
        self.bytes = 0
        self.breaks = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._listen = threading.Thread(target=self._accept, daemon=True)
        self._listen.start()

    def break_after(
        self,
        *,
        messages: int | None = None,
        bytes: int | None = None,
        way: str = "",
        again: bool = False,
        then: Callable[[], None] | None = None,
    ) -> None:
        """The line breaks after so much has passed (one ``way`` only, if told); with ``then`` that is done
        instead; with ``again`` it lives on and breaks after as much once more."""
        self._give(Order(messages=messages, octets=bytes, way=way, again=again, then=then))

    def double(self, message: int) -> None:
        """The request that is message ``message`` (from 0) reaches the server twice."""
        self._give(Order(double=message))

    def flip(self, message: int) -> None:
        """One bit of the body of message ``message`` (from 0) arrives wrong."""
        self._give(Order(flip=message))

    def answer(self, status: str, body: bytes, kind: str = "application/json") -> None:
        """Every request is answered with this instead of reaching the server."""
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._give(Order(answer=head.encode() + body))

    def hold(self, message: int) -> Order:
        """Message ``message`` (from 0) waits; ``order.held`` tells when, ``order.released.set()`` lets go."""
        order = Order(hold=message)
        self._give(order)
        return order

    def mend(self) -> None:
        """Everything passes again; counting begins anew."""
        self._give(Order())

    def _give(self, order: Order) -> None:
        with self._lock:
            self._order, self._dead = order, False
            self.messages = self.bytes = self.breaks = 0

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(near,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, near: socket.socket) -> None:
        far: socket.socket | None = None
        try:
            if self._dead:
                return
            far = socket.create_connection(("127.0.0.1", self._port), timeout=90)
            self._open |= {near, far}
            with near.makefile("rb") as up, far.makefile("rb") as down:
                while (request := _message(up)) is not None:
                    if (canned := self._order.answer) is not None:
                        near.sendall(canned)
                        continue
                    twice = self._order.double is not None and self._order.double == self.messages
                    if not self._pass(request, far, "up"):
                        return
                    answer = _message(down)
                    if twice and answer is not None:
                        far.sendall(b"".join(request))
                        answer = _message(down)
                    if answer is None or not self._pass(answer, near, "down"):
                        return
        except OSError:
            return
        finally:
            for end in (near, far):
                if end is not None:
                    self._open.discard(end)
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                    end.close()

    def _pass(self, message: tuple[bytes, bytes], to: socket.socket, way: str) -> bool:
        head, body = message
        with self._lock:
            if self._dead:
                return False
            order, number, passed = self._order, self.messages, self.bytes
        if order.hold == number:
            order.held.set()
            order.released.wait(60)
        if order.flip == number and body:
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 4]) + body[middle + 1 :]
        data = head + body
        room = len(data)
        counted = order.way in ("", way)
        if order.messages is not None and number >= order.messages:
            room = 0
        if order.octets is not None and counted:
            room = max(0, min(room, order.octets - passed))
        broken = room < len(data)
        if broken and order.then is not None:
            with self._lock:
                mine = self._order is order
                if mine:
                    self._order = Order()
            if mine:
                order.then()
            room, broken = len(data), False
        with self._lock:
            self._dead = self._dead or (broken and not order.again)
            self.bytes = 0 if broken else self.bytes + (room if counted else 0)
            self.breaks += broken
            self.messages += 0 if broken else 1
        to.sendall(data[:room])
        if broken and order.again:
            for end in list(self._open):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        return not broken

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._listen.join(10)
        for thread in self._threads:
            thread.join(10)


def _message(file: BinaryIO) -> tuple[bytes, bytes] | None:
    """Head and body of one HTTP message with a Content-Length; None when the line was closed."""
    head = b""
    length = 0
    while not head.endswith(b"\r\n\r\n"):
        line: bytes = file.readline()
        if not line:
            return None
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
        head += line
    body: bytes = file.read(length)
    return (head, body) if len(body) == length else None
