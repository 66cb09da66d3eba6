"""The address to listen on: looked up, and tried before anything else is started."""

import errno
import socket
import time
from dataclasses import dataclass

from main_project.server.errors import RefusedError

PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Address:
    """A numeric address and a port."""

    host: str
    port: int
    family: socket.AddressFamily

    @property
    def reachable_host(self) -> str:
        """Where the service can be asked from this machine, also when it listens on every address."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not bound to here


def find(host: str, port: int) -> Address:
    """Return the address that ``host`` stands for.

    Raises:
        RefusedError: It stands for none.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise RefusedError(f"HOST {host} cannot be resolved ({error.strerror}): set it to an address.") from error
    return Address(str(address[0]), port, family)


def check_free(address: Address, *, wait_seconds: float = 0) -> None:
    """Make sure that nobody listens there.

    The workers share the port between them (``SO_REUSEPORT``), which would let a second service share it too,
    without an error.

    Raises:
        RefusedError: Somebody still does after ``wait_seconds``, or the address cannot be had.
    """
    deadline = time.monotonic() + wait_seconds
    while error := _try(address):
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise RefusedError(_sentence(address, error)) from error
        time.sleep(PAUSE_SECONDS)


def _try(address: Address) -> OSError | None:
    with socket.socket(address.family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            return error
    return None


def _sentence(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {address.port} on {address.host} is taken: stop what listens there, or set PORT to another."
    if error.errno == errno.EACCES:
        return f"Port {address.port} is for privileged users: set PORT to 1024 or more."
    return f"{address.host} port {address.port} cannot be listened on ({error.strerror}): set HOST and PORT."
