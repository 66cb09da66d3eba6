"""Tokens that this service did not make, or made for something else."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest

from tests.attacks.contract import check_headers, check_problem
from tests.attacks.wire import Answer, exchange, head
from tests.harness.client import Client
from tests.harness.service import DEFAULTS, Service
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose

SECRET = DEFAULTS["SECRET_KEY"]
KEY = keys.derive(SECRET, Purpose.TOKEN)
KID = keys.key_id(KEY)
EMAIL = "tokens@example.com"
Parts = dict[str, Any]
Account = Callable[[str], str]


def encode(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(token: str, *, part: int) -> Parts:
    text = token.split(".")[part]
    value: Parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value


def signed(header: object, claims: object, *, key: bytes = KEY) -> str:
    """Sign whatever it is with HS256, with the service's own key unless another is given."""
    message = f"{encode(header)}.{encode(claims)}"
    return f"{message}.{encode(jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(message.encode(), key))}"


@pytest.fixture(scope="module")
def token(service: Service, account: Account) -> str:
    """A good token, of the user ``EMAIL``."""
    found: str = Client(service.base_url).log_in(account(EMAIL), transport="header").json()["token"]
    return found


@pytest.fixture
def claims(token: str) -> Parts:
    return decode(token, part=1)


@pytest.fixture
def header(token: str) -> Parts:
    return decode(token, part=0)


def by_header(service: Service, token: str, path: str = "/verify-session") -> Answer:
    return exchange(service, head(f"POST {path}", f"Authorization: Bearer {token}"))


def by_cookie(service: Service, token: str, path: str = "/verify-session") -> Answer:
    return exchange(service, head(f"POST {path}", f"Cookie: token={token}"))


def check_refused(service: Service, forged: str) -> None:
    """A token is refused in the header and in the cookie, and ends nothing and breaks nothing at log-out."""
    for answer in (by_header(service, forged), by_cookie(service, forged)):
        check_problem(answer, 401, "session_invalid")
        assert 'error="invalid_token"' in answer.header("www-authenticate")
    for answer in (by_header(service, forged, "/logout"), by_cookie(service, forged, "/logout")):
        assert (answer.status, answer.body) == (204, b"")
        check_headers(answer)


def check_accepted(service: Service, token: str) -> None:
    assert (by_header(service, token).status, by_cookie(service, token).status) == (200, 200)


def test_what_we_sign_ourselves_is_taken(service: Service, token: str, header: Parts, claims: Parts) -> None:
    """So what is refused below is refused for the one thing that is wrong with it; and nothing personal is inside."""
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": KID}
    assert claims.keys() == {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"}
    assert len(token) < 1024
    check_accepted(service, signed(header, claims))


@pytest.mark.asvs("9.1.1", "9.1.2")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", None, 1, []], ids=repr
)
def test_no_other_algorithm_is_taken(service: Service, token: str, header: Parts, claims: Parts, algorithm: object) -> None:
    """Without a signature, with the one it had, and with a good HS256 one."""
    other = header | {"alg": algorithm}
    body = f"{encode(other)}.{encode(claims)}"
    for forged in (f"{body}.", body, f"{body}.{token.split('.')[2]}", f"{body}.AA", signed(other, claims)):
        check_refused(service, forged)
    check_accepted(service, token)


WRONG_KEYS = [
    b"",
    b"secret",
    SECRET.encode(),
    KEY[:16],
    KEY[::-1],
    KID.encode(),
    *(keys.derive(SECRET, purpose) for purpose in Purpose if purpose is not Purpose.TOKEN),
]


@pytest.mark.parametrize("key", WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_no_other_key_signs(service: Service, header: Parts, claims: Parts, key: bytes) -> None:
    """Not ``SECRET_KEY`` itself, not a key that is derived from it for another purpose, under our id or its own."""
    check_refused(service, signed(header, claims, key=key))
    check_refused(service, signed(header | {"kid": keys.key_id(key)}, claims, key=key))


HEADERS: list[Mapping[str, object]] = [
    *({"kid": kid} for kid in ("", "x", KID.upper(), f"{KID} ", f"../{KID}", "/dev/null", "' OR 1=1 --", "x" * 2000, "\0")),
    *({"kid": kid} for kid in (None, 0, True, [], [KID], {}, {"$ne": ""})),
    *({"typ": typ} for typ in ("JWT", "jwt", "AT+JWT", "at+jwt ", "application/at+jwt", "mfa+jwt", "", None, 1, ["at+jwt"], {})),
    {"jwk": {"kty": "oct", "k": "AA"}},
    {"jku": "http://127.0.0.1:1/keys"},
    {"x5u": "http://127.0.0.1:1/keys"},
    {"x5c": ["AA"]},
    {"crit": []},
    {"crit": ["exp"]},
    {"b64": False, "crit": ["b64"]},
    {"zip": "DEF"},
    {"cty": "JWT"},
    {"enc": "A256GCM"},
]


@pytest.mark.asvs("9.1.3", "9.2.2")
@pytest.mark.parametrize("change", HEADERS, ids=lambda change: ascii(change)[:40])
def test_no_header_is_different(service: Service, header: Parts, claims: Parts, change: Mapping[str, object]) -> None:
    """Even with the right signature: another type, a key that the token brings along, rules that it makes."""
    check_refused(service, signed(header | change, claims))


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_no_header_is_missing(service: Service, header: Parts, claims: Parts, name: str) -> None:
    """There are three, always."""
    check_refused(service, signed({key: value for key, value in header.items() if key != name}, claims))


ODD_JSON = [b"", b"[]", b"null", b'"x"', b"1", b"{", b"\xff", b"\xef\xbb\xbf{}", b"[" * 2900, b'{"a":' * 500, b'{"alg":' + b"9" * 2900]


@pytest.mark.parametrize("odd", ODD_JSON, ids=lambda odd: repr(odd[:12]))
def test_what_is_not_an_object_inside_is_no_token(service: Service, header: Parts, claims: Parts, odd: bytes) -> None:
    """Also when it is signed; thousands of levels break nothing."""
    for forged in (signed(odd, claims), signed(header, odd), signed(odd, odd)):
        if len(forged) <= 4096:
            check_refused(service, forged)


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"])
def test_every_claim_is_needed_and_of_its_type(service: Service, header: Parts, claims: Parts, name: str) -> None:
    """PyJWT would pass over most of them, and takes numbers in strings."""
    check_refused(service, signed(header, {key: value for key, value in claims.items() if key != name}))
    value = claims[name]
    wrong = [None, True, {}, [], "", [value], {"$ne": None}, 1.5, -1, 2**53, 10**400, [1], [None]]
    wrong += [str(value), float(value)] if isinstance(value, int) else []
    for other in wrong:
        check_refused(service, signed(header, claims | {name: other}))


@pytest.mark.asvs("9.2.3", "9.2.4")
def test_a_token_for_somebody_else_is_not_for_us(service: Service, header: Parts, claims: Parts) -> None:
    """Another audience, several, another issuer; near misses too."""
    audience, issuer = claims["aud"], claims["iss"]
    for other in ("another", audience.lower(), f"{audience} ", [audience], [audience, "another"], "*"):
        check_refused(service, signed(header, claims | {"aud": other}))
    for other in ("https://evil.example", f"{issuer}/", issuer.replace("127.0.0.1", "localhost"), [issuer]):
        check_refused(service, signed(header, claims | {"iss": other}))


def test_a_token_that_is_over_says_so_only_when_it_is_genuine(service: Service, header: Parts, claims: Parts) -> None:
    """Expired is told from invalid for what we signed ourselves; a life beyond bounds is none, nor is one to come."""
    now = int(time.time())
    past = claims | {"iat": now - 1000, "nbf": now - 1000, "auth_time": now - 1000, "exp": now - 1}
    for answer in (by_header(service, signed(header, past)), by_cookie(service, signed(header, past))):
        check_problem(answer, 401, "session_expired")
    check_refused(service, signed(header, past, key=b"x" * 32))
    check_refused(service, signed(header, past | {"aud": "another"}))
    check_refused(service, signed(header, claims | {"exp": claims["iat"]}))
    check_refused(service, signed(header, claims | {"exp": claims["iat"] + 401 * 86400}))
    for name in ("iat", "nbf", "auth_time"):
        check_refused(service, signed(header, claims | {name: now + 3600}))


def test_a_genuine_token_of_no_session_is_over(service: Service, header: Parts, claims: Parts) -> None:
    """Another session's secret, another user's id, operators for either: nothing is found, and no reason is known."""
    for change in ({"sid": "x"}, {"sub": "0" * 24}, {"sub": "$ne"}, {"sid": "\ud800"}, {"sub": "😀\udfff"}, {"sid": "x" * 2000}):
        forged = signed(header, claims | change)
        answer = by_header(service, forged)
        check_problem(answer, 401, "session_revoked")
        assert by_header(service, forged, "/logout").status == 204


def test_a_token_has_one_text(service: Service, token: str) -> None:
    """Nothing before, behind or inside; padding, other alphabets and other last bits are refused where they differ."""
    first, second, third = token.split(".")
    others = [
        *(f"{token}=", f"{token}==", f"{first}=.{second}.{third}", f"{first}.{second}=.{third}", f"{token}.", f".{token}"),
        *(f"{token}.{third}", f"{first}.{second}", f"{first}..{third}", "..", "a.b.c", ".", f"{token}%3D", f"{token}+", f"{token}/"),
        *(token.swapcase(), token[:-2], token[:-6] + "AAAAAA", f"{token}\\x00", f"{token},{token}", f'"{token}"', f"'{token}'"),
        *(f"{first}.{second}.{third[:10]}", "x" * 5000, f"{token}{'A' * 5000}", f"{first}.{'A' * 5000}.{third}", "<script>"),
    ]
    for other in others:
        check_refused(service, other)
    check_accepted(service, token)


@pytest.mark.parametrize(
    "authorization",
    [
        *("", " ", "Bearer", "Bearer ", "Bearer  ", "bearer", "Basic dTpw", "Basic {token}", "Token {token}", "{token}"),
        *("Bearer{token}", "Bearer\t{token}", "Bearer:{token}", "Bearer {token} x", "Bearer {token},", "Bearer {token}, Bearer {token}"),
        *("Bearer Bearer {token}", "Bearer token={token}", 'Bearer "{token}"', "Bearer \xe9", "Bearer {token}\xe9", "JWT {token}"),
        "Bearer {token}\r\nAuthorization: Bearer {token}",
        "Bearer a.b.c\r\nAuthorization: Bearer {token}",
        "Basic dTpw\r\nAuthorization: Bearer {token}",
        "Bearer \xe9\r\nAuthorization: Bearer {token}",
        "Bearer {token}\r\nAuthorization: \xe9",
    ],
    ids=ascii,
)
def test_a_bad_header_is_a_refusal_whatever_the_cookie_says(service: Service, token: str, authorization: str) -> None:
    """The header counts as soon as it is there; two of them are none."""
    for cookie in ([], [f"Cookie: token={token}"]):
        request = head("POST /verify-session", f"Authorization: {authorization.format(token=token)}", *cookie)
        check_problem(exchange(service, request), 401, "session_invalid")


@pytest.mark.parametrize("authorization", ["Bearer {token}", "bearer {token}", "BEARER   {token}", " \tBearer {token}\t "])
def test_a_good_header_is_good_beside_any_cookie(service: Service, token: str, authorization: str) -> None:
    """The scheme has no case (RFC 9110 §11.1); the cookie is ignored."""
    for cookie in ("token=a.b.c", "token=x; token=y", "\xe9", f"token={token}"):
        request = head("POST /verify-session", f"Authorization: {authorization.format(token=token)}", f"Cookie: {cookie}")
        assert exchange(service, request).status == 200


@pytest.mark.asvs("15.3.7")
def test_two_cookies_of_our_name_are_none(service: Service, token: str) -> None:
    """In one header or in two, alike or not: somebody has put one there."""
    both = (f"token={token}", f"token={token}"), (f"token={token}", "token=a.b.c"), ("token=", f"token={token}")
    for first, second in (*both, *(pair[::-1] for pair in both)):
        for cookies in ([f"Cookie: {first}; {second}"], [f"Cookie: {first}", f"Cookie: {second}"], [f"Cookie: {first};{second}"]):
            check_problem(exchange(service, head("POST /verify-session", *cookies)), 401, "session_invalid")


def test_one_cookie_of_our_name_is_found_among_others(service: Service, token: str) -> None:
    """By its whole name and in its case; quotes belong to the value, so a quoted token is none."""
    for cookie in (f"token={token}", f"a=b; token={token};c", f"xtoken=a;token={token}", f"Token=a; token={token}; token2=b"):
        assert exchange(service, head("POST /verify-session", f"Cookie: {cookie}")).status == 200
    for cookie in (f'token="{token}"', f"token={token}a", f"token= a {token}"):
        check_problem(exchange(service, head("POST /verify-session", f"Cookie: {cookie}")), 401, "session_invalid")
    for cookie in (f"Token={token}", f"__Host-token={token}", f"tok\x0aen={token}", "token", "token=", "token=;", "=token"):
        answer = exchange(service, head("POST /verify-session", f"Cookie: {cookie}"))
        assert answer.status in (400, 401)
        assert answer.status == 400 or answer.code == "session_missing"


def test_a_token_travels_in_no_other_way(service: Service, token: str) -> None:
    """Not in the query, not in a body, not in headers of somebody's own."""
    lines = [f"POST /verify-session?token={token}", f"POST /verify-session?access_token={token}&Authorization=Bearer%20{token}"]
    for line in lines:
        check_problem(exchange(service, head(line)), 401, "session_missing")
    for name in ("X-Authorization", "Proxy-Authorization", "X-Token", "Token", "Authentication", "Cookie2", "Authorization_"):
        check_problem(exchange(service, head("POST /verify-session", f"{name}: Bearer {token}")), 401, "session_missing")


def test_a_forged_cookie_replaces_nothing_at_log_in(service: Service, client: Client, token: str) -> None:
    """Log-in ends the session of a genuine cookie only, and takes no notice of what else is in it."""
    for cookie in (token[:-4] + "AAAA", "[" * 4000, f"{token}; token={token}", '"'):
        answer = client.post("/login", {"email": EMAIL, "password": "wrong"}, headers={"Cookie": f"token={cookie}"})
        assert answer.status_code == 401
    check_accepted(service, token)
