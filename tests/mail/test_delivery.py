"""One mail through a real SMTP server that takes it, puts it off, refuses it, hangs or is not there."""

from collections.abc import Callable

import pytest
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.mail.post_office import DROP, HANG, PostOffice, refuse_log_in
from user_auth.mail import letters, outbox, worker
from user_auth.mail.documents import Mail, Status
from user_auth.mail.letters import Letter
from user_auth.mail.outbox import LEASE

pytestmark = pytest.mark.usefixtures("mongo")

Kinds = Callable[[str, letters.Composer], None]


def only_mail() -> Mail:
    return Mail.objects.get()


def test_a_due_mail_is_sent(post_office: PostOffice, code_kind: str) -> None:
    """It arrives, and the outbox says so."""
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 1
    assert post_office.recipients() == ["ada@example.com"]
    assert "000001" in post_office.texts()[0]
    assert (only_mail().status, only_mail().sealed_code, only_mail().last_error) == (Status.SENT, None, "")


def test_several_mails_share_a_connection(post_office: PostOffice, code_kind: str) -> None:
    """One run says goodbye once."""
    for _ in range(3):
        outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 3
    assert post_office.steps.count("MAIL") == 3
    assert post_office.steps.count("QUIT") == 1


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_mail_put_off_comes_later_with_the_same_code(
    step: str, post_office: PostOffice, code_kind: str, clock: MovableClock, codes_made: list[str]
) -> None:
    """A 4xx at any step is waited out; one code is made and the message is the same."""
    outbox.enqueue(code_kind, to="ada@example.com")
    post_office.manners[step] = "451 4.3.0 ada@example.com, later"
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.QUEUED
    assert only_mail().last_error.endswith("451 4.3.0")
    post_office.manners.clear()
    assert worker.deliver_due() == 0
    clock.tick(seconds=11)
    assert worker.deliver_due() == 1
    assert codes_made == ["000001"]
    assert "000001" in post_office.texts()[0]
    assert post_office.received[0]["Message-ID"] == only_mail().message_id


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_a_mail_refused_for_good_is_given_up(step: str, post_office: PostOffice, code_kind: str) -> None:
    """A 5xx at any step ends it at once; the next mail goes out."""
    outbox.enqueue(code_kind, to="eve@example.com")
    post_office.manners[step] = "550 5.1.1 <eve@example.com>: nobody here"
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.DEAD
    assert only_mail().last_error.endswith("550 5.1.1")
    post_office.manners.clear()
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 1


@pytest.mark.asvs("13.2.6")
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("manner", [HANG, DROP])
def test_a_server_that_hangs_or_breaks_off_is_tried_again(
    step: str, manner: str, post_office: PostOffice, code_kind: str, settings: Settings, clock: MovableClock
) -> None:
    """Wherever it happens, the mail arrives once the server is well."""
    settings.EMAIL_TIMEOUT = 0.3
    post_office.manners[step] = manner
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.QUEUED
    post_office.manners.clear()
    clock.tick(seconds=11)
    assert worker.deliver_due() == 1
    assert len(post_office.received) == 1


@pytest.mark.parametrize("manner", [HANG, DROP])
def test_a_server_that_takes_a_mail_and_then_misbehaves_has_it(
    manner: str, post_office: PostOffice, code_kind: str, settings: Settings, clock: MovableClock
) -> None:
    """What goes wrong after the server's 250 does not send the mail a second time."""
    settings.EMAIL_TIMEOUT = 0.3
    post_office.manners["QUIT"] = manner
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 1
    clock.tick(seconds=3600)
    assert worker.deliver_due() == 0
    assert len(post_office.received) == 1


def test_no_code_is_made_while_there_is_nobody_to_hand_it_to(
    post_office: PostOffice, code_kind: str, clock: MovableClock, codes_made: list[str]
) -> None:
    """Its minutes start when the mail can leave; the mail waits, and goes when SMTP is back."""
    post_office.close()
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 0
    assert (only_mail().status, codes_made) == (Status.QUEUED, [])
    assert only_mail().last_error == "ConnectionRefusedError"
    post_office.open()
    clock.tick(seconds=6)
    assert worker.deliver_due() == 1
    assert codes_made == ["000001"]


def test_a_refused_log_in_is_the_operators_and_kills_no_mail(
    settings: Settings, post_office: PostOffice, code_kind: str
) -> None:
    """A wrong EMAIL_HOST_PASSWORD answers 535, which is no verdict on any mail."""
    post_office.close()
    post_office.open(authenticator=refuse_log_in, auth_require_tls=False)
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "service", "wrong"
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.QUEUED
    assert only_mail().last_error.startswith("SMTPAuthenticationError 535")


def test_a_server_that_wants_a_log_in_kills_no_mail(post_office: PostOffice, code_kind: str) -> None:
    """530 at MAIL is a missing EMAIL_HOST_USER."""
    post_office.manners["MAIL"] = "530 5.7.0 Authentication required"
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.QUEUED


@pytest.mark.asvs("13.2.6")
def test_a_setting_without_timeout_does_not_wait_for_ever(
    post_office: PostOffice, code_kind: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django's own default is none; ours then holds."""
    settings.EMAIL_TIMEOUT = None
    monkeypatch.setattr("user_auth.mail.transport.TIMEOUT_SECONDS", 0.3)
    post_office.manners["RCPT"] = HANG
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.QUEUED


def test_a_composer_may_have_nothing_left_to_say(post_office: PostOffice, kinds: Kinds) -> None:
    """The mail is done, and nothing is sent."""
    kinds("silence", lambda mail: None)
    outbox.enqueue("silence", to="ada@example.com")
    assert worker.deliver_due() == 0
    assert only_mail().status == Status.SENT
    assert post_office.received == []


def test_a_mail_that_cannot_be_written_stops_no_other(
    post_office: PostOffice, code_kind: str, kinds: Kinds, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged without what the error says, and tried again later."""

    def fail(mail: Mail) -> Letter:
        raise KeyError(mail.to)

    kinds("broken", fail)
    broken = outbox.enqueue("broken", to="eve@example.com")
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 1
    assert Mail.objects.get(id=broken).status == Status.QUEUED
    assert Mail.objects.get(id=broken).last_error.startswith("KeyError at ")
    assert "KeyError at" in caplog.text
    assert "eve@example.com" not in caplog.text


def test_a_kind_that_nobody_writes_yet_waits_for_a_release_that_does(
    post_office: PostOffice, code_kind: str, kinds: Kinds, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    """While machines are upgraded one by one, an older worker loses no mail of a newer one."""
    outbox.enqueue("of_the_next_release", to="ada@example.com")
    worker.deliver_due()
    assert only_mail().last_error == "no composer for of_the_next_release"
    assert "of_the_next_release" in caplog.text
    kinds("of_the_next_release", letters._composers[code_kind])
    clock.tick(seconds=11)
    assert worker.deliver_due() == 1


def test_a_kind_that_nobody_ever_writes_is_given_up(post_office: PostOffice, clock: MovableClock) -> None:
    """A day later the mail is dead, with its reason."""
    outbox.enqueue("unknown", to="ada@example.com")
    clock.tick(seconds=24 * 3600)
    worker.deliver_due()
    assert (only_mail().status, only_mail().last_error) == (Status.DEAD, "no composer for unknown")


def test_a_mail_whose_lease_was_lost_in_the_writing_is_not_sent(
    post_office: PostOffice, code_kind: str, kinds: Kinds, clock: MovableClock
) -> None:
    """Another worker has it, and sends it."""
    taken_over: list[Mail | None] = []

    def dawdle(mail: Mail) -> Letter:
        clock.tick(seconds=LEASE.total_seconds() + 1)
        taken_over.append(outbox.claim())
        return Letter(to=mail.to, template="signup_notice")

    kinds("slow", dawdle)
    outbox.enqueue("slow", to="ada@example.com")
    assert worker.deliver_due() == 0
    assert taken_over[0] is not None
    assert post_office.received == []
    assert only_mail().status == Status.SENDING


@pytest.mark.asvs("16.2.5")
def test_what_a_server_says_is_not_kept(
    post_office: PostOffice, code_kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its reply may quote the address or the mail: the outbox and the log hold class and status only."""
    post_office.manners["DATA"] = "554 5.7.1 Spam from eve@example.com: 000001"
    outbox.enqueue(code_kind, to="eve@example.com")
    worker.deliver_due()
    assert only_mail().last_error == "SMTPDataError 554 5.7.1"
    assert "SMTPDataError 554 5.7.1" in caplog.text
    assert "eve@example.com" not in caplog.text
    assert "000001" not in caplog.text
