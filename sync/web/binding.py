"""A socket to listen on."""

from __future__ import annotations

import errno
import os
import socket

from sync.protocol.errors import WireError


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one.  WireError ``cannot_listen`` (details: host, port, reason)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # naming TCP makes asyncio send small writes at once; without it an answer waits 40 ms for an ack
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        raise WireError("cannot_listen", host=host, port=port, reason=reason) from error
    except OverflowError:
        bound.close()
        raise WireError("cannot_listen", host=host, port=port, reason="port") from None
    return bound
