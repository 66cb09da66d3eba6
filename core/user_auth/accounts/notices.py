"""Mails that a change of an account owes to its user: no crash between the change and the mail loses them."""

from datetime import timedelta

from user_auth.accounts import users
from user_auth.accounts.documents import OwedMail, User
from user_auth.foundation import clock
from user_auth.foundation.addresses import EmailAddress
from user_auth.foundation.caller import Caller
from user_auth.mail import occasions, outbox, worker

# Longer than any request lives.
SWEEP_AFTER = timedelta(seconds=10)
SWEEP_BATCH = 500


def owed(kind: str, *, to: EmailAddress, caller: Caller) -> OwedMail:
    """Make out a notice, to be written with the change that it tells of."""
    return OwedMail(kind=kind, to=to.wire, data=occasions.of(caller), at=clock.now())


def queue(user: User) -> None:
    """Queue the mails that an account owes; done again, it sends none of them twice."""
    for mail in user.owed:
        outbox.enqueue(mail.kind, to=mail.to, data=mail.data, mail_id=mail.mail_id)
    queued = [mail.mail_id for mail in user.owed]
    User.objects(id=user.id, email_digest=user.email_digest).update_one(pull__owed__mail_id__in=queued)
    # Nothing may be left of an account that was deleted meanwhile.
    if queued and not users.is_there(user):
        outbox.withdraw(*queued)


@worker.chore
def sweep() -> int:
    """Queue the mails that a process left owed when it ended; return how many accounts that were."""
    left = list(User.objects(owed__at__lt=clock.now() - SWEEP_AFTER).limit(SWEEP_BATCH))
    for user in left:
        queue(user)
    return len(left)
