"""What is counted comes out, in one process and over several."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.scraping import value
from user_auth import metrics
from user_auth.metrics import families

CORE = Path(__file__).resolve().parents[2] / "core"
# Counts in slot 0 of the folder that it is given, then ends as a killed process does: without a word.
COUNT_AND_DIE = """
import os, pathlib, signal, sys
from user_auth import metrics
metrics.share(pathlib.Path(sys.argv[1]), slot=0)
for _ in range(3):
    metrics.count_check("hit")
    metrics.observe_watcher_lag(0.003, collection="users")
waiting = metrics.waiting_for_hashing("verify")
waiting.__enter__()
print(metrics.text().decode(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def scraped() -> str:
    return metrics.text().decode()


def test_each_call_counts_under_its_labels() -> None:
    """And nowhere else."""
    before = scraped()
    metrics.count_request(endpoint="login", method="POST", outcome="rate_limited")
    metrics.count_cache_refused("watcher_stale")
    metrics.count_limit_refused(action="login", by="client")
    metrics.count_database_error("AutoReconnect")
    after = scraped()
    for name, labels in (
        ("requests_total", {"endpoint": "login", "method": "POST", "outcome": "rate_limited"}),
        ("session_cache_refused_total", {"reason": "watcher_stale"}),
        ("limits_refused_total", {"action": "login", "by": "client"}),
        ("database_errors_total", {"error": "AutoReconnect"}),
    ):
        assert value(after, f"user_auth_{name}", **labels) == value(before, f"user_auth_{name}", **labels) + 1
    assert value(after, "user_auth_session_checks_total") == value(before, "user_auth_session_checks_total")


def test_times_fall_into_buckets() -> None:
    """A clock that is behind makes no negative lag, which would make the sum fall."""
    before = scraped()
    metrics.observe_watcher_lag(0.003, collection="users")
    metrics.observe_watcher_lag(-5, collection="users")
    after = scraped()
    name = "user_auth_watcher_lag_seconds"
    assert value(after, f"{name}_count") - value(before, f"{name}_count") == 2
    assert value(after, f"{name}_bucket", le="0.002") - value(before, f"{name}_bucket", le="0.002") == 1
    assert value(after, f"{name}_sum") - value(before, f"{name}_sum") == pytest.approx(0.003)


def test_whoever_waits_is_seen_while_waiting() -> None:
    """Also when the wait ends in a refusal."""
    name = "user_auth_hashing_waiting"
    with contextlib.suppress(RuntimeError), metrics.waiting_for_hashing("hash"):
        assert value(scraped(), name, work="hash") == 1
        raise RuntimeError
    assert value(scraped(), name, work="hash") == 0


def test_hits_of_the_lane_are_carried_over_by_a_scrape() -> None:
    """Each is a check and a request; none is carried over twice."""
    checks, requests = "user_auth_session_checks_total", "user_auth_requests_total"
    before = scraped()
    for _ in range(5):
        metrics.lane_hits.add()
    metrics.flush()
    after = scraped()
    assert value(after, checks, outcome="hit") - value(before, checks, outcome="hit") == 5
    labels = {"endpoint": "verify_session", "method": "POST", "outcome": "200"}
    assert value(after, requests, **labels) - value(before, requests, **labels) == 5
    assert value(scraped(), checks, outcome="hit") == value(after, checks, outcome="hit")


def test_names_follow_the_conventions() -> None:
    """Ours by their prefix, counters end in ``_total``, times are in seconds, and every metric has labels."""
    for family in families.families():
        name, kind = family._name, family._type
        assert name.startswith("user_auth_")
        assert kind != "histogram" or name.endswith("_seconds")
        assert family._labelnames


def test_no_second_series_says_when_the_first_began() -> None:
    assert "_created" not in scraped()


def test_sharing_begins_before_counting(tmp_path: Path) -> None:
    """What was counted before would be in no scrape."""
    metrics.count_check("miss")
    with pytest.raises(RuntimeError):
        metrics.share(tmp_path, slot=0)


def test_the_next_process_in_a_slot_goes_on_where_a_killed_one_was_stopped(tmp_path: Path) -> None:
    """Its counts stay, nobody is taken to wait any more, and there are no more files than slots."""
    first, second = count_and_die(tmp_path), count_and_die(tmp_path)
    checks, lag = "user_auth_session_checks_total", "user_auth_watcher_lag_seconds_count"
    assert (value(first, checks, outcome="hit"), value(first, lag)) == (3, 3)
    assert (value(second, checks, outcome="hit"), value(second, lag)) == (6, 6)
    assert value(first, "user_auth_hashing_waiting") == value(second, "user_auth_hashing_waiting") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counter_0.db", "gauge_livesum_0.db", "histogram_0.db"]


def test_the_space_for_counts_is_taken_at_once(tmp_path: Path) -> None:
    """A hole in a file would kill the process that writes into it once the disk is full."""
    count_and_die(tmp_path)
    for path in tmp_path.iterdir():
        assert path.stat().st_blocks * 512 >= path.stat().st_size > 0


def test_a_process_without_a_place_counts_for_itself(tmp_path: Path) -> None:
    """A worker whose folder is gone, or on a full disk, says so and works on."""
    script = (
        "import sys, pathlib; from main_project.server import meters; from user_auth import metrics;"
        "meters.join(pathlib.Path(sys.argv[1]));"
        "metrics.count_check('hit'); print(metrics.text().decode())"
    )
    done = run(script, str(tmp_path / "gone"))
    assert done.returncode == 0, done.stderr
    assert value(done.stdout, "user_auth_session_checks_total", outcome="hit") == 1
    assert "counts for itself alone" in done.stderr


def count_and_die(folder: Path) -> str:
    """Return what a process saw of the metrics before it was killed."""
    done = run(COUNT_AND_DIE, str(folder))
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(CORE)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=50)
