"""Bytes that nobody would send: every decoder answers them with a code, in little memory and time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sync.protocol import fuzz

REPOSITORY = Path(__file__).resolve().parents[3]
DECODERS = sorted(fuzz.decoders())


@pytest.mark.parametrize("name", DECODERS)
def test_true_bytes_are_read(name: str) -> None:
    for data in fuzz.decoders()[name].corpus:
        assert fuzz.attack(name, data) == "read"


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), often=st.integers(1, 4))
def test_damaged_bytes_get_a_code_and_nothing_else(name: str, seed: int, often: int) -> None:
    chance = random.Random(seed)
    data = chance.choice(fuzz.decoders()[name].corpus)
    for _ in range(often):
        data = fuzz.mutated(chance, data)
        fuzz.attack(name, data)


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=20, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_get_a_code_and_nothing_else(name: str, data: bytes) -> None:
    fuzz.attack(name, data)


BOMBS = """
import resource, sys
import msgspec
from sync.hub.answer import _open
from sync.hub.ports import Device
from sync.protocol import frames
from sync.protocol.bodies import unpack_body, unpack_copies
from sync.protocol.codec import decode_message, encode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ErrorReply, ExchangeReply, ExchangeRequest
from sync.protocol.packets import FIRST, PacketHead, open_packet, put_varint, seal
from sync.protocol.signing import public_of
from tests.sync.protocol import fuzz
import zstandard

def told(read, *arguments):
    try:
        read(*arguments)
    except WireError as error:
        return " ".join((error.code, *map(str, error.details.values())))
    except MemoryError:
        return "memory"
    return "read"

def message(head):
    out = bytearray(b"NTMX")
    put_varint(out, len(head))
    return bytes(out) + head + b"\\0"

MEBI = 1 << 20
nothing = zstandard.ZstdCompressor(level=3)
bomb = b"\\0" + nothing.compress(bytes(1 << 30))                 # a gibibyte in some 30 KB
stream = nothing.compressobj()
unsized = b"\\0" + stream.compress(bytes(1 << 29)) + stream.flush()  # and one that does not say how much
fuzz.decoders()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 400 * MEBI,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
deep = b"[" * 5_000_000
print(told(frames.decompress, bomb, 64 * MEBI))
print(told(frames.decompress, unsized, 64 * MEBI))
print(told(unpack_body, b"j" + bomb))
print(told(unpack_body, b"p" + unsized))
print(told(decode_message, message(bomb), ExchangeRequest))
print(told(decode_message, message(unsized), ExchangeReply))
print(told(unpack_body, b"J" + deep))
print(told(decode_message, b"{\\"protocol\\":" + deep, ExchangeRequest))
IDS = bytes.fromhex("".join(f"{n:032x}" for n in range(50_000)))

def columns(cells, elements=(), contexts=("k", {}, 0), blob=b""):
    dots = [["k", "00000000000000aa", 0], ["k", 1, 0], ["k", 1, 0], ["k", "m", 0], ["k", 1, 0]]
    block = ["visit", 50_000, ["u", None, 800_000], ["k", 0, 0], ["k", 1, 0], dots, contexts, cells, elements]
    told = msgspec.json.encode([[], block])
    return b"p" + frames.compress(len(told).to_bytes(4, "little") + told + IDS + blob)

head = b'[[],["visit",999999999999,0,0,0,[],0,[],[]]]'
print(told(unpack_body, columns([[f"c{n}", None, None, ["k", 1, 0]] for n in range(100_000)])))
print(told(unpack_body, columns([["note", None, None, ["k", "x" * 1_000_000, 0]]])))
words = ["d", ["x" * 1_000_000], 50_000]
print(told(unpack_body, columns([["note", None, None, words]], blob=bytes(50_000))))
print(told(unpack_body, b"p" + frames.compress(len(head).to_bytes(4, "little") + head)))
print(told(unpack_body, b"J[" + b",".join([b'["visit","v",0,[[],{},{}]]'] * 60_000) + b"]"))
print(told(decode_message, b"{" + b" " * (17 * MEBI), ExchangeRequest))

# few bytes, many objects
def rows(value):
    dots = b'[["00000000000000aa",1,1,"",1]]'
    return b'[["visit","v",0,[' + dots + b',{"_born":[0,true],"note":[0,' + value + b']},{}]]]'

def packed(value):
    return b"j" + frames.compress(rows(value))

lists = b"[" + b"[]," * 12_000_000 + b"[]]"
print(told(unpack_body, packed(lists)))
print(told(unpack_body, b"J" + rows(lists)))
print(told(unpack_body, packed(b"[" + b'{"":0},' * 6_000_000 + b"0]")))
print(told(unpack_body, packed(b"[" + b'"ab",' * 10_000_000 + b"0]")))
print(told(unpack_body, columns([["note", None, None, ["j", None, len(lists)]]], blob=lists)))
print(told(unpack_body, columns([["note", None, None, ["k", msgspec.Raw(lists), 0]]])))
of_16 = [[f"f{n}", ["k", 16, 0], ["k", "a", 0], None, ["k", True, 0]] for n in range(60)]
print(told(unpack_body, columns([], of_16)))
members = [[chr(97 + n), None, ["k", 1, 0]] for n in range(24)]
print(told(unpack_body, columns([[f"c{n:02}", None, None, ["o", members, 0]] for n in range(40)])))
chain = ["k", 1, 0]
for _ in range(40):
    chain = ["o", [["a", None, chain]], 0]
print(told(unpack_body, columns([["note", None, None, chain]])))
feeds = bytes([10]) * 40_000_000
print(told(unpack_body, columns([["note", None, None, ["t", None, len(feeds)]]], blob=feeds)))
print(told(unpack_body, columns([["note", None, None, ["d", ["x"], len(feeds)]]], blob=bytes(len(feeds)))))
print(told(unpack_body, columns([["note", None, None, ["u", None, len(feeds)]]], blob=feeds)))
ones = [[f"c{n:02}", None, None, ["k", 1, 0]] for n in range(79)]
print(told(unpack_body, columns(ones, contexts=("k", {"c00": {"00000000000000aa": 50_001}}, 0))))
print(told(unpack_copies, columns(ones)))
told_why = frames.compress(b'{"code":"x","details":{"x":' + lists + b"}}")
print(told(decode_message, message(told_why), ErrorReply))
print(told(unpack_body, packed(b"[" * 300 + b"]" * 300)))
print(told(unpack_body, b"J" + rows(b'{"a":' * 300 + b"1" + b"}" * 300)))

# and many packets in one request, each of which would do
key, replica, stream = bytes(range(32)), "00000000000000aa", "0190aaaa-0000-7000-8000-000000000002"
body = packed(b"[" + b"[]," * 1_500_000 + b"[]]")
packets, before = [], FIRST
for number in range(1, 9):
    sealed = seal(PacketHead(replica, stream, number, before, 1, 1, 1), body, key)
    packets.append(sealed.data)
    before = sealed.hash
request = ExchangeRequest(1, replica, "0" * 16, 1, "", 1, (), tuple(packets))
asked = decode_message(encode_message(request), ExchangeRequest)
notices = []
device = Device("d", public_of(key), "member", {stream: 1})
opened = told(_open, [open_packet(data) for data in asked.packets], device, asked, notices)
print(opened, [(n.details["number"], n.details["reason"]) for n in notices])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of a process are set as Linux does")
def test_bombs_are_refused_in_little_memory() -> None:
    """400 MiB beyond what the program itself needs, in a process that may have no more."""
    done = subprocess.run(
        [sys.executable, "-c", BOMBS],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines() == [
        *["too_large 67108864"] * 6,
        *["too_large 4000000"] * 2,
        "bad_message too many cells",
        *["bad_message spread"] * 2,
        "bad_message rows",
        "bad_message too many rows",
        "too_large 16777216",
        *["too_large 4000000"] * 8,
        "bad_message member",
        *["bad_message column length"] * 3,
        *["too_large 4000000"] * 3,
        *["bad_message nesting"] * 2,
        "read [(2, 'too_large')]",
    ]
