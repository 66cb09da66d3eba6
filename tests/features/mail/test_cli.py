"""``auth mail``: the queue, what was given up, and another day for it."""

import json
from datetime import timedelta

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth.features.mail import service
from user_auth.foundation import clock as app_clock
from user_auth.mail import outbox, worker
from user_auth.mail.documents import Mail, Status
from user_auth.mail.notices import register

pytestmark = pytest.mark.usefixtures("mongo")

KIND = "password_changed"
register(KIND)


def queue(to: str = "ada@example.com") -> ObjectId:
    return outbox.enqueue(KIND, to=to, data={"when": "now", "ip": "192.0.2.1", "user_agent": ""})


def give_up(error: str = "SMTPRecipientsRefused 550 5.1.1") -> None:
    """Let a worker try the mail that is due first, and be refused."""
    mail = outbox.claim()
    assert mail
    assert outbox.dead(mail, error)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    """Run a verb and return what it tells a script."""
    capsys.readouterr()
    call_command("auth", "mail", *arguments, "--json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def mail_of(mail_id: ObjectId) -> Mail:
    found = Mail.objects(id=mail_id).first()
    assert found
    return found


def test_the_queue_is_counted(capsys: pytest.CaptureFixture[str], clock: MovableClock) -> None:
    """By status, with the time at which the oldest that still has to go is due."""
    queue()
    give_up()
    first = mail_of(queue())
    clock.tick(seconds=60)
    queue()
    counts = {row["status"]: (row["mails"], row["oldest_due"]) for row in told(capsys)}
    due = first.due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert counts == {"queued": (2, due), "sending": (0, None), "sent": (0, None), "dead": (1, None)}
    call_command("auth", "mail")
    assert capsys.readouterr().out.startswith("status\tmails\toldest due\nqueued\t2\t")


def test_what_was_given_up_is_listed_without_addresses(capsys: pytest.CaptureFixture[str]) -> None:
    """Who it was for can be guessed by whoever knows them, and by nobody else."""
    mail_id = queue("Ada.Lovelace@Example.com")
    give_up()
    (row,) = told(capsys, "dead")
    assert (row["id"], row["kind"], row["to"]) == (str(mail_id), KIND, "a***@example.com")
    assert (row["attempts"], row["last_error"]) == (1, "SMTPRecipientsRefused 550 5.1.1")
    call_command("auth", "mail", "dead")
    printed = capsys.readouterr().out
    assert "a***@example.com" in printed
    assert "lovelace" not in printed.lower()


def test_json_may_be_asked_for_before_or_after(capsys: pytest.CaptureFixture[str]) -> None:
    queue()
    give_up()
    capsys.readouterr()
    call_command("auth", "mail", "--json", "dead")
    assert json.loads(capsys.readouterr().out)["kind"] == KIND


def test_a_mail_that_was_given_up_is_sent_after_all(settings: Settings) -> None:
    """As the same mail: whoever has it already can tell."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []
    mail_id = queue()
    give_up()
    before = mail_of(mail_id)
    call_command("auth", "mail", "retry", str(mail_id))
    assert worker.deliver_due() == 1
    assert django_mail.outbox[0].extra_headers["Message-ID"] == before.message_id
    after = mail_of(mail_id)
    assert (after.status, after.attempts, after.last_error) == (Status.SENT, 2, "")


def test_it_gets_another_day(clock: MovableClock) -> None:
    """From now, and is not swept away meanwhile."""
    mail_id = queue()
    give_up()
    clock.tick(seconds=timedelta(days=3).total_seconds())
    service.retry(str(mail_id))
    assert mail_of(mail_id).expires_at is None
    clock.tick(seconds=timedelta(hours=23).total_seconds())
    again = outbox.claim()
    assert again
    outbox.retry(again, "TimeoutError", wait=timedelta(minutes=30))
    assert mail_of(mail_id).status == Status.QUEUED
    clock.tick(seconds=timedelta(hours=2).total_seconds())
    again = outbox.claim()
    assert again
    outbox.retry(again, "TimeoutError")
    assert mail_of(mail_id).status == Status.DEAD


def test_all_can_be_queued_again_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that were given up, and no others."""
    for _ in range(3):
        queue()
        give_up()
    sent = queue()
    mail = outbox.claim()
    assert mail
    outbox.sent(mail)
    call_command("auth", "mail", "retry", "--all")
    assert "3 queued again." in capsys.readouterr().err
    assert Mail.objects(status=Status.QUEUED, due_at__lte=app_clock.now()).count() == 3
    assert mail_of(sent).status == Status.SENT


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_not_given_up_is_refused(is_there: bool) -> None:
    """A queued one has its time still, and one that was sent must not go twice."""
    mail_id = queue() if is_there else ObjectId()
    for text in (str(mail_id), "no id at all", ""):
        with pytest.raises(CommandError, match="No mail of that id was given up") as refused:
            call_command("auth", "mail", "retry", text)
        assert refused.value.returncode == 1


@pytest.mark.parametrize("arguments", [("retry",), ("retry", "65f0c0ffee65f0c0ffee65f0", "--all"), ("bogus",)])
def test_what_makes_no_sense_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("auth", "mail", *arguments)
