"""Waits until the service answers, then says so."""

import http.client
import threading
import time
from collections.abc import Callable

from main_project.env import Environment
from main_project.server.ports import Address

PAUSE_SECONDS = 0.05
ASK_SECONDS = 10
# A database that is away does not keep the service from starting, nor from saying that it has.
PATIENCE_SECONDS = 10


def announce(environment: Environment, *, address: Address, up: Callable[[], None]) -> None:
    """In a thread of its own: call ``up`` when the workers answer, and print where when the service is ready."""

    def wait() -> None:
        _await(address, "/healthz", seconds=float("inf"))
        up()
        is_ready = _await(address, "/readyz", seconds=PATIENCE_SECONDS)
        print(_text(environment, address=address, is_ready=is_ready), flush=True)

    threading.Thread(target=wait, name="announcement", daemon=True).start()


def _await(address: Address, path: str, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (is_good := _status(address, path) == http.client.OK) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return is_good


def _status(address: Address, path: str) -> int | None:
    connection = http.client.HTTPConnection(address.reachable_host, address.port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _text(environment: Environment, *, address: Address, is_ready: bool) -> str:
    url = environment.public_url
    lines = [
        f"{environment.service_name} is {'ready' if is_ready else 'running, but not ready: see /readyz'}.",
        f"  Address   {url}",
        f"  API docs  {url}/docs",
        f"  Data      {environment.data_dir}",
    ]
    if environment.mail_to_mailbox:
        lines.insert(3, f"  Mailbox   {url}/mailbox")
    if not url.endswith(f":{address.port}"):
        lines.insert(2, f"  Listens   {address.host} port {address.port}")
    return "\n".join(lines)
