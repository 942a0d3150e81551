"""The document is enough: a client that shares no line with the program works with a real server."""

from __future__ import annotations

import ast
import json
import uuid
from pathlib import Path

import pytest

from tests.together import plain_client
from tests.together.plain_client import PlainClient, canonical, image_hash, is_signed
from tests.together.server import RealServer

pytestmark = pytest.mark.together

VECTORS = Path(__file__).parents[1] / "data" / "messages" / "1"


def test_it_imports_nothing_of_the_program() -> None:
    tree = ast.parse(Path(plain_client.__file__).read_text("utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names}.isdisjoint({"sync", "ntmdesk", "tests", "msgspec"})


def test_it_agrees_with_the_vectors() -> None:
    known = json.loads((VECTORS / "vectors.json").read_text("utf-8"))
    for each in known["images"]:
        image = json.loads(each["image"])
        assert canonical(image).decode() == each["image"]
        assert image_hash(each["kind"], each["id"], each["image"].encode()).hex() == each["hash"]
    public = bytes.fromhex(known["public_key"])
    assert is_signed(public, b"ntmdesk.receipt.1", known["receipt"])
    assert is_signed(public, b"ntmdesk.epoch.1", known["epoch"])
    assert not is_signed(public, b"ntmdesk.epoch.1", known["receipt"])


def test_it_enrols_sends_reads_and_verifies(tmp_path: Path) -> None:
    server = RealServer(tmp_path)
    server.team_add("T01", "Tổ Thôn 1", hamlets=["Thôn 1"])
    codes = [server.invite("T01", "leader")["code"].partition(".")[0] for _ in range(2)]
    with server.start():
        writer, reader = (PlainClient(server.url) for _ in codes)
        for client, code in zip((writer, reader), codes, strict=True):
            client.enrol(code)
            client.sync()
        id = str(uuid.uuid4())
        values = {"date": "2026-11-18", "type": "leaflet", "theme": "Tờ rơi", "items_n": 40}
        packet = writer.packet({("outreach", id): writer.save("outreach", id, values)})
        (receipt,) = writer.sync((packet,))["receipts"]
        assert (receipt["origin"], receipt["number"], receipt["exceptions"]) == (writer.replica, 1, [])
        (again,) = writer.sync((packet,))["receipts"]
        assert again["hash"] == receipt["hash"], "the same bytes again are the same packet"
        reader.sync()
        assert reader.shown("outreach", id, "theme") == "Tờ rơi"
        theirs = reader.save("outreach", id, {"theme": "Tờ rơi, phát tận nhà"})
        mine = writer.save("outreach", id, {"items_n": 45, "theme": "Áp phích"})
        reader.sync((reader.packet({("outreach", id): theirs}),))
        writer.sync((writer.packet({("outreach", id): mine}),))
        reader.sync()
        assert writer.image(writer.records["outreach", id]) == reader.image(reader.records["outreach", id])
        siblings, _ = reader.records["outreach", id]["theme"]
        assert sorted(siblings.values()) == ["Tờ rơi, phát tận nhà", "Áp phích"]
        writer.sync()
        tidied = writer.save("outreach", id, {"items_n": 46})
        told = writer.brief(writer.packet({("outreach", id): tidied}))
        assert told[1] & 1, "the receipt stands in the brief answer"
        assert writer.brief()[1] & 3 == 0, "nothing new: no receipt, no cursor"
        reader.sync()
        assert reader.shown("outreach", id, "items_n") == 46
        wrong = writer.save("outreach", id, {"items_n": "nhiều"})
        writer.sync((writer.packet({("outreach", id): wrong}),))
        assert [(cell, outcome) for _, _, _, cell, _, outcome in writer.exceptions] == [
            ("items_n", "refused")
        ]
        assert writer.shown("outreach", id, "items_n") == 46, "the last accepted value stands again"
