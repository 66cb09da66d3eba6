"""Mail that stays here, on a page and on the console."""

import io
import sys

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from user_auth.foundation import clock as app_clock
from user_auth.mail import mailbox, outbox, worker
from user_auth.mail.documents import KeptMail

pytestmark = pytest.mark.usefixtures("mongo")


@pytest.fixture(autouse=True)
def _mail_stays_here(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "user_auth.mail.mailbox.MailboxBackend"


def write(subject: str, *, text: str = "Hello", html: str = "") -> None:
    message = EmailMultiAlternatives(subject=subject, body=text, to=["ada@example.com"])
    if html:
        message.attach_alternative(html, "text/html")
    message.send()


def test_a_mail_is_kept_as_it_was_sent() -> None:
    """Recipient, subject, text and HTML; whatever else is attached is not HTML."""
    message = EmailMultiAlternatives(subject="Code", body="042137", to=["ada@example.com"], cc=["bob@example.com"])
    message.attach_alternative("BEGIN:VCALENDAR", "text/calendar")
    message.attach_alternative("<b>042137</b>", "text/html")
    assert message.send() == 1
    letter = mailbox.letters()[0]
    assert letter.to == "ada@example.com, bob@example.com"
    assert (letter.subject, letter.text, letter.html) == ("Code", "042137", "<b>042137</b>")


def test_a_mail_without_html_is_kept_too() -> None:
    """A host project's own mails come here as well."""
    EmailMessage(subject="Plain", body="text", to=["ada@example.com"]).send()
    assert (mailbox.letters()[0].text, mailbox.letters()[0].html) == ("text", "")


def test_the_newest_mail_comes_first(clock: MovableClock) -> None:
    """Also of several that were sent in one millisecond."""
    frozen = app_clock.now()
    app_clock.use(lambda: frozen)
    for subject in ("first", "second"):
        write(subject)
    app_clock.use(clock)
    clock.tick(seconds=1)
    write("third")
    assert [letter.subject for letter in mailbox.letters()] == ["third", "second", "first"]


def test_a_page_does_not_grow_without_end() -> None:
    """200 mails are shown."""
    now = app_clock.now()
    KeptMail.objects.insert([KeptMail(subject=f"{n}", created_at=now, expires_at=now) for n in range(201)])
    assert len(mailbox.letters()) == 200


def test_a_mail_is_found_by_its_id_and_by_nothing_else() -> None:
    """What is no id at all is just not found."""
    write("Code")
    letter = mailbox.letters()[0]
    found = mailbox.letter(str(letter.id))
    assert found is not None
    assert found.subject == "Code"
    for other in ("0" * 24, "1", "", "../etc", "\x00", "é" * 12, "a" * 12):
        assert mailbox.letter(other) is None


def test_the_console_shows_a_mail(capsys: pytest.CaptureFixture[str]) -> None:
    """To whom, about what, and the text, so that a code can be read there."""
    write("Code", text="Your code:\n042137")
    assert capsys.readouterr().out == "\nMail to ada@example.com: Code\n  Your code:\n  042137\n\n"


@pytest.mark.asvs("1.3.3")
def test_a_mail_cannot_drive_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences do not get there."""
    write("Code", text="\x1b]0;owned\x07\x1b[2J\r042137")
    printed = capsys.readouterr().out
    assert "042137" in printed
    assert not {"\x1b", "\x07", "\r"} & set(printed)


def test_a_console_that_cannot_print_loses_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed, or without such letters: the mail is on the page."""
    closed = io.StringIO()
    closed.close()
    for console in (closed, io.TextIOWrapper(io.BytesIO(), encoding="ascii")):
        monkeypatch.setattr(sys, "stdout", console)
        write("Grüße", text="ä")
    assert len(mailbox.letters()) == 2


def test_the_outbox_leads_here(code_kind: str) -> None:
    """What the worker sends in local mode is on the page."""
    outbox.enqueue(code_kind, to="ada@example.com")
    assert worker.deliver_due() == 1
    assert "000001" in mailbox.letters()[0].text
    assert "000001" in mailbox.letters()[0].html


def test_whether_mail_stays_here_is_known(settings: Settings) -> None:
    """It is the backend that decides, not the mode."""
    assert mailbox.is_in_use()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert not mailbox.is_in_use()
