"""The fields of bodies: each takes exactly one type and one form, and describes itself in JSON Schema."""

import re
from typing import Any

from rest_framework import serializers

from user_auth.foundation import addresses, names
from user_auth.foundation.addresses import EmailAddress

ID_LENGTH = 200
_OTP = re.compile(r"[0-9]{6}")


class Text(serializers.Field[object, object, object, object]):
    """A string, exactly as it was sent; ``read`` of a subclass judges its form.

    Attributes:
        json_schema: What the API's document says of the value.
        complaint: The sentence about a value of a wrong form.
    """

    complaint = "This value has a wrong form."

    def __init__(self, *, min_length: int = 0, max_length: int | None = None, **options: Any) -> None:
        self.min_length, self.max_length = min_length, max_length
        super().__init__(**options)

    @property
    def json_schema(self) -> dict[str, Any]:
        lengths = {"minLength": self.min_length or None, "maxLength": self.max_length}
        return {"type": "string"} | {name: length for name, length in lengths.items() if length is not None}

    def read(self, text: str) -> object:
        """Return the value of a string.

        Raises:
            ValueError: It has a wrong form.
        """
        return text

    def to_internal_value(self, data: object) -> object:
        if type(data) is not str:
            raise serializers.ValidationError("This must be a string.", code="invalid")
        try:
            return self.read(self._measured(data))
        except ValueError as error:
            raise serializers.ValidationError(self.complaint, code="invalid") from error

    def to_representation(self, value: object) -> object:
        return value

    def _measured(self, text: str) -> str:
        if len(text) < self.min_length or (self.max_length is not None and len(text) > self.max_length):
            raise ValueError
        return text


class Email(Text):
    """An address; the value is an ``EmailAddress``."""

    complaint = "Enter an email address like name@example.com."

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": addresses.MAX_LENGTH}

    def read(self, text: str) -> EmailAddress:
        return addresses.parse(text)


class Password(Text):
    """Any string: the rules for new passwords are not about form, and none of them applies to old ones."""

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "password"}


class NewPassword(Password):
    """A password to be set; as with others its form is not judged here, but people are told of the rule."""

    @property
    def json_schema(self) -> dict[str, Any]:
        rule = "8 to 128 characters (more than 8 if the service asks for it), none that is common or easily derived."
        return super().json_schema | {"minLength": 8, "maxLength": 128, "description": rule}


class OtpCode(Text):
    """Six ASCII digits."""

    complaint = "Enter the six digits of the code."

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{6}$"}

    def read(self, text: str) -> str:
        if not _OTP.fullmatch(text):
            raise ValueError
        return text


class Name(Text):
    """What somebody wants to be called: trimmed, 1 to 100 characters, no control characters."""

    complaint = f"Enter 1 to {names.MAX_LENGTH} characters, without control characters."

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": names.MAX_LENGTH}

    def read(self, text: str) -> str:
        return names.parse(text)


class OpaqueId(Text):
    """An id that this service gave out; whether it is one is not a question of form."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=1, max_length=ID_LENGTH, **options)


class Choice(Text):
    """One of a few words."""

    def __init__(self, *words: str, **options: Any) -> None:
        self.words = words
        self.complaint = f"This must be one of: {', '.join(words)}."
        super().__init__(**options)

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.words)}

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError
        return text
