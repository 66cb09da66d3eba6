"""Forgotten and changed passwords: only the mailbox resets, one reset happens once, and no session outlives it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId
from django.core import mail as django_mail
from pytest_django.fixtures import Settings

from tests.conftest import MovableClock
from tests.mails import code_in
from user_auth import accounts, codes, limits, sessions
from user_auth.accounts import User, passwords
from user_auth.audit.documents import AuditEvent
from user_auth.codes import Challenge, Purpose
from user_auth.features.password import service
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import (
    AuthError,
    InvalidCodeError,
    InvalidPasswordError,
    RateLimitedError,
    SessionRevokedError,
    WeakPasswordError,
)
from user_auth.mail import worker
from user_auth.mongo import connection
from user_auth.sessions import Checked, Reason
from user_auth.signin import devices

ADDRESS = parse("Ada@example.com")
OLD, NEW, OTHER = "violet otter parade 7", "quite another secret 9", "the third of them 11"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME = Caller(ip="192.0.2.1", user_agent=FIREFOX, request_id="r")
STRANGER = Caller(ip="198.51.100.7", user_agent="Visit evil.example", request_id="s")


@pytest.fixture(autouse=True)
def _outgoing(mongo: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []


@pytest.fixture
def user(mongo: None) -> User:
    made = accounts.create(ADDRESS, user_id=ObjectId(), name="Ada", password_hash=passwords.hash_password(OLD))
    assert made
    return made


def sign_in(user: User) -> str:
    return sessions.start(user, caller=HOME, methods=["pwd"]).token


def ask(email: str = ADDRESS.stored, *, caller: Caller = HOME) -> str:
    """Ask for a code and have the mail delivered; return the ``verification_id``."""
    verification_id = service.ask_for_code(parse(email), caller=caller).verification_id
    worker.deliver_due()
    return verification_id


def last_code() -> str:
    return code_in(django_mail.outbox[-1])


def subjects() -> list[str]:
    worker.deliver_due()
    return [message.subject.partition(" at ")[0] for message in django_mail.outbox]


def reset(verification_id: str, otp: str, *, password: str = NEW, caller: Caller = HOME) -> None:
    service.reset(verification_id, otp=otp, password=password, caller=caller)


def change(checked: Checked, *, current: str = OLD, new: str = NEW) -> None:
    service.change(checked, current=current, new=new, caller=HOME)


def opens_with(password: str) -> bool:
    return passwords.verify(password, user=accounts.find(ADDRESS))


def reason_of(token: str) -> str | None:
    with pytest.raises(SessionRevokedError) as refused:
        sessions.check_anew(token)
    return refused.value.members.get("reason")


def refusals(calls: list[Callable[[], object]]) -> list[type[AuthError] | None]:
    """Do all at once; return what each was refused with."""

    def outcome(call: Callable[[], object]) -> type[AuthError] | None:
        try:
            call()
        except AuthError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


# ---- forgotten


@pytest.mark.asvs("6.3.7", "7.4.3")
def test_a_code_from_the_mailbox_sets_a_new_password(user: User) -> None:
    """The old one opens nothing, every session has ended, and a mail tells of it."""
    tokens = [sign_in(user), sign_in(user)]
    reset(ask(), last_code())
    assert opens_with(NEW)
    assert not opens_with(OLD)
    assert [reason_of(token) for token in tokens] == [Reason.PASSWORD_RESET] * 2
    assert subjects() == ["Your code for a new password", "Your password"]
    assert "Firefox on Linux" in str(django_mail.outbox[-1].body)


def test_a_reset_signs_nobody_in(user: User) -> None:
    """There is no session afterwards; the person logs in like anybody."""
    reset(ask(), last_code())
    after = accounts.find(ADDRESS)
    assert after
    assert sessions.of(after) == []


def test_a_reset_verifies_the_address(user: User) -> None:
    """Whoever has the code has the mailbox: an account that came from elsewhere unverified can be used then."""
    User.objects(id=user.id).update_one(email_verified=False)
    reset(ask(), last_code())
    after = accounts.find(ADDRESS)
    assert after
    assert after.email_verified


def test_the_code_goes_to_the_address_as_its_owner_wrote_it(user: User) -> None:
    """Not as a stranger typed it: to its mail server that could be another mailbox."""
    ask("ADA@EXAMPLE.COM", caller=STRANGER)
    assert django_mail.outbox[-1].to == [ADDRESS.wire]
    assert last_code()


@pytest.mark.asvs("6.3.8")
def test_without_an_account_nobody_gets_a_mail() -> None:
    """The challenge is there all the same, and its code can be asked for again."""
    verification_id = ask("nobody@example.com")
    assert django_mail.outbox == []
    assert codes.find(verification_id)
    with pytest.raises(InvalidCodeError):
        reset(verification_id, "123456")


@pytest.mark.parametrize("disabled_first", [True, False])
def test_a_disabled_account_is_not_reset(user: User, disabled_first: bool) -> None:
    """No mail goes out for it, and a code from before opens nothing."""
    verification_id = "" if disabled_first else ask()
    accounts.disable(user, reason=Reason.ACCOUNT_DISABLED)
    with pytest.raises(InvalidCodeError):
        reset(verification_id or ask(), last_code() if django_mail.outbox else "123456")
    assert len(django_mail.outbox) == (0 if disabled_first else 1)
    assert opens_with(OLD)


@pytest.mark.asvs("2.2.3", "2.3.1")
def test_a_pending_sign_up_is_not_activated_by_a_reset() -> None:
    """Its address has no account, so no code goes out, and a code for the sign-up resets nothing."""
    signup = codes.start(Purpose.SIGNUP, address=ADDRESS, data={"user_id": str(ObjectId()), "name": ""})
    worker.deliver_due()
    otp = last_code()
    with pytest.raises(InvalidCodeError):
        reset(signup.verification_id, otp)
    ask()
    assert len(django_mail.outbox) == 1
    assert accounts.find(ADDRESS) is None
    assert codes.find(signup.verification_id)


@pytest.mark.asvs("6.3.8")
def test_the_request_asks_the_database_the_same_of_every_address(user: User) -> None:
    """The same commands in the same order for unknown, pending, disabled and existing addresses."""
    for email in ("disabled@example.com", "unverified@example.com"):
        accounts.create(parse(email), user_id=ObjectId(), name="", password_hash="-")
    User.objects(email="disabled@example.com").update_one(is_active=False)
    User.objects(email="unverified@example.com").update_one(email_verified=False)
    codes.start(Purpose.SIGNUP, address=parse("pending@example.com"), data={})
    asked = {who: commands_of(f"{who}@example.com") for who in ("nobody", "pending", "disabled", "unverified", "ada")}
    assert len(set(asked.values())) == 1, asked
    assert "users" not in " ".join(asked["ada"])


def commands_of(email: str) -> tuple[str, ...]:
    """Return the commands, by kind and collection, that asking for a code sends to the database."""
    database = connection.database()
    database.command("profile", 2)
    try:
        service.ask_for_code(parse(email), caller=HOME)
    finally:
        database.command("profile", 0)
    entries = list(database["system.profile"].find().sort("ts"))
    database.drop_collection("system.profile")
    return tuple(f"{entry['op']} {entry['ns']}" for entry in entries if "profile" not in entry["command"])


@pytest.mark.asvs("6.3.1", "2.4.1")
def test_mails_to_one_address_are_limited(user: User, clock: MovableClock) -> None:
    """One a minute from one client address, and a stranger's do not count against the owner's client."""
    for _ in range(2):
        ask(caller=STRANGER)
        with pytest.raises(RateLimitedError) as refused:
            ask(caller=STRANGER)
        assert 59 <= (refused.value.retry_after or 0) <= 60
        clock.tick(seconds=61)
    assert ask()


def test_the_code_is_judged_before_the_password(user: User) -> None:
    """With a wrong code nobody hears what is wrong with the password."""
    verification_id = ask()
    with pytest.raises(InvalidCodeError):
        reset(verification_id, f"{(int(last_code()) + 1) % 10**6:06d}", password="password")


@pytest.mark.asvs("6.2.4", "6.2.1")
@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "too_short"), ("password1", "common"), ("ada@example.com", "derived"), (OLD, "unchanged")],
)
def test_a_refused_password_leaves_the_code_alive(user: User, password: str, code: str) -> None:
    """However often: the guess is given back, and with a better password the same code is good."""
    verification_id, token = ask(), sign_in(user)
    for _ in range(7):
        with pytest.raises(WeakPasswordError) as refused:
            reset(verification_id, last_code(), password=password)
        assert code in [problem.code for problem in refused.value.errors]
        assert {problem.param for problem in refused.value.errors} == {"new_password"}
    assert sessions.check_anew(token)
    reset(verification_id, last_code())
    assert opens_with(NEW)


@pytest.mark.asvs("6.6.3")
def test_wrong_codes_are_counted(user: User) -> None:
    """Five kill the code; the right one is refused like a wrong one then."""
    verification_id = ask()
    otp = last_code()
    for step in range(1, 6):
        with pytest.raises(InvalidCodeError):
            reset(verification_id, f"{(int(otp) + step) % 10**6:06d}")
    with pytest.raises(InvalidCodeError):
        reset(verification_id, otp)
    assert opens_with(OLD)


@pytest.mark.asvs("6.5.1", "2.3.4")
def test_a_code_resets_once(user: User) -> None:
    """A second time it is a wrong one, and for its challenge no other can be sent."""
    verification_id = ask()
    otp = last_code()
    reset(verification_id, otp)
    with pytest.raises(InvalidCodeError):
        reset(verification_id, otp, password=OTHER)
    assert codes.find(verification_id) is None
    assert opens_with(NEW)


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("turn", range(3))
def test_of_resets_at_once_with_the_same_code_one_succeeds(user: User, turn: int) -> None:
    """The password is that of the one that was told so, and there is one notice."""
    verification_id = ask()
    otp = last_code()
    wanted = [NEW, OTHER, "the fourth of them 13"]
    outcomes = refusals([lambda each=each: reset(verification_id, otp, password=each) for each in wanted])  # type: ignore[misc]
    assert sorted(outcomes, key=str) == [InvalidCodeError, InvalidCodeError, None]
    assert opens_with(wanted[outcomes.index(None)])
    assert subjects().count("Your password") == 1


@pytest.mark.asvs("15.4.2")
def test_of_resets_at_once_with_two_codes_one_succeeds(user: User) -> None:
    """The first new password makes a decoy of the other challenge."""
    first, first_code = ask(), last_code()
    second, second_code = ask(caller=STRANGER), last_code()
    outcomes = refusals(
        [lambda: reset(first, first_code), lambda: reset(second, second_code, password=OTHER, caller=STRANGER)]
    )
    assert sorted(outcomes, key=str) == [InvalidCodeError, None]
    assert opens_with([NEW, OTHER][outcomes.index(None)])


def test_a_new_password_turns_the_other_challenges_into_decoys(user: User, clock: MovableClock) -> None:
    """They live on and answer as before, but no code opens them and none is mailed for them."""
    others, others_code = ask(caller=STRANGER), last_code()
    reset(ask(), last_code())
    subjects()
    with pytest.raises(InvalidCodeError):
        reset(others, others_code, password=OTHER)
    challenge = codes.find(others)
    assert challenge
    clock.tick(seconds=61)
    mails = len(django_mail.outbox)
    assert codes.resend(challenge, verification_id=others, caller=STRANGER, device=None).verification_id == others
    worker.deliver_due()
    assert len(django_mail.outbox) == mails
    assert opens_with(NEW)


@pytest.mark.asvs("6.6.2")
def test_a_code_for_a_reset_works_for_nothing_else(user: User) -> None:
    """A challenge of another purpose is unknown here, with its own code too."""
    for purpose in (Purpose.SIGNUP, Purpose.EMAIL):
        data = {"user_id": str(user.id), "name": "", "password_hash": "-"}
        opened = codes.start(purpose, address=parse(f"{purpose}@example.com"), data=data)
        worker.deliver_due()
        with pytest.raises(InvalidCodeError):
            reset(opened.verification_id, last_code())
        assert codes.find(opened.verification_id)


@pytest.mark.asvs("6.3.1")
def test_a_reset_lifts_the_log_in_delay_of_its_client_alone(user: User) -> None:
    """Whoever has waited after wrong passwords logs in at once; a stranger goes on waiting."""
    known = Caller(HOME.ip, "", "", device_token=devices.remember("", address=ADDRESS))
    device = devices.known(known.device_token, address=ADDRESS)
    for _ in range(5):
        for ip, of in ((HOME.ip, None), (HOME.ip, device), (STRANGER.ip, None)):
            limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=ip, device=of)
    reset(ask(caller=known), last_code(), caller=known)
    for _ in range(5):
        limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=HOME.ip, device=device)
        limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=HOME.ip)
    with pytest.raises(RateLimitedError):
        limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=STRANGER.ip)


def test_a_wrong_code_lifts_no_delay(user: User) -> None:
    """Only who has proven whose the address is starts afresh."""
    for _ in range(5):
        limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=HOME.ip)
    with pytest.raises(InvalidCodeError):
        reset(ask(), f"{(int(last_code()) + 1) % 10**6:06d}")
    with pytest.raises(RateLimitedError):
        limits.spend_account(limits.LOGIN, account=ADDRESS.digest, ip=HOME.ip)


def test_mails_hold_nothing_of_a_strangers_text(user: User) -> None:
    """Neither code nor notice repeats what a client calls itself."""
    reset(ask(caller=STRANGER), last_code(), caller=STRANGER)
    subjects()
    assert not [mail for mail in django_mail.outbox if "evil" in mail.message().as_string()]


@pytest.mark.asvs("16.3.1")
def test_a_reset_is_in_the_audit(user: User) -> None:
    """The request names nobody, wrong codes and the success are there; neither code nor password is."""
    verification_id = ask()
    with pytest.raises(InvalidCodeError):
        reset(verification_id, f"{(int(last_code()) + 1) % 10**6:06d}")
    reset(verification_id, last_code())
    events = [(event.event, event.subject) for event in AuditEvent.objects.order_by("sequence")]
    assert events == [
        ("authn_password_reset_requested", None),
        ("authn_code_fail", None),
        ("authn_password_reset", accounts.pseudonym(user)),
    ]


def test_nothing_stored_resets_a_password(user: User) -> None:
    """Neither id nor code nor the new password can be read in the database."""
    verification_id = ask()
    reset(verification_id, last_code())
    database = connection.database()
    stored = repr([list(database[name].find()) for name in database.list_collection_names()])
    assert Challenge._get_collection_name() in database.list_collection_names()
    for secret in (verification_id, f"'{last_code()}'", NEW):
        assert secret not in stored


# ---- changed


@pytest.mark.asvs("6.2.2", "6.2.3", "6.3.7", "7.4.3")
def test_a_changed_password_keeps_the_session_that_changed_it(user: User) -> None:
    """All others have ended, the old password opens nothing, and a mail tells of it."""
    mine, others = sign_in(user), sign_in(user)
    change(sessions.check_anew(mine))
    assert sessions.check_anew(mine)
    assert reason_of(others) == Reason.PASSWORD_CHANGED
    assert opens_with(NEW)
    assert not opens_with(OLD)
    assert subjects() == ["Your password"]
    assert django_mail.outbox[-1].to == [ADDRESS.wire]


def test_the_current_password_is_judged_before_the_new_one(user: User) -> None:
    """Whoever does not know it hears nothing of the new one, and nothing changes."""
    checked = sessions.check_anew(sign_in(user))
    with pytest.raises(InvalidPasswordError):
        change(checked, current="wrong", new="short")
    assert opens_with(OLD)


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize(
    ("new", "code"), [("short", "too_short"), ("example.com 1", "derived"), ("12345678", "common"), (OLD, "unchanged")]
)
def test_a_weak_password_changes_nothing(user: User, new: str, code: str) -> None:
    """Other sessions stay, and no mail goes out."""
    mine, others = sign_in(user), sign_in(user)
    with pytest.raises(WeakPasswordError) as refused:
        change(sessions.check_anew(mine), new=new)
    assert [problem.code for problem in refused.value.errors] == [code]
    assert sessions.check_anew(others)
    assert subjects() == []


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("turn", range(3))
def test_of_changes_at_once_one_succeeds(user: User, turn: int) -> None:
    """The session of the one that was told so is the only one left."""
    tokens = [sign_in(user), sign_in(user)]
    checked = [sessions.check_anew(token) for token in tokens]
    outcomes = refusals([lambda: change(checked[0], new=NEW), lambda: change(checked[1], new=OTHER)])
    assert sorted(outcomes, key=str) == [InvalidPasswordError, None]
    won = outcomes.index(None)
    assert opens_with([NEW, OTHER][won])
    assert sessions.check_anew(tokens[won])
    assert reason_of(tokens[1 - won]) == Reason.PASSWORD_CHANGED
    assert subjects().count("Your password") == 1


@pytest.mark.parametrize("turn", range(3))
def test_a_reset_and_a_change_at_once_have_one_outcome(user: User, turn: int) -> None:
    """Whichever came first decides or is overtaken whole: the password is one that somebody was told is set."""
    verification_id, token = ask(), sign_in(user)
    otp, checked = last_code(), sessions.check_anew(token)
    outcomes = refusals([lambda: reset(verification_id, otp), lambda: change(checked, new=OTHER)])
    assert outcomes.count(None) == 1
    assert opens_with([NEW, OTHER][outcomes.index(None)])


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        (lambda user: accounts.disable(user, reason=Reason.ACCOUNT_DISABLED), Reason.ACCOUNT_DISABLED),
        (lambda user: accounts.end_generation(user, reason=Reason.REVOKED), Reason.REVOKED),
        (accounts.delete, Reason.ACCOUNT_DELETED),
    ],
)
def test_a_change_that_comes_too_late_changes_nothing(
    user: User, meanwhile: Callable[[User], object], reason: Reason
) -> None:
    """When all sessions were ended since the request was let in, it is refused for that reason."""
    checked = sessions.check_anew(sign_in(user))
    meanwhile(user)
    with pytest.raises(SessionRevokedError) as refused:
        change(checked)
    assert refused.value.members == {"reason": reason}
    assert not opens_with(NEW)


def test_a_changed_password_turns_reset_challenges_into_decoys(user: User) -> None:
    """A code that was mailed before opens nothing any more."""
    verification_id = ask()
    otp = last_code()
    change(sessions.check_anew(sign_in(user)))
    with pytest.raises(InvalidCodeError):
        reset(verification_id, otp, password=OTHER)
    assert opens_with(NEW)
