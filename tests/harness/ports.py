"""Ports for servers under test."""

import os
import socket
from itertools import cycle

# Below those that the kernel gives to outgoing connections (32768 and up): between the look and the server's start one
# of the thousands that tests make could take it.
FIRST, COUNT = 20_000, 12_000
# Test processes that run side by side begin far from each other.
_offsets = cycle((os.getpid() * 997 + number) % COUNT for number in range(COUNT))


def free_port() -> int:
    """Return a port of the loopback address that nobody uses now, another one each time."""
    return next(port for port in (FIRST + offset for offset in _offsets) if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
