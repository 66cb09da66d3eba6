"""The occasion of a mail: when and from where it was asked for, and in which language its reader is to have it."""

from datetime import datetime

from user_auth import wording
from user_auth.foundation import clock
from user_auth.foundation.caller import Caller
from user_auth.mail.documents import Mail

NAMES = ("when", "ip", "user_agent", "language")


def of(caller: Caller) -> dict[str, str]:
    """Return the occasion that a request is, as the outbox keeps it."""
    when = clock.now().isoformat(timespec="seconds")
    return {"when": when, "ip": caller.ip, "user_agent": caller.user_agent, "language": caller.language}


def told(mail: Mail) -> dict[str, object]:
    """Return what a template tells of a mail's occasion, in the language in force; nothing where it is not known."""
    if "ip" not in mail.data:
        return {}
    # The device is named by what a parser makes of it: its own text could be a stranger's message.
    device = wording.device(mail.data.get("user_agent", ""))
    return {"when": _time(mail), "ip": mail.data["ip"], "device": device}


def _time(mail: Mail) -> datetime:
    try:
        return datetime.fromisoformat(mail.data["when"])
    except (KeyError, ValueError):
        return mail.created_at
