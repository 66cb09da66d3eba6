"""Users and records of the audit, as they are shown to admins and on the command line."""

from typing import Any

from user_auth import accounts
from user_auth.accounts import User
from user_auth.audit import AuditEvent
from user_auth.web import representations


def user(one: User) -> dict[str, Any]:
    return {
        **representations.user(one),
        "is_active": one.is_active,
        "audit_subject": accounts.pseudonym(one),
    }


def event(record: AuditEvent) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "at": representations.time(record.at),
        "event": record.event,
        "outcome": record.outcome,
        "subject": record.subject,
        "ip": record.ip,
        "user_agent": record.user_agent,
        "request_id": record.request_id,
        "details": dict(record.details),
    }
