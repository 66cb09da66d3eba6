"""A client for where there is no ``wrk``: one process, one selector, no more HTTP than our answers need.

``python -m bench.slow_load URL FILE METHOD CONNECTIONS SECONDS``
"""

import itertools
import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass
class Connection:
    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def ask(self, request: bytes) -> None:
        self.received, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(request)

    def has_answer(self) -> bool:
        """Read what has come; tell whether that makes the answer whole."""
        self.received += self.socket.recv(65_536)
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n")
        return bool(end) and len(body) >= int(length[1] if length else 0)


@dataclass
class Tally:
    taken: list[float] = field(default_factory=list)
    failed: int = 0

    def add(self, connection: Connection) -> None:
        self.taken.append(time.perf_counter() - connection.sent_at)
        self.failed += not connection.received.startswith((b"HTTP/1.1 200", b"HTTP/1.1 204"))

    def told(self, *, seconds: float) -> dict[str, float]:
        hundredths = [taken * 1000 for taken in quantiles(self.taken, n=100)]
        percentiles = {"p50_ms": hundredths[49], "p95_ms": hundredths[94], "max_ms": max(self.taken) * 1000}
        return {"answers": len(self.taken), "seconds": seconds, "failed": self.failed, **percentiles}


def requests(url: str, tokens: Path, method: str) -> Iterator[bytes]:
    parts = urlsplit(url)
    head = f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer "
    lines = tokens.read_text(encoding="ascii").split()
    return itertools.cycle([f"{head}{token}\r\n\r\n".encode() for token in lines])


def load(url: str, tokens: Path, method: str, *, connections: int, seconds: float) -> Tally:
    """Keep that many connections busy for that long."""
    waiting, tally, wanted = selectors.DefaultSelector(), Tally(), requests(url, tokens, method)
    parts = urlsplit(url)
    for _ in range(connections):
        opened = Connection(socket.create_connection((parts.hostname or "", parts.port or 80)))
        waiting.register(opened.socket, selectors.EVENT_READ, opened)
        opened.ask(next(wanted))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in waiting.select(timeout=1):
            if key.data.has_answer():
                tally.add(key.data)
                key.data.ask(next(wanted))
    return tally


def main() -> None:
    url, tokens, method, connections, seconds = sys.argv[1:]
    tally = load(url, Path(tokens), method, connections=int(connections), seconds=float(seconds))
    print(json.dumps(tally.told(seconds=float(seconds))))


if __name__ == "__main__":
    main()
