"""What a mail tells of its occasion, and in which language."""

import re

import pytest

from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.mail import letters, occasions
from user_auth.mail.documents import Mail, Status
from user_auth.mail.letters import Letter

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CODE = Letter(to="ada@example.com", template="signup_code", context={"code": "042137", "minutes": 5})
MAILS = [
    "password_changed",
    "password_reset",
    "new_device",
    "email_changed",
    "email_changing",
    "signup_notice",
    "email_taken",
]


def mail(caller: Caller | None) -> Mail:
    return Mail(
        kind="greeting",
        to="ada@example.com",
        status=Status.SENDING,
        due_at=clock.now(),
        created_at=clock.now(),
        message_id="<1@example.com>",
        data=occasions.of(caller) if caller else {},
    )


def caller(language: str = "en", user_agent: str = FIREFOX) -> Caller:
    return Caller(ip="192.0.2.1", user_agent=user_agent, request_id="r", language=language)


def test_a_mail_says_when_and_from_where_it_was_asked_for() -> None:
    """In both parts."""
    message = letters.render(CODE, mail=mail(caller()))
    for part in (str(message.body), str(message.alternatives[0][0])):
        assert re.search(r"Time: .+ 2\d{3}, \d\d:\d\d UTC", part)
        assert "Device: Firefox on Linux" in part
        assert "Address: 192.0.2.1" in part


def test_a_mail_speaks_the_language_of_its_request() -> None:
    """Not that of the worker, which sends it outside of any; subject, text and HTML."""
    message = letters.render(CODE, mail=mail(caller("de")))
    assert message.subject == "Dein Code für Django JWT Auth"
    assert "Er gilt 5 Minuten" in message.body
    assert "Gerät: Firefox unter Linux" in message.body
    assert '<html lang="de"' in str(message.alternatives[0][0])
    assert letters.render(CODE, mail=mail(caller())).subject == "Your code for Django JWT Auth"


@pytest.mark.parametrize("language", ["", "xx", "de"])
def test_a_mail_without_an_occasion_tells_none(language: str) -> None:
    """What an older release has queued, say; and an unknown language is no reason not to send it."""
    assert "UTC" not in letters.render(CODE, mail=mail(None)).body
    assert "042137" in letters.render(CODE, mail=mail(caller(language))).body


@pytest.mark.asvs("1.3.3")
def test_what_a_stranger_calls_their_browser_is_not_passed_on() -> None:
    """It could be a message of their own."""
    body = str(letters.render(CODE, mail=mail(caller(user_agent="Visit http://evil.example now"))).body)
    assert "evil" not in body
    assert "Device: An app" in body


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("template", MAILS)
def test_every_mail_says_what_to_do_if_it_was_somebody_else(template: str, language: str) -> None:
    """In both parts; where a new password helps, a link leads to it."""
    letter = Letter(to="ada@example.com", template=template)
    message = letters.render(letter, mail=mail(caller(language)))
    words = {"en": "was not you", "de": "du das nicht warst"}[language]
    for part in (str(message.body), str(message.alternatives[0][0])):
        assert words in part
        assert "192.0.2.1" in part
    links = template in {"password_changed", "password_reset", "new_device", "email_changing"}
    assert ("http://127.0.0.1:8000/forgot-password" in message.body) == links
