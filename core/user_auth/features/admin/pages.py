"""The pages of looking after accounts: plain lists that need no script, and one user with what can be done to them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from user_auth import accounts, sessions, wording
from user_auth.accounts import User, admins
from user_auth.audit import Event
from user_auth.features.admin import fields, search, service
from user_auth.features.admin.paging import Position
from user_auth.features.admin.queries import AuditQuery, UsersQuery
from user_auth.web.call import Call
from user_auth.web.pages import Page

# Enough to see what has just happened; the audit page has the rest.
RECENT = 10


def _users(call: Call) -> Mapping[str, Any]:
    q = call.query["q"]
    page = search.users(q, after=call.query["cursor"])
    return {"users": page.items, "q": q, "more": _more(page.end, q=q)}


def _user(_call: Call, user_id: str) -> Mapping[str, Any]:
    shown = service.get(user_id)
    return {
        "shown": shown,
        "subject": accounts.pseudonym(shown),
        "sessions": [{"session": each, "device": wording.device(each.user_agent)} for each in _sessions(shown)],
        "events": search.events(user_id).items[:RECENT],
    }


def _audit(call: Call) -> Mapping[str, Any]:
    sought, event = call.query["user"], call.query["event"]
    page = search.events(sought, event=event, after=call.query["cursor"])
    return {
        "events": page.items,
        "sought": sought,
        "event": event.value if event else "",
        "kinds": sorted(each.value for each in Event if each.is_stored),
        "more": _more(page.end, user=sought, event=event.value if event else ""),
    }


def _sessions(user: User) -> list[sessions.Session]:
    return list(sessions.of(user))


def _more(end: Position | None, **query: str) -> str:
    """Return the query string of the next page; nothing on the last."""
    return urlencode({**query, "cursor": fields.cursor(end)}) if end else ""


USERS = Page("admin/users", context=_users, role=admins.ROLE, query=UsersQuery)
USER = Page("admin/user", context=_user, role=admins.ROLE)
AUDIT = Page("admin/audit", context=_audit, role=admins.ROLE, query=AuditQuery)
