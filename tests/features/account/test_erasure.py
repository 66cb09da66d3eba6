"""After a deletion nothing is left that names anybody, wherever the process may have died on the way."""

from collections.abc import Callable

import pytest
from bson import ObjectId
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.features.account.steps import CALLER, PASSWORD
from tests.harness.crashes import crash_at_each_write
from tests.harness.traces import traces
from tests.mails import code_in
from user_auth import accounts, codes, sessions, signin
from user_auth.accounts import User, notices
from user_auth.audit import AuditEvent
from user_auth.codes import Purpose
from user_auth.codes.documents import Challenge, Code
from user_auth.features.account import service
from user_auth.features.email import service as email
from user_auth.features.login import service as login
from user_auth.features.password import service as password
from user_auth.features.signup import service as signup
from user_auth.foundation.addresses import EmailAddress, parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCredentialsError, InvalidPasswordError, SessionRevokedError
from user_auth.mail import mailbox, outbox, worker
from user_auth.mail.documents import KeptMail, Mail
from user_auth.mongo import connection
from user_auth.sessions import Checked, Session
from user_auth.sessions.documents import EndedSession

pytestmark = pytest.mark.usefixtures("mongo")

# Every form differs from every other.
ADDRESS = parse("Ada.Lovelace@Bücher.example")
SPELLED_ANOTHER_WAY = parse("ADA.lovelace@bücher.example")
WANTED = parse("countess@example.com")
NAME = "Ada Augusta"
STRANGER = Caller(ip="198.51.100.7", user_agent="Another", request_id="s")


@pytest.fixture(autouse=True)
def _kept_mail(settings: Settings) -> None:
    """What is sent stays in the mailbox, and nothing is limited, so that all can happen at once."""
    settings.EMAIL_BACKEND = "user_auth.mail.mailbox.MailboxBackend"
    settings.USER_AUTH = {**settings.USER_AUTH, "RATE_LIMITS": "off", "OTP_RESEND_SECONDS": 0}


def needles(user: User, *addresses: EmailAddress) -> list[str]:
    forms = [form for each in addresses for form in (each.stored, each.canonical, each.wire, each.digest)]
    return [*forms, str(user.id), user.name]


def last_code() -> str:
    return code_in(mailbox.letters()[0].text)


def sign_up() -> User:
    """Sign up and enter the code; the sign-up itself stays until the next sweep."""
    opened = signup.sign_up(ADDRESS, password=PASSWORD, name=NAME, caller=CALLER)
    worker.deliver_due()
    return signup.verify(signup.find(opened.verification_id), otp=last_code(), by_address=False, caller=CALLER)


def log_in(*, caller: Caller = CALLER) -> Checked:
    return sessions.check_anew(login.log_in(ADDRESS, password=PASSWORD, caller=caller).token)


def live_a_full_life() -> Checked:
    """Do all that leaves a record of somebody; some of the mail is sent, some still queued."""
    user = sign_up()
    log_in()
    sessions.end(sessions.of(user), reason=sessions.Reason.LOGOUT, caller=CALLER)
    for wrong in ("wrong", "wrong again"):
        with pytest.raises(InvalidCredentialsError):
            login.log_in(ADDRESS, password=wrong, caller=STRANGER)
    checked = log_in()
    log_in(caller=STRANGER)
    with pytest.raises(InvalidPasswordError):
        signin.confirm(checked, password="wrong", caller=CALLER)
    password.change(checked, current=PASSWORD, new=f"{PASSWORD} more", caller=CALLER)
    changed = sessions.of(accounts.get(user.id) or user)
    assert len(changed) == 1
    for caller in (CALLER, STRANGER):
        signup.sign_up(SPELLED_ANOTHER_WAY, password=PASSWORD, name="A stranger's own idea", caller=caller)
        password.ask_for_code(SPELLED_ANOTHER_WAY, caller=caller)
    now = Checked(session=changed[0], user=accounts.get(user.id) or user)
    opened = email.ask_for_code(now, address=WANTED, password=f"{PASSWORD} more", caller=CALLER)
    worker.deliver_due()
    challenge = codes.find(opened.verification_id)
    assert challenge
    codes.resend(challenge, verification_id=opened.verification_id, caller=CALLER, device=None)
    password.ask_for_code(ADDRESS, caller=CALLER)
    owes = [notices.owed("password_changed", to=ADDRESS, caller=CALLER)]
    owing = accounts.set_password(
        now.user, password_hash=now.user.password_hash, reason="password_changed", generation="g", owes=owes
    )
    assert owing
    sessions.end_others(owing, reason=sessions.Reason.PASSWORD_CHANGED, caller=CALLER, keep=now.session)
    return Checked(session=now.session, user=owing)


@pytest.mark.asvs("14.2.7")
def test_nothing_is_left_in_any_collection() -> None:
    """Neither the address, in any form or spelling or as a digest, nor the id, nor the name."""
    checked = live_a_full_life()
    user, database = checked.user, connection.database()
    sought = needles(user, ADDRESS, SPELLED_ANOTHER_WAY)
    before = {trace.partition(":")[0] for trace in traces(database, sought)}
    assert before >= {"users", "sessions", "challenges", "outbox", "mailbox"}
    assert Code.objects.count() > 0

    service.delete(checked, password=f"{PASSWORD} more", caller=CALLER)

    assert traces(database, sought) == []
    assert traces(database, [WANTED.stored, WANTED.digest]) == ["mailbox: countess@example.com"]
    assert (Challenge.objects.count(), Code.objects.count(), Mail.objects.count()) == (0, 0, 0)


@pytest.mark.asvs("14.2.7")
def test_what_is_left_tells_nobody_whose_it_was() -> None:
    """Events keep a pseudonym, whose salt is gone; tombstones a digest of a secret, for whoever still has the token."""
    checked = live_a_full_life()
    user = checked.user
    service.delete(checked, password=f"{PASSWORD} more", caller=CALLER)
    assert AuditEvent.objects(subject=accounts.pseudonym(user)).count() > 5
    assert traces(connection.database(), [user.audit_salt]) == []
    assert all(set(each) == {"_id", "reason", "expires_at"} for each in EndedSession._get_collection().find())


def test_the_mail_and_the_codes_of_others_stay(make_user: Callable[..., User]) -> None:
    """Of whoever has the address that the user wanted, too."""
    user, other = make_user(), make_user()
    mine, theirs = Purpose.EMAIL, Purpose.RESET
    codes.start(mine, address=other.address, data={"user_id": str(user.id)})
    codes.start(theirs, address=other.address, data={})
    outbox.enqueue("password_changed", to=other.address.wire)
    token = sessions.start(user, caller=CALLER, methods=["pwd"]).token
    service.delete(sessions.check_anew(token), password=PASSWORD, caller=CALLER)
    assert [challenge.purpose for challenge in Challenge.objects] == [theirs]
    assert {mail.kind for mail in Mail.objects} == {theirs.mail_kind, "password_changed"}
    assert accounts.get(other.id)


def test_no_sweep_brings_an_account_back(clock: MovableClock) -> None:
    """Not even that of a sign-up whose account had another address by the time that it was deleted."""
    user = sign_up()
    moved = accounts.set_address(user, WANTED, reason="email_changed", generation="g")
    assert moved
    token = sessions.start(moved, caller=CALLER, methods=["pwd"]).token
    service.delete(sessions.check_anew(token), password=PASSWORD, caller=CALLER)
    clock.tick(seconds=60)
    signup.sweep()
    assert User.objects.count() == 0


@pytest.mark.asvs("2.3.3")
def test_a_notice_that_comes_too_late_is_withdrawn(user: User) -> None:
    """From a request that was under way, or from the sweep for what one left owed."""
    owes = [notices.owed("password_changed", to=user.address, caller=CALLER)]
    owing = accounts.set_password(user, password_hash="-", reason="password_changed", generation="g", owes=owes)
    assert owing
    accounts.begin_deletion(owing, reason="account_deleted")
    notices.queue(owing)
    signin.notices.send(user, caller=STRANGER, failures=5, is_known=False)
    assert Mail.objects.count() == 0


@pytest.mark.asvs("2.3.3")
def test_an_address_that_is_wanted_too_late_is_forgotten(user: User, checked: Checked) -> None:
    """The deletion began while the password for the change was being compared."""
    accounts.begin_deletion(user, reason="account_deleted")
    with pytest.raises(SessionRevokedError):
        email.ask_for_code(checked, address=WANTED, password=PASSWORD, caller=CALLER)
    assert (Challenge.objects.count(), Mail.objects.count()) == (0, 0)


@pytest.mark.asvs("2.3.3")
@pytest.mark.parametrize("how", ["deletion", "new password"])
def test_a_sign_in_that_ends_too_late_is_refused(user: User, how: str) -> None:
    """The account was read and the password compared before; it leaves no session and no mail."""
    if how == "deletion":
        accounts.begin_deletion(user, reason="account_deleted")
    else:
        accounts.set_password(user, password_hash="-", reason="password_reset", generation="g")
    with pytest.raises(InvalidCredentialsError):
        signin.finish(user, caller=STRANGER, methods=["pwd"])
    assert (Session.objects.count(), Mail.objects.count()) == (0, 0)


@pytest.mark.asvs("2.3.3")
@pytest.mark.faults
def test_a_process_that_dies_on_the_way_leaves_all_or_nothing(
    make_user: Callable[..., User], clock: MovableClock
) -> None:
    """Killed before each of its writes in turn: the account is as it was, or is shut and goes with the next sweep."""
    users = [make_user(name=f"{ObjectId()}") for _ in range(30)]
    tokens = [leave_records(each) for each in users]
    count = crash_at_each_write("tests.features.account.steps:delete", tokens)
    killed = list(zip(users, tokens, strict=True))[:count]
    untouched = [each for each in killed if is_untouched(*each)]
    shut = [each for each in killed if each not in untouched]
    assert len(untouched) > 0
    assert len(shut) > 5
    assert all(is_shut(*each) for each in shut)
    assert traces(connection.database(), needles(users[count], users[count].address)) == []

    clock.tick(seconds=11)
    assert service.sweep() == len(shut)

    for each, token in shut:
        assert traces(connection.database(), needles(each, each.address)) == []
        assert reason_of(token) == "account_deleted"
    assert all(is_untouched(*each) for each in untouched)


def leave_records(user: User) -> str:
    """Have a challenge with a code, sent and queued mail, and two sessions; return the token of one."""
    codes.start(Purpose.RESET, address=user.address, data={})
    worker.deliver_due()
    # Nobody here writes it, so that it stays queued.
    outbox.enqueue("of_the_next_release", to=user.address.wire)
    sessions.start(user, caller=STRANGER, methods=["pwd"])
    return sessions.start(user, caller=CALLER, methods=["pwd"]).token


def is_untouched(user: User, token: str) -> bool:
    """Whether the account, its sessions, its challenge, its code and its mails are all there."""
    now = accounts.get(user.id)
    if now is None or now.to_mongo() != user.to_mongo():
        return False
    held = Challenge.objects(email_digest=user.email_digest), Mail.objects(to_digest=user.email_digest)
    assert [len(records) for records in (*held, sessions.of(user))] == [1, 2, 2]
    assert Code.objects(id=held[0][0].mail_id).count() == 1
    assert KeptMail.objects(to=user.address.wire).count() == 1
    return sessions.check_anew(token).user.id == user.id


def is_shut(user: User, token: str) -> bool:
    """Whether nothing is good any more of an account whose deletion has begun."""
    with pytest.raises(InvalidCredentialsError):
        login.log_in(user.address, password=PASSWORD, caller=CALLER)
    return reason_of(token) == "account_deleted"


def reason_of(token: str) -> str | None:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(token)
    return refused.value.members.get("reason")
