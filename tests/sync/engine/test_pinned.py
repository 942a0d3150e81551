"""A socket whose peer resets it at once is not left open."""

from __future__ import annotations

import gc
import socket
import struct
import warnings

import pytest

from sync.engine.pinned import pinned_context

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing sends a reset."""


def test_a_socket_that_was_reset_before_the_handshake_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = socket.create_connection(server.getsockname())
        peer, _ = server.accept()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.close()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(OSError, match=r".") as caught:
            pinned_context().wrap_socket(line)
        line.close()
        del caught
        gc.collect()
    assert [str(w.message) for w in told if w.category is ResourceWarning] == []
