"""``manage.py auth mail-worker`` as the process it is."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import MovableClock
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


def sign_up() -> None:
    address = parse("ada@example.com")
    codes.start(codes.Purpose.SIGNUP, address=address, data={"name": "", "password_hash": "none"})


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_it_sends_until_it_is_told_to_stop(which: signal.Signals, post_office: PostOffice, start_worker: Child) -> None:
    """The code of a sign-up arrives; the process ends in time and without complaint."""
    child = start_worker()
    sign_up()
    wait_until(lambda: Mail.objects(status=Status.SENT).count() == 1, seconds=20)
    assert code_in(post_office.texts()[0])
    began = time.monotonic()
    child.send_signal(which)
    assert child.wait(10) == 0
    assert time.monotonic() - began < 3


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
