"""Mails to a user about a sign-in that they may not have made themselves."""

from collections.abc import Mapping

from user_auth import accounts, sessions
from user_auth.accounts import User
from user_auth.foundation import clock, user_agents
from user_auth.foundation.caller import Caller
from user_auth.mail import outbox
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer
from user_auth.signin import devices

AFTER_FAILURES = "sign_in_after_failures"
NEW_DEVICE = "new_device"
MANY_FAILURES = 5


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
    about = {"when": f"{clock.now():%d %b %Y, %H:%M} UTC", "ip": caller.ip, "user_agent": caller.user_agent}
    mail_id = outbox.enqueue(kind, to=user.address.wire, data={**about, **data})
    # Nothing may be left of an account that was deleted meanwhile.
    if not accounts.is_there(user):
        outbox.withdraw(mail_id)


@composer(AFTER_FAILURES)
@composer(NEW_DEVICE)
def compose(mail: Mail) -> Letter:
    """Name the device by what a parser makes of it: its own text could be a stranger's message."""
    device = user_agents.describe(mail.data["user_agent"])
    context = {name: text for name, text in mail.data.items() if name != "user_agent"}
    return Letter(to=mail.to, template=mail.kind, context={**context, "device": device})
