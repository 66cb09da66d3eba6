"""Mails that tell somebody what was done to their account: when, from which device, from where."""

from user_auth.foundation import clock, user_agents
from user_auth.foundation.caller import Caller
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer


def circumstances(caller: Caller) -> dict[str, str]:
    """Return what a notice says of its occasion, as the outbox keeps it."""
    return {"when": f"{clock.now():%d %b %Y, %H:%M} UTC", "ip": caller.ip, "user_agent": caller.user_agent}


def register(*kinds: str) -> None:
    """Have mails of these kinds written as notices, each by the template of its name."""
    for kind in kinds:
        composer(kind)(_compose)


def _compose(mail: Mail) -> Letter:
    # The device is named by what a parser makes of it: its own text could be a stranger's message.
    device = user_agents.describe(mail.data["user_agent"])
    context = {name: text for name, text in mail.data.items() if name != "user_agent"}
    return Letter(to=mail.to, template=mail.kind, context={**context, "device": device})
