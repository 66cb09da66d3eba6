"""The queue of mails: put in, claimed under a lease, and brought to an end.

Every step is one conditional command, so that any number of workers can share the queue. One that dies loses its
lease, and the mail goes to another.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bson import ObjectId
from mongoengine import NotUniqueError, QuerySet

from user_auth import audit, conf
from user_auth.audit import Event
from user_auth.foundation import addresses, clock, ids
from user_auth.mail.documents import Mail, Status

# Longer than composing and all of SMTP's steps but the pathological take; as long a crash delays a mail.
LEASE = timedelta(seconds=45)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
KEEP_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Backlog:
    """The mails of one status: how many, and since when the oldest is queued; that of none is queued now."""

    status: Status
    count: int
    oldest_at: datetime


class LeaseLostError(Exception):
    """Somebody else has claimed the mail meanwhile: it must not be sent from here."""


def enqueue(
    kind: str,
    *,
    to: str,
    data: Mapping[str, str] | None = None,
    challenge_id: str | None = None,
    mail_id: ObjectId | None = None,
) -> ObjectId:
    """Queue a mail and return its id.

    Args:
        kind: The name of a composer (``mail.letters.composer``).
        to: An address in its ``wire`` form.
        mail_id: Chosen by the caller, who can then queue the mail again without a second one going out.
    """
    now = clock.now()
    mail = Mail(
        id=mail_id or ObjectId(),
        kind=kind,
        to=to,
        to_digest=addresses.parse(to).digest,
        data=dict(data or {}),
        challenge_id=challenge_id,
        status=Status.QUEUED,
        due_at=now,
        message_id=_message_id(),
        created_at=now,
    )
    # It is queued already: no id that is made here is taken.
    with contextlib.suppress(NotUniqueError):
        mail.save(force_insert=True)
    return mail.id


def withdraw(*mail_ids: ObjectId) -> None:
    """Take mails out of the queue, as if they had never been in it; one that is being sent goes out."""
    Mail.objects(id__in=mail_ids).delete()


def claim() -> Mail | None:
    """Take the mail that has been due longest, for the length of ``LEASE``; ``None`` when nothing is due."""
    now = clock.now()
    unfinished = Mail.objects(status__in=[Status.QUEUED, Status.SENDING], due_at__lte=now)
    return unfinished.order_by("due_at").modify(new=True, status=Status.SENDING, due_at=now + LEASE, inc__attempts=1)


def backlogs() -> list[Backlog]:
    """Return how many mails have not left, by status, each status with one entry; one command."""
    statuses = (Status.QUEUED, Status.SENDING, Status.DEAD)
    per_status = {"_id": "$status", "count": {"$sum": 1}, "oldest_at": {"$min": "$created_at"}}
    rows = Mail._get_collection().aggregate([{"$match": {"status": {"$in": statuses}}}, {"$group": per_status}])
    found = {row["_id"]: Backlog(Status(row["_id"]), row["count"], row["oldest_at"]) for row in rows}
    return [found.get(status, Backlog(status, 0, clock.now())) for status in statuses]


def extend(mail: Mail) -> None:
    """Begin the lease anew, just before the mail goes out.

    Raises:
        LeaseLostError: It has lapsed and somebody else has the mail.
    """
    _require(_update(mail, due_at=clock.now() + LEASE))


def keep_code(mail: Mail, sealed: bytes) -> None:
    """Keep the code that this mail carries, so that every try sends the same one.

    Raises:
        LeaseLostError: Somebody else has the mail, and will have put a code of their own into it.
    """
    _require(_update(mail, sealed_code=sealed))
    mail.sealed_code = sealed


def sent(mail: Mail) -> bool:
    """Note that the mail is out (or that nothing was left to say); ``False`` when the lease was lost."""
    return _end(mail, status=Status.SENT, last_error="")


def dead(mail: Mail, error: str) -> bool:
    """Give the mail up; ``False`` when the lease was lost."""
    is_ours = _end(mail, status=Status.DEAD, last_error=error)
    if is_ours:
        details = {"kind": mail.kind, "error": error}
        audit.record(Event.MAIL_DEAD, outcome="failure", caller=None, subject=None, details=details)
    return is_ours


def retry(mail: Mail, error: str, *, wait: timedelta | None = None) -> bool:
    """Put the mail back for another try, or give it up a day after it was queued; ``False`` when the lease was lost.

    Args:
        error: A class and a status; neither an address nor a secret.
        wait: Until the next try; without it, longer at every try.
    """
    due_at = clock.now() + (_growing_wait(mail.attempts) if wait is None else wait)
    if due_at > mail.created_at + GIVE_UP_AFTER:
        return dead(mail, error)
    return _update(mail, status=Status.QUEUED, due_at=due_at, last_error=error)


def revive(mail_id: ObjectId) -> bool:
    """Queue a mail again that was given up, for another day; ``False`` when there is none of that id."""
    return _revive(Mail.objects(id=mail_id)) == 1


def revive_all() -> int:
    """Queue every mail again that was given up; return how many they were."""
    return _revive(Mail.objects)


def _revive(mails: "QuerySet[Mail]") -> int:
    now = clock.now()
    # It keeps its count of attempts, which names leases, and its message id: to whoever has it, it is the same mail.
    return mails(status=Status.DEAD).update(
        status=Status.QUEUED, due_at=now, created_at=now, last_error="", unset__expires_at=True
    )


def _end(mail: Mail, *, status: Status, last_error: str) -> bool:
    expires_at = clock.now() + KEEP_FOR
    return _update(mail, status=status, last_error=last_error, expires_at=expires_at, unset__sealed_code=True)


def _update(mail: Mail, **changes: object) -> bool:
    """Change the mail if the lease is still the one under which it was claimed."""
    held = Mail.objects(id=mail.id, status=Status.SENDING, attempts=mail.attempts)
    return held.update_one(**changes) == 1


def _require(is_ours: bool) -> None:  # noqa: FBT001 - reads as "require that ..."
    if not is_ours:
        raise LeaseLostError


def _growing_wait(attempts: int) -> timedelta:
    # Capped twice: 2 ** 100 seconds are more than a timedelta holds.
    return min(FIRST_WAIT * (1 << min(attempts - 1, 16)), LONGEST_WAIT)


def _message_id() -> str:
    host = urlsplit(conf.settings().public_url).hostname or ""
    return f"<{ids.random_id()}@{host if host and ':' not in host else 'localhost'}>"
