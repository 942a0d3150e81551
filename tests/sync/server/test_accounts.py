"""Who comes in, and how far."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import pytest

from sync.hub import answer
from sync.protocol import typed_codes
from sync.protocol.errors import WireError
from sync.protocol.messages import Enrolment, EnrolRequest
from sync.protocol.pages import Cursor, epoch_is_true
from sync.server import codes, listing, teams
from sync.server.accounts import Accounts
from sync.server.installation import Installation
from sync.server.store import audit
from tests.sync.server.conftest import team_on
from tests.sync.server.laptop import Laptop, made_id, outreach, reply_of

Enrol = Callable[..., Enrolment]
DAY = 86_400


@pytest.fixture
def clock(server: Installation) -> list[int]:
    """Seconds since 1970 as the accounts see them."""
    return [server.now()]


@pytest.fixture
def accounts(server: Installation, clock: list[int]) -> Accounts:
    return Accounts(server, lambda: clock[0])


@pytest.fixture
def enrol(server: Installation, accounts: Accounts, team: str) -> Enrol:
    """``enrol(laptop, role=..., name=..., code=...)``: invited and enrolled in T01."""

    def run(
        laptop: Laptop, role: str = "volunteer", name: str = "Lê Thị Sương Mai", code: str = ""
    ) -> Enrolment:
        code = code or teams.invite(server, "T01", role, "", 7)[0]
        return accounts.enrol(laptop.enrol_request(code, name))

    return run


def members(server: Installation) -> list[dict[str, object]]:
    return list(listing.rows(server, "member")["rows"])


def test_a_laptop_comes_in_with_its_code(server: Installation, team: str, enrol: Enrol) -> None:
    laptop = Laptop("a")
    enrolment = enrol(laptop)
    assert (enrolment.team, enrolment.role, enrolment.member) == (team, "member", laptop.person)
    assert [(s.stream, s.of, s.generation) for s in enrolment.streams] == [(team, "team", 1)]
    assert set(enrolment.hamlets) == {row["id"] for row in listing.rows(server, "hamlet")["rows"]}
    assert len(enrolment.hamlets) == 2
    assert enrolment.server_keys == (server.keys.signing_public,)
    assert enrolment.server_sealing_key == server.keys.sealing_public
    assert epoch_is_true(enrolment.epoch, enrolment.server_keys)
    (member,) = members(server)
    assert member == {
        "id": laptop.person,
        "team": team,
        "full_name": "Lê Thị Sương Mai",
        "role": "member",
    }


def test_the_token_opens_the_door_of_its_team_alone(
    server: Installation, team: str, accounts: Accounts, enrol: Enrol
) -> None:
    laptop = Laptop("a")
    enrolment = enrol(laptop)
    device = accounts.door(enrolment.token).device
    assert (device.id, device.key, device.role) == (enrolment.device, laptop.public, "member")
    assert dict(device.streams) == {team: 1}


@pytest.mark.parametrize(
    "shape", [lambda c: c.lower(), lambda c: c.replace("-", " "), lambda c: c + "." + "a" * 64]
)
def test_a_code_is_read_as_people_type_it(
    enrol: Enrol, server: Installation, team: str, shape: Callable[[str], str]
) -> None:
    code = teams.invite(server, "T01", "leader", "", 7)[0]
    assert enrol(Laptop("a"), code=shape(code)).role == "leader"


def test_letters_mistaken_for_digits_are_forgiven() -> None:
    assert typed_codes.plain("OIL0-1234-5678-9ABC") == "0110123456789ABC"
    assert typed_codes.plain("U234-1234-5678-9ABC") is None
    assert typed_codes.plain("1234") is None


def test_a_wrong_code_an_ended_code_a_used_code(server: Installation, enrol: Enrol, clock: list[int]) -> None:
    enrol(Laptop("a"), code=(used := teams.invite(server, "T01", "leader", "", 7)[0]))
    ended = teams.invite(server, "T01", "leader", "", 1)[0]
    clock[0] += DAY + 5
    for code, expected in (
        (used, "code_used"),
        (ended, "code_expired"),
        (codes.new_code(), "bad_code"),
        ("?", "bad_code"),
    ):
        with pytest.raises(WireError) as caught:
            enrol(Laptop("b"), code=code)
        assert caught.value.code == expected
    assert len(members(server)) == 1


def test_an_answer_lost_on_the_way_is_given_again(
    server: Installation, accounts: Accounts, enrol: Enrol
) -> None:
    laptop, code = Laptop("a"), teams.invite(server, "T01", "volunteer", "", 7)[0]
    first, second = enrol(laptop, code=code), enrol(laptop, code=code)
    assert (second.device, second.member) == (first.device, first.member)
    assert accounts.door(second.token).device.id == first.device
    with pytest.raises(WireError, match="not_enrolled"):
        accounts.door(first.token)
    assert len(members(server)) == 1


def test_a_replica_id_of_another_laptop_is_a_clone(server: Installation, enrol: Enrol) -> None:
    first, second = Laptop("a"), Laptop("b")
    enrol(first)
    second.replica = first.replica
    with pytest.raises(WireError, match="clone"):
        enrol(second)


def test_two_people_of_one_name_stay_two_members(server: Installation, enrol: Enrol) -> None:
    leader = enrol(Laptop("a"), role="leader", name="Nguyễn  Văn Bình")
    namesake = enrol(Laptop("b"), name="nguyễn văn bình")
    assert namesake.member != leader.member
    roles = {m["id"]: m["role"] for m in members(server)}
    assert roles == {leader.member: "leader", namesake.member: "member"}, "and nobody loses their role"
    third = enrol(Laptop("c"), name="Nguyễn Văn Bình")
    assert third.member not in roles, "with two of that name nobody can know which one it is"


def test_a_member_without_a_laptop_is_linked_by_name(server: Installation, enrol: Enrol) -> None:
    """Written down by the leader beforehand, or whose laptop was lost and revoked."""
    first = enrol(Laptop("a"), name="Nguyễn  Văn Bình")
    teams.revoke(server, first.device)
    again = enrol(Laptop("b"), role="leader", name="nguyễn văn bình")
    other = enrol(Laptop("c"), name="Nguyễn Văn Bính")
    assert again.member == first.member != other.member
    assert {m["id"]: m["role"] for m in members(server)} == {first.member: "leader", other.member: "member"}


def test_an_invitation_may_name_the_member(server: Installation, enrol: Enrol) -> None:
    first = enrol(Laptop("a"), role="leader", name="Nguyễn Văn Bình")
    second = enrol(Laptop("b"), code=teams.invite(server, "T01", "leader", first.member, 7)[0], name="Bình")
    assert second.member == first.member
    assert [(m["full_name"], m["role"]) for m in members(server)] == [("Nguyễn Văn Bình", "leader")]


def test_a_revoked_device_stays_out_until_it_is_invited_again(
    server: Installation, accounts: Accounts, enrol: Enrol
) -> None:
    laptop, code = Laptop("a"), teams.invite(server, "T01", "volunteer", "", 7)[0]
    enrolment = enrol(laptop, code=code)
    teams.revoke(server, enrolment.device)
    with pytest.raises(WireError, match="revoked"):
        accounts.door(enrolment.token)
    with pytest.raises(WireError, match="code_used"):
        enrol(laptop, code=code)
    assert accounts.door(enrol(laptop).token).device.id == enrolment.device
    with pytest.raises(WireError, match="not_found"):
        teams.revoke(server, made_id("nobody"))


def test_a_device_not_heard_of_for_long_must_enrol_again(
    accounts: Accounts, enrol: Enrol, clock: list[int]
) -> None:
    enrolment = enrol(Laptop("a"))
    clock[0] += 40 * DAY
    accounts.door(enrolment.token)
    clock[0] += 40 * DAY
    accounts.door(enrolment.token)
    clock[0] += 46 * DAY
    with pytest.raises(WireError) as caught:
        accounts.door(enrolment.token)
    assert (caught.value.code, caught.value.details) == ("not_enrolled", {"reason": "idle"})


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b.c.d", "ờ.b.c", "a" * 500, "..", "a..c"])
def test_what_is_no_token_is_not_enrolled(accounts: Accounts, token: str) -> None:
    with pytest.raises(WireError, match="not_enrolled"):
        accounts.door(token)


def test_a_token_with_another_device_or_secret_is_not_enrolled(accounts: Accounts, enrol: Enrol) -> None:
    one, two = (
        enrol(Laptop("a"), name="A B").token.split("."),
        enrol(Laptop("b"), name="C D").token.split("."),
    )
    for mixed in ([one[0], two[1], one[2]], [one[0], one[1], two[2]], [made_id("x"), one[1], one[2]]):
        with pytest.raises(WireError, match="not_enrolled"):
            accounts.door(".".join(mixed))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"replica": "XYZ"}, "bad_message"),
        ({"device_key": b"short"}, "bad_message"),
        ({"sealing_key": b"short"}, "bad_message"),
        ({"person": "somebody"}, "bad_message"),
        ({"name": "x" * 101}, "bad_message"),
        ({"protocol": 0}, "too_old"),
        ({"protocol": 99}, "too_new"),
    ],
)
def test_what_a_laptop_sends_must_have_its_form(
    server: Installation, accounts: Accounts, team: str, change: dict[str, object], code: str
) -> None:
    asked = Laptop("a").enrol_request(teams.invite(server, "T01", "leader", "", 7)[0])
    fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
    with pytest.raises(WireError, match=code):
        accounts.enrol(EnrolRequest(**{**fields, **change}))


def test_a_device_neither_writes_nor_reads_another_team(
    server: Installation, accounts: Accounts, team: str, enrol: Enrol
) -> None:
    foreign = team_on(server, "T02", "Thôn 9")
    laptop = Laptop("a")
    device = accounts.door(enrol(laptop).token).device
    packet = laptop.packet(foreign, {made_id("r", 1): outreach(1)})
    cursor = Cursor(server.archive.server, "", foreign)
    body = laptop.request([packet], [cursor])
    judge = server.catalogue.get().judge
    reply = reply_of(answer.exchange(server.archive, judge, device, body, server.now(), secrets.token_bytes))
    assert reply.receipts == ()
    assert reply.pages == ()
    assert [(n.code, n.details["stream"]) for n in reply.notices] == [("foreign_stream", foreign)]
    assert listing.rows(server, "outreach")["total"] == 0


def test_what_was_done_is_in_the_audit_without_names(server: Installation, team: str, enrol: Enrol) -> None:
    enrolment = enrol(Laptop("a"), name="Trần Thị Hoa")
    teams.revoke(server, enrolment.device)
    with server.database.read() as connection:
        entries = audit.entries(connection)
    assert [e["action"] for e in entries] == ["init", "team_add", "invite", "enrol", "revoke"]
    assert "Hoa" not in repr(entries)


def test_a_code_or_token_stands_nowhere_in_the_database(server: Installation, enrol: Enrol) -> None:
    code = teams.invite(server, "T01", "leader", "", 7)[0]
    token = enrol(Laptop("a"), code=code).token
    server.close()
    content = b"".join(p.read_bytes() for p in server.settings.data.glob("server.db*"))
    assert (typed_codes.plain(code) or "?").encode() not in content
    assert token.rsplit(".", 1)[1].encode() not in content


@pytest.mark.parametrize(("role", "days"), [("queen", 7), ("leader", 0), ("leader", 91)])
def test_an_invitation_has_a_known_role_and_an_end(
    server: Installation, team: str, role: str, days: int
) -> None:
    with pytest.raises(WireError, match="invalid"):
        teams.invite(server, "T01", role, "", days)


def test_enrolling_and_the_door_on_both_databases(either: Installation) -> None:
    stream = team_on(either)
    accounts = Accounts(either, either.now)
    code = teams.invite(either, "T01", "leader", "", 7)[0]
    enrolment = accounts.enrol(Laptop("a").enrol_request(code))
    assert accounts.door(enrolment.token).device.streams == {stream: 1}
    with pytest.raises(WireError, match="code_used"):
        accounts.enrol(Laptop("b").enrol_request(code))
    assert [d["role"] for d in listing.device_rows(either)] == ["leader"]
    teams.revoke(either, enrolment.device)
    with pytest.raises(WireError, match="revoked"):
        accounts.door(enrolment.token)


def test_a_token_is_short_on_the_line_and_known_in_either_writing() -> None:
    token = codes.Token.new(made_id("stream"), made_id("device"))
    assert len(token.text) < 90
    assert codes.Token.parse(token.text) == token
    long = codes.Token.parse(".".join(token))
    assert long is not None
    assert long.hash == token.hash
    assert codes.Token.parse("a.b.c") == codes.Token("a", "b", "c")


@pytest.mark.parametrize("letters", [22, 43])
def test_a_secret_of_any_length_is_compared_as_it_stands(letters: int) -> None:
    """Also one of 22 letters, as many as an id has, and the longer ones given out before."""
    token = codes.Token(made_id("stream"), made_id("device"), ("A-_9z" * 9)[:letters])
    assert codes.Token.parse(token.text) == token
    said = ".".join((token.stream, token.device, token.secret)).encode()
    assert token.hash == hashlib.blake2b(said, digest_size=32, person=b"ntmdesk.token").digest()
    for place in range(letters):
        other = token.secret[:place] + "B" + token.secret[place + 1 :]
        assert token._replace(secret=other).hash != token.hash
