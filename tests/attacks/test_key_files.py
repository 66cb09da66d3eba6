"""Deployments whose tokens are signed with a private key, and what the public one lets nobody do."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwt import PyJWK

from tests.attacks.contract import check_problem
from tests.attacks.forging import decode, encode
from tests.attacks.inside import kept_code, records_of
from tests.attacks.wire import exchange, head
from tests.harness.client import Client, bearer
from tests.harness.service import DEFAULTS, Service, shared_service
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose

EMAIL = "keys@example.com"
MEMBERS = {"EdDSA": {"kty", "crv", "x", "kid", "use", "alg"}, "ES256": {"kty", "crv", "x", "y", "kid", "use", "alg"}}


@pytest.fixture(scope="module", params=MEMBERS)
def signing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service of two workers that makes a key of its own, and its algorithm."""
    algorithm: str = request.param
    env = {"JWT_ALGORITHM": algorithm, "WORKERS": "2"}
    with shared_service(tmp_path_factory.mktemp(algorithm), env=env) as service:
        yield service, algorithm


@pytest.fixture(scope="module")
def client(signing: tuple[Service, str]) -> Client:
    """Somebody who has an account."""
    service, _ = signing
    client = Client(service.base_url)
    verification_id = client.sign_up(EMAIL)
    with records_of(service) as connection:
        otp = kept_code(connection["user_auth"], EMAIL)
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": otp}).status_code == 200
    return client


def key_set(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/.well-known/jwks.json").json()["keys"]
    return found


def forged(token: str, *, key: bytes, kid: str, algorithm: str = "HS256") -> str:
    """Sign a token's claims with HMAC under some bytes."""
    message = f"{encode({'alg': algorithm, 'typ': 'at+jwt', 'kid': kid})}.{token.split('.')[1]}"
    return f"{message}.{encode(hmac.digest(key, message.encode(), hashlib.sha256))}"


def test_the_whole_journey(client: Client, signing: tuple[Service, str]) -> None:
    """By cookie and by header, whichever worker answers; a tampered signature is none."""
    _, algorithm = signing
    for _ in range(4):
        assert client.log_in(EMAIL).status_code == 200
        assert all(client.verify_session().status_code == 200 for _ in range(4))
    token = client.log_in(EMAIL, transport="header").json()["token"]
    assert decode(token, part=0)["alg"] == algorithm
    assert client.verify_session(token=token).status_code == 200
    assert client.verify_session(token=token[:-8] + "A" * 8).json()["code"] == "session_invalid"
    assert client.post("/logout", headers=bearer(token)).status_code == 204
    assert client.verify_session(token=token).json()["reason"] == "logout"


@pytest.mark.asvs("9.1.2", "9.1.3", "11.6.1")
def test_others_can_verify_and_cannot_sign(client: Client, signing: tuple[Service, str]) -> None:
    """The key set has what it takes to verify a token, and no private part."""
    _, algorithm = signing
    token = client.log_in(EMAIL, transport="header").json()["token"]
    (key,) = key_set(client)
    assert key.keys() == MEMBERS[algorithm]
    assert (key["use"], key["alg"], key["kid"]) == ("sig", algorithm, decode(token, part=0)["kid"])
    claims = jwt.decode(token, PyJWK(key), algorithms=[algorithm], audience="Django JWT Auth", issuer=client.base_url)
    assert claims["sub"]


@pytest.mark.asvs("9.1.2")
def test_the_public_key_is_no_shared_secret(client: Client, signing: tuple[Service, str]) -> None:
    """Tokens that take it, in any form, for the key of HS256 are refused, and so are unsigned ones."""
    service, algorithm = signing
    token = client.log_in(EMAIL, transport="header").json()["token"]
    (jwk,) = key_set(client)
    public = PyJWK(jwk).key
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        *(json.dumps(jwk).encode(), jwk["x"].encode(), jwt.utils.base64url_decode(jwk["x"]), jwk["kid"].encode(), b""),
        keys.derive(DEFAULTS["SECRET_KEY"], Purpose.TOKEN),
    ]
    tokens = [forged(token, key=key, kid=jwk["kid"], algorithm=alg) for key in forms for alg in ("HS256", algorithm)]
    tokens += [
        f"{encode({'alg': 'none', 'typ': 'at+jwt', 'kid': jwk['kid']})}.{token.split('.')[1]}.{end}"
        for end in ("", "AA")
    ]
    for each in tokens:
        answer = exchange(service, head("POST /verify-session", f"Authorization: Bearer {each}"))
        check_problem(answer, 401, "session_invalid")


@pytest.mark.asvs("13.3.2")
def test_a_key_of_its_own_is_its_owners_alone(client: Client, signing: tuple[Service, str]) -> None:
    """One file for both workers, which nobody else can read, and whose content is told nowhere."""
    service, _ = signing
    assert len(key_set(client)) == 1
    folder = service.data_dir / "keys"
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
    load_pem_private_key(path.read_bytes(), password=None)
    secret = "".join(path.read_text(encoding="utf-8").splitlines()[1:-1])
    assert secret not in service.output
    assert secret[:40] not in client.get("/.well-known/jwks.json").text


def test_with_a_shared_key_the_set_is_empty(service: Service) -> None:
    """Nobody else can verify HS256, so there is nothing to tell."""
    answer = exchange(service, head("GET /.well-known/jwks.json"))
    assert (answer.status, answer.json()) == (200, {"keys": []})
    assert Path(service.data_dir, "keys").exists() is False
