"""Mails to a user about a sign-in that they may not have made themselves."""

from collections.abc import Mapping

from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation.caller import Caller
from user_auth.mail import notices, occasions, outbox
from user_auth.signin import devices

AFTER_FAILURES = "sign_in_after_failures"
NEW_DEVICE = "new_device"
MANY_FAILURES = 5

notices.register(AFTER_FAILURES, NEW_DEVICE)


def send(user: User, *, caller: Caller, failures: int) -> None:
    """Tell the user of a sign-in after many failures, or from a device that the account does not know.

    The very first sign-in is from a new device, too, and no news.
    """
    if failures >= MANY_FAILURES:
        _queue(AFTER_FAILURES, user, caller=caller, data={"failures": str(failures)})
    elif _is_from_new_device(user, caller=caller):
        _queue(NEW_DEVICE, user, caller=caller, data={})


def _is_from_new_device(user: User, *, caller: Caller) -> bool:
    if devices.known(caller.device_token, address=user.address) or accounts.note_first_sign_in(user):
        return False
    # An app has no cookies: it is known by another living session of its own.
    return not sessions.has_another_like_it(user, caller=caller)


def _queue(kind: str, user: User, *, caller: Caller, data: Mapping[str, str]) -> None:
    mail_id = outbox.enqueue(kind, to=user.address.wire, data={**occasions.of(caller), **data})
    # Nothing may be left of an account that was deleted meanwhile.
    if not accounts.is_there(user):
        outbox.withdraw(mail_id)
