"""Who may read the mailbox: whoever sits at the machine that a service in local mode runs on."""

from collections.abc import Mapping
from typing import Any

from user_auth import conf
from user_auth.mail import mailbox
from user_auth.web import caller


def is_open(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request may see the mailbox: local mode, no mail going out, straight from this machine."""
    return conf.settings().is_local and caller.is_direct(environ) and mailbox.is_in_use()
