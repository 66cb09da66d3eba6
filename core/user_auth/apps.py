"""The Django app."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

from user_auth import checks
from user_auth.features import FEATURES


class UserAuthConfig(AppConfig):
    """Accounts, sessions and sign-in on MongoDB. It has no models: its records are not SQL's."""

    name = "user_auth"
    verbose_name = "User authentication"

    def ready(self) -> None:
        """Make every feature's records, mails and chores known, also to processes that serve no requests."""
        checks.register()
        for feature in FEATURES:
            for module in ("service", "mails"):
                name = f"user_auth.features.{feature}.{module}"
                if find_spec(name):
                    import_module(name)
