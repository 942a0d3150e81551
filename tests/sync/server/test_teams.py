"""Teams, hamlets and the server's own records, as laptops will get them."""

from __future__ import annotations

import pytest

from sync.protocol import facts
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image
from sync.server import listing, own_records, teams
from sync.server.installation import Installation
from tests.sync.server.conftest import team_on


def test_hamlets_take_the_next_free_code_of_their_commune(either: Installation) -> None:
    first = teams.add_team(either, "T01", "Tổ 1", "15880", ["Thôn 1", "Ấp Bắc"])
    second = teams.add_team(either, "T02", "Tổ 2", "15880", ["thôn  1", "Thôn 3"])
    other = teams.add_team(either, "T03", "Tổ 3", "15883", ["Thôn 1"])
    assert [h["local_code"] for h in first["hamlets"]] == ["15880-001", "15880-002"]
    assert second["hamlets"][0] == first["hamlets"][0]
    assert second["hamlets"][1]["local_code"] == "15880-003"
    assert other["hamlets"][0]["local_code"] == "15883-001"
    rows = {(r["team"], r["local_code"]): r for r in listing.rows(either, "hamlet")["rows"]}
    assert rows["T01", "15880-002"]["type"] == "ap"
    assert rows["T01", "15880-001"]["type"] == "thon"
    assert rows["T02", "15880-001"]["id"] == first["hamlets"][0]["id"]


def test_a_team_is_a_record_of_its_own_stream(server: Installation, team: str) -> None:
    (row,) = listing.rows(server, "team")["rows"]
    assert (row["id"], row["code"], row["status"]) == (team, "T01", "active")
    assert row["hamlets"] == [h["id"] for h in listing.rows(server, "hamlet")["rows"]]


def test_the_same_team_again_adds_hamlets_only(server: Installation, team: str) -> None:
    again = teams.add_team(server, "T01", "tổ T01", "15880", ["Thôn 1", "Thôn 5"])
    assert again["team"] == team
    assert [h["local_code"] for h in again["hamlets"]] == ["15880-001", "15880-003"]
    (row,) = listing.rows(server, "team")["rows"]
    assert len(row["hamlets"]) == 3
    with pytest.raises(WireError, match="id_in_use"):
        teams.add_team(server, "T01", "Tổ khác", "15880", [])


@pytest.mark.parametrize(
    ("code", "commune"), [("T 1", "15880"), ("T01", "1588"), ("", "15880"), ("T01", "abcde")]
)
def test_a_team_needs_a_code_and_a_commune(server: Installation, code: str, commune: str) -> None:
    with pytest.raises(WireError, match="invalid"):
        teams.add_team(server, code, "Tổ", commune, ["Thôn 1"])


def write(server: Installation, stream: str, kind: str, **values: object) -> str:
    with server.archive.begin([stream]) as transaction:
        return own_records.write(
            transaction,
            server.archive,
            server.catalogue.get(),
            stream,
            kind,
            values,
            at=server.now(),
            by=server.administrator,
        )


def test_a_target_written_twice_is_one_record_edited(server: Installation, team: str) -> None:
    first = write(server, team, "target", indicator="I10", scope="T01", period="2026", value=100)
    second = write(server, team, "target", indicator="I10", scope="T01", period="2026", value=120)
    assert first == second
    assert [r["value"] for r in listing.rows(server, "target")["rows"]] == [120]


def test_writing_what_stands_there_changes_nothing(server: Installation, team: str) -> None:
    write(server, team, "target", indicator="I10", scope="T01", period="2026", value=100)
    with server.archive.look() as seen:
        before = seen.state(team)
    write(server, team, "target", indicator="I10", scope="T01", period="2026", value=100)
    with server.archive.look() as seen:
        assert seen.state(team) == before


def test_references_are_read_by_natural_code(server: Installation, team: str) -> None:
    id = write(server, team, "member", full_name="Đỗ Văn Tám", team="T01", role="deputy")
    (row,) = listing.rows(server, "member")["rows"]
    assert (row["id"], row["team"]) == (id, team)
    with pytest.raises(WireError) as caught:
        write(server, team, "member", full_name="Đỗ Văn Tám", team="T99", role="deputy")
    assert (caught.value.code, caught.value.details["value"]) == ("unknown_reference", "T99")


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("nothing", {}, "unknown_kind"),
        ("target", {"indicator": "I10"}, "invalid"),
        ("target", {"indicator": "I10", "scope": "T01", "period": "soon", "value": 1}, "invalid"),
        ("target", {"indicator": "I10", "scope": "T01", "period": "2026", "value": "many"}, "invalid"),
        ("target", {"indicator": "I10", "scope": "T01", "period": "2026", "value": 1, "x": 1}, "invalid"),
    ],
)
def test_the_server_judges_its_own_records_too(
    server: Installation, team: str, kind: str, values: dict[str, object], code: str
) -> None:
    with pytest.raises(WireError, match=code):
        write(server, team, kind, **values)


def test_a_field_that_only_the_server_writes_is_signed(server: Installation, team: str) -> None:
    id = write(
        server, team, "unit", code="15880", code_list="nso-2025-07", name="Xã Hoằng Giang", type="commune"
    )
    with server.archive.look() as seen:
        record = decode_image("unit", id, seen.load(team, [id])[id].image)
    ((dot, value),) = record.cells["name"].siblings.items()
    keys = facts.keyring(server.archive.public_keys)
    assert facts.fact_is_true(keys, "unit", id, "name", dot, value)
    assert not facts.fact_is_true(keys, "unit", id, "name", dot, {**value, "v": "Xã khác"})


def test_lists_are_filtered_searched_and_cut(server: Installation) -> None:
    stream = team_on(server, "T01", "Thôn 1", "Thôn Đông", "Ấp Bắc")
    assert listing.rows(server, "hamlet", where={"type": "thon"})["total"] == 2
    assert [r["name"] for r in listing.rows(server, "hamlet", search="dong")["rows"]] == ["Thôn Đông"]
    cut = listing.rows(server, "hamlet", limit=1, team="T01")
    assert (len(cut["rows"]), cut["total"]) == (1, 3)
    assert listing.rows(server, "hamlet", team=stream)["total"] == 3
    assert listing.rows(server, "hamlet", deleted=True)["total"] == 0
    for bad, code in (
        ({"kind": "x"}, "unknown_kind"),
        ({"kind": "hamlet", "where": {"x": "1"}}, "unknown_field"),
    ):
        with pytest.raises(WireError, match=code):
            listing.rows(server, **bad)


def test_figures_count_living_records(either: Installation) -> None:
    team_on(either, "T01", "Thôn 1", "Thôn 2")
    assert listing.stats(either) == {
        "records": {"hamlet": 2, "team": 1},
        "teams": 1,
        "devices": 0,
        "epoch": 1,
    }
