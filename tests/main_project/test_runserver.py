"""``manage.py runserver``: the same for development, with a reloader."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.harness.service import Service, end, environment_of, run_manage, start_service
from tests.harness.waiting import is_alive, until

SITE = "from tests.main_project.echo_site import *\nROOT_URLCONF = 'tests.main_project.echo_site'\n"


@contextlib.contextmanager
def running(tmp_path: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Run a site under development whose settings are in ``tmp_path``."""
    (tmp_path / "edited_site.py").write_text(SITE, encoding="utf-8")
    path = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{environment_of(tmp_path)['PYTHONPATH']}"}
    service = start_service(
        tmp_path, env={**path, **(env or {})}, settings_module="edited_site", command=("runserver", *options)
    )
    try:
        service.await_ready()
        yield service
    finally:
        end(service)


def answering(service: Service) -> int | None:
    try:
        return int(service.get("/process")[1].split(b'"pid": ')[1].split(b",")[0])
    except OSError:
        return None


def edit_until(is_reloaded: Callable[[], object], path: Path) -> None:
    """Edit a file, and again if nothing has come of it: what is edited before the reloader's first look is not."""
    for number in range(1, 7):
        edited = path.stat().st_mtime + number
        os.utime(path, (edited, edited))
        with contextlib.suppress(AssertionError):
            until(is_reloaded, seconds=6)
            return
    raise AssertionError("no edit was noticed")


def test_a_reload_keeps_the_database(tmp_path: Path) -> None:
    """After an edit another process answers, out of the same mongod; Ctrl-C then ends all of them."""
    with running(tmp_path) as service:
        mongod, first = service.mongod_pid, answering(service)
        assert service.get("/write?id=1")[0] == 201
        edit_until(lambda: answering(service) not in (None, first), tmp_path / "edited_site.py")
        assert service.mongod_pid == mongod
        assert service.get("/count")[1] == b'{"count": 1}'
        second = answering(service)
        os.killpg(service.pid, signal.SIGINT)
        service.process.wait(5)
        assert second is not None
        assert not any(map(is_alive, (mongod, second)))
        assert "Traceback" not in service.output


def test_one_process_does_it_all_without_the_reloader(tmp_path: Path) -> None:
    """``--noreload``, and the end by SIGTERM."""
    with running(tmp_path, "--noreload") as service:
        assert answering(service) == service.pid
        mongod = service.mongod_pid
        service.stop()
        until(lambda: not is_alive(mongod), seconds=3)


def test_it_is_one_of_the_services_on_its_data(tmp_path: Path) -> None:
    """Beside it no other may serve from the same ``DATA_DIR``; commands may use it."""
    with running(tmp_path, "--noreload") as service:
        done = run_manage(tmp_path, "serve")
        assert (done.returncode, f"process id {service.pid} already runs" in done.stderr) == (1, True)


@pytest.mark.faults
def test_nothing_outlives_it(tmp_path: Path) -> None:
    """Neither mongod nor the process that answers, when the parent is killed."""
    with running(tmp_path) as service:
        mongod, answers = service.mongod_pid, answering(service)
        assert answers is not None
        os.kill(service.pid, signal.SIGKILL)
        assert until(lambda: not any(map(is_alive, (mongod, answers))), seconds=3) < 3
