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
from sync.protocol import frames
from sync.protocol.bodies import unpack_body
from sync.protocol.codec import decode_message
from sync.protocol.errors import WireError
from sync.protocol.messages import ExchangeReply, ExchangeRequest
from sync.protocol.packets import put_varint
from tests.sync.protocol import fuzz
import zstandard

def told(read, *arguments):
    try:
        read(*arguments)
    except WireError as error:
        return error.code
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
def columns(cells):
    dots = [["k", "00000000000000aa", 0], ["s", 1, 0], ["k", 1, 0], ["k", "m", 0], ["k", 1, 0]]
    ids = "".join(f"{n:032x}" for n in range(50_000))
    block = ["visit", 50_000, ["u", None, 800_000], ["k", 0, 0], ["k", 1, 0], dots, ["k", {}, 0], cells, []]
    told = msgspec.json.encode([[], block])
    return b"p" + frames.compress(len(told).to_bytes(4, "little") + told + bytes.fromhex(ids))

head = b'[[],["visit",999999999999,0,0,0,[],0,[],[]]]'
print(told(unpack_body, columns([[f"c{n}", None, None, ["k", 1, 0]] for n in range(100_000)])))
print(told(unpack_body, columns([["note", None, None, ["k", "x" * 1_000_000, 0]]])))
print(told(unpack_body, columns([["note", None, None, ["d", ["x" * 1_000_000], 50_000]]])))
print(told(unpack_body, b"p" + frames.compress(len(head).to_bytes(4, "little") + head)))
print(told(unpack_body, b"J[" + b",".join([b'["visit","v",0,[[],{},{}]]'] * 60_000) + b"]"))
print(told(decode_message, b"{" + b" " * (17 * MEBI), ExchangeRequest))
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
    assert done.stdout.split() == [*["too_large"] * 6, *["bad_message"] * 7, "too_large"]
