"""What processes take: time of the processor, and memory."""

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.harness.waiting import children_of, command_line_of

PROC = Path("/proc")


def tree_of(parent: int) -> list[int]:
    """Return all processes of a service but mongod: the parent, its children, and theirs."""
    found = [parent]
    for pid in found:
        found += [child for child in children_of(pid) if not _is_mongod(child)]
    return found


def mongod_of(parent: int) -> int:
    """Return the embedded mongod of a service."""
    return next(child for pid in tree_of(parent) for child in children_of(pid) if _is_mongod(child))


def _is_mongod(pid: int) -> bool:
    return command_line_of(pid).partition(" ")[0].endswith("mongod")


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
