import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from user_auth.crypto import tokens
from user_auth.crypto.tokens import Claims, Keyring, TokenExpiredError, TokenInvalidError, TokenKind

NOW = datetime(2030, 1, 1, tzinfo=UTC)
START = int(NOW.timestamp())
ISSUER = "https://auth.example"
AUDIENCE = "Acme"
RING = Keyring.from_secrets("secret", ["old secret"])
CLAIMS = Claims(
    subject="65f0c0ffee65f0c0ffee65f0",
    session_id="s" * 43,
    token_id="t" * 22,
    issued_at=START,
    not_before=START,
    expires_at=START + 3600,
    auth_time=START - 60,
    methods=("pwd",),
)


def issue(claims: Claims = CLAIMS, ring: Keyring = RING) -> str:
    return tokens.issue(claims, keyring=ring, issuer=ISSUER, audience=AUDIENCE)


def decode(token: str, *, ring: Keyring = RING, now: datetime = NOW, audience: str = AUDIENCE) -> Claims:
    return tokens.decode(token, keyring=ring, issuer=ISSUER, audience=audience, now=now)


def payload(**changes: Any) -> dict[str, Any]:
    """Everything a good token says, but for the changes; ``...`` leaves a claim out."""
    good = jwt.decode(issue(), options={"verify_signature": False})
    return {name: value for name, value in (good | changes).items() if value is not ...}


def forged(body: dict[str, Any] | None = None, *, ring: Keyring = RING, **headers: Any) -> str:
    """A token signed with the real key, so that only what was changed can be what is refused."""
    good: dict[str, Any] = {"typ": "at+jwt", "kid": ring.kid} | headers
    named = {name: value for name, value in good.items() if value is not ...}
    return jwt.encode(body or payload(), ring.signing_key, algorithm=ring.algorithm, headers=named)


def signed_raw(header: bytes, body: bytes) -> str:
    """As ``forged``, for what no JSON library would write."""
    message = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, body))
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = algorithm.sign(message, RING.signing_key)
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


HEADER = json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": RING.kid}).encode()


@pytest.fixture(params=["HS256", "EdDSA", "ES256"])
def ring(request: pytest.FixtureRequest, tmp_path: Path) -> Keyring:
    if request.param == "HS256":
        return RING
    (tmp_path / "key.pem").write_bytes(tokens.generate_pem(request.param))
    return Keyring.from_pem_files(tmp_path, algorithm=request.param)


def test_a_token_says_what_it_was_given(ring: Keyring) -> None:
    assert decode(issue(ring=ring), ring=ring) == CLAIMS


def test_the_forged_tokens_below_are_good_but_for_their_change() -> None:
    """Else they could be refused for another reason than the one tested."""
    assert decode(forged()) == CLAIMS
    assert decode(signed_raw(HEADER, json.dumps(payload()).encode())) == CLAIMS


@pytest.mark.asvs("11.4.3")
def test_a_token_has_the_headers_and_claims_of_the_contract_and_no_other(ring: Keyring) -> None:
    token = issue(ring=ring)
    assert jwt.get_unverified_header(token) == {"alg": ring.algorithm, "typ": "at+jwt", "kid": ring.kid}
    body = jwt.decode(token, options={"verify_signature": False})
    assert body.keys() == {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"}


def test_a_token_of_a_former_secret_still_verifies() -> None:
    assert decode(issue(ring=Keyring.from_secrets("old secret"))) == CLAIMS


def test_a_token_of_another_secret_does_not() -> None:
    with pytest.raises(TokenInvalidError):
        decode(issue(ring=Keyring.from_secrets("other secret")))


def test_a_token_of_a_new_key_verifies_where_the_old_one_still_signs(tmp_path: Path) -> None:
    """Keys are rolled over one machine at a time."""
    (tmp_path / "a.pem").write_bytes(tokens.generate_pem("EdDSA"))
    before = Keyring.from_pem_files(tmp_path, algorithm="EdDSA")
    (tmp_path / "b.pem").write_bytes(tokens.generate_pem("EdDSA"))
    after = Keyring.from_pem_files(tmp_path, algorithm="EdDSA")
    assert decode(issue(ring=before), ring=after) == CLAIMS
    with pytest.raises(TokenInvalidError):
        decode(issue(ring=replace(after, kid="0" * 12)), ring=after)


@pytest.mark.asvs("9.1.1")
def test_a_token_changed_anywhere_is_refused(ring: Keyring) -> None:
    """One character for another of the same alphabet, at every position."""
    token = issue(ring=ring)
    for position, character in enumerate(token):
        changed = token[:position] + ("A" if character != "A" else "B") + token[position + 1 :]
        with pytest.raises(TokenInvalidError):
            decode(changed, ring=ring)


# The times


def test_a_token_is_good_until_the_last_millisecond() -> None:
    assert decode(issue(), now=NOW + timedelta(seconds=3599, milliseconds=999)) == CLAIMS


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("later", [timedelta(seconds=3600), timedelta(days=1000)])
def test_a_token_past_its_time_is_expired_and_says_whose_it_was(later: timedelta) -> None:
    """There is no leeway at its end."""
    with pytest.raises(TokenExpiredError) as caught:
        decode(issue(), now=NOW + later)
    assert caught.value.claims == CLAIMS


@pytest.mark.parametrize("changes", [{"aud": "other"}, {"sub": 1}, {"amr": "pwd"}, {"iss": "x"}, {"sid": ...}])
def test_only_a_token_that_is_genuine_otherwise_is_called_expired(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalidError):
        decode(forged(payload(**changes)), now=NOW + timedelta(days=1))


@pytest.mark.asvs("9.2.1")
@pytest.mark.parametrize("claim", ["iat", "nbf", "auth_time"])
def test_clocks_may_differ_by_ten_seconds_and_no_more(claim: str) -> None:
    assert decode(forged(payload(**{claim: START + 10}))).subject == CLAIMS.subject
    with pytest.raises(TokenInvalidError, match="not good yet"):
        decode(forged(payload(**{claim: START + 11})))


@pytest.mark.parametrize("life", [0, -1, tokens.MAX_LIFE_SECONDS + 1])
def test_a_life_of_no_length_or_beyond_the_limit_is_refused(life: int) -> None:
    """Neither is such a token made."""
    with pytest.raises(TokenInvalidError, match="life"):
        decode(forged(payload(exp=START + life)))
    with pytest.raises(ValueError, match="life"):
        issue(replace(CLAIMS, expires_at=START + life))


def test_the_longest_life_is_accepted() -> None:
    claims = replace(CLAIMS, expires_at=START + tokens.MAX_LIFE_SECONDS)
    assert decode(issue(claims)) == claims


# The claims


@pytest.mark.asvs("1.4.2", "9.2.1")
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr"])
@pytest.mark.parametrize("value", [..., None, "", [], {}, True, 1.5, [1], [""], {"a": 1}, -1, 2**53, float("nan")])
def test_a_claim_that_is_missing_or_of_another_type_is_refused(claim: str, value: object) -> None:
    with pytest.raises(TokenInvalidError):
        decode(signed_raw(HEADER, json.dumps(payload(**{claim: value})).encode()))


@pytest.mark.parametrize("claim", ["iat", "nbf", "exp", "auth_time"])
@pytest.mark.parametrize("value", [str(START), float(START), True, f" {START} "])
def test_a_time_is_a_whole_number_and_nothing_like_it(claim: str, value: object) -> None:
    with pytest.raises(TokenInvalidError):
        decode(forged(payload(**{claim: value})))


@pytest.mark.asvs("9.2.3")
@pytest.mark.parametrize("audience", [["Acme"], ["Acme", "other"], "acme", "Acme "])
def test_the_audience_is_one_text_and_ours(audience: object) -> None:
    with pytest.raises(TokenInvalidError):
        decode(forged(payload(aud=audience)))


@pytest.mark.asvs("9.2.3")
def test_a_token_for_another_audience_or_of_another_issuer_is_refused() -> None:
    with pytest.raises(TokenInvalidError):
        decode(issue(), audience="Other")
    with pytest.raises(TokenInvalidError):
        decode(forged(payload(iss="https://auth.example.evil")))


# The headers


@pytest.mark.asvs("9.2.2")
@pytest.mark.parametrize("typ", [..., "JWT", "AT+JWT", "application/at+jwt", "mfa+jwt", ["at+jwt"], "at+jwt "])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    with pytest.raises(TokenInvalidError):
        decode(forged(typ=typ))


@pytest.mark.asvs("5.3.2", "9.1.3")
@pytest.mark.parametrize("kid", [..., "", "0" * 12, RING.kid.upper() + "x", "../../etc/passwd"])
def test_a_token_of_an_unknown_key_is_refused(kid: object) -> None:
    with pytest.raises(TokenInvalidError):
        decode(forged(kid=kid))


@pytest.mark.asvs("1.3.6", "9.1.3")
@pytest.mark.parametrize(
    "headers",
    [
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII"]},
        {"jwk": {"kty": "oct", "k": "c2VjcmV0"}},
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"extra": 1},
    ],
)
def test_a_token_with_any_further_header_is_refused(headers: dict[str, Any]) -> None:
    header = json.loads(HEADER) | headers
    with pytest.raises(TokenInvalidError):
        decode(signed_raw(json.dumps(header).encode(), json.dumps(payload()).encode()))


@pytest.mark.asvs("9.1.2", "11.3.1")
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS384", "HS512", "EdDSA", "RS256", "", None, ["HS256"], 1], ids=repr
)
def test_a_token_of_another_algorithm_is_refused(algorithm: object) -> None:
    header = json.loads(HEADER) | {"alg": algorithm}
    with pytest.raises(TokenInvalidError):
        decode(signed_raw(json.dumps(header).encode(), json.dumps(payload()).encode()))


@pytest.mark.asvs("9.1.1", "9.1.2")
def test_an_unsigned_token_is_refused() -> None:
    header, body, _ = issue().split(".")
    for signature in ("", "AA", "A" * 43):
        with pytest.raises(TokenInvalidError):
            decode(f"{header}.{body}.{signature}")


@pytest.mark.asvs("9.1.2")
def test_a_public_key_does_not_verify_what_was_signed_with_it_as_a_secret(tmp_path: Path) -> None:
    """The classic confusion of algorithms."""
    (tmp_path / "key.pem").write_bytes(tokens.generate_pem("EdDSA"))
    ring = Keyring.from_pem_files(tmp_path, algorithm="EdDSA")
    published = base64.urlsafe_b64decode(ring.public_jwks()["keys"][0]["x"] + "=")
    headers = {"typ": "at+jwt", "kid": ring.kid}
    for algorithm in ("HS256", "EdDSA"):
        token = jwt.encode(payload(), published, algorithm="HS256", headers=headers | {"alg": "HS256"})
        _, body, signature = token.split(".")
        header = base64.urlsafe_b64encode(json.dumps(headers | {"alg": algorithm}).encode()).rstrip(b"=").decode()
        with pytest.raises(TokenInvalidError):
            decode(f"{header}.{body}.{signature}", ring=ring)


# The form


GOOD = issue()


MALFORMED = {
    "nothing": "",
    "one dot": ".",
    "two dots": "..",
    "two parts": "a.b",
    "no base64": "a.b.c",
    "four parts": "a.b.c.d",
    "padding": f"{GOOD}=",
    "more padding": f"{GOOD}==",
    "padding inside": GOOD.replace(".", "=.", 1),
    "newline": f"{GOOD}\n",
    "space": f" {GOOD}",
    "dot after": f"{GOOD}.",
    "dot before": f".{GOOD}",
    "NUL": f"{GOOD}\0",
    "full-width dots": GOOD.replace(".", "\uff0e"),
    "scheme": f"Bearer {GOOD}",
    "letter beyond ASCII": GOOD[:-1] + "é",
    "surrogate": GOOD[:-1] + "\ud800",
    "surrogates": "\ud800.\ud800.\ud800",
    "endless": "a" * 5_000_000,
    "endless dots": "a." * 2_000_000,
    "too long": GOOD + "A" * 4096,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_exactly_of_the_form_is_refused(name: str) -> None:
    """Also where the library would take it, or fail on it."""
    with pytest.raises(TokenInvalidError):
        decode(MALFORMED[name])


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"", b"{}"),
        (b"[]", b"{}"),
        (b"null", b"{}"),
        (b"{", b"{}"),
        (b"\xff\xfe", b"{}"),
        (b"[" * 2900, b"1"),
        (HEADER, b""),
        (HEADER, b"[]"),
        (HEADER, b'"text"'),
        (HEADER, b"\xff"),
        (HEADER, b"[" * 2700),
        (HEADER, b'{"a":' * 500 + b"1" + b"}" * 500),
        (HEADER, b'{"exp":' + b"9" * 2700 + b"}"),
        (HEADER, b'{"exp":1e999}'),
    ],
)
def test_a_token_with_something_else_inside_is_refused(header: bytes, body: bytes) -> None:
    """Even a signed one."""
    with pytest.raises(TokenInvalidError):
        decode(signed_raw(header, body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
segments = st.text("ABCabc019-_", max_size=12) | st.sampled_from(GOOD.split("."))


@given(st.text(st.characters(exclude_categories=()), max_size=60) | st.lists(segments, max_size=4).map(".".join))
@settings(deadline=None, database=None, max_examples=300)
def test_no_text_raises_anything_else(token: str) -> None:
    if token != GOOD:
        with pytest.raises(TokenInvalidError):
            decode(token)


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jwk"]), json_values, max_size=4),
    st.dictionaries(st.sampled_from(list(payload())), json_values, min_size=1, max_size=3),
)
@settings(deadline=None, database=None, max_examples=150)
def test_no_signed_header_or_claim_raises_anything_else(headers: dict[str, Any], claims: dict[str, Any]) -> None:
    """Whatever JSON value stands where; a good value in a good place may still be accepted."""
    header = json.dumps(json.loads(HEADER) | headers).encode()
    try:
        decode(signed_raw(header, json.dumps(payload(**claims)).encode()))
    except tokens.TokenError:
        return
    assert headers == {}


# Making tokens


@pytest.mark.asvs("4.2.5")
def test_a_token_beyond_4096_bytes_is_not_made() -> None:
    with pytest.raises(ValueError, match="4096"):
        issue(replace(CLAIMS, session_id="s" * 4096))


@pytest.mark.parametrize(
    "changes", [{"subject": ""}, {"methods": ()}, {"issued_at": -1}, {"auth_time": 2**53}, {"expires_at": 1.5}]
)
def test_a_token_that_would_be_refused_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="never be accepted"):
        issue(replace(CLAIMS, **changes))


def test_refusals_hold_nothing_of_the_token() -> None:
    for token in (GOOD + "x", forged(payload(aud="secret audience"))):
        with pytest.raises(TokenInvalidError) as caught:
            decode(token)
        assert "secret" not in str(caught.value)
        assert GOOD not in str(caught.value)


def test_the_kind_is_part_of_the_header() -> None:
    assert jwt.get_unverified_header(issue())["typ"] == TokenKind.SESSION
