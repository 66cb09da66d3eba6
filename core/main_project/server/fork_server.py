"""What workers are copied from: a process that has imported everything, and nothing else.

Copies share the memory of what was imported, and are there within milliseconds. So that nothing of a running process is
copied, whatever they are copied from has no threads, no client of the database and no connection. The first workers are
*spares*, forked from the parent before it has any of these; each becomes a worker at its first order. Those that replace
them come from a fork server, which imports everything anew, as ``python -m main_project.server.fork_server``, and forks
one for each order.

An order is the worker's duties in JSON, with two descriptors: the socket to listen on, and where to tell its news. The
end of the orders is the end of this process, and that of the workers that it has forked.
"""

import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from importlib import import_module
from typing import NoReturn

import django

from local_mongo.parent_death import end_with_parent
from main_project import env

WORKER = "main_project.server.worker"
# All are of this size, so that one ends where the next begins.
ORDER_BYTES = 4096
# How workers end that were asked to.
EXPECTED = (0, -signal.SIGTERM)

# By its name when it is run as a program too.
log = logging.getLogger("main_project.server.fork_server")


def be_spare(orders: socket.socket, *, parent_pid: int) -> NoReturn:
    """Be a worker, once that is ordered."""
    end_with_parent(parent_pid)
    order, descriptors = _receive(orders)
    orders.close()
    _work(order, descriptors)


def run(orders: socket.socket, *, parent_pid: int) -> NoReturn:
    """Fork a worker for each order, until there are no more."""
    end_with_parent(parent_pid)
    preload()
    signal.signal(signal.SIGCHLD, _bury)
    own_pid = os.getpid()
    while True:
        order, descriptors = _receive(orders)
        if not os.fork():
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            end_with_parent(own_pid)
            _work(order, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def preload() -> None:
    """Import everything, to be shared from now on."""
    import_module(WORKER).preload()
    gc.collect()
    # What is there stays as it is: the collector, looking through it, would make a copy for each process.
    gc.freeze()


def tell_end(pid: int, status: int) -> None:
    """Note in the log how a process has ended, where that was not asked for."""
    code = os.waitstatus_to_exitcode(status)
    if code not in EXPECTED:
        log.warning("Process %s of the service has ended with status %s.", pid, code)


def _receive(orders: socket.socket) -> tuple[bytes, list[int]]:
    order, descriptors, _, _ = socket.recv_fds(orders, ORDER_BYTES, maxfds=2)
    if not order:
        os._exit(0)
    return order, descriptors


def _work(order: bytes, descriptors: list[int]) -> NoReturn:
    """Be a worker; whatever it leaves open the kernel closes."""
    status = 1
    try:
        import_module(WORKER).run(*descriptors, **json.loads(order))
        status = 0
    except Exception:
        log.exception("A worker has crashed.")
    finally:
        os._exit(status)


def _bury(*_: object) -> None:
    """Let go of workers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            tell_end(*ended)


def main(descriptor: str, parent_pid: str) -> NoReturn:
    """Be a fork server, as a process of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    env.load()
    django.setup()
    run(socket.socket(fileno=int(descriptor)), parent_pid=int(parent_pid))


if __name__ == "__main__":
    main(*sys.argv[1:])
