"""The shop's app: hears of new accounts and of visits."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models import F

from user_auth import api


class ShopConfig(AppConfig):
    name = "shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for signal in (api.signed_up, api.signed_in, api.account_deleted):
            signal.connect(stumble)
        api.signed_up.connect(welcome)
        api.signed_in.connect(count_visit)


def welcome(*, user_id: str, email: str, **_: Any) -> None:
    apps.get_model("shop", "Customer").objects.create(user_id=user_id, email=email)


def count_visit(*, user_id: str, **_: Any) -> None:
    apps.get_model("shop", "Customer").objects.filter(user_id=user_id).update(visits=F("visits") + 1)


def stumble(**_: Any) -> None:
    raise RuntimeError("This receiver never works.")
