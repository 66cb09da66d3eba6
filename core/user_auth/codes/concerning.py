"""Challenges that have to do with one account: listed, and erased with it."""

from collections.abc import Sequence

from user_auth.accounts import User
from user_auth.codes.documents import Challenge, Code
from user_auth.mail import correspondence, outbox


def concerning(user: User) -> Sequence[Challenge]:
    """Return the challenges for an account's address, whoever asked for them, and those that name the account.

    The latter may be for an address that it wants, or had when it signed up.
    """
    for_its_address = Challenge.objects(email_digest=user.email_digest)
    by_name = Challenge.objects(data__user_id=str(user.id))
    found = {challenge.id: challenge for challenge in [*for_its_address, *by_name]}
    return sorted(found.values(), key=lambda challenge: challenge.created_at)


def erase(challenges: Sequence[Challenge]) -> None:
    """Delete challenges, their codes and the mails that carry these."""
    ids = [challenge.id for challenge in challenges]
    mail_ids = correspondence.carrying(ids, digests=[challenge.email_digest for challenge in challenges])
    # In this order, so that what is left can still be found if the process dies in between.
    Code.objects(id__in=mail_ids).delete()
    outbox.withdraw(*mail_ids)
    Challenge.objects(id__in=ids).delete()
