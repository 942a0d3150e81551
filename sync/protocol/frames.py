"""zstd frames with the shipped dictionaries, and a hard cap on what a frame may unpack to.

A frame is one byte, the dictionary's id (0 = none), then the zstd data with its checksum: pages are not
signed, and a bit that a bad line or disk turned must not become a record.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Final

import zstandard

from sync.protocol.dictionaries import DICTIONARIES, NEWEST
from sync.protocol.errors import WireError

FAST: Final = 3
"""Level for a line on which computing is dearer than bytes."""
SMALL: Final = 15
"""Level for a slow line.  Of 600 records a higher one saves a hundredth of the bytes, for twice the time."""

SLOW_RECORDS: Final = 600
"""Who puts no more records than this into one exchange is on a slow line, or does not know its line yet."""

LARGE: Final = 16 * 1024
"""Inputs above this compress harder without a dictionary."""

_local = threading.local()


def level_for(records: int) -> int:
    """The level that suits a line on which exchanges carry so many records."""
    return SMALL if records <= SLOW_RECORDS else FAST


@lru_cache(maxsize=8)
def _dictionary(id: int) -> zstandard.ZstdCompressionDict | None:
    if id == 0:
        return None
    data = DICTIONARIES.get(id)
    if data is None:
        raise WireError("too_new", what="dictionary", version=id)
    return zstandard.ZstdCompressionDict(data())


@lru_cache(maxsize=16)
def _prepared(id: int, level: int) -> zstandard.ZstdCompressionDict | None:
    dictionary = _dictionary(id)
    if dictionary is None:
        return None
    own = zstandard.ZstdCompressionDict(dictionary.as_bytes())
    own.precompute_compress(level=level)
    return own


def compress(data: bytes, level: int = FAST, dictionary: int | None = None) -> bytes:
    """One frame.  Without a choice the newest dictionary is used, except for large inputs at a high level,
    which do better with a history of their own."""
    if dictionary is None:
        dictionary = 0 if level > FAST and len(data) > LARGE else NEWEST
    tools = _tools().compressors
    compressor = tools.get((dictionary, level))
    if compressor is None:
        compressor = tools[dictionary, level] = zstandard.ZstdCompressor(
            level=level,
            dict_data=_prepared(dictionary, level),
            write_content_size=True,
            write_checksum=True,
            write_dict_id=False,  # stands in front of the frame, in one byte
        )
    return bytes([dictionary]) + compressor.compress(data)


def decompress(data: bytes, limit: int) -> bytes:
    """What a frame holds, at most ``limit`` bytes.  WireError ``too_large``, ``bad_message``, ``too_new``."""
    if len(data) < 2:
        raise WireError("bad_message", reason="frame")
    tools = _tools().decompressors
    decompressor = tools.get(data[0])
    try:
        if decompressor is None:
            decompressor = tools[data[0]] = zstandard.ZstdDecompressor(
                dict_data=_dictionary(data[0]), max_window_size=2**26
            )
        return _unpacked(decompressor, data[1:], limit)
    except zstandard.ZstdError as error:
        raise WireError("bad_message", reason="zstd") from error


def _unpacked(decompressor: zstandard.ZstdDecompressor, frame: bytes, limit: int) -> bytes:
    told = zstandard.frame_content_size(frame)
    if told > limit:
        raise WireError("too_large", limit=limit)
    if told > 0:
        return decompressor.decompress(frame)
    # zstandard looks no further where a frame says that it is empty, and takes one without a size in one go
    with decompressor.stream_reader(frame, read_across_frames=False) as reader:
        out = reader.read(limit + 1)
    if len(out) > limit:
        raise WireError("too_large", limit=limit)
    whole = decompressor.decompressobj()
    whole.decompress(frame)
    if not whole.eof or told not in (-1, len(out)):
        raise WireError("bad_message", reason="cut off")
    return out


class _Tools:
    """Compressors keep state: each thread has its own."""

    def __init__(self) -> None:
        self.compressors: dict[tuple[int, int], zstandard.ZstdCompressor] = {}
        self.decompressors: dict[int, zstandard.ZstdDecompressor] = {}


def _tools() -> _Tools:
    tools: _Tools | None = getattr(_local, "tools", None)
    if tools is None:
        tools = _local.tools = _Tools()
    return tools
