"""The page of one's own sessions."""

from collections.abc import Mapping
from typing import Any

from user_auth import sessions, wording
from user_auth.sessions import Session
from user_auth.web.call import Call
from user_auth.web.pages import Page


def _listed(call: Call) -> Mapping[str, Any]:
    current = call.checked.session.id
    found = [_shown(session, is_current=session.id == current) for session in sessions.of(call.checked.user)]
    # This one first, as it needs no looking for; the others as the API has them, newest first.
    return {"sessions": sorted(found, key=lambda each: not each["is_current"])}


def _shown(session: Session, *, is_current: bool) -> dict[str, Any]:
    return {"session": session, "device": wording.device(session.user_agent), "is_current": is_current}


SESSIONS = Page("sessions", context=_listed, session=True)
