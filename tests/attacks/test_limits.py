"""Each row of the table of limits, over HTTP; time passes by moving the tries that were counted into the past."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.inside import Records, kept_code
from tests.attacks.people import WRONG, People, check_limited, let_pass
from tests.attacks.wire import JSON, Answer, exchange, head, post, statuses, volley
from tests.harness.client import PASSWORD
from tests.harness.service import Service


@pytest.mark.asvs("2.3.2", "2.4.1")
def test_sign_ups(people: People, limited_records: Records, email: str) -> None:
    """3 an hour for an address from one client, 20 a day from all, 10 an hour from one client for any."""
    one = people()
    assert [one.sign_up(email).status for _ in range(3)] == [202] * 3
    check_limited(one.sign_up(email), least=3590, most=3600)
    assert [people().sign_up(email).status for _ in range(17)] == [202] * 17
    check_limited(people().sign_up(email), least=86390, most=86400)
    # Four have been charged to this client, the refused one among them.
    assert [one.sign_up(f"{number}.{email}").status for number in range(7)] == [202] * 6 + [429]
    check_limited(one.sign_up(f"another.{email}"), least=3590, most=3600)
    let_pass(limited_records, seconds=3601)
    assert one.sign_up(f"another.{email}").status == 202
    assert people().sign_up(email).status == 429
    let_pass(limited_records, seconds=86400)
    assert people().sign_up(email).status == 202


def test_codes_from_one_client_address(people: People, limited_records: Records, email: str) -> None:
    """30 an hour, for living challenges or none."""
    client = people()
    assert {client.verify("x" * 43, "123456").status for _ in range(30)} == {400}
    wait = check_limited(client.verify("x" * 43, "123456"), least=3590, most=3600)
    verification_id = people().sign_up(email).json()["verification_id"]
    otp = kept_code(limited_records, email)
    assert client.verify(verification_id, otp).status == 429
    let_pass(limited_records, seconds=wait)
    assert client.verify(verification_id, otp).status == 200


@pytest.mark.asvs("6.6.3")
def test_wrong_codes_for_one_address(people: People, limited_records: Records, email: str) -> None:
    """Past a hundred a day, from wherever they come and for however many sign-ups, the right one is refused too."""
    verification_id = otp = ""
    for sign_up in range(20):
        verification_id = people().sign_up(email).json()["verification_id"]
        otp = kept_code(limited_records, email, mails=sign_up + 1)
        wrong = [f"{(int(otp) + step) % 10**6:06d}" for step in range(1, 6)]
        assert [people().verify(verification_id, each).status for each in wrong[: 5 if sign_up < 19 else 4]]
    assert people().verify(verification_id, "000000" if otp != "000000" else "000001").status == 400
    check_limited(people().verify(verification_id, otp), least=86000, most=86400)


@pytest.mark.asvs("2.3.2", "2.4.1")
def test_mails_with_a_code(people: People, email: str, limited_records: Records) -> None:
    """1 a minute and 5 an hour for an address from one client, 20 a day from all, 20 an hour from one client."""
    one = people()
    verification_id = one.sign_up(email).json()["verification_id"]
    for number in range(5):
        assert one.resend(verification_id).status == 202
        if number < 4:
            check_limited(one.resend(verification_id), least=55, most=60)
        let_pass(limited_records, seconds=61)
    check_limited(one.resend(verification_id), least=3600 - 310, most=3600 - 240)
    assert [people().resend(verification_id).status for _ in range(15)] == [202] * 15
    check_limited(people().resend(verification_id), least=86000, most=86400)
    other = people()
    assert [other.resend("x" * 43).status for _ in range(21)] == [400] * 20 + [429]


def check_session(service: Service, ip: str, token: str) -> Answer:
    return exchange(service, head("POST /verify-session", f"X-Forwarded-For: {ip}", f"Authorization: Bearer {token}"))


def test_only_tokens_that_fail_use_up_an_allowance(limited: Service, people: People, known: str) -> None:
    """Past it every failing one is a 429, whatever it fails on; good ones and none at all pass as before."""
    somebody = people()
    token = somebody.ask("/login", {"email": known, "password": PASSWORD, "transport": "header"}).json()["token"]
    for _ in range(20):
        assert check_session(limited, somebody.ip, token).status == 200
    bad = ["a.b.c", "x", "", token + "x", "a.b.c"]
    assert [check_session(limited, somebody.ip, each).status for each in bad] == [401] * 5
    check_limited(check_session(limited, somebody.ip, "a.b.c"), least=55, most=60)
    check_limited(somebody.ask("/verify-session", None, "Cookie: token=a; token=b"), least=55, most=60)
    assert check_session(limited, somebody.ip, token).status == 200
    assert somebody.ask("/verify-session", None).code == "session_missing"
    assert check_session(limited, people().ip, "a.b.c").status == 401


@pytest.mark.asvs("2.3.2", "15.4.2")
def test_limits_are_exact_for_requests_at_once(limited: Service, people: People, email: str) -> None:
    """Of sixty log-ins in the same instant twenty pass, five of them for one account; of sign-ups ten, and three."""
    client = people()
    many = [client.request("/login", {"email": f"{number}.{email}", "password": WRONG}) for number in range(60)]
    assert statuses(volley(limited, many)) == {401: 20, 429: 40}
    one = [people().request("/login", {"email": email, "password": WRONG}) for _ in range(1)] * 20
    assert statuses(volley(limited, one)) == {401: 5, 429: 15}
    other = people()
    signups = [other.request("/signup", {"email": f"{number}.{email}", "password": PASSWORD}) for number in range(30)]
    assert statuses(volley(limited, signups)) == {202: 10, 429: 20}
    same = [people().request("/signup", {"email": f"same.{email}", "password": PASSWORD})] * 8
    assert statuses(volley(limited, same)) == {202: 3, 429: 5}


def test_the_order_of_checks(people: People, limited: Service, email: str) -> None:
    """Host, path and method, size and type, site: all before the limit of the client, which comes before the body."""
    client = people()
    assert [client.log_in(f"{number}.{email}", WRONG).status for number in range(20)] == [401] * 20
    ip = f"X-Forwarded-For: {client.ip}"
    foreign = "Origin: https://evil.example"

    def send(line: str, *headers: str, body: bytes = b"{", host: str = "127.0.0.1") -> Answer:
        return exchange(limited, head(line, ip, *headers, body=body, host=host))

    check_problem(send("PUT /nowhere", foreign, host="evil.example"), 400, "unknown_host")
    check_problem(send("PUT /nowhere", foreign, "Content-Type: text/plain"), 404, "not_found")
    check_problem(send("PUT /login", foreign, "Content-Type: text/plain"), 405, "method_not_allowed")
    too_large = exchange(limited, head("POST /login", ip, foreign, "Content-Type: text/plain", "Content-Length: 99999"))
    check_problem(too_large, 413, "payload_too_large")
    check_problem(send("POST /login", foreign, "Content-Type: text/plain"), 415, "unsupported_media_type")
    check_problem(send("POST /login", foreign, JSON), 403, "cross_site_request")
    for body in (b"{", b"[]", b"{}", b'{"email":1}'):
        check_limited(send("POST /login", JSON, body=body), least=30, most=60)
    check_problem(exchange(limited, post("/login", {}, f"X-Forwarded-For: {people().ip}")), 400, "validation_error")


def test_what_is_malformed_is_charged_too(people: People) -> None:
    """The limit by client address comes before the body, so a flood of nonsense ends as well."""
    client = people()
    assert [client.ask("/signup", b"{").status for _ in range(11)] == [400] * 10 + [429]


def test_a_weak_password_takes_nothing_from_the_address(people: People, email: str) -> None:
    """The limit by account comes after the body: only what could have begun a sign-up counts."""
    client = people()
    weak = [client.ask("/signup", {"email": email, "password": "password1"}).status for _ in range(4)]
    assert weak == [400] * 4
    assert [client.sign_up(email).status for _ in range(4)] == [202] * 3 + [429]


def test_sign_up_can_be_closed(closed: Service, email: str) -> None:
    """Then it says so, after the body has been found good, and everything else goes on."""
    good = {"email": email, "password": PASSWORD}
    check_problem(exchange(closed, post("/signup", good)), 403, "signup_closed")
    check_problem(exchange(closed, post("/signup", good | {"password": "x"})), 403, "signup_closed")
    check_problem(exchange(closed, post("/signup", {"email": 1})), 400, "validation_error")
    check_problem(exchange(closed, post("/login", good)), 401, "invalid_credentials")


def test_keys_of_limits_name_nobody(limited: Service, people: People, limited_records: Records, email: str) -> None:
    """Neither an address nor where somebody came from can be read from what is counted."""
    client = people(ip="192.0.2.254")
    client.log_in(email, WRONG)
    kept = list(limited_records.limits.find({}))
    assert kept
    assert not [each for each in kept if email.lower() in str(each).lower() or "192.0.2" in str(each)]
    assert all(len(each["_id"]) == 64 for each in kept)
