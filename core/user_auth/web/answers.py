"""The shapes of answers, for the API's document; ``representations`` makes the values."""

from rest_framework import serializers


class PlainText(serializers.Serializer[object]):
    """A text; its operation says of which media type."""


class UserObject(serializers.Serializer[object]):
    """A user, as the user sees it."""

    id = serializers.CharField(help_text="Opaque and permanent.")
    email = serializers.CharField(help_text="As its owner typed it.")
    name = serializers.CharField(help_text="Empty when none was given.")
    email_verified = serializers.BooleanField()
    roles = serializers.ListField(child=serializers.CharField())
    second_factors = serializers.ListField(child=serializers.ChoiceField(choices=["totp", "passkey"]))
    created_at = serializers.DateTimeField()


class SessionObject(serializers.Serializer[object]):
    """A session; its ``id`` is a public name, not the secret."""

    id = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="Accurate to a minute.")
    ip = serializers.CharField()
    user_agent = serializers.CharField()
    is_current = serializers.BooleanField()
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=["pwd", "totp", "recovery_code", "passkey"]),
        help_text="How its user proved who they are.",
    )


class ChallengeObject(serializers.Serializer[object]):
    """A mailed code that is waited for."""

    verification_id = serializers.CharField(help_text="To be sent back with the code.")
    expires_in = serializers.IntegerField(help_text="Seconds that the code lives.")
    resend_after = serializers.IntegerField(help_text="Seconds until another code can be asked for.")
    otp_length = serializers.IntegerField(help_text="Digits of the code.")
