"""Tokens that this service did not make, or made for something else."""

import pytest

from tests.attacks.contract import check_problem
from tests.attacks.forging import (
    KEY,
    KID,
    SECRET,
    Parts,
    by_cookie,
    by_header,
    check_accepted,
    check_refused,
    encode,
    signed,
)
from tests.harness.service import Service
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose
from user_auth.foundation import clock

HEADER_TYPES: list[object] = [
    "JWT",
    "jwt",
    "AT+JWT",
    "at+jwt ",
    "application/at+jwt",
    "mfa+jwt",
    "",
    None,
    1,
    ["at+jwt"],
    {},
]


@pytest.mark.asvs("3.3.5")
def test_what_we_sign_ourselves_is_taken(service: Service, token: str, header: Parts, claims: Parts) -> None:
    """So what is refused below is refused for the one thing that is wrong with it; and nothing personal is inside."""
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": KID}
    assert claims.keys() == {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"}
    assert len(token) < 1024
    check_accepted(service, signed(header, claims))


@pytest.mark.asvs("9.1.1", "9.1.2")
@pytest.mark.parametrize(
    "algorithm",
    ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", None, 1, []],
    ids=repr,
)
def test_no_other_algorithm_is_taken(
    service: Service, token: str, header: Parts, claims: Parts, algorithm: object
) -> None:
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


@pytest.mark.asvs("9.1.1")
@pytest.mark.parametrize("key", WRONG_KEYS, ids=range(len(WRONG_KEYS)))
def test_no_other_key_signs(service: Service, header: Parts, claims: Parts, key: bytes) -> None:
    """Not ``SECRET_KEY`` itself, not a key that is derived from it for another purpose, under our id or its own."""
    check_refused(service, signed(header, claims, key=key))
    check_refused(service, signed(header | {"kid": keys.key_id(key)}, claims, key=key))


HEADERS: list[Parts] = [
    *(
        {"kid": kid}
        for kid in ("", "x", KID.upper(), f"{KID} ", f"../{KID}", "/dev/null", "' OR 1=1 --", "x" * 2000, "\0")
    ),
    *({"kid": kid} for kid in (None, 0, True, [], [KID], {}, {"$ne": ""})),
    *({"typ": typ} for typ in HEADER_TYPES),
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
def test_no_header_is_different(service: Service, header: Parts, claims: Parts, change: Parts) -> None:
    """Even with the right signature: another type, a key that the token brings along, rules that it makes."""
    check_refused(service, signed(header | change, claims))


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_no_header_is_missing(service: Service, header: Parts, claims: Parts, name: str) -> None:
    """There are three, always."""
    check_refused(service, signed({key: value for key, value in header.items() if key != name}, claims))


ODD_JSON = [
    b"",
    b"[]",
    b"null",
    b'"x"',
    b"1",
    b"{",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"[" * 2900,
    b'{"a":' * 500,
    b'{"alg":' + b"9" * 2900,
]


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
    now = int(clock.now().timestamp())
    past = claims | {"iat": now - 1000, "nbf": now - 1000, "auth_time": now - 1000, "exp": now - 1}
    for answer in (by_header(service, signed(header, past)), by_cookie(service, signed(header, past))):
        check_problem(answer, 401, "session_expired")
    check_refused(service, signed(header, past, key=b"x" * 32))
    check_refused(service, signed(header, past | {"aud": "another"}))
    check_refused(service, signed(header, claims | {"exp": claims["iat"]}))
    check_refused(service, signed(header, claims | {"exp": claims["iat"] + 401 * 86400}))
    for name in ("iat", "nbf", "auth_time"):
        check_refused(service, signed(header, claims | {name: now + 3600}))


@pytest.mark.asvs("7.2.1")
def test_a_genuine_token_of_no_session_is_over(service: Service, header: Parts, claims: Parts) -> None:
    """Another session's secret, another user's id, operators for either: nothing is found, and no reason is known."""
    for change in (
        {"sid": "x"},
        {"sub": "0" * 24},
        {"sub": "$ne"},
        {"sid": "\ud800"},
        {"sub": "😀\udfff"},
        {"sid": "x" * 2000},
    ):
        forged = signed(header, claims | change)
        answer = by_header(service, forged)
        check_problem(answer, 401, "session_revoked")
        assert by_header(service, forged, "/logout").status == 204
