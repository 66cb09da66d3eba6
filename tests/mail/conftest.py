"""What the tests of mail share: an SMTP server, and a kind of mail that carries a code."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.mail.post_office import PostOffice, wait_until
from user_auth.mail import letters, outbox
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter


@pytest.fixture
def post_office(settings: Settings) -> Iterator[PostOffice]:
    """An SMTP server, and settings that lead to it."""
    office = PostOffice()
    office.open()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = office.port
    settings.EMAIL_TIMEOUT = 10
    yield office
    office.close()
    # A sender that hung notices now, and must not meet the next test's database.
    wait_until(has_no_sender)


def has_no_sender() -> bool:
    """Whether no thread of this process is sending mail, or looking for more of it."""
    return not [thread for thread in threading.enumerate() if thread.name == "mail-sender"]


@pytest.fixture
def codes_made() -> list[str]:
    """The codes that were made so far, in order."""
    return []


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, letters.Composer], None]:
    """Register a composer for the length of a test."""
    monkeypatch.setattr(letters, "_composers", dict(letters._composers))

    def register(kind: str, compose: letters.Composer) -> None:
        letters.composer(kind)(compose)

    return register


@pytest.fixture
def code_kind(kinds: Callable[[str, letters.Composer], None], codes_made: list[str]) -> str:
    """A kind of mail whose code is made at hand-over and kept for further tries, as real ones are."""

    def compose(mail: Mail) -> Letter:
        if not mail.sealed_code:
            codes_made.append(f"{len(codes_made) + 1:06d}")
            outbox.keep_code(mail, codes_made[-1].encode())
        code = (mail.sealed_code or b"").decode()
        return Letter(to=mail.to, template="signup_code", context={"code": code, "minutes": 5})

    kinds("test_code", compose)
    return "test_code"
