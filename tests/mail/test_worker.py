"""The loop: wakes at once, shares the work, and outlives whatever goes wrong around it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.harness import promises
from tests.mail.conftest import has_no_sender
from tests.mail.post_office import DROP, HANG, PostOffice, wait_until
from tests.mail.standalone import Standalone
from user_auth.audit import AuditEvent, Event
from user_auth.mail import outbox, worker
from user_auth.mail.delivery import UNREACHABLE_WAIT
from user_auth.mail.documents import Mail, Status
from user_auth.mongo import connection, indexes


class Running:
    """Workers in threads, stopped and waited for at the end."""

    def __init__(self) -> None:
        self._running: list[tuple[threading.Event, threading.Thread]] = []

    def start(self) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        self._running.append((stop, thread))

    def stop(self) -> None:
        for stop, _ in self._running:
            stop.set()
        for _, thread in self._running:
            thread.join()
        self._running.clear()


@pytest.fixture
def workers() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


@pytest.fixture
def chores(monkeypatch: pytest.MonkeyPatch) -> Callable[[worker.Chore], worker.Chore]:
    """Register chores for the length of a test, and have them done in every round."""
    monkeypatch.setattr(worker, "_chores", [])
    monkeypatch.setattr(worker, "CHORES_EVERY_SECONDS", 0.0)
    return worker.chore


@pytest.mark.usefixtures("mongo")
def test_a_mail_leaves_at_once(post_office: PostOffice, code_kind: str, workers: Running) -> None:
    """A worker that waits hears of it by change stream, well before it would look by itself."""

    def seconds_to_leave() -> float:
        # A sender that is still there would look for another mail itself.
        wait_until(has_no_sender)
        post_office.received.clear()
        began = time.monotonic()
        outbox.enqueue(code_kind, to="ada@example.com")
        wait_until(lambda: post_office.received)
        return time.monotonic() - began

    workers.start()
    seconds_to_leave()
    # On a machine that is busy with others, once is enough: looking by itself, right after a mail, it never would.
    assert any(seconds_to_leave() < 0.2 for _ in range(20))


def test_a_standalone_mongod_is_polled(
    standalone: Standalone, post_office: PostOffice, code_kind: str, workers: Running
) -> None:
    """Without change streams a mail leaves about a second later."""
    workers.start()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 1)
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 2)


@pytest.mark.usefixtures("mongo")
def test_workers_share_the_mails_and_send_none_twice(post_office: PostOffice, code_kind: str, workers: Running) -> None:
    """Two workers with four senders each, 60 mails: each arrives once."""
    for _ in range(2):
        workers.start()
    for number in range(60):
        outbox.enqueue(code_kind, to=f"user{number}@example.com")
    wait_until(lambda: Mail.objects(status=Status.SENT).count() == 60, seconds=30)
    assert Counter(post_office.recipients()) == Counter(f"user{number}@example.com" for number in range(60))


@pytest.mark.asvs("15.4.4")
@pytest.mark.usefixtures("mongo")
def test_a_recipient_who_hangs_holds_up_nobody(
    post_office: PostOffice, settings: Settings, code_kind: str, workers: Running
) -> None:
    """The others' mails are out long before the timeout."""
    settings.EMAIL_TIMEOUT = 50
    post_office.manners["RCPT", "hole@example.com"] = HANG
    for recipient in ("hole", "hole", "ada", "bob", "eve"):
        outbox.enqueue(code_kind, to=f"{recipient}@example.com")
    workers.start()
    wait_until(lambda: Mail.objects(status=Status.SENT).count() == 3, seconds=20)
    assert Mail.objects(status=Status.SENDING, to="hole@example.com").count() == 2
    assert len(post_office.received) == 3


@pytest.mark.usefixtures("mongo")
def test_a_worker_stops_although_a_server_hangs(post_office: PostOffice, code_kind: str, workers: Running) -> None:
    """It does not wait for the timeout; the next worker has the mail once the lease has lapsed."""
    post_office.manners["RCPT"] = HANG
    outbox.enqueue(code_kind, to="ada@example.com")
    workers.start()
    wait_until(lambda: "RCPT" in post_office.steps)
    assert promises.timed(workers.stop) < 3


@pytest.mark.usefixtures("mongo")
def test_an_idle_worker_stops_within_a_second(post_office: PostOffice, code_kind: str, workers: Running) -> None:
    """It does not sit out its wait for mails."""

    def seconds_to_stop() -> float:
        post_office.received.clear()
        outbox.enqueue(code_kind, to="ada@example.com")
        workers.start()
        wait_until(lambda: post_office.received and has_no_sender())
        return promises.timed(workers.stop)

    promises.keep(seconds_to_stop, seconds=1)


@pytest.mark.asvs("16.5.2")
@pytest.mark.usefixtures("mongo")
def test_a_mail_waits_for_smtp_to_come_back(
    post_office: PostOffice, code_kind: str, workers: Running, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It arrives by itself, and the log has one line about the beginning and one about the end."""
    caplog.set_level("INFO", logger="user_auth.mail")
    post_office.close()
    outbox.enqueue(code_kind, to="ada@example.com")
    workers.start()
    wait_until(lambda: Mail.objects.get().last_error == "ConnectionRefusedError")
    post_office.open()
    clock.tick(seconds=UNREACHABLE_WAIT.total_seconds())
    wait_until(lambda: len(post_office.received) == 1)
    wait_until(lambda: "Sending mail works again" in caplog.text)
    assert caplog.text.count("Sending mail fails") == 1
    assert "ConnectionRefusedError" in caplog.text


@pytest.mark.faults
def test_a_worker_waits_for_the_database_to_come_back(
    standalone: Standalone,
    post_office: PostOffice,
    code_kind: str,
    workers: Running,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Killed and started again under a running worker, it is found again within seconds, and told once."""
    caplog.set_level("INFO", logger="user_auth.mail")
    workers.start()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: Mail.objects(status=Status.SENT).count() == 1)
    standalone.kill()
    wait_until(lambda: "The mail queue fails" in caplog.text, seconds=20)
    standalone.start()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 2)
    wait_until(lambda: "The mail queue works again" in caplog.text)
    assert caplog.text.count("The mail queue fails") == 1


@pytest.mark.faults
def test_a_mail_taken_while_the_database_was_away_is_not_sent_again(
    standalone: Standalone,
    post_office: PostOffice,
    code_kind: str,
    workers: Running,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """That it left is noted as soon as the database is back, not forgotten until the lease has lapsed."""
    post_office.gate.clear()
    outbox.enqueue(code_kind, to="ada@example.com")
    workers.start()
    wait_until(lambda: post_office.seen)
    standalone.kill()
    post_office.gate.set()
    wait_until(lambda: post_office.received and "The mail queue fails" in caplog.text)
    standalone.start()
    wait_until(lambda: Mail.objects.get().status == Status.SENT, seconds=20)
    assert len(post_office.seen) == 1


@pytest.mark.faults
def test_a_worker_starts_before_the_database_does(
    standalone: Standalone, post_office: PostOffice, code_kind: str, workers: Running
) -> None:
    """It waits for it, makes the indexes first, and then sends."""
    standalone.kill()
    workers.start()
    standalone.start()
    wait_until(lambda: not indexes.compare(), seconds=20)
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 1)


@pytest.mark.usefixtures("mongo")
def test_a_dropped_collection_does_not_end_the_waiting(
    post_office: PostOffice, code_kind: str, workers: Running
) -> None:
    """The change stream ends with it; the worker opens another."""
    workers.start()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: Mail.objects(status=Status.SENT).count() == 1)
    Mail.drop_collection()
    indexes.ensure()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 2)


@pytest.mark.usefixtures("mongo")
def test_a_failing_chore_stops_neither_the_others_nor_the_mail(
    post_office: PostOffice,
    code_kind: str,
    workers: Running,
    chores: Callable[[worker.Chore], worker.Chore],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is told once, by name and without its words, and tried again."""
    tries: list[None] = []
    done: list[None] = []

    @chores
    def tidy_up() -> None:
        tries.append(None)
        raise LookupError("ada@example.com")

    chores(lambda: done.append(None))
    workers.start()
    outbox.enqueue(code_kind, to="ada@example.com")
    wait_until(lambda: len(post_office.received) == 1 and len(tries) >= 2 and len(done) >= 2)
    assert caplog.text.count("tidy_up fails") == 1
    assert "LookupError" in caplog.text
    assert "ada@example.com" not in caplog.text


@pytest.mark.usefixtures("mongo")
def test_a_server_that_breaks_off_under_way_costs_one_mail_a_wait(
    post_office: PostOffice, code_kind: str, workers: Running
) -> None:
    """The mails behind it go over a new connection."""
    post_office.manners["DATA", "eve@example.com"] = DROP
    for recipient in ("eve", "ada", "bob"):
        outbox.enqueue(code_kind, to=f"{recipient}@example.com")
    workers.start()
    wait_until(lambda: sorted(post_office.recipients()) == ["ada@example.com", "bob@example.com"])
    wait_until(lambda: Mail.objects.get(to="eve@example.com").status == Status.QUEUED)


@pytest.mark.usefixtures("mongo")
def test_an_index_that_cannot_be_mended_is_in_the_audit(workers: Running) -> None:
    """Whoever looks after the service finds out without reading the log of the start."""
    users = connection.database()["users"]
    users.drop_index("email_digest_1")
    users.create_index("email_digest", name="email_digest_1")
    try:
        workers.start()
        wait_until(lambda: AuditEvent.objects(event=Event.INDEX_WRONG).count() == 1)
    finally:
        workers.stop()
        users.drop_index("email_digest_1")
        indexes.ensure()
