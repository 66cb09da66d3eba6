"""Mail that stays here: for local mode, where a developer reads the codes on a page and on the console."""

import contextlib
import sys
from collections.abc import Sequence
from datetime import timedelta

from bson import ObjectId
from bson.errors import InvalidId
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from user_auth.foundation import clock
from user_auth.mail.documents import KeptMail

KEEP_FOR = timedelta(days=7)
SHOWN = 200


class MailboxBackend(BaseEmailBackend):
    """For ``EMAIL_BACKEND``: keeps each mail for a week, and prints it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            _print(_keep(message))
        return len(email_messages)


def is_in_use() -> bool:
    """Tell whether mail goes into the mailbox, and nowhere else."""
    return isinstance(get_connection(), MailboxBackend)


def letters() -> list[KeptMail]:
    """Return what was sent lately, newest first."""
    return list(KeptMail.objects.order_by("-created_at", "-id").limit(SHOWN))


def letter(letter_id: str) -> KeptMail | None:
    try:
        return KeptMail.objects(id=ObjectId(letter_id)).first()
    except InvalidId:
        return None


def _keep(message: EmailMessage) -> KeptMail:
    now = clock.now()
    kept = KeptMail(
        to=", ".join(message.recipients()),
        sender=message.from_email,
        subject=message.subject,
        text=message.body,
        html=_html(message),
        created_at=now,
        expires_at=now + KEEP_FOR,
    )
    return kept.save(force_insert=True)


def _html(message: EmailMessage) -> str:
    alternatives = getattr(message, "alternatives", ())
    return next((content for content, mimetype in alternatives if mimetype == "text/html"), "")


def _print(kept: KeptMail) -> None:
    text = "\n".join(f"  {line}".rstrip() for line in kept.text.splitlines())
    # Only what is printable: a mail must not be able to drive the terminal.
    shown = _printable(f"\nMail to {kept.to}: {kept.subject}\n{text}\n\n")
    # A console that is closed, or has no such letter, must not keep the mail in the outbox.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(shown)
        sys.stdout.flush()


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
