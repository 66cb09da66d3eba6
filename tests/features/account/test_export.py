"""Everything that is held about somebody in one document, and no secret."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import MovableClock
from tests.features.account.steps import CALLER, PASSWORD
from user_auth import accounts, audit, codes, sessions
from user_auth.accounts import User
from user_auth.audit import Event
from user_auth.codes import Purpose
from user_auth.codes.documents import Challenge, Code
from user_auth.features.account import exports, holdings
from user_auth.features.login import service as login
from user_auth.foundation.addresses import parse
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.mail import outbox, worker
from user_auth.mail.documents import Mail
from user_auth.sessions import Checked

pytestmark = pytest.mark.usefixtures("mongo")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
WANTED = parse("countess@example.com")


def export(checked: Checked) -> dict[str, Any]:
    """Return the document as whoever asked for it reads it."""
    document: dict[str, Any] = json.loads(
        json.dumps(exports.document(holdings.gather(checked, caller=CALLER)), allow_nan=False)
    )
    return document


def test_the_profile_is_in_it(checked: Checked) -> None:
    """As in every other answer, and what else the record says of its owner."""
    user = export(checked)["user"]
    assert (user["id"], user["email"], user["name"]) == (
        str(checked.user.id),
        checked.user.email,
        checked.user.name,
    )
    assert user["is_active"] is True
    assert user["secured_at"] == user["created_at"]


def test_sessions_are_in_it(user: User, checked: Checked) -> None:
    """The living ones, with the device named."""
    caller = type(CALLER)(ip="192.0.2.9", user_agent=FIREFOX, request_id="r")
    sessions.start(user, caller=caller, methods=["pwd"])
    newest, current = export(checked)["sessions"]
    assert (newest["device"], newest["ip"], newest["is_current"]) == ("Firefox on Linux", "192.0.2.9", False)
    assert (current["id"], current["is_current"]) == (checked.session.handle, True)
    assert export(checked)["devices"] == []


def test_what_happened_is_in_it(user: User, checked: Checked, clock: MovableClock) -> None:
    """Newest first; the very export among it, and nothing of others."""
    with pytest.raises(InvalidCredentialsError):
        login.log_in(user.address, password="wrong", caller=CALLER)
    audit.record(Event.LOGIN_FAILED, outcome="failure", caller=CALLER, subject="somebody else")
    clock.tick(seconds=1)
    document = export(checked)
    assert [event["event"] for event in document["audit_events"]] == ["sensitive_read", "authn_login_fail"]
    assert document["audit_events"][1]["ip"] == CALLER.ip
    assert document["audit_events_complete"] is True


def test_what_waits_for_a_code_is_in_it(user: User, checked: Checked, make_user: Callable[..., User]) -> None:
    """For the user's address, whoever asked; and for one that the user wants to have. Nothing of others."""
    codes.start(Purpose.RESET, address=user.address, data={})
    codes.start(Purpose.SIGNUP, address=user.address, data={"user_id": "x", "name": "A stranger", "password_hash": "h"})
    codes.start(Purpose.EMAIL, address=WANTED, data={"user_id": str(user.id)})
    codes.start(Purpose.EMAIL, address=WANTED, data={"user_id": str(make_user().id)})
    codes.start(Purpose.RESET, address=WANTED, data={})
    pending = export(checked)["pending_changes"]
    assert sorted((each["purpose"], each["email"]) for each in pending) == [
        ("email", WANTED.stored),
        ("reset", user.email),
        ("signup", user.email),
    ]
    assert "A stranger" not in json.dumps(pending)


def test_mails_are_in_it(user: User, checked: Checked) -> None:
    """What kind, when, and what became of them; those to others are not."""
    codes.start(Purpose.RESET, address=user.address, data={})
    worker.deliver_due()
    outbox.enqueue("password_changed", to=user.address.wire.upper())
    outbox.enqueue("password_changed", to=WANTED.wire)
    mails = export(checked)["mails"]
    assert [(each["kind"], each["status"]) for each in mails] == [
        ("reset_code", "sent"),
        ("password_changed", "queued"),
    ]
    assert mails[0]["expires_at"] > mails[0]["created_at"]


@pytest.mark.asvs("14.2.4", "14.2.6")
def test_no_secret_is_in_it(user: User, checked: Checked) -> None:
    """No hash, digest, salt, generation, nor any id that only the database uses."""
    codes.start(Purpose.RESET, address=user.address, data={})
    worker.deliver_due()
    document = json.dumps(export(checked))
    stored = accounts.get(user.id)
    [challenge], [code], [mail] = Challenge.objects, Code.objects, Mail.objects
    assert stored
    secrets = [stored.password_hash, stored.audit_salt, stored.email_digest, accounts.pseudonym(user), PASSWORD]
    secrets += [checked.session.id, challenge.id, code.digest, str(mail.id), mail.message_id]
    assert [secret for secret in secrets if secret in document] == []
    assert "generation" not in document


def test_a_long_history_is_cut_and_says_so(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills the memory of the service by having much happen to an account."""
    monkeypatch.setattr(exports, "MOST_EVENTS", 3)
    monkeypatch.setattr(holdings, "EVENTS_AT_ONCE", 2)
    subject = accounts.pseudonym(checked.user)
    for number in range(3):
        audit.record(
            Event.LOGIN_FAILED, outcome="failure", caller=CALLER, subject=subject, details={"number": f"{number}"}
        )
    document = export(checked)
    assert [event["details"].get("number") for event in document["audit_events"]] == [None, "2", "1"]
    assert document["audit_events_complete"] is False
