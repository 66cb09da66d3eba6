"""The sockets that the workers listen on: one for each, all on the same port.

The kernel deals new connections out among them (``SO_REUSEPORT``), so that each worker gets its share: from a single
socket, whichever worker wakes first takes nearly all of a burst. They are opened by the parent, which keeps them:
connections that wait in one outlive the worker that would have taken them, and its successor takes them.
"""

import socket

from main_project.server.errors import RefusedError
from main_project.server.ports import Address

BACKLOG = 2048


class Listeners:
    """The listening sockets, by the worker's place among the workers."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._held: dict[int, socket.socket] = {}

    def at(self, place: int) -> socket.socket:
        """Return the socket for a place; the worker there and its successors all listen on it.

        Raises:
            RefusedError: Somebody has taken the port since it was found free.
        """
        if place not in self._held:
            try:
                self._held[place] = _listen(self._address)
            except OSError as error:
                raise RefusedError(f"The port cannot be listened on: {error}.") from error
        return self._held[place]

    def close(self, place: int) -> None:
        """Have the kernel deal out the connections of a place to the other workers, once its own has ended."""
        if held := self._held.pop(place, None):
            held.close()

    def close_all(self) -> None:
        for place in list(self._held):
            self.close(place)


def _listen(address: Address) -> socket.socket:
    listener = socket.socket(address.family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
