"""Who has an account is told by nothing: the same requests get the same bytes, whoever the address belongs to."""

import hashlib
import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.attacks.inside import Post, Records, kept_code
from tests.attacks.wire import Answer, exchange, post
from tests.harness.client import PASSWORD, Client
from tests.harness.service import Service
from tests.mail.post_office import wait_until
from user_auth.foundation import clock

OTHER_PASSWORD = "another violet otter 8"
UNKNOWN, PENDING, EXISTING, DISABLED, UNVERIFIED = KINDS = ("unknown", "pending", "existing", "disabled", "unverified")
ACCOUNTS = (EXISTING, DISABLED, UNVERIFIED)
Ask = Callable[[str, object], Answer]
_numbers = count()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def spoil(records: Records, email: str, *, kind: str) -> None:
    """Make of an account one that nobody can sign in to."""
    change = {DISABLED: {"is_active": False}, UNVERIFIED: {"email_verified": False}}.get(kind)
    if change:
        assert records.users.update_one({"email": email}, {"$set": change}).modified_count == 1


@pytest.fixture(scope="module")
def people(service: Service, account: Callable[[str], str], mail: Post, records: Records) -> dict[str, str]:
    """An address of each kind."""
    emails = {kind: f"{kind}.somebody@example.com" for kind in KINDS}
    for kind in ACCOUNTS:
        account(emails[kind])
        spoil(records, emails[kind], kind=kind)
    Client(service.base_url).sign_up(emails[PENDING])
    mail.wait_for(emails[PENDING])
    return emails


def seen(answer: Answer) -> tuple[int, list[tuple[str, str]], str]:
    """Return an answer as a stranger compares it: all of it but ids, the date, and what a second more or less makes."""
    varying = {"x-request-id": "<id>", "date": "<date>"}
    headers = [(name, varying.get(name, value)) for name, value in answer.headers if name != "retry-after"]
    wait = round(int(answer.header("retry-after") or 0), -1)
    text = re.sub(rb'"retry_after":[0-9]+', b'"retry_after":<seconds>', answer.body)
    for member in ("verification_id", "request_id"):
        text = re.sub(b'"%s":"[^"]+"' % member.encode(), b'"%s":"<id>"' % member.encode(), text)
    return answer.status, [*headers, ("retry-after", str(wait))], text.decode()


def life(ask: Ask, records: Records, email: str) -> list[Answer]:
    """Do with an address all that a stranger can, guesses up to beyond the death of the challenge among it."""
    told = [ask("/login", {"email": email, "password": OTHER_PASSWORD})]
    told.append(ask("/login", {"email": email.upper(), "password": "", "transport": "header"}))
    told.append(ask("/verify-otp", {"email": email, "otp": "000000"}))
    told.append(ask("/signup", {"email": email, "password": "password1"}))
    signup = ask("/signup", {"email": email, "password": OTHER_PASSWORD, "name": "Eve"})
    verification_id = signup.json()["verification_id"]
    mine = {"verification_id": verification_id}
    told += [signup, ask("/resend-otp", mine)]
    for _ in range(2):
        await_code(records, verification_id)
        told += [ask("/verify-otp", {**mine, "otp": f"{number:06d}"}) for number in range(6)]
        told += [ask("/verify-otp", {"email": email, "otp": f"{number:06d}"}) for number in range(6)]
        records.challenges.update_one({"_id": sha256(verification_id)}, {"$set": {"resend_at": clock.now()}})
        told += [ask("/resend-otp", mine), ask("/resend-otp", mine)]
    told += [ask("/verify-otp", {**mine, "otp": "000011"}), ask("/resend-otp", mine)]
    told.append(ask("/login", {"email": email, "password": OTHER_PASSWORD}))
    told.append(ask("/signup", {"email": email, "password": PASSWORD}))
    return told


def await_code(records: Records, verification_id: str) -> None:
    """Wait until the mail is out, as it is for a decoy too."""
    challenge = records.challenges.find_one({"_id": sha256(verification_id)})
    assert challenge
    wait_until(lambda: records.codes.find_one({"_id": challenge["mail_id"]}), seconds=20)


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != UNKNOWN])
def test_a_stranger_sees_the_same_of_every_address(
    service: Service, people: dict[str, str], records: Records, email: str, kind: str
) -> None:
    """Log-in, sign-up, guesses to the death of code and challenge, resends: statuses, headers in order, bodies."""

    def ask(path: str, body: object) -> Answer:
        return exchange(service, post(path, body))

    of_nobody, of_somebody = life(ask, records, email), life(ask, records, people[kind])
    assert [seen(answer) for answer in of_somebody] == [seen(answer) for answer in of_nobody]
    codes = [answer.json().get("code", answer.status) for answer in of_nobody]
    assert codes[4:6] == [202, "rate_limited"]
    assert codes[-4:-2] == ["invalid_or_expired_code", "verification_expired"]


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("kind", [DISABLED, UNVERIFIED])
def test_the_right_password_of_a_closed_account_is_wrong(service: Service, people: dict[str, str], kind: str) -> None:
    """It is answered like any other, and leaves no cookie."""
    right, wrong = (
        exchange(service, post("/login", {"email": people[kind], "password": password}))
        for password in (PASSWORD, OTHER_PASSWORD)
    )
    assert seen(right) == seen(wrong)
    assert right.code == "invalid_credentials"
    assert not right.all("set-cookie")


def test_a_decoy_lives_and_dies_like_the_real_one(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """When one sign-up succeeds, a stranger's for the same address goes on answering as if nothing had happened."""
    mine, theirs = client.sign_up(email), client.sign_up(email, password=OTHER_PASSWORD)
    elsewhere = client.sign_up(f"free.{email}", password=OTHER_PASSWORD)
    mails = mail.wait_for(email, mails=2)
    assert len(mails) == 2
    for each in (mine, theirs, elsewhere):
        await_code(records, each)
    opened = [
        client.post("/verify-otp", {"verification_id": mine, "otp": code}).status_code for code in codes_of(mail, email)
    ]
    assert sorted(opened) == [200, 400]

    def ask(path: str, body: object) -> Answer:
        return exchange(service, post(path, body))

    assert [seen(each) for each in rest_of_life(ask, records, theirs)] == [
        seen(each) for each in rest_of_life(ask, records, elsewhere)
    ]


def codes_of(mail: Post, email: str) -> list[str]:
    found = [re.search(r"\b[0-9]{6}\b", str(each.get_body(("plain",)).get_content())) for each in mail.mails(email)]  # type: ignore[union-attr]
    return [match[0] for match in found if match]


def rest_of_life(ask: Ask, records: Records, verification_id: str) -> list[Answer]:
    mine = {"verification_id": verification_id}
    told = [ask("/resend-otp", mine)]
    records.challenges.update_one({"_id": sha256(verification_id)}, {"$set": {"resend_at": clock.now()}})
    told.append(ask("/resend-otp", mine))
    await_code(records, verification_id)
    told += [ask("/verify-otp", {**mine, "otp": f"{number:06d}"}) for number in range(6)]
    records.challenges.update_one({"_id": sha256(verification_id)}, {"$set": {"resend_at": clock.now()}})
    told.append(ask("/resend-otp", mine))
    await_code(records, verification_id)
    told += [ask("/verify-otp", {**mine, "otp": f"{number:06d}"}) for number in range(6)]
    return [*told, ask("/resend-otp", mine)]


# ---- with limits


@pytest.fixture(scope="module")
def limited_people(limited: Service, limited_records: Records) -> dict[str, str]:
    """An address of each kind, at the service whose limits are on; no allowance has been touched since."""
    emails = {kind: f"{kind}.somebody@example.com" for kind in KINDS}
    for kind in (*ACCOUNTS, PENDING):
        ask = asker(limited)
        answer = ask("/signup", {"email": emails[kind], "password": PASSWORD})
        if kind in ACCOUNTS:
            body = {
                "verification_id": answer.json()["verification_id"],
                "otp": kept_code(limited_records, emails[kind]),
            }
            assert ask("/verify-otp", body).status == 200
            spoil(limited_records, emails[kind], kind=kind)
    limited_records.limits.delete_many({})
    return emails


def asker(service: Service) -> Ask:
    """Return somebody at a client address of their own, who asks through the proxy."""
    number = next(_numbers)
    source = f"X-Forwarded-For: 198.18.{number // 250}.{number % 250 + 1}"
    return lambda path, body: exchange(service, post(path, body, source))


def limits_from_one_client(service: Service, records: Records, email: str) -> list[Answer]:
    """Go on until every limit by account has stopped one client."""
    ask = asker(service)
    told = [ask("/login", {"email": email, "password": OTHER_PASSWORD}) for _ in range(8)]
    signups = [ask("/signup", {"email": email, "password": OTHER_PASSWORD}) for _ in range(5)]
    mine = {"verification_id": signups[0].json()["verification_id"]}
    told += [*signups, *(ask("/resend-otp", mine) for _ in range(3))]
    await_code(records, mine["verification_id"])
    return told + [ask("/verify-otp", {**mine, "otp": f"{number:06d}"}) for number in range(32)]


def limits_from_many_clients(service: Service, email: str) -> list[Answer]:
    """Go on until the limits of the account as a whole have stopped everybody, each client asking a few times."""
    told = [asker(service)("/signup", {"email": email, "password": OTHER_PASSWORD}) for _ in range(22)]
    for _ in range(26):
        ask = asker(service)
        told += [ask("/login", {"email": email, "password": OTHER_PASSWORD}) for _ in range(4)]
    return told


def all_limits(service: Service, records: Records, email: str) -> list[Answer]:
    """Start with whole allowances; one client uses up its own, then many use up the account's."""
    records.limits.delete_many({})
    told = limits_from_one_client(service, records, email)
    records.limits.delete_many({})
    return told + limits_from_many_clients(service, email)


@pytest.fixture(scope="module")
def nobodys_limits(limited: Service, limited_records: Records, limited_people: dict[str, str]) -> list[Answer]:
    """What is told of an address that nobody has signed up."""
    return all_limits(limited, limited_records, limited_people[UNKNOWN])


@pytest.mark.asvs("6.3.8", "6.3.1")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != UNKNOWN])
def test_limits_come_at_the_same_request_for_every_address(
    limited: Service, limited_records: Records, limited_people: dict[str, str], nobodys_limits: list[Answer], kind: str
) -> None:
    """With the same wait, for one client and for all clients together."""
    told = all_limits(limited, limited_records, limited_people[kind])
    assert [seen(answer) for answer in told] == [seen(answer) for answer in nobodys_limits]
    from_one = [401] * 5 + [429] * 3 + [202] * 3 + [429] * 2 + [202] + [429] * 2 + [400] * 30 + [429] * 2
    from_many = [202] * 20 + [429] * 2 + [401] * 100 + [429] * 4
    assert [answer.status for answer in told] == from_one + from_many


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize("kind", [EXISTING, PENDING])
def test_guesses_by_address_are_limited_alike(
    limited: Service, limited_records: Records, limited_people: dict[str, str], kind: str
) -> None:
    """Whether or not a sign-up waits for its code: a hundred wrong ones a day, from wherever they come."""
    told = []
    for email in (f"nobody.at.{kind}@example.com", limited_people[kind]):
        limited_records.limits.delete_many({})
        asks = [asker(limited) for _ in range(26)]
        answers = [ask("/verify-otp", {"email": email, "otp": f"{number:06d}"}) for ask in asks for number in range(4)]
        told.append([answer.status for answer in answers])
    assert told[0] == told[1] == [400] * 100 + [429] * 4


COMMANDS = ("find", "aggregate", "findAndModify", "insert", "update", "delete")


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize(
    ("path", "body"),
    [("/login", {"password": OTHER_PASSWORD}), ("/verify-otp", {"otp": "000000"})],
    ids=["login", "verify"],
)
def test_the_database_is_asked_the_same_of_every_address(
    service: Service, people: dict[str, str], records: Records, path: str, body: dict[str, str]
) -> None:
    """The same commands in the same order, so that the time they take says nothing either."""
    asked = {
        kind: commands_of(records, post(path, {"email": email, **body}), service=service)
        for kind, email in people.items()
    }
    assert len(set(asked.values())) == 1, asked


def commands_of(records: Records, request: bytes, *, service: Service) -> tuple[str, ...]:
    """Return the commands, by kind and collection, that one request sends to the database, with no mail on its way."""
    wait_until(lambda: not records.outbox.count_documents({"status": {"$in": ["queued", "sending"]}}), seconds=20)
    records.command("profile", 2)
    try:
        exchange(service, request)
    finally:
        records.command("profile", 0)
    profile = records["system.profile"]
    entries = [entry for entry in profile.find({"appName": "user_auth"}).sort("ts") if not _is_other_work(entry)]
    profile.drop()
    return tuple(f"{_kind(entry)} {entry['ns'].partition('.')[2]}" for entry in entries)


def _kind(entry: dict[str, Any]) -> str:
    return next((name for name in COMMANDS if name in entry["command"]), str(entry["op"]))


def _is_other_work(entry: dict[str, Any]) -> bool:
    """Tell whether it is the mail worker's (its queue, its sweeps), a heartbeat, or read now and then."""
    is_sweep = "$lt" in json.dumps(entry["command"].get("filter", {}).get("used_at"), default=str)
    is_elsewhere = entry["ns"].endswith((".outbox", ".heartbeats", ".password_kinds"))
    return is_sweep or is_elsewhere or "getMore" in entry["command"]
