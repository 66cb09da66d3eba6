import os
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from user_auth.crypto.keyrings import Algorithm, Keyring, PrivateKey, generate_pem


def write(directory: Path, name: str, pem: bytes, *, age_seconds: int = 0) -> Path:
    path = directory / name
    path.write_bytes(pem)
    os.utime(path, (1_700_000_000 - age_seconds,) * 2)
    return path


def test_the_first_secret_signs_and_the_fallbacks_verify() -> None:
    ring = Keyring.from_secrets("new", ["old", "older"])
    assert ring.algorithm == "HS256"
    assert ring.verification_keys[ring.kid] == ring.signing_key
    assert ring.verification_keys.keys() == {Keyring.from_secrets(secret).kid for secret in ("new", "old", "older")}


def test_shared_keys_have_32_bytes_whatever_the_secret() -> None:
    assert len(cast("bytes", Keyring.from_secrets("x").signing_key)) == 32


def test_the_key_set_of_shared_keys_is_empty() -> None:
    """Who could read the key could sign with it."""
    assert Keyring.from_secrets("new", ["old"]).public_jwks() == {"keys": []}


@pytest.mark.asvs("11.2.2", "13.3.4")
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_the_newest_file_signs_and_all_verify(tmp_path: Path, algorithm: Algorithm) -> None:
    write(tmp_path, "z.pem", generate_pem(algorithm), age_seconds=100)
    alone = Keyring.from_pem_files(tmp_path, algorithm=algorithm)
    write(tmp_path, "a.pem", generate_pem(algorithm))
    ring = Keyring.from_pem_files(tmp_path, algorithm=algorithm)
    assert ring.kid != alone.kid
    assert ring.verification_keys.keys() == {alone.kid, ring.kid}


def test_of_two_files_of_one_time_the_last_by_name_signs(tmp_path: Path) -> None:
    write(tmp_path, "2.pem", generate_pem("EdDSA"))
    alone = Keyring.from_pem_files(tmp_path, algorithm="EdDSA")
    write(tmp_path, "1.pem", generate_pem("EdDSA"))
    assert Keyring.from_pem_files(tmp_path, algorithm="EdDSA").kid == alone.kid


@pytest.mark.parametrize(
    ("algorithm", "members"),
    [("EdDSA", {"kty": "OKP", "crv": "Ed25519"}), ("ES256", {"kty": "EC", "crv": "P-256"})],
)
def test_the_key_set_holds_the_public_halves_only(
    tmp_path: Path, algorithm: Algorithm, members: dict[str, str]
) -> None:
    write(tmp_path, "a.pem", generate_pem(algorithm))
    write(tmp_path, "b.pem", generate_pem(algorithm))
    ring = Keyring.from_pem_files(tmp_path, algorithm=algorithm)
    published = ring.public_jwks()["keys"]
    assert {key["kid"] for key in published} == ring.verification_keys.keys()
    for key in published:
        assert key.items() >= (members | {"use": "sig", "alg": algorithm}).items()
        assert key.keys() <= {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "README", b"keys")
    write(tmp_path, "a.pem", generate_pem("EdDSA"))
    assert len(Keyring.from_pem_files(tmp_path, algorithm="EdDSA").verification_keys) == 1


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_without_keys_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} holds no"):
        Keyring.from_pem_files(tmp_path / name, algorithm="EdDSA")


def pem(
    key: object, form: PrivateFormat = PrivateFormat.PKCS8, encryption: KeySerializationEncryption | None = None
) -> bytes:
    return cast("PrivateKey", key).private_bytes(Encoding.PEM, form, encryption or NoEncryption())


def as_key(text: bytes) -> PrivateKey:
    return cast("PrivateKey", load_pem_private_key(text, password=None))


WRONG_FILES = {
    "empty": b"",
    "no PEM": b"secret",
    "cut short": generate_pem("ES256")[:80],
    "EdDSA": generate_pem("EdDSA"),
    "P-384": pem(generate_private_key(SECP384R1())),
    "RSA": pem(generate_rsa_key(65537, 2048)),
    "not PKCS#8": pem(as_key(generate_pem("ES256")), PrivateFormat.TraditionalOpenSSL),
    "with a passphrase": pem(as_key(generate_pem("ES256")), encryption=BestAvailableEncryption(b"secret")),
    "a public key": as_key(generate_pem("ES256"))
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
}


@pytest.mark.asvs("11.3.1")
@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_file_that_is_no_such_key_is_named(tmp_path: Path, kind: str) -> None:
    """Even beside a good one: a key that was meant to verify must not be missing in silence."""
    write(tmp_path, "good.pem", generate_pem("ES256"))
    write(tmp_path, "wrong.pem", WRONG_FILES[kind])
    with pytest.raises(ValueError, match=r"wrong\.pem"):
        Keyring.from_pem_files(tmp_path, algorithm="ES256")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.pem").mkdir()
    with pytest.raises(ValueError, match=r"folder\.pem"):
        Keyring.from_pem_files(tmp_path, algorithm="ES256")


def test_a_key_for_another_algorithm_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.pem", generate_pem("ES256"))
    with pytest.raises(ValueError, match="no key for EdDSA"):
        Keyring.from_pem_files(tmp_path, algorithm="EdDSA")


def test_there_are_no_key_files_for_shared_keys(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY"):
        generate_pem("HS256")
    write(tmp_path, "a.pem", generate_pem("EdDSA"))
    with pytest.raises(ValueError, match="no key for HS256"):
        Keyring.from_pem_files(tmp_path, algorithm="HS256")


def test_a_keyring_does_not_show_its_keys() -> None:
    ring = Keyring.from_secrets("secret")
    assert repr(ring) == f"Keyring(algorithm='HS256', kid='{ring.kid}')"
