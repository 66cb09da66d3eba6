"""What ``POST /verify-session`` answers, for the view and for whoever answers in front of it."""

from typing import Any

from rest_framework import serializers

from user_auth.sessions import Snapshot
from user_auth.web import representations
from user_auth.web.answers import SessionObject, UserObject


class ActiveAnswer(serializers.Serializer[object]):
    active = serializers.BooleanField(help_text="Always true.")
    user = UserObject()
    session = SessionObject()


def active(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "active": True,
        "user": representations.user(snapshot.user),
        "session": representations.session(snapshot.session, is_current=True),
    }
