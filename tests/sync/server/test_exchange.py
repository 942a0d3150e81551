"""Whole exchanges through the hub on both databases, also many at once."""

from __future__ import annotations

import random
import secrets
import threading

from sync.hub import answer
from sync.hub.ports import Device
from sync.protocol.image import image_hash
from sync.protocol.pages import Cursor
from sync.protocol.receipts import receipt_is_true
from sync.server.installation import Installation
from sync.server.store.schema import COMMIT_TAG, PACKET, RECORD
from tests.sync.server.conftest import team_on
from tests.sync.server.laptop import AT, Laptop, made_id, outreach, reply_of

LAPTOPS, PACKETS, ROWS, WORKERS = 3, 6, 20, 6


def device_of(laptop: Laptop, stream: str) -> Device:
    return Device(made_id("device", laptop.replica), laptop.public, "member", {stream: 1})


def exchange(server: Installation, device: Device, body: bytes) -> bytes:
    judge = server.catalogue.get().judge
    return server.database.again(
        lambda: answer.exchange(server.archive, judge, device, body, AT, secrets.token_bytes)
    )


def test_what_one_laptop_sends_another_reads(either: Installation) -> None:
    stream = team_on(either)
    writer, reader = Laptop("writer"), Laptop("reader")
    packet = writer.packet(stream, {made_id("r", n): outreach(n) for n in range(30)})
    sent = reply_of(exchange(either, device_of(writer, stream), writer.request([packet])))
    (receipt,) = sent.receipts
    assert (receipt.number, receipt.hash, receipt.exceptions) == (1, packet.hash, ())
    assert receipt_is_true(receipt, either.archive.public_keys)
    cursor = Cursor(either.archive.server, "", stream)
    got = reply_of(exchange(either, device_of(reader, stream), reader.request([], [cursor])))
    (page,) = got.pages
    assert (page.count, page.more) == (33, False)  # the team and its two hamlets besides
    assert page.cursor.seq == 33
    assert page.digest is not None
    assert page.digest.count == 33


def test_workers_that_replay_the_same_packets_in_other_orders_leave_no_gap(either: Installation) -> None:
    stream = team_on(either)
    with either.archive.look() as seen:
        before = seen.state(stream).seq
    sends: list[list[tuple[Device, bytes]]] = []
    for number in range(LAPTOPS):
        laptop = Laptop(f"laptop {number}")
        packets = [
            laptop.packet(stream, {made_id("r", number, p, n): outreach(n) for n in range(ROWS)})
            for p in range(PACKETS)
        ]
        sends.append([(device_of(laptop, stream), laptop.request([packet])) for packet in packets])
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        order = [list(s) for s in sends] * 2
        chance = random.Random(seed)
        try:
            while any(order):
                waiting = chance.choice([s for s in order if s])
                reply_of(exchange(either, *waiting.pop(0)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    total = LAPTOPS * PACKETS * ROWS
    with either.archive.look() as seen:
        rows = seen.connection.execute(
            RECORD.select().where(RECORD.c.stream == stream).order_by(RECORD.c.seq)
        ).all()
        assert [r.seq for r in rows] == list(range(1, before + total + 1))
        assert all(image_hash(r.kind, r.id, r.image) == r.hash for r in rows)
        assert seen.state(stream).seq == before + total
        packets_kept = seen.connection.execute(PACKET.select()).all()
        assert len(packets_kept) == LAPTOPS * PACKETS
        ends = {r.seq for r in seen.connection.execute(COMMIT_TAG.select())}
        assert {p.seq for p in packets_kept} <= ends
        carried = seen.digest(stream)
    either.archive.sums._known.clear()
    with either.archive.look() as seen:
        assert seen.digest(stream) == carried


def test_two_laptops_editing_one_record_at_once_keep_both_values(either: Installation) -> None:
    stream = team_on(either)
    id = made_id("shared")
    laptops = [Laptop(f"l{n}") for n in range(4)]
    packets = [laptop.packet(stream, {id: outreach(n)}) for n, laptop in enumerate(laptops)]
    threads = [
        threading.Thread(target=exchange, args=(either, device_of(laptop, stream), laptop.request([packet])))
        for laptop, packet in zip(laptops, packets, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with either.archive.look() as seen:
        stored = seen.load(stream, [id])[id]
    themes = [f"Tờ rơi số {n}" for n in range(4)]
    assert all(theme.encode() in stored.image for theme in themes)
