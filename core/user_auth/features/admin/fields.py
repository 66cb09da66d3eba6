"""The fields of this feature's bodies and query strings."""

import base64
from typing import Any

from rest_framework import serializers

from user_auth.audit import Event
from user_auth.features.admin.paging import Position
from user_auth.features.admin.service import MAX_ROLES, ROLE
from user_auth.foundation import addresses
from user_auth.web.fields import ID_LENGTH, Text

_BETWEEN = " "
CURSOR_LENGTH = 400


class Flag(serializers.BooleanField):
    """``true`` or ``false``, and nothing that could be taken for one."""

    def to_internal_value(self, data: object) -> bool:
        if type(data) is not bool:
            raise serializers.ValidationError("This must be true or false.", code="invalid")
        return data


class RoleNames(Text):
    """A list of roles, which may be empty."""

    complaint = f"This must be a list of at most {MAX_ROLES} roles: small letters, digits, _ and -, a letter first."

    @property
    def json_schema(self) -> dict[str, Any]:
        name = {"type": "string", "pattern": f"^{ROLE.pattern}$"}
        return {"type": "array", "items": name, "maxItems": MAX_ROLES}

    def to_internal_value(self, data: object) -> list[str]:
        if not isinstance(data, list) or len(data) > MAX_ROLES or not all(map(_is_role, data)):
            raise serializers.ValidationError(self.complaint, code="invalid")
        return data


class Search(Text):
    """What users are searched by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=max(addresses.MAX_LENGTH, ID_LENGTH), **options)


class EventName(Text):
    """An event of the audit, or nothing."""

    complaint = "There is no such event; docs/events.md lists them."

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ["", *(event.value for event in Event if event.is_stored)]}

    def read(self, text: str) -> Event | None:
        event = Event.named(text)
        if text and event is None:
            raise ValueError
        return event


class Cursor(Text):
    """Where a list goes on: the text that came with the page before, or nothing for the first page."""

    complaint = "This is no cursor."

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=CURSOR_LENGTH, **options)

    def read(self, text: str) -> Position | None:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return tuple(base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(_BETWEEN)) if text else None


def cursor(position: Position | None) -> str | None:
    """Return the cursor of a position."""
    if position is None:
        return None
    return base64.urlsafe_b64encode(_BETWEEN.join(position).encode()).decode().rstrip("=")


def _is_role(value: object) -> bool:
    return type(value) is str and ROLE.fullmatch(value) is not None
