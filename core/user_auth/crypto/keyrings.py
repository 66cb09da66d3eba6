"""The keys of tokens: one that signs, and all that verify."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from user_auth.crypto import keys

Algorithm = Literal["HS256", "EdDSA", "ES256"]
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys of exactly one algorithm, each with its public id (``kid``).

    Attributes:
        algorithm: Of all its keys.
        kid: The id of the key that signs.
        signing_key: A private key, or the shared one of HS256.
        verification_keys: Public keys, or the shared ones of HS256, by id.
    """

    algorithm: Algorithm
    kid: str
    signing_key: PrivateKey | bytes = field(repr=False)
    verification_keys: Mapping[str, PublicKey | bytes] = field(repr=False)

    @classmethod
    def from_secrets(cls, secret: str, fallbacks: Sequence[str] = ()) -> Self:
        """Make an HS256 keyring: ``secret`` signs, the fallbacks (earlier secrets) still verify."""
        derived = [keys.derive(text, keys.Purpose.TOKEN) for text in (secret, *fallbacks)]
        by_id = {keys.key_id(key): key for key in derived}
        return cls("HS256", keys.key_id(derived[0]), derived[0], by_id)

    @classmethod
    def from_pem_files(cls, directory: Path, *, algorithm: Algorithm) -> Self:
        """Read every ``*.pem`` of a folder: the newest (then the last by name) signs, all verify.

        Raises:
            ValueError: There is none, or one that cannot be read or is of another kind; names the file.
        """
        paths = sorted(directory.glob("*.pem"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        if not paths:
            raise ValueError(f"{directory} holds no *.pem file.")
        private_keys = [_read(path, algorithm=algorithm) for path in paths]
        by_id: dict[str, PublicKey | bytes] = {_kid(key.public_key()): key.public_key() for key in private_keys}
        signing_key = private_keys[-1]
        return cls(algorithm, _kid(signing_key.public_key()), signing_key, by_id)

    def public_jwks(self) -> dict[str, Any]:
        """Return the key set that others may verify with; empty for HS256, whose keys are secret."""
        public_keys = [(kid, key) for kid, key in self.verification_keys.items() if not isinstance(key, bytes)]
        return {"keys": [_jwk(key) | {"kid": kid, "use": "sig", "alg": self.algorithm} for kid, key in public_keys]}


def generate_pem(algorithm: Algorithm) -> bytes:
    """Make a private key, as the text of a file that ``Keyring.from_pem_files`` reads.

    Raises:
        ValueError: The algorithm has no key files.
    """
    if algorithm == "HS256":
        raise ValueError("HS256 is keyed from SECRET_KEY and has no key files.")
    key = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(path: Path, *, algorithm: Algorithm) -> PrivateKey:
    try:
        text = path.read_bytes()
        key = load_pem_private_key(text, password=None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(
            f"{path} cannot be read as a private key: a PKCS#8 file without a passphrase is needed."
        ) from error
    if b"-----BEGIN PRIVATE KEY-----" not in text:
        raise ValueError(f"{path} is not in PKCS#8 form (BEGIN PRIVATE KEY).")
    if algorithm == "EdDSA" and isinstance(key, Ed25519PrivateKey):
        return key
    if algorithm == "ES256" and isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise ValueError(f"{path} holds no key for {algorithm}.")


def _kid(key: PublicKey) -> str:
    return keys.key_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _jwk(key: PublicKey) -> dict[str, Any]:
    # Only ever given public keys: these functions export a private one without a word.
    if isinstance(key, Ed25519PublicKey):
        return OKPAlgorithm.to_jwk(key, as_dict=True)
    return ECAlgorithm.to_jwk(key, as_dict=True)
