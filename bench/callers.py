"""Clients that keep their connection, each with an address of its own, as behind a proxy."""

import http.client
import json
import socket
import time
from contextlib import suppress
from typing import Any, Self

from bench.people import PASSWORD
from bench.processes import PROC, tree_of
from tests.harness.service import Service

# What the service must be told, to believe the addresses.
ENV = {"TRUSTED_PROXIES": "127.0.0.1/32"}
SECONDS = 30


def address(number: int) -> str:
    """Return a client address for a number; each has the usual limits."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Caller:
    """Somebody with one connection. Keeps the cookie by which a browser is known again."""

    def __init__(self, service: Service, *, ip: str = "10.0.0.1") -> None:
        self._connection = http.client.HTTPConnection(service.host, service.port, timeout=SECONDS)
        self._connection.connect()
        # http.client sends head and body apart; the second must not wait for the acknowledgement of the first.
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ip = ip
        self._cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    @property
    def port(self) -> int:
        """The connection's, on this side."""
        return int(self._connection.sock.getsockname()[1])

    def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send one request; return status and body."""
        headers = {"X-Forwarded-For": self.ip, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, json.loads(text) if text else {}

    def insist(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send a request again, when the service says that it is too busy, after as long as it says."""
        while (answer := self.send(method, path, body, token=token))[0] == http.client.SERVICE_UNAVAILABLE:
            time.sleep(answer[1]["retry_after"])
        return answer

    def check(self, token: str) -> bool:
        """Tell whether the token is accepted."""
        status, answer = self.send("POST", "/verify-session", token=token)
        if status not in (http.client.OK, http.client.UNAUTHORIZED):
            raise RuntimeError(f"/verify-session answered {status}: {answer}")
        return status == http.client.OK

    def log_in(self, email: str) -> str:
        """Return the token of a new session."""
        body = {"email": email, "password": PASSWORD, "transport": "header"}
        status, answer = self.insist("POST", "/login", body)
        if status != http.client.OK:
            raise RuntimeError(f"/login answered {status}: {answer}")
        return str(answer["token"])


def one_of_each_worker(service: Service, *, count: int) -> dict[int, Caller]:
    """Return a caller for each of so many workers of the service, whose connection that worker has accepted."""
    found: dict[int, Caller] = {}
    processes = tree_of(service.pid)
    for _ in range(100 * count):
        caller = Caller(service)
        # Accepted, and not only in the queue, once something has been answered.
        caller.send("GET", "/healthz")
        worker = _holder(caller.port, service.port, processes)
        if worker is None or worker in found:
            caller.close()
        else:
            found[worker] = caller
        if len(found) == count:
            return found
    raise RuntimeError(f"Only {len(found)} of {count} workers take connections.")


def _holder(client_port: int, server_port: int, pids: list[int]) -> int | None:
    """Return the process that holds the server's end of a connection."""
    ends = (f":{server_port:04X}", f":{client_port:04X}")
    rows = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    inode = next((row[9] for row in rows if row[1].endswith(ends[0]) and row[2].endswith(ends[1])), "none")
    return next((pid for pid in pids if f"socket:[{inode}]" in _files(pid)), None)


def _files(pid: int) -> set[str]:
    found = set()
    for entry in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(str(entry.readlink()))
    return found
