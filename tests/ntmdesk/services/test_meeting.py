"""Meeting a collection point: which one is tried, whose turn it is, what a broken line does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ntmdesk.errors import AppError
from ntmdesk.services import meeting
from ntmdesk.services.meeting import Taken, meet
from ntmdesk.store.database import Store
from sync.engine import finding
from sync.engine.finding import FoundPoint
from sync.protocol.errors import WireError
from sync.protocol.points import Address, Invitation, invitation
from tests.fakes import FakeClock
from tests.ntmdesk.services.conftest import Bench
from tests.ntmdesk.services.test_enrolling import Listening

POINT = invitation("84210842108421084210" + "00" * 22)
A, B, C = (Address(f"192.0.2.{n}", 8765) for n in (1, 2, 3))


class Room:
    """Who answers where, and what: stands for the network of a room."""

    def __init__(self) -> None:
        self.at: dict[Address, Callable[[bytes], bytes]] = {}
        self.others: set[Address] = set()
        self.drops = 0
        self.tried: list[Address] = []
        self.got: list[bytes] = []
        self.closed = 0

    def __call__(self, address: Address, told: Invitation) -> Room:
        self.tried.append(address)
        if self.drops:
            self.drops -= 1
            raise WireError("point_dropped", address=address.text)
        if address in self.others:
            raise WireError("wrong_point", address=address.text)
        if address not in self.at:
            raise WireError("point_closed", address=address.text)
        self._answer = self.at[address]
        return self

    def deliver(self, bundle: bytes) -> bytes:
        self.got.append(bundle)
        return self._answer(bundle)

    def traffic(self) -> tuple[int, int]:
        return 70, 50

    def close(self) -> None:
        self.closed += 1


class Seen:
    """Stands for what is announced in the room."""

    points_seen: tuple[FoundPoint, ...] = ()
    forbidden = False

    def __init__(self, interfaces: object = None) -> None:
        if self.forbidden:
            raise WireError("no_discovery")

    def wait_for(self, wanted: Callable[[FoundPoint], bool], seconds: float) -> tuple[FoundPoint, ...]:
        return tuple(point for point in self.points_seen if wanted(point))

    def points(self) -> tuple[FoundPoint, ...]:
        return self.points_seen

    def close(self) -> None:
        pass


@pytest.fixture
def room() -> Room:
    made = Room()
    made.at[A] = lambda bundle: bundle[::-1]
    return made


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> type[Seen]:
    class Here(Seen):
        pass

    monkeypatch.setattr(finding, "Finder", Here)
    return Here


class Member:
    """Meets with what it is given, and remembers what it took."""

    def __init__(self, store: Store, room: Room) -> None:
        self.store, self.room = store, room
        self.took: list[bytes] = []
        self.clock = FakeClock()
        self.made = 0

    def make(self, store: Store) -> tuple[bytes, int]:
        self.made += 1
        return b"bundle", 3

    def take(self, store: Store, answer: bytes) -> Taken:
        self.took.append(answer)
        return Taken(2, 1)

    def meet(self, code: str = POINT.code, address: str = A.text, **more: Any) -> meeting.MeetingNumbers:
        return meet(
            self.store,
            code,
            address,
            road=self.room,
            make=self.make,
            take=self.take,
            clock=self.clock,
            **more,
        )

    def trouble(self, code: str = POINT.code, address: str = A.text, **more: Any) -> AppError:
        with pytest.raises(AppError) as caught:
            self.meet(code, address, **more)
        return caught.value


@pytest.fixture
def member(bench: Bench, room: Room) -> Member:
    return Member(bench.store, room)


def test_what_waits_is_given_in_and_the_answer_taken_home(member: Member, room: Room) -> None:
    step = Listening()
    numbers = member.meet(step=step)
    assert (room.got, member.took) == ([b"bundle"], [b"eldnub"])
    assert numbers.document() == {
        "point": "Điểm thu GGGG",
        "sent": 3,
        "received": 2,
        "receipts": 1,
        "conflicts": 0,
        "pending": numbers.pending,
        "bytes_up": 70,
        "bytes_down": 50,
        "clone": False,
    }
    assert step.told == ["look", "send", "receive"]
    assert room.closed == 1


@pytest.mark.parametrize(
    ("code", "address", "what"),
    [
        ("7KQF", A.text, "bad_point_code"),
        (POINT.code, "192.0.2.1", "bad_address"),
        ("", "", "bad_point_code"),
    ],
)
def test_a_slip_of_the_fingers_is_told_before_anything_is_done(
    member: Member, room: Room, code: str, address: str, what: str
) -> None:
    assert member.trouble(code, address).code == what
    assert (member.made, room.tried) == (0, [])


def test_only_the_typed_addresses_are_tried(member: Member, room: Room, seen: type[Seen]) -> None:
    seen.points_seen = (FoundPoint(POINT.name, (A,), True),)
    assert member.trouble(address=f"{B.text} {C.text}").code == "point_closed"
    assert room.tried == [B, C]
    assert member.meet(address=f"{B.text} {A.text}").sent == 3


def test_addresses_of_the_qr_code_come_first_then_the_room(
    member: Member, room: Room, seen: type[Seen]
) -> None:
    scanned = invitation(POINT.fingerprint, (B, A)).text
    assert member.meet(scanned, "").sent == 3
    assert room.tried == [B, A]
    room.tried.clear()
    seen.points_seen = (FoundPoint("Điểm thu 0000", (C,), True), FoundPoint(POINT.name, (A,), True))
    assert member.meet(invitation(POINT.fingerprint, (B,)).text, "").sent == 3
    assert room.tried == [B, A]


def test_without_address_the_room_is_asked_and_what_answers_must_fit_the_code(
    member: Member, room: Room, seen: type[Seen]
) -> None:
    seen.points_seen = (FoundPoint("Điểm thu 0000", (B, C), True), FoundPoint("Điểm thu 1", (A,), False))
    room.others.add(B)
    assert member.trouble(address="").code == "wrong_point"
    assert room.tried == [B, C]
    assert room.got == []


def test_an_empty_room_and_a_network_that_hides_people_are_told_apart(
    member: Member, seen: type[Seen]
) -> None:
    assert member.trouble(address="").code == "no_point"
    seen.forbidden = True
    assert member.trouble(address="").code == "no_discovery"
    scanned = invitation(POINT.fingerprint, (B,)).text
    assert member.trouble(scanned, "").code == "point_closed"


def test_a_busy_point_says_how_long_to_wait_for_ones_turn(member: Member, room: Room) -> None:
    turns = [WireError("busy", retry_after=2), WireError("busy", retry_after=5)]

    def answer(bundle: bytes) -> bytes:
        if turns:
            raise turns.pop(0)
        return b"done"

    room.at[A] = answer
    began = member.clock.monotonic()
    member.meet()
    assert room.got == [b"bundle"] * 3
    assert 7 <= member.clock.monotonic() - began <= 9


def test_a_point_that_stays_busy_is_given_up_without_loss(member: Member, room: Room) -> None:
    def answer(bundle: bytes) -> bytes:
        raise WireError("busy")

    room.at[A] = answer
    assert member.trouble().code == "point_busy"
    assert len(room.got) == meeting.BUSY_TRIES + 1
    assert (member.took, room.closed) == ([], 1)


def test_the_same_bytes_are_sent_again_when_the_line_breaks(member: Member, room: Room) -> None:
    def answer(bundle: bytes) -> bytes:
        if len(room.got) < 3:
            raise WireError("point_dropped")
        return b"done"

    room.at[A] = answer
    member.meet()
    assert (room.got, member.made) == ([b"bundle"] * 3, 1)
    room.got.clear()
    room.at[A] = lambda bundle: (_ for _ in ()).throw(WireError("point_dropped"))
    assert member.trouble().code == "point_dropped"
    assert len(room.got) == meeting.DROPPED_TRIES + 1


def test_a_line_that_breaks_before_anything_was_sent_is_tried_again(member: Member, room: Room) -> None:
    room.drops = meeting.DROPPED_TRIES
    assert member.meet().sent == 3
    assert room.tried == [A] * (meeting.DROPPED_TRIES + 1)
    room.drops = 100
    assert member.trouble().code == "point_dropped"
    assert room.got == [b"bundle"]


def test_what_the_point_says_of_the_bundle_is_handed_on(member: Member, room: Room) -> None:
    def answer(bundle: bytes) -> bytes:
        raise WireError("bundle_revoked", device="d1")

    room.at[A] = answer
    error = member.trouble()
    assert (error.code, error.details) == ("bundle_revoked", {"device": "d1"})
    assert len(room.got) == 1


def test_a_person_may_stop_it(member: Member, room: Room) -> None:
    assert member.trouble(step=Listening(cancelled=True)).code == "cancelled"
    assert room.tried == []
