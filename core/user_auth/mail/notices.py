"""Mails that tell somebody what was done to their account, and on what occasion."""

from user_auth.mail import occasions
from user_auth.mail.documents import Mail
from user_auth.mail.letters import Letter, composer


def register(*kinds: str) -> None:
    """Have mails of these kinds written as notices, each by the template of its name."""
    for kind in kinds:
        composer(kind)(_compose)


def _compose(mail: Mail) -> Letter:
    context = {name: text for name, text in mail.data.items() if name not in occasions.NAMES}
    return Letter(to=mail.to, template=mail.kind, context=context)
