"""Password hashes that other systems made: which are known, what they may cost, how they are checked.

A hash is kept as ``<scheme>$<what the scheme needs>``, in the form that Django writes::

    pbkdf2_sha256$<iterations>$<salt>$<hash>                           also pbkdf2_sha1
    bcrypt$$2b$<cost>$<salt><hash>                                     also $2a$ and $2y$
    bcrypt_sha256$$2b$<cost>$<salt><hash>                              over the password's SHA-256, in hex
    argon2$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>    also argon2i and argon2d
    scrypt$<N>$<salt>$<r>$<p>$<hash>
    scrypt_phc$ln=<log2 N>,r=<r>,p=<p>$<salt>$<hash>                   what others write as $scrypt$...

They are only ever checked, never made. The limits keep one hash from taking a core or the memory for itself: what is let
in costs a second or two at most, and 256 MiB.
"""

import base64
import hashlib
import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

import bcrypt
from argon2 import low_level as argon2
from argon2.exceptions import Argon2Error, VerifyMismatchError

MAX_PBKDF2_ITERATIONS: Final = 5_000_000
MAX_BCRYPT_COST: Final = 14
MAX_MEMORY_BYTES: Final = 256 * 1024**2
# The memory of argon2 and scrypt, as often as it is gone through.
MAX_ARGON2_TRAFFIC_BYTES: Final = 1024**3
MAX_SCRYPT_TRAFFIC_BYTES: Final = 512 * 1024**2
MAX_LANES: Final = 16

_MIN_BCRYPT_COST = 4
_BCRYPT_BYTES = 72
_OPENSSL_SLACK_BYTES = 1024**2
# How hashes begin that carry no scheme of Django's, and how they are kept.
_BARE = {"$2": "bcrypt$$2", "$argon2": "argon2$argon2", "$scrypt$": "scrypt_phc$"}
# Stands in a kind for the salt, and for the hash.
_GAP = "*"

Parts = re.Match[str]


class BrokenHashError(ValueError):
    """A hash that cannot be checked; the message, the rest of a sentence, never holds any of it."""


class _Scheme(ABC):
    """One way of hashing.

    Attributes:
        form: What follows the scheme's name. But for the groups ``salt`` and ``hash``, all of it decides the cost.
        salt: Any salt.
        hash: One that no password has.
    """

    form: re.Pattern[str]
    salt: str
    hash: str

    @abstractmethod
    def is_bearable(self, parts: Parts) -> bool:
        """Tell whether the cost is a possible one, and within the limits."""

    @abstractmethod
    def check(self, password: bytes, parts: Parts) -> bool:
        """Compare a password with a hash.

        Raises:
            BrokenHashError: The library does not take it.
        """


def canonical(text: str) -> str:
    """Return the form in which a hash from elsewhere is kept.

    Raises:
        BrokenHashError: Its scheme or form is unknown, or it costs too much.
    """
    for start, kept in _BARE.items():
        if text.startswith(start):
            text = kept + text.removeprefix(start)
            break
    _read(text)
    return text


def verify(password: str, stored: str) -> bool:
    """Tell whether this is the password, exactly as typed: the systems that made these hashes normalize nothing.

    Raises:
        BrokenHashError: The hash cannot be checked.
    """
    scheme, parts = _read(stored)
    return scheme.check(password.encode("utf-8", "surrogatepass"), parts)


def kind(stored: str) -> str:
    """Return a hash without its salt and its digest: those of one kind cost the same to check.

    Raises:
        BrokenHashError: The hash cannot be checked.
    """
    name = stored.partition("$")[0]
    _, parts = _read(stored)
    rest = parts.string
    between = rest[parts.end("salt") : parts.start("hash")]
    return f"{name}${rest[: parts.start('salt')]}{_GAP}{between}{_GAP}"


def decoy(kind: str) -> str:
    """Return a hash of that kind that no password opens, made without its cost.

    Raises:
        BrokenHashError: There is no such kind.
    """
    scheme = _scheme(kind.partition("$")[0])
    return kind.replace(_GAP, scheme.salt, 1).replace(_GAP, scheme.hash, 1)


def _read(stored: str) -> tuple[_Scheme, Parts]:
    name, _, rest = stored.partition("$")
    scheme = _scheme(name)
    parts = scheme.form.fullmatch(rest)
    if parts is None:
        raise BrokenHashError("its form is unknown")
    if not scheme.is_bearable(parts):
        raise BrokenHashError("its cost is impossible or above the limit")
    return scheme, parts


def _scheme(name: str) -> _Scheme:
    try:
        return _SCHEMES[name]
    except KeyError:
        raise BrokenHashError("its scheme is unknown") from None


class _Pbkdf2(_Scheme):
    form = re.compile(r"(?P<iterations>[1-9][0-9]{0,8})\$(?P<salt>[!-#%-~]{1,128})\$(?P<hash>[A-Za-z0-9+/]{27,43}=)")
    salt = "A" * 22

    def __init__(self, algorithm: str, *, digest_bytes: int) -> None:
        self._algorithm = algorithm
        self.hash = base64.b64encode(bytes(digest_bytes)).decode()

    def is_bearable(self, parts: Parts) -> bool:
        return int(parts["iterations"]) <= MAX_PBKDF2_ITERATIONS

    def check(self, password: bytes, parts: Parts) -> bool:
        made = hashlib.pbkdf2_hmac(self._algorithm, password, parts["salt"].encode(), int(parts["iterations"]))
        return hmac.compare_digest(base64.b64encode(made), parts["hash"].encode())


class _Bcrypt(_Scheme):
    # Of the salt's last character two bits count, and bcrypt refuses one in which the others are set.
    form = re.compile(
        r"\$2[aby]\$(?P<cost>[0-9]{2})\$(?P<salt>[./A-Za-z0-9]{21}[.Oeu])(?P<hash>[./A-Za-z0-9]{31})", re.ASCII
    )
    salt = "." * 22
    hash = "." * 31

    def is_bearable(self, parts: Parts) -> bool:
        return _MIN_BCRYPT_COST <= int(parts["cost"]) <= MAX_BCRYPT_COST

    def check(self, password: bytes, parts: Parts) -> bool:
        try:
            # The library no longer cuts off by itself what bcrypt has never looked at.
            return bcrypt.checkpw(password[:_BCRYPT_BYTES], parts.string.encode())
        except ValueError as error:
            raise BrokenHashError("bcrypt does not take it") from error


class _BcryptSha256(_Bcrypt):
    def check(self, password: bytes, parts: Parts) -> bool:
        return super().check(hashlib.sha256(password).hexdigest().encode(), parts)


class _Argon2(_Scheme):
    form = re.compile(
        r"argon2(?P<type>id|i|d)(?:\$v=(?:16|19))?"
        r"\$m=(?P<memory>[0-9]{1,9}),t=(?P<passes>[0-9]{1,9}),p=(?P<lanes>[0-9]{1,9})"
        r"\$(?P<salt>[A-Za-z0-9+/]{11,86})\$(?P<hash>[A-Za-z0-9+/]{22,86})"
    )
    salt = "A" * 22
    hash = "A" * 43
    _types: ClassVar = {"id": argon2.Type.ID, "i": argon2.Type.I, "d": argon2.Type.D}

    def is_bearable(self, parts: Parts) -> bool:
        memory, passes, lanes = (int(parts[name]) for name in ("memory", "passes", "lanes"))
        is_possible = 0 < lanes <= MAX_LANES and memory >= 8 * lanes and passes > 0
        n_bytes = memory * 1024
        return is_possible and n_bytes <= MAX_MEMORY_BYTES and n_bytes * passes <= MAX_ARGON2_TRAFFIC_BYTES

    def check(self, password: bytes, parts: Parts) -> bool:
        try:
            return argon2.verify_secret(f"${parts.string}".encode(), password, self._types[parts["type"]])
        except VerifyMismatchError:
            return False
        except Argon2Error as error:
            raise BrokenHashError("argon2 does not take it") from error


class _Scrypt(_Scheme):
    form = re.compile(
        r"(?P<N>[0-9]{1,9})\$(?P<salt>[!-#%-~]{1,128})\$(?P<r>[0-9]{1,9})\$(?P<p>[0-9]{1,9})"
        r"\$(?P<hash>[A-Za-z0-9+/]{86}==)"
    )
    salt = "A" * 22
    hash = base64.b64encode(bytes(64)).decode()

    def is_bearable(self, parts: Parts) -> bool:
        n, r, p = self._figures(parts)
        is_possible = n > 1 and n & (n - 1) == 0 and r > 0 and p > 0
        n_bytes = 128 * r * (n + p + 2)
        return is_possible and n_bytes <= MAX_MEMORY_BYTES and 128 * r * n * p <= MAX_SCRYPT_TRAFFIC_BYTES

    def check(self, password: bytes, parts: Parts) -> bool:
        n, r, p = self._figures(parts)
        wanted, most = _unarmored(parts["hash"]), MAX_MEMORY_BYTES + _OPENSSL_SLACK_BYTES
        try:
            made = hashlib.scrypt(password, salt=self._salt(parts), n=n, r=r, p=p, maxmem=most, dklen=len(wanted))
        except (ValueError, MemoryError) as error:
            raise BrokenHashError("scrypt does not take it") from error
        return hmac.compare_digest(made, wanted)

    def _figures(self, parts: Parts) -> tuple[int, int, int]:
        return int(parts["N"]), int(parts["r"]), int(parts["p"])

    def _salt(self, parts: Parts) -> bytes:
        return parts["salt"].encode()


class _ScryptPhc(_Scrypt):
    form = re.compile(
        r"ln=(?P<ln>[0-9]{1,2}),r=(?P<r>[0-9]{1,9}),p=(?P<p>[0-9]{1,9})"
        r"\$(?P<salt>[A-Za-z0-9+/]{11,86})\$(?P<hash>[A-Za-z0-9+/]{22,86})"
    )
    hash = "A" * 43

    def _figures(self, parts: Parts) -> tuple[int, int, int]:
        return 1 << int(parts["ln"]), int(parts["r"]), int(parts["p"])

    def _salt(self, parts: Parts) -> bytes:
        return _unarmored(parts["salt"])


def _unarmored(text: str) -> bytes:
    """Decode base64 with or without its padding."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError as error:
        raise BrokenHashError("its base64 is cut off") from error


_SCHEMES: Mapping[str, _Scheme] = {
    "pbkdf2_sha256": _Pbkdf2("sha256", digest_bytes=32),
    # Django's own alternative. As HMAC, SHA-1 is not broken; the hash goes at the first log-in.
    "pbkdf2_sha1": _Pbkdf2("sha1", digest_bytes=20),
    "bcrypt": _Bcrypt(),
    "bcrypt_sha256": _BcryptSha256(),
    "argon2": _Argon2(),
    "scrypt": _Scrypt(),
    "scrypt_phc": _ScryptPhc(),
}
