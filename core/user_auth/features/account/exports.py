"""What is held about a user, as one document."""

from itertools import islice
from typing import Any

from rest_framework import serializers

from user_auth.audit import AuditEvent
from user_auth.codes import Challenge, Purpose
from user_auth.features.account.holdings import Holdings
from user_auth.foundation import clock, user_agents
from user_auth.mail.documents import Mail, Status
from user_auth.sessions import Session
from user_auth.web import representations
from user_auth.web.answers import SessionObject, UserObject

# More than a person causes in the time that events are kept. Strangers' wrong passwords can add to them, and whoever
# asks must not be able to fill the memory of the service.
MOST_EVENTS = 10_000


class ExportedUser(UserObject):
    is_active = serializers.BooleanField()
    secured_at = serializers.DateTimeField(help_text="When the password or the address was last set.")


class ExportedSession(SessionObject):
    authenticated_at = serializers.DateTimeField(help_text="When you last proved who you are.")
    device = serializers.CharField()


class ExportedChange(serializers.Serializer[object]):
    purpose = serializers.ChoiceField(choices=[*Purpose])
    email = serializers.CharField(help_text="Where its code was mailed to.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)


class ExportedMail(serializers.Serializer[object]):
    kind = serializers.CharField()
    to = serializers.CharField()
    status = serializers.ChoiceField(choices=[*Status])
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When this record of it is deleted.")


class ExportedEvent(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    event = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["success", "failure"])
    ip = serializers.CharField()
    user_agent = serializers.CharField()
    request_id = serializers.CharField()
    details = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class ExportAnswer(serializers.Serializer[object]):
    exported_at = serializers.DateTimeField()
    user = ExportedUser()
    sessions = ExportedSession(many=True)
    devices = serializers.ListField(
        child=serializers.DictField(),
        help_text="Always empty: the proof that a browser has signed in before is kept in its own cookie only.",
    )
    pending_changes = ExportedChange(many=True, help_text="What waits for a code, whoever asked for it.")
    mails = ExportedMail(many=True, help_text="Those to your address, for a week after they were sent.")
    audit_events = ExportedEvent(many=True, help_text="Newest first.")
    audit_events_complete = serializers.BooleanField(help_text=f"Whether there are no more than these {MOST_EVENTS}.")


def document(held: Holdings) -> dict[str, Any]:
    """Return the document, all of it fit for JSON."""
    events = [_event(event) for event in islice(held.events, MOST_EVENTS + 1)]
    return {
        "exported_at": representations.time(clock.now()),
        "user": _user(held),
        "sessions": [_session(session, is_current=session.id == held.current.id) for session in held.sessions],
        "devices": [],
        "pending_changes": [_change(challenge) for challenge in held.changes],
        "mails": [_mail(mail) for mail in held.mails],
        "audit_events": events[:MOST_EVENTS],
        "audit_events_complete": len(events) <= MOST_EVENTS,
    }


def _user(held: Holdings) -> dict[str, Any]:
    user = held.user
    shown = representations.user(user)
    return {**shown, "is_active": user.is_active, "secured_at": representations.time(user.secured_at)}


def _session(session: Session, *, is_current: bool) -> dict[str, Any]:
    return {
        **representations.session(session, is_current=is_current),
        "authenticated_at": representations.time(session.authenticated_at),
        "device": user_agents.describe(session.user_agent),
    }


def _change(challenge: Challenge) -> dict[str, Any]:
    return {
        "purpose": challenge.purpose,
        "email": challenge.email,
        "created_at": representations.time(challenge.created_at),
        "expires_at": representations.time(challenge.expires_at),
        "used_at": representations.time(challenge.used_at) if challenge.used_at else None,
    }


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "kind": mail.kind,
        "to": mail.to,
        "status": mail.status,
        "attempts": mail.attempts,
        "created_at": representations.time(mail.created_at),
        "expires_at": representations.time(mail.expires_at) if mail.expires_at else None,
    }


def _event(event: AuditEvent) -> dict[str, Any]:
    return {
        "at": representations.time(event.at),
        "event": event.event,
        "outcome": event.outcome,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "details": dict(event.details),
        "expires_at": representations.time(event.expires_at),
    }
