"""Mails to a user about a sign-in that they may not have made themselves."""

from collections.abc import Mapping

from user_auth import accounts
from user_auth.accounts import User
from user_auth.foundation.caller import Caller
from user_auth.mail import notices, occasions, outbox
from user_auth.signin import devices

AFTER_FAILURES = "sign_in_after_failures"
NEW_DEVICE = "new_device"
MANY_FAILURES = 5

notices.register(AFTER_FAILURES, NEW_DEVICE)


def send(user: User, *, caller: Caller, failures: int, is_known: bool) -> None:
    """Tell the user of a sign-in after many failures, or from a device that the account does not know.

    Args:
        is_known: The very first sign-in is from a new device, too, and no news; and an app, which has no cookies, is
            known by another session of its own.
    """
    if failures >= MANY_FAILURES:
        _queue(AFTER_FAILURES, user, caller=caller, data={"failures": str(failures)})
    elif not is_known and not devices.known(caller.device_token, address=user.address):
        _queue(NEW_DEVICE, user, caller=caller, data={})


def _queue(kind: str, user: User, *, caller: Caller, data: Mapping[str, str]) -> None:
    mail_id = outbox.enqueue(kind, to=user.address.wire, data={**occasions.of(caller), **data})
    # Nothing may be left of an account that was deleted meanwhile.
    if not accounts.is_there(user):
        outbox.withdraw(mail_id)
