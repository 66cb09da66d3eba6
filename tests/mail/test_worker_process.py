"""``manage.py auth mail-worker`` as the process it is."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import MovableClock
from tests.harness import promises
from tests.harness.service import MANAGE, environment_of
from tests.mail.post_office import HANG, PostOffice, text_of, wait_until
from tests.mails import code_in
from user_auth import codes, conf
from user_auth.foundation.addresses import parse
from user_auth.mail import worker
from user_auth.mail.documents import Mail, Status
from user_auth.mail.outbox import LEASE

pytestmark = pytest.mark.usefixtures("mongo")

Child = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start_worker(post_office: PostOffice, tmp_path: Path) -> Iterator[Child]:
    """Start mail workers on the test's database and SMTP server; none is left at the end."""
    given = conf.settings().mongodb_uri
    env = {
        "MONGODB_URI": given() if callable(given) else given,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(post_office.port),
    }
    children: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, str(MANAGE), "auth", "mail-worker"]
        children.append(subprocess.Popen(command, env=environment_of(tmp_path, env=env), stdin=subprocess.DEVNULL))
        return children[-1]

    yield start
    for child in children:
        child.kill()
        child.wait()


def sign_up(email: str = "ada@example.com") -> None:
    address = parse(email)
    codes.start(codes.Purpose.SIGNUP, address=address, data={"name": "", "password_hash": "none"})


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_it_sends_until_it_is_told_to_stop(which: signal.Signals, post_office: PostOffice, start_worker: Child) -> None:
    """The code of a sign-up arrives; the process ends in time and without complaint."""

    def seconds_to_stop() -> float:
        child, mails = start_worker(), len(post_office.received) + 1
        sign_up(f"ada.{mails}@example.com")
        wait_until(lambda: Mail.objects(status=Status.SENT).count() == mails, seconds=20)
        assert code_in(post_office.texts()[-1])
        child.send_signal(which)
        return promises.timed(lambda: ended_well(child))

    promises.keep(seconds_to_stop, seconds=3)


def ended_well(child: "subprocess.Popen[bytes]") -> None:
    assert child.wait(10) == 0


@pytest.mark.faults
def test_a_worker_killed_while_sending_leaves_the_mail_to_the_next(
    post_office: PostOffice, start_worker: Child, clock: MovableClock
) -> None:
    """Once the lease has lapsed the next one sends the same code, in the same message."""
    post_office.manners["DATA"] = HANG
    sign_up()
    child = start_worker()
    wait_until(lambda: post_office.seen, seconds=20)
    child.kill()
    child.wait()
    post_office.manners.clear()
    assert worker.deliver_due() == 0
    clock.tick(seconds=LEASE.total_seconds() + 1)
    assert worker.deliver_due() == 1
    first, second = post_office.seen
    assert code_in(text_of(first)) == code_in(text_of(second)) != ""
    assert first["Message-ID"] == second["Message-ID"]
