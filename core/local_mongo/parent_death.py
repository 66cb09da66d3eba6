"""Ties the life of a process to that of its parent.

Run as a program, it ties itself and then becomes another program: ``parent_death.py PARENT_PID PROGRAM ARGUMENTS``.
That is how a program without such a feature is tied without running Python between fork and exec, which can
deadlock in a process with threads. It must import nothing but the standard library.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process as soon as the thread that started it ends (Linux only).

    Raises:
        SystemExit: The parent is already gone.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # A parent that ended before the call above leaves no signal behind, only another parent.
    if os.getppid() != parent_pid:
        raise SystemExit(1)


def main(parent_pid: str, *command: str) -> None:
    """Become ``command``, tied to the parent, with no signal blocked."""
    end_with_parent(int(parent_pid))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
