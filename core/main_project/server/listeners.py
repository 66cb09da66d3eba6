"""The sockets that the workers listen on: one for each, all on the same port.

The kernel deals new connections out among them (``SO_REUSEPORT``), so that each worker gets its share: from a single
socket, whichever worker wakes first takes nearly all of a burst. They are opened by the parent, which keeps them:
connections that wait in one outlive the worker that would have taken them, and its successor takes them.
"""

import os
from multiprocessing import reduction

from granian._granian import ListenerSpec, SocketHolder

from main_project.server.errors import RefusedError
from main_project.server.ports import Address


class Listeners:
    """The listening sockets, by the worker's place among the workers."""

    def __init__(self, address: Address, *, backlog: int) -> None:
        self._spec = ListenerSpec(address.host, address.port, backlog)
        self._held: dict[int, SocketHolder] = {}

    def at(self, place: int) -> SocketHolder:
        """Return the socket for a place; the worker there and its successors all listen on it.

        Raises:
            RefusedError: Somebody has taken the port since it was found free.
        """
        if place not in self._held:
            try:
                self._held[place] = self._spec.build()
            except RuntimeError as error:
                raise RefusedError(f"The port cannot be listened on: {error}.") from error
        return self._held[place]

    def close(self, place: int) -> None:
        """Have the kernel deal out the connections of a place to the other workers, once its own has ended."""
        if holder := self._held.pop(place, None):
            os.close(holder.get_fd())

    def close_all(self) -> None:
        for place in list(self._held):
            self.close(place)


class Inherited:
    """Takes a descriptor along into a process that is being started, under the same number."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __getstate__(self) -> dict[str, object]:
        # Written down only while a process is being started, which is told to keep the descriptor open.
        reduction.DupFd(self.descriptor)
        return self.__dict__
