"""All mail to one person: listed, and erased with their account."""

from collections.abc import Sequence

from bson import ObjectId

from user_auth.foundation.addresses import EmailAddress
from user_auth.mail.documents import KeptMail, Mail


def of(address: EmailAddress) -> Sequence[Mail]:
    """Return the outbox's mails to an address, however it was written, oldest first."""
    return list(Mail.objects(to_digest=address.digest).order_by("created_at"))


def erase(address: EmailAddress) -> None:
    """Delete all mails to an address; one that is being sent goes out, and leaves no record."""
    Mail.objects(to_digest=address.digest).delete()
    # In local mode only, so that there are few of them.
    kept = [each.id for each in KeptMail.objects.only("to") if each.to.lower() == address.canonical]
    KeptMail.objects(id__in=kept).delete()


def carrying(challenge_ids: Sequence[str], *, digests: Sequence[str]) -> Sequence[ObjectId]:
    """Return the ids of all mails with codes of some challenges, given the digests of the addresses they went to."""
    return list(Mail.objects(to_digest__in=digests, challenge_id__in=challenge_ids).scalar("id"))
