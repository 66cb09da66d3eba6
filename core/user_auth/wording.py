"""Words for people that more than one room needs, in the language in force."""

from django.utils.translation import gettext as _

from user_auth.foundation import user_agents


def device(user_agent: str) -> str:
    """Return what somebody signed in with, such as ``Firefox on Linux``."""
    browser, system = user_agents.families(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An app")
