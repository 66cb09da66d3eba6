"""The rules of looking after the outbox."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from bson.errors import InvalidId

from user_auth.foundation import addresses
from user_auth.foundation.errors import NotFoundError
from user_auth.mail import outbox
from user_auth.mail.documents import Mail, Status


@dataclass(frozen=True)
class Count:
    """The mails of one status.

    Attributes:
        oldest_due: When the first of them was or is to be tried, where they still are.
    """

    status: Status
    mails: int
    oldest_due: datetime | None


@dataclass(frozen=True)
class DeadMail:
    """A mail that was given up; ``to`` is masked."""

    id: str
    kind: str
    to: str
    attempts: int
    last_error: str
    created_at: datetime


def counts() -> list[Count]:
    """Return how many mails there are of each status."""
    return [_count(status) for status in Status]


def dead() -> Iterator[DeadMail]:
    """Return the mails that were given up in the last week, oldest first."""
    for mail in Mail.objects(status=Status.DEAD).order_by("due_at"):
        yield DeadMail(
            id=str(mail.id),
            kind=mail.kind,
            to=addresses.parse(mail.to).masked,
            attempts=mail.attempts,
            last_error=mail.last_error,
            created_at=mail.created_at,
        )


def retry(mail_id: str) -> None:
    """Queue a mail again that was given up.

    Raises:
        NotFoundError: No mail of that id was.
    """
    try:
        is_queued = outbox.revive(ObjectId(mail_id))
    except InvalidId:
        is_queued = False
    if not is_queued:
        raise NotFoundError("No mail of that id was given up.")


def retry_all() -> int:
    """Queue every mail again that was given up; return how many they were."""
    return outbox.revive_all()


def _count(status: Status) -> Count:
    mails = Mail.objects(status=status)
    oldest = mails.order_by("due_at").only("due_at").first() if status in (Status.QUEUED, Status.SENDING) else None
    return Count(status=status, mails=mails.count(), oldest_due=oldest.due_at if oldest else None)
