"""The process that the workers are copies of: it imports everything once, and then forks one for each order.

Copies share the memory of what was imported, and are there within milliseconds. So that nothing of a running process is
copied, this one has no threads, no client of the database and no connection: it is forked from the parent before that
has any, or for new code (SIGHUP) started anew, as ``python -m main_project.server.fork_server``.

An order is the worker's duties in JSON, with two descriptors: the socket to listen on, and where to tell its news. The
end of the orders is the end of this process, and that of its workers.
"""

import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import NoReturn

import django

from local_mongo.parent_death import end_with_parent
from main_project import env

WORKER = "main_project.server.worker"
ORDER_BYTES = 65_536
# How workers end that were asked to.
EXPECTED = (0, -signal.SIGTERM)

log = logging.getLogger(__name__)


def run(orders: socket.socket, *, parent_pid: int) -> NoReturn:
    """Carry out orders until there are no more."""
    end_with_parent(parent_pid)
    worker = preload()
    signal.signal(signal.SIGCHLD, _bury)
    own_pid = os.getpid()
    while True:
        order, descriptors, _, _ = socket.recv_fds(orders, ORDER_BYTES, maxfds=2)
        if not order:
            os._exit(0)
        if not os.fork():
            orders.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _work(partial(worker.run, *descriptors, **json.loads(order)), parent_pid=own_pid)
        for descriptor in descriptors:
            os.close(descriptor)


def preload() -> ModuleType:
    """Import everything, to be shared from now on; return the module of the workers."""
    worker = import_module(WORKER)
    worker.preload()
    gc.collect()
    # What is there stays as it is: the collector, looking through it, would make a copy for each process.
    gc.freeze()
    return worker


def _work(work: Callable[[], None], *, parent_pid: int) -> NoReturn:
    """Be a worker; whatever it leaves open the kernel closes."""
    status = 1
    try:
        end_with_parent(parent_pid)
        work()
        status = 0
    except Exception:
        log.exception("A worker has crashed.")
    finally:
        os._exit(status)


def _bury(*_: object) -> None:
    """Let go of workers that have ended, and tell how, where that was not asked for."""
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            status = os.waitstatus_to_exitcode(ended[1])
            if status not in EXPECTED:
                log.warning("Worker process %s has ended with status %s.", ended[0], status)


def main(descriptor: str, parent_pid: str) -> NoReturn:
    """Do as a process of its own what ``run`` does in a fork."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "main_project.settings")
    env.load()
    django.setup()
    run(socket.socket(fileno=int(descriptor)), parent_pid=int(parent_pid))


if __name__ == "__main__":
    main(*sys.argv[1:])
