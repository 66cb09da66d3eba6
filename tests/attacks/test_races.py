"""Many requests at the same instant: what must happen once happens once, what must be counted is counted."""

import hashlib
import secrets
from collections.abc import Callable

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.inside import Post, Records, code_of
from tests.attacks.wire import Answer, exchange, head, post, statuses, volley
from tests.harness.client import PASSWORD, Client, bearer
from tests.harness.service import Service
from user_auth.foundation import clock

Account = Callable[[str], str]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def wrong_codes(code: str, *, count: int) -> list[str]:
    """Return so many different codes that are not this one."""
    return [f"{(int(code) + step) % 10**6:06d}" for step in range(1, count + 1)]


def guess(verification_id: str, otp: str) -> bytes:
    return post("/verify-otp", {"verification_id": verification_id, "otp": otp})


def verify(token: str) -> bytes:
    return head("POST /verify-session", f"Authorization: Bearer {token}")


def ids_of(answers: list[Answer]) -> list[str]:
    return [str(answer.json()["verification_id"]) for answer in answers]


@pytest.mark.asvs("2.3.2", "15.4.2")
@pytest.mark.parametrize("has_right_one", [False, True])
def test_of_two_hundred_guesses_at_once_five_are_compared(
    service: Service, client: Client, mail: Post, records: Records, email: str, has_right_one: bool
) -> None:
    """The right one among them opens nothing unless it is one of the five; afterwards it is as dead as any other."""
    verification_id = client.sign_up(email)
    code = mail.code(email)
    codes = wrong_codes(code, count=200)
    if has_right_one:
        codes[secrets.randbelow(200)] = code
    counts = statuses(volley(service, [guess(verification_id, otp) for otp in codes]))
    succeeded = counts.get(200, 0)
    assert counts in ({400: 200}, {200: 1, 400: 199})
    assert has_right_one or not succeeded
    challenge = records.challenges.find_one({"_id": sha256(verification_id)})
    assert challenge
    left = records.codes.find_one({"_id": challenge["mail_id"]})
    assert left
    assert left["guesses_left"] >= 0
    # A success uses the challenge up, so fewer than five may have got that far.
    assert succeeded or (left["guesses_left"], challenge["guesses_left"]) == (0, 5)
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": code}).status_code == 400


@pytest.mark.asvs("2.3.2")
def test_guesses_at_once_at_resent_codes_are_ten_in_all(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """New codes do not bring new guesses: after ten the challenge is dead, and nothing is sent for it any more."""
    verification_id = client.sign_up(email)
    compared = 0
    for mails in (1, 2, 3):
        code = mail.code(email, mails=mails)
        volley(service, [guess(verification_id, otp) for otp in wrong_codes(code, count=30)])
        challenge = records.challenges.find_one({"_id": sha256(verification_id)})
        assert challenge
        compared = 10 - challenge["guesses_left"]
        records.challenges.update_one({"_id": challenge["_id"]}, {"$set": {"resend_at": clock.now()}})
        if client.post("/resend-otp", {"verification_id": verification_id}).status_code != 202:
            break
    assert (compared, mails) == (10, 2)
    over = exchange(service, post("/resend-otp", {"verification_id": verification_id}))
    check_problem(over, 400, "verification_expired")


def test_guesses_by_address_leave_the_holder_of_the_id_their_own(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """A stranger who knows only the address uses up five and ten of their own, at once, and kills nothing."""
    verification_id = client.sign_up(email)
    code = mail.code(email)
    guesses = [post("/verify-otp", {"email": email, "otp": otp}) for otp in wrong_codes(code, count=50)]
    assert statuses(volley(service, guesses)) == {400: 50}
    challenge = records.challenges.find_one({"_id": sha256(verification_id)})
    assert challenge
    assert (challenge["guesses_left"], challenge["email_guesses_left"]) == (10, 5)
    assert client.post("/verify-otp", {"email": email, "otp": code}).status_code == 400
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": code}).status_code == 200


@pytest.mark.asvs("2.3.3", "2.3.4")
def test_fifty_sign_ups_of_one_address_become_one_account(
    service: Service, mail: Post, records: Records, email: str
) -> None:
    """Every code is entered at the same instant; the account has the password of the one that succeeded."""
    passwords = [f"violet otter parade {number}" for number in range(50)]
    asked = volley(service, [post("/signup", {"email": email, "password": each}) for each in passwords])
    assert statuses(asked) == {202: 50}
    ids = ids_of(asked)
    code_by_mail = {each["Message-ID"]: code_of(each) for each in mail.wait_for(email, mails=50)}
    sent = records.outbox.find({"challenge_id": {"$in": [sha256(each) for each in ids]}})
    codes = {each["challenge_id"]: code_by_mail[each["message_id"]] for each in sent}

    entered = volley(service, [guess(each, codes[sha256(each)]) for each in ids])
    assert statuses(entered) == {200: 1, 400: 49}
    (won,) = [place for place, answer in enumerate(entered) if answer.status == 200]
    (user,) = records.users.find({"email": email})
    assert entered[won].json()["user"]["id"] == str(user["_id"])

    tried = volley(service, [post("/login", {"email": email, "password": each}) for each in passwords])
    assert [place for place, answer in enumerate(tried) if answer.status == 200] == [won]
    assert statuses(tried) == {200: 1, 401: 49}


@pytest.mark.parametrize("turn", range(5))
def test_two_sign_ups_of_one_address_in_the_same_instant(
    service: Service, client: Client, mail: Post, email: str, turn: int
) -> None:
    """A stranger's and the owner's: whichever code is first decides, and only its password opens the account."""
    first = client.sign_up(email, password="the password of one")
    code = mail.code(email)
    second = client.sign_up(email, password="the password of another")
    entered = volley(service, [guess(first, code), guess(second, mail.code(email, mails=2))])
    assert statuses(entered) == {200: 1, 400: 1}
    one, another = (
        client.log_in(email, password=f"the password of {whose}").status_code for whose in ("one", "another")
    )
    assert (one, another) == ((200, 401) if entered[0].status == 200 else (401, 200))


@pytest.mark.asvs("2.3.4", "6.5.1")
def test_one_code_entered_ten_times_at_once_counts_once(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """By id and by address; there is one account, and one record of its creation."""
    verification_id = client.sign_up(email)
    code = mail.code(email)
    by_address = post("/verify-otp", {"email": email, "otp": code})
    entered = volley(service, [guess(verification_id, code), by_address] * 5)
    assert statuses(entered) == {200: 1, 400: 9}
    assert records.users.count_documents({"email": email}) == 1
    (request_id,) = [answer.header("x-request-id") for answer in entered if answer.status == 200]
    created = records.audit.find(
        {"event": "user_created", "request_id": {"$in": [a.header("x-request-id") for a in entered]}}
    )
    assert [each["request_id"] for each in created] == [request_id]


@pytest.mark.asvs("15.4.2")
@pytest.mark.parametrize("turn", range(3))
def test_of_twenty_log_ins_at_once_three_sessions_live(
    service: Service, client: Client, account: Account, records: Records, email: str, turn: int
) -> None:
    """``MAX_SESSIONS`` holds from the last answer on; the others ended as ``evicted``."""
    account(email)
    request = post("/login", {"email": email, "password": PASSWORD, "transport": "header"})
    answers = volley(service, [request] * 20)
    assert statuses(answers) == {200: 20}
    checked = volley(service, [verify(answer.json()["token"]) for answer in answers])
    assert statuses(checked) == {200: 3, 401: 17}
    assert {answer.json()["reason"] for answer in checked if answer.status == 401} == {"evicted"}
    user_id = records.users.find_one({"email": email}, {"_id": 1})
    assert user_id
    assert records.sessions.count_documents({"user_id": user_id["_id"]}) == 3


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("turn", range(5))
def test_a_session_checked_while_it_is_ended(
    service: Service, client: Client, account: Account, email: str, turn: int
) -> None:
    """Each check finds it living or ended by log-out, nothing in between; after the log-out's answer it is over."""
    token = client.log_in(account(email), transport="header").json()["token"]
    logout = head("POST /logout", f"Authorization: Bearer {token}")
    answers = volley(service, [verify(token)] * 10 + [logout] * 3 + [verify(token)] * 10)
    assert statuses(answers[10:13]) == {204: 3}
    for answer in answers[:10] + answers[13:]:
        if answer.status != 200:
            check_problem(answer, 401, "session_revoked", extra=frozenset({"reason"}))
            assert answer.json()["reason"] == "logout"
    assert statuses(volley(service, [verify(token)] * 10)) == {401: 10}


def test_log_ins_and_log_outs_at_once_leave_what_was_not_ended(
    service: Service, client: Client, account: Account, email: str
) -> None:
    """Ending one session touches no other one of the same user."""
    account(email)
    tokens = [client.log_in(email, transport="header").json()["token"] for _ in range(3)]
    volley(service, [head("POST /logout", f"Authorization: Bearer {token}") for token in tokens[:2]] * 5)
    assert [client.verify_session(token=token).status_code for token in tokens] == [401, 401, 200]


def test_a_browser_that_logs_in_many_times_at_once_keeps_one_reason(
    service: Service, client: Client, account: Account, email: str
) -> None:
    """All of them replace the same session; it ended once, and says why."""
    first = client.log_in(account(email), transport="header").json()["token"]
    request = post("/login", {"email": email, "password": PASSWORD}, f"Cookie: token={first}")
    assert statuses(volley(service, [request] * 5)) == {200: 5}
    assert client.verify_session(token=first).json()["reason"] == "replaced"


@pytest.mark.asvs("2.4.2")
def test_of_twenty_resends_at_once_one_sends(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """The others hear how long to wait, as does everybody inside the cooldown."""
    verification_id = client.sign_up(email)
    first = mail.code(email)
    soon = exchange(service, post("/resend-otp", {"verification_id": verification_id}))
    check_problem(soon, 429, "rate_limited")
    assert 50 <= int(soon.header("retry-after")) == soon.json()["retry_after"] <= 60
    challenge_id = sha256(verification_id)
    records.challenges.update_one({"_id": challenge_id}, {"$set": {"resend_at": clock.now()}})
    answers = volley(service, [post("/resend-otp", {"verification_id": verification_id})] * 20)
    assert statuses(answers) == {202: 1, 429: 19}
    assert all(50 <= int(answer.header("retry-after")) <= 60 for answer in answers if answer.status == 429)
    second = mail.code(email, mails=2)
    assert records.outbox.count_documents({"challenge_id": challenge_id}) == 2
    if first != second:
        assert client.post("/verify-otp", {"verification_id": verification_id, "otp": first}).status_code == 400
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": second}).status_code == 200


def test_a_code_entered_while_another_is_sent(
    service: Service, client: Client, mail: Post, records: Records, email: str
) -> None:
    """Either it was in time, or it is void: never an account from a code that had been replaced, never two."""
    verification_id = client.sign_up(email)
    code = mail.code(email)
    records.challenges.update_one({"_id": sha256(verification_id)}, {"$set": {"resend_at": clock.now()}})
    resend = post("/resend-otp", {"verification_id": verification_id})
    answers = volley(service, [guess(verification_id, code), resend] * 3)
    entered = statuses(answers[::2])
    assert entered in ({200: 1, 400: 2}, {400: 3})
    if 200 not in entered:
        again = mail.code(email, mails=2)
        assert client.post("/verify-otp", {"verification_id": verification_id, "otp": again}).status_code == 200
    assert records.users.count_documents({"email": email}) == 1


@pytest.mark.asvs("15.4.1")
def test_headers_of_a_volley_belong_to_their_own_requests(
    service: Service, client: Client, account: Account, email: str
) -> None:
    """A hundred checks of two people's sessions at once: nobody gets somebody else's answer."""
    tokens = [client.log_in(account(each), transport="header").json()["token"] for each in (email, f"other.{email}")]
    wanted = [(f"id-{number}", number % 2) for number in range(100)]
    requests = [
        head("POST /verify-session", f"X-Request-Id: {name}", *_bearer(tokens[whose])) for name, whose in wanted
    ]
    for (name, whose), answer in zip(wanted, volley(service, requests), strict=True):
        assert answer.header("x-request-id") == name
        assert answer.json()["user"]["email"] == (email, f"other.{email}")[whose]


def _bearer(token: str) -> list[str]:
    return [f"{name}: {value}" for name, value in bearer(token).items()]
