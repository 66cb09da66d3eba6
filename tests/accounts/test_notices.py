"""Notices of changes: written with the change, queued once."""

import pytest
from bson import ObjectId

from tests.conftest import MovableClock
from user_auth import accounts
from user_auth.accounts import User, notices
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.mail.documents import Mail

pytestmark = pytest.mark.usefixtures("mongo")

ADDRESS = parse("ada@example.com")
CALLER = Caller(ip="192.0.2.1", user_agent="", request_id="r")


def change() -> User:
    """Make an account and change its password, and no more."""
    user = accounts.create(ADDRESS, user_id=ObjectId(), name="", password_hash="-")
    assert user
    owes = [notices.owed("password_changed", to=ADDRESS, caller=CALLER)]
    changed = accounts.set_password(user, password_hash="+", reason="password_changed", owes=owes)
    assert changed
    return changed


def queued() -> list[tuple[str, str]]:
    return [(mail.kind, mail.to) for mail in Mail.objects]


def test_a_change_carries_its_notice() -> None:
    """It is there before anything is queued."""
    user = change()
    assert [(mail.kind, mail.to) for mail in user.owed] == [("password_changed", ADDRESS.wire)]
    assert queued() == []


def test_a_notice_is_queued_once() -> None:
    """However often, and by however many that saw it owed."""
    user = change()
    notices.queue(user)
    notices.queue(user)
    assert queued() == [("password_changed", ADDRESS.wire)]
    after = accounts.find(ADDRESS)
    assert after
    assert after.owed == []


def test_what_a_process_left_owed_is_queued(clock: MovableClock) -> None:
    """Once no request can be at it any more."""
    change()
    assert notices.sweep() == 0
    clock.tick(seconds=11)
    assert notices.sweep() == 1
    assert notices.sweep() == 0
    assert queued() == [("password_changed", ADDRESS.wire)]


def test_an_account_that_moved_loses_no_notice() -> None:
    """One that is owed to the old address goes there, also when another change comes in between."""
    user = change()
    new = parse("countess@example.com")
    owes = [notices.owed("email_changed", to=new, caller=CALLER)]
    moved = accounts.set_address(user, new, reason="email_changed", owes=owes)
    assert moved
    notices.queue(moved)
    assert queued() == [("password_changed", ADDRESS.wire), ("email_changed", new.wire)]
