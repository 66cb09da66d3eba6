"""Each process numbers its own records, without gap or repetition."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from user_auth.audit import AuditEvent, Event, record, runs

CORE = Path(__file__).parents[2] / "core"
# A process that numbers a record, lets a child that it forks number one, then numbers another.
FORKING = """
import os
from user_auth.audit import runs
print(*runs.next_place(), flush=True)
child = os.fork()
if child:
    os.waitpid(child, 0)
print(*runs.next_place(), flush=True)
"""


def test_many_threads_leave_no_gap() -> None:
    """Two hundred records of forty threads have two hundred numbers in a row."""
    with ThreadPoolExecutor(40) as pool:
        places = list(pool.map(lambda _: runs.next_place(), range(200)))
    numbers = sorted(number for _, number in places)
    assert numbers == list(range(numbers[0], numbers[0] + 200))
    assert len({run for run, _ in places}) == 1


def test_records_are_numbered_in_a_row(mongo: None) -> None:
    """The one after has the number after, in the same run."""
    for _ in range(2):
        record(Event.LOGGED_OUT, outcome="success", caller=None, subject=None)
    first, second = AuditEvent.objects().order_by("sequence")
    assert (second.run, second.sequence) == (first.run, first.sequence + 1)


def test_a_forked_process_begins_a_run_of_its_own() -> None:
    """Parent and child never give the same place twice; both count from 1."""
    places = {**os.environ, "PYTHONPATH": str(CORE)}
    told = subprocess.run(
        [sys.executable, "-c", FORKING], capture_output=True, text=True, check=True, env=places, timeout=30
    ).stdout.split()
    parent, child = told[0], told[2]
    assert told == [parent, "1", child, "1", parent, "2"]
    assert parent != child
    assert runs.next_place()[0] not in (parent, child)
