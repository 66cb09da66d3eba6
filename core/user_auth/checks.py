"""What ``manage.py check``, and with it every start of a host project's own server, says about the app's settings."""

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from user_auth import conf
from user_auth.conf import Problem, ProblemsError

TAG = "user_auth"
UNUSABLE = "user_auth.E001"
UNKNOWN = "user_auth.E002"
NO_TEMPLATES = "user_auth.E003"
_A_TEMPLATE = "user_auth/mail/base.txt"
_DJANGOS_OWN = {
    "SECRET_KEY": "Django's own SECRET_KEY counts where USER_AUTH has none.",
    "SECRET_KEY_FALLBACKS": "Django's own SECRET_KEY_FALLBACKS counts where USER_AUTH has none.",
}


def register() -> None:
    """Have ``manage.py check`` run the checks below."""
    for check in (check_settings, check_templates):
        checks.register(check, TAG)


def check_settings(**_: object) -> list[CheckMessage]:
    """Report every setting that cannot be used, all at once."""
    try:
        conf.settings()
    except ProblemsError as error:
        return [_message(problem) for problem in error.problems]
    return []


def check_templates(**_: object) -> list[CheckMessage]:
    """Report that no mail could be written: no template engine looks into the app's folder."""
    try:
        get_template(_A_TEMPLATE)
    except (TemplateDoesNotExist, ImproperlyConfigured):
        return [
            Error(
                "The templates of user_auth are not found, so no mail can be written.",
                hint='Give TEMPLATES an engine of DjangoTemplates with "APP_DIRS": True.',
                id=NO_TEMPLATES,
            )
        ]
    return []


def _message(problem: Problem) -> CheckMessage:
    kind = UNUSABLE if problem.name in conf.OPTIONS else UNKNOWN
    return Error(f"USER_AUTH: {problem}", hint=_DJANGOS_OWN.get(problem.name), id=kind)
