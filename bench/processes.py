"""What processes take: time of the processor, and memory."""

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.harness.waiting import children_of, command_line_of

PROC = Path("/proc")


def group_of(leader: int) -> list[int]:
    """Return the processes of a service: all of its process group; mongod has one of its own."""
    stats = [(path, _read(path)) for path in PROC.glob("[0-9]*/stat")]
    return [int(path.parent.name) for path, text in stats if text.rpartition(")")[2].split()[2:3] == [str(leader)]]


def workers_of(leader: int) -> list[int]:
    """Return the processes of a service that answer."""
    others = [pid for pid in children_of(leader) if pid in group_of(leader)]
    return [pid for pid in others if "resource_tracker" not in command_line_of(pid)]


def mongod_of(owner: int) -> int:
    """Return the embedded mongod of the process that owns it."""
    return next(pid for pid in children_of(owner) if "mongod" in command_line_of(pid).partition(" ")[0])


def proportional_set_size(pids: Iterable[int]) -> int:
    """Return the memory of processes in bytes; what several share counts once."""
    rollups = [_read(PROC / str(pid) / "smaps_rollup") for pid in pids]
    return 1024 * sum(int(line.split()[1]) for text in rollups for line in text.splitlines() if line[:4] == "Pss:")


def stopwatch(pids: Iterable[int]) -> Callable[[], float]:
    """Start to count the processor time of processes; what is returned tells the seconds that they took since."""
    watched = list(pids)
    before = _run_nanoseconds(watched)

    def taken() -> float:
        now = _run_nanoseconds(watched)
        return sum(spent - before.get(task, 0) for task, spent in now.items()) / 1e9

    return taken


def _run_nanoseconds(pids: Iterable[int]) -> dict[Path, int]:
    """Return what each thread has run; the kernel's own count, since that of ``stat`` has steps of 10 ms."""
    files = [path for pid in pids for path in (PROC / str(pid) / "task").glob("*/schedstat")]
    return {path: int(text.split()[0]) for path in files if (text := _read(path))}


def _read(path: Path) -> str:
    """Return what a file says; nothing once its process or thread has ended."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
