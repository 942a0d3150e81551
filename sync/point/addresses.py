"""Under which addresses this machine can be reached by others in the room."""

from __future__ import annotations

import ipaddress
import socket


def addresses_here() -> tuple[str, ...]:
    """IPv4 addresses of this machine's networks, the likeliest first; none when it is in no network.

    Loopback and self-given addresses (169.254.…) are left out, unless the latter are all there is.
    """
    import ifaddr

    found = [
        ipaddress.IPv4Address(ip.ip)
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str)
    ]
    outward = _outward()
    usable = sorted(
        {address for address in found if not address.is_loopback},
        key=lambda address: (address.is_link_local, str(address) != outward, not address.is_private, address),
    )
    reachable = [address for address in usable if not address.is_link_local]
    return tuple(str(address) for address in reachable or usable)


def _outward() -> str:
    """The address the system would speak from to far away, "" without a way out; sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])
