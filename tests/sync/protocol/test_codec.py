"""What is packed comes back; what nobody packed is refused, quickly and by name."""

from __future__ import annotations

import random
import uuid
from itertools import pairwise

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import codec, columns, copies, frames, records
from sync.protocol.cells import canonical
from sync.protocol.dictionaries import DICTIONARIES
from sync.protocol.dots import Dot
from sync.protocol.errors import WireError
from sync.protocol.image import decode_image, encode_image, image_hash, parse_image, patch_image
from sync.protocol.messages import ExchangeReply, ExchangeRequest, Limits, Notice
from sync.protocol.packets import FIRST, PacketHead, open_packet, seal
from sync.protocol.pages import Cursor, Digest, Page, Row
from sync.protocol.receipts import Outcome, Receipt, ReceiptException, receipt_is_true, sign_receipt
from sync.protocol.records import Record, Stamp
from sync.protocol.signing import public_of
from tests.sync.protocol.strategies import any_records

KEY = bytes(range(32))
STREAM = "0190aaaa-0000-7000-8000-000000000001"


def row_of(record: Record, seq: int = 0) -> Row:
    return Row(record.kind, record.id, encode_image(record), seq)


def visits(n: int, seed: int = 1) -> list[Row]:
    """Visits as a hamlet writes them."""
    chance = random.Random(seed)
    out = []
    for i in range(n):
        values: dict[str, object] = {
            "date": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "phone": f"09{chance.randrange(10**8):08d}",
            "minutes": chance.choice([10, 20, 45]),
            "note": chance.choice(["Đã hướng dẫn", "hẹn tuần sau\nvề", "x" * chance.randrange(40)]),
            "household": str(uuid.UUID(int=chance.getrandbits(128))),
            "@place": {
                "type": chance.choice(["home", "office"]),
                **({"text": "nhà văn hóa"} if i % 3 else {}),
            },
        }
        if i % 4:
            values["persons_n"] = chance.randrange(5)
        for line in range(chance.randrange(4)):
            values[f"lines/r{line}"] = {
                "#": line,
                "service": f"K{chance.randrange(38):02d}",
                "outcome": "done",
            }
        if i % 5 == 0:
            values["difficulties/D01"] = True
        record = records.create(
            "support_visit",
            str(uuid.UUID(int=chance.getrandbits(128))),
            values,
            Dot(i + 1, "00000000000000aa"),
            Stamp(i, "m", 1),
        )
        if i % 7 == 0:
            record = records.edit(
                record, {"note": "sửa"}, Dot(i + 2000, "00000000000000bb"), Stamp(i, "n", 1)
            )
        out.append(row_of(record, i + 1))
    return out


@given(any_records())
@settings(max_examples=60, deadline=None)
def test_an_image_comes_back_to_the_byte(record: Record) -> None:
    image = encode_image(record)
    again = decode_image(record.kind, record.id, image)
    assert encode_image(again) == image
    assert again.cells == record.cells
    assert dict(again.stamps) == dict(record.stamps)


@given(st.lists(any_records(), max_size=12), st.sampled_from(["plain", "fast", "small"]))
@settings(max_examples=80, deadline=None)
def test_bodies_come_back_whatever_stands_in_the_records(some: list[Record], form: str) -> None:
    rows = [row_of(record, n) for n, record in enumerate(some) if record.cells]
    body = codec.pack_rows(rows, frames.SMALL if form == "small" else frames.FAST, plain=form == "plain")
    assert sorted(codec.unpack_rows(body)) == sorted(rows)


@pytest.mark.parametrize("n", [1, 3, 4, 5, 63, 700])
def test_bodies_of_visits_come_back(n: int) -> None:
    rows = visits(n)
    assert sorted(codec.unpack_rows(codec.pack_rows(rows))) == sorted(rows)


def test_packing_columns_beats_packing_json() -> None:
    rows = visits(500)
    json = len(frames.compress(codec.pack_rows(rows, plain=True)))
    assert len(codec.pack_rows(rows)) < 0.8 * json


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            st.text(max_size=4),
            st.sampled_from(["2026-02-30", "2026-02-28", "1899-01-01", "0012", "12", "x\ny", "١٢"]),
            st.dictionaries(st.text(max_size=2), st.integers(0, 3), max_size=3),
        ),
        max_size=40,
    ),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_columns_come_back(values: list[object], steps: bool) -> None:
    blobs: list[bytes] = []
    description = msgspec.json.decode(msgspec.json.encode(columns.pack(values, blobs, steps)))
    back = columns.unpack(description, len(values), columns.Blobs(b"".join(blobs), 0))
    assert msgspec.json.encode(back, order="sorted") == msgspec.json.encode(values, order="sorted")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("k", ["a"] * 9),
        ("k", [7] * 9),
        ("k", [True] * 9),
        ("d", ["a", "b", "c", "d"] * 4),
        ("n", ["0912", "0913", "0914"]),
        ("n", ["012", "345"]),
        ("D", ["2026-01-31", "1900-01-01"]),
        ("u", [str(uuid.UUID(int=i)) for i in range(3)]),
        ("i", [1, 2, -300]),
        ("t", ["một", "hai", "ba"]),
        ("o", [{"a": 1}, {"b": 2}]),
        ("j", [1, "a"]),
        ("j", [True, False]),
    ],
)
def test_each_column_finds_its_shape(kind: str, values: list[object]) -> None:
    blobs: list[bytes] = []
    description = columns.pack(values, blobs)
    assert description[0] == kind
    assert columns.unpack(description, len(values), columns.Blobs(b"".join(blobs), 0)) == values


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_garbage_is_refused_by_name(data: bytes) -> None:
    for head in (b"", b"J", b"j\0", b"p\0", b"NTMX", b"{"):
        for read in (lambda d: codec.unpack_rows(d), lambda d: codec.decode_message(d, ExchangeRequest)):
            with pytest.raises(WireError):
                read(head + data + b"\xff")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_flipped_byte_is_refused_or_read_as_something_whole(data: st.DataObject) -> None:
    """No crash, no exception but WireError; whatever is accepted is canonical."""
    raw = frames.decompress(codec.pack_rows(visits(9))[1:], 10**7)
    at = data.draw(st.integers(0, len(raw) - 1))
    broken = raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]
    if data.draw(st.booleans()):
        broken = broken[: data.draw(st.integers(0, len(broken)))]
    try:
        rows = codec.unpack_rows(b"p" + frames.compress(broken))
    except WireError:
        return
    for row in rows:
        assert encode_image(decode_image(row.kind, row.id, row.image)) == row.image


@given(any_records(), st.data())
@settings(max_examples=400, deadline=None)
def test_canonical_is_what_comes_out_the_same_when_written_again(record: Record, data: st.DataObject) -> None:
    table, cells, contexts = parse_image(encode_image(record))
    assert copies.is_canonical((table, cells, contexts))
    name = data.draw(st.sampled_from(sorted(cells)))
    flat = cells[name]
    match data.draw(st.integers(0, 6)):
        case 0:
            table[:] = data.draw(st.permutations(table))
        case 1 if table:
            table.append(data.draw(st.sampled_from(table)))
        case 2:
            table.append(("00000000000000ff", 99, 0, "", 1))
        case 3 if flat:
            place = data.draw(st.integers(0, len(flat) - 1))
            flat[place] = data.draw(st.sampled_from([0, 1, 2, -1, True, 0.0, "0", None]))
        case 4 if flat:
            flat.extend(data.draw(st.sampled_from([flat[:2], flat[:1], [0, "x"]])))
        case 5:
            replica = data.draw(st.sampled_from([row[0] for row in table] or ["00000000000000aa"]))
            contexts.setdefault(name, {})[replica] = data.draw(st.integers(1, 12))
        case _:
            contexts[data.draw(st.sampled_from([name, "no_such_cell"]))] = {}
    image = copies.encode((table, cells, contexts))
    try:
        same = encode_image(decode_image(record.kind, record.id, image)) == image
    except (ValueError, IndexError, TypeError):
        same = False
    assert copies.is_canonical((table, cells, contexts)) == (same and all(map(in_order, cells.values())))


def in_order(flat: list[object]) -> bool:
    """Values of one dot stand once each and ascending; the reader alone keeps them in any order."""
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    return all(a != b or canonical(v) < canonical(w) for (a, v), (b, w) in pairwise(pairs))


@given(any_records(), any_records(), st.data())
@settings(max_examples=300, deadline=None)
def test_patching_an_image_is_encoding_the_record(old: Record, new: Record, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(new.cells))))
    patch = {name: new.cells[name] for name in names}
    cells = {**old.cells, **patch}
    stamps = {**old.stamps, **new.stamps}
    whole = encode_image(Record(old.kind, old.id, cells, stamps))
    assert copies.encode(patch_image(parse_image(encode_image(old)), patch, stamps)) == whole


def test_a_bomb_is_refused_before_it_opens() -> None:
    bomb = b"p\0" + zstandard.ZstdCompressor(level=19).compress(bytes(200_000_000))
    assert len(bomb) < 20_000
    with pytest.raises(WireError) as caught:
        codec.unpack_rows(bomb)
    assert caught.value.code == "too_large"


def test_deep_nesting_is_refused() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(WireError):
        codec.unpack_rows(b"J" + deep)
    image = b'[[["00000000000000aa",1,0,"",1]],{"a":[0,' + deep + b"]},{}]"
    with pytest.raises(WireError):
        codec.unpack_rows(b'J[["visit","v",0,' + image + b"]]")


@pytest.mark.parametrize(
    "image",
    [
        "[[],{},{}]",
        '[[["00000000000000aa",1,0,"",1]],{},{}]',
        '[[["00000000000000aa",0,0,"",1]],{"a":[0,1]},{}]',
        '[[["00000000000000AA",1,0,"",1]],{"a":[0,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[1,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[0]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[-1,1]},{}]',
        '[[["00000000000000aa",9007199254740992,0,"",1]],{"a":[0,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[0,1]},{"a":{"00000000000000aa":1}}]',
        '[[["00000000000000aa",2,0,"",1],["00000000000000aa",1,0,"",1]],{"a":[0,1,1,2]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[0,2,0,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[0,1,0,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a\\u0001":[0,1]},{}]',
        '[[["00000000000000aa",1,-1,"",1]],{"a":[0,1]},{}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[0,1]},{"b":{"00000000000000aa":3}}]',
        '[[["00000000000000aa",1,0,"",1]],{"a":[true,1]},{}]',
    ],
)
def test_images_that_nobody_writes_are_refused(image: str) -> None:
    with pytest.raises(WireError):
        codec.unpack_rows(f'J[["visit","v",0,{image}]]'.encode())


@pytest.mark.parametrize(
    ("kind", "id"), [("", "v"), ("Visit", "v"), ("visit", ""), ("visit", "../v"), ("visit", "v" * 200)]
)
def test_names_that_nobody_gives_are_refused(kind: str, id: str) -> None:
    image = '[[["00000000000000aa",1,0,"",1]],{"a":[0,1]},{}]'
    with pytest.raises(WireError):
        codec.unpack_rows(f'J[["{kind}","{id}",0,{image}]]'.encode())


def exchange_request() -> ExchangeRequest:
    head = PacketHead("00000000000000aa", STREAM, 1, FIRST, 700, 1, 9)
    packet = seal(head, codec.pack_rows(visits(9)), KEY)
    return ExchangeRequest(
        protocol=1,
        replica="00000000000000aa",
        nonce="n" * 32,
        number=1,
        after="",
        catalogue=1,
        cursors=(Cursor("s", "e", STREAM),),
        packets=(packet.data,),
        limits=Limits(packet_records=50),
    )


@pytest.mark.parametrize("plain", [False, True])
def test_messages_come_back(plain: bool) -> None:
    request = exchange_request()
    assert codec.decode_message(codec.encode_message(request, plain), ExchangeRequest) == request
    receipt = sign_receipt(
        Receipt(
            "e",
            STREAM,
            "a",
            1,
            b"h" * 16,
            9,
            (ReceiptException("a:1", "v", "i", "c", "bad", Outcome.REFUSED),),
        ),
        KEY,
    )
    page = Page(
        Cursor("s", "e", STREAM, 1, 9, "t"), 9, codec.pack_rows(visits(9)), False, Digest("0" * 32, 9)
    )
    reply = ExchangeReply(
        1, "s", 5, "e", 1, (receipt,), (page, Page(page.cursor)), notices=(Notice("gap", {"number": 1}),)
    )
    back = codec.decode_message(codec.encode_message(reply, plain), ExchangeReply)
    assert back == reply
    assert receipt_is_true(back.receipts[0], (public_of(KEY),))


def test_unknown_fields_of_a_message_are_refused() -> None:
    data = msgspec.json.decode(codec.encode_message(exchange_request(), plain=True))
    data["surprise"] = 1
    with pytest.raises(WireError) as caught:
        codec.decode_message(msgspec.json.encode(data), ExchangeRequest)
    assert caught.value.code == "bad_message"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_broken_messages_are_refused(data: st.DataObject) -> None:
    raw = codec.encode_message(exchange_request())
    at = data.draw(st.integers(0, len(raw) - 1))
    broken = raw[:at] + data.draw(st.binary(max_size=3))
    try:
        message = codec.decode_message(broken + raw[at + 1 :], ExchangeRequest)
    except WireError:
        return
    assert isinstance(message, ExchangeRequest)


@pytest.mark.parametrize("former", [(), (("00000000000000ab", 3), ("ff000000000000aa", 2**50))])
def test_a_packet_reads_back_and_its_signature_holds(former: tuple[tuple[str, int], ...]) -> None:
    head = PacketHead("00000000000000aa", STREAM, 7, b"p" * 16, 2**40, 3, 9, former)
    packet = seal(head, codec.pack_rows(visits(9)), KEY)
    again = open_packet(packet.data)
    assert (again.head, again.body, again.hash) == (head, packet.body, packet.hash)
    assert again.signed_by(public_of(KEY))
    assert not again.signed_by(public_of(bytes(32)))


@pytest.mark.parametrize(
    "former",
    [
        (("00000000000000ac", 1), ("00000000000000ab", 1)),  # not in order
        (("00000000000000ab", 1), ("00000000000000ab", 2)),  # twice
        (("00000000000000aa", 1),),  # the packet's own
        (("00000000000000ab", 2**53),),
        tuple((f"{n:016x}", 1) for n in range(1_000, 1_501)),
    ],
)
def test_a_head_names_former_ids_in_one_form_only(former: tuple[tuple[str, int], ...]) -> None:
    head = PacketHead("00000000000000aa", STREAM, 7, b"p" * 16, 9, 3, 1, former)
    with pytest.raises(WireError, match="bad_packet"):
        open_packet(seal(head, b"J[]", KEY).data)


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(deadline=None)
def test_no_byte_of_a_packet_changes_unnoticed(at: int, change: int) -> None:
    packet = seal(
        PacketHead("00000000000000aa", STREAM, 7, b"p" * 16, 99, 3, 3), codec.pack_rows(visits(3)), KEY
    )
    data = bytearray(packet.data)
    data[at % len(data)] ^= change
    try:
        other = open_packet(bytes(data))
    except WireError:
        return
    assert other.hash != packet.hash
    assert not other.signed_by(public_of(KEY))


@given(any_records(), any_records())
@settings(max_examples=40, deadline=None)
def test_hashes_tell_records_apart(a: Record, b: Record) -> None:
    same = (a.kind, a.id, encode_image(a)) == (b.kind, b.id, encode_image(b))
    assert (image_hash(a.kind, a.id, encode_image(a)) == image_hash(b.kind, b.id, encode_image(b))) == same


def test_bodies_hold_no_more_rows_than_agreed() -> None:
    image = '[[["00000000000000aa",1,0,"",1]],{"a":[0,1]},{}]'
    rows = ",".join(f'["visit","v{n}",0,{image}]' for n in range(copies.ROWS_LIMIT + 1))
    with pytest.raises(WireError):
        codec.unpack_rows(f"J[{rows}]".encode())


@pytest.mark.parametrize("level", [frames.FAST, frames.SMALL])
def test_one_turned_bit_in_a_frame_is_noticed(level: int) -> None:
    """Pages are not signed: without a checksum a turned bit became a record of its own at the server."""
    data = b"".join(row.image for row in visits(8))
    frame = frames.compress(data, level)
    for place in range(len(frame)):
        for bit in (1, 4, 32):
            turned = frame[:place] + bytes([frame[place] ^ bit]) + frame[place + 1 :]
            try:
                read = frames.decompress(turned, len(data))
            except WireError:
                continue
            assert read == data


def test_a_frame_is_read_with_its_dictionary_or_refused() -> None:
    """Whether or not zstd's own id of the dictionary stands inside: stored bytes of before have it."""
    data = b"".join(row.image for row in visits(8))
    dictionary = zstandard.ZstdCompressionDict(DICTIONARIES[1]())
    named = zstandard.ZstdCompressor(dict_data=dictionary, write_checksum=True).compress(data)
    bare = frames.compress(data, dictionary=1)[1:]
    assert zstandard.get_frame_parameters(named).dict_id == dictionary.dict_id()
    assert zstandard.get_frame_parameters(bare).dict_id == 0
    for frame in (named, bare):
        assert frames.decompress(b"\1" + frame, len(data)) == data
        with pytest.raises(WireError, match="bad_message"):
            frames.decompress(b"\0" + frame, len(data))
        with pytest.raises(WireError, match="too_new"):
            frames.decompress(b"\2" + frame, len(data))
    other = named.replace(dictionary.dict_id().to_bytes(4, "little"), b"\7\7\7\7")
    with pytest.raises(WireError, match="bad_message"):
        frames.decompress(b"\1" + other, len(data))


@pytest.mark.parametrize("level", [frames.FAST, frames.SMALL])
@pytest.mark.parametrize("records", [0, 8, 200])
def test_a_frame_cut_anywhere_is_refused(records: int, level: int) -> None:
    """Also inside its checksum, where everything has been unpacked already."""
    data = b"".join(row.image for row in visits(records))
    frame = frames.compress(data, level)
    assert frames.decompress(frame, len(data)) == data
    for length in range(len(frame)):
        with pytest.raises(WireError) as caught:
            frames.decompress(frame[:length], len(data))
        assert caught.value.code == "bad_message"


def test_a_frame_that_does_not_say_its_size_is_refused_when_cut() -> None:
    data = b"".join(row.image for row in visits(8))
    stream = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    frame = b"\0" + stream.compress(data) + stream.flush()
    assert frames.decompress(frame, len(data)) == data
    with pytest.raises(WireError, match="too_large"):
        frames.decompress(frame, len(data) - 1)
    for length in range(len(frame)):
        with pytest.raises(WireError, match="bad_message"):
            frames.decompress(frame[:length], len(data))
