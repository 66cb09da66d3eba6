"""Moving in and out: everybody comes along, nobody is overwritten, and their passwords are theirs."""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import bcrypt
import pytest
from argon2 import low_level as argon2
from bson import ObjectId
from django.contrib.auth import hashers
from django.core import mail as django_mail
from pymongo.errors import AutoReconnect
from pytest_django.fixtures import Settings

from tests.mails import code_in
from user_auth import accounts, codes
from user_auth.accounts import User, decoys
from user_auth.audit import AuditEvent
from user_auth.codes import Challenge
from user_auth.crypto.passwords import UNUSABLE
from user_auth.features.login import service as login
from user_auth.features.migration import records, service
from user_auth.features.migration.service import Tally
from user_auth.features.password import service as password_service
from user_auth.features.signup import service as signup
from user_auth.foundation.addresses import parse
from user_auth.foundation.caller import Caller
from user_auth.foundation.errors import InvalidCredentialsError
from user_auth.mail import worker
from user_auth.mongo import connection

pytestmark = pytest.mark.usefixtures("mongo")

PASSWORD = "violet ötter parade 7"
HOME = Caller(ip="192.0.2.1", user_agent="Browser", request_id="r")


class Bcrypt(hashers.BCryptPasswordHasher):
    rounds = 4


class BcryptSha256(hashers.BCryptSHA256PasswordHasher):
    rounds = 4


def plain_bcrypt(version: str) -> str:
    return version + bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()[4:]


def plain_argon2(variant: argon2.Type) -> str:
    return argon2.hash_secret(PASSWORD.encode(), b"saltsalt", 1, 64, 1, 32, variant).decode()


HASHES = {
    "pbkdf2_sha256": hashers.PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=9),
    "pbkdf2_sha1": hashers.PBKDF2SHA1PasswordHasher().encode(PASSWORD, "salt", iterations=9),
    "bcrypt": Bcrypt().encode(PASSWORD, Bcrypt().salt()),
    "bcrypt_sha256": BcryptSha256().encode(PASSWORD, BcryptSha256().salt()),
    "$2a$": plain_bcrypt("$2a$"),
    "$2b$": plain_bcrypt("$2b$"),
    "$2y$": plain_bcrypt("$2y$"),
    "$argon2id$": plain_argon2(argon2.Type.ID),
    "$argon2i$": plain_argon2(argon2.Type.I),
    "argon2": "argon2" + plain_argon2(argon2.Type.ID),
    "scrypt": hashers.ScryptPasswordHasher().encode(PASSWORD, "salt", n=16),
}


@pytest.fixture(autouse=True)
def _own_world(mongo: None, settings: Settings) -> Iterator[None]:
    """Mail stays here, and what is known of the hashes goes with the test."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    django_mail.outbox = []
    yield
    decoys.known_kinds.forget()


class Import:
    """An import that was done: what became of the file, and which lines were refused for what."""

    def __init__(self, *users: Mapping[str, Any] | str) -> None:
        self.refused: dict[int, str] = {}
        self.advanced: list[int] = []
        text = "".join((user if isinstance(user, str) else json.dumps(user)) + "\n" for user in users)
        self.tally = service.bring_in(
            io.BytesIO(text.encode("utf-8", "surrogatepass")),
            refuse=self.refused.__setitem__,
            advance=self.advanced.append,
        )


def user_of(email: str) -> User:
    user = accounts.find(parse(email))
    assert user
    return user


def log_in(email: str, password: str = PASSWORD) -> User:
    return login.log_in(parse(email), password=password, caller=HOME).user


def test_a_user_comes_with_all_they_have() -> None:
    given = {
        "id": "65f0c0ffee65f0c0ffee65f0",
        "email": "Ada@Example.com",
        "password_hash": HASHES["scrypt"],
        "name": " Ada Lovelace ",
        "email_verified": False,
        "is_active": False,
        "roles": ["editor", "admin", "admin"],
        "created_at": "2019-12-31T23:00:00.123456-01:00",
    }
    assert Import(given).tally == Tally(imported=1)
    user = user_of("ada@example.com")
    assert (str(user.id), user.email, user.name) == (given["id"], "Ada@Example.com", "Ada Lovelace")
    assert (user.email_verified, user.is_active, user.roles) == (False, False, ["admin", "editor"])
    assert user.created_at.isoformat() == "2020-01-01T00:00:00.123000+00:00"
    assert user.password_hash == HASHES["scrypt"]


def test_a_user_needs_an_address_only() -> None:
    """It counts as verified, and the account as active."""
    Import({"email": "ada@example.com", "name": None, "password_hash": "", "roles": []})
    user = user_of("ada@example.com")
    assert (user.email_verified, user.is_active, user.roles, user.name) == (True, True, [], "")
    assert user.password_hash == UNUSABLE


@pytest.mark.parametrize("scheme", HASHES)
def test_whoever_comes_along_signs_in_with_their_password(scheme: str) -> None:
    """And with no other; from then on the hash is one of ours, which opens as before."""
    Import({"email": "ada@example.com", "password_hash": HASHES[scheme]})
    with pytest.raises(InvalidCredentialsError):
        log_in("ada@example.com", PASSWORD.upper())
    assert not user_of("ada@example.com").password_hash.startswith("bcrypt-hmac-sha384$")
    log_in("ada@example.com")
    rehashed = user_of("ada@example.com").password_hash
    assert rehashed.startswith("bcrypt-hmac-sha384$")
    log_in("ada@example.com")
    assert user_of("ada@example.com").password_hash == rehashed


def test_csv_brings_the_same_users() -> None:
    text = f"email,password_hash,roles\nada@example.com,{HASHES['pbkdf2_sha256']},admin\n"
    assert Import(text).tally == Tally(imported=1)
    assert log_in("ada@example.com").roles == ["admin"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"email": None}, "email: it is missing"),
        ({"email": "ada at example.com"}, "email: it is not an address like name@example.com"),
        ({"email": 7}, "email: it is not an address like name@example.com"),
        ({"email": "\ud800@example.com"}, "email: it is not an address like name@example.com"),
        ({"password_hash": "md5$salt$5f4dcc3b5aa765d6"}, "password_hash: its scheme is unknown"),
        ({"password_hash": "5f4dcc3b5aa765d61d8327de"}, "password_hash: its scheme is unknown"),
        ({"password_hash": "scrypt$16$salt"}, "password_hash: its form is unknown"),
        ({"password_hash": ["x"]}, "password_hash: it must be a text"),
        (
            {"password_hash": HASHES["pbkdf2_sha256"].replace("$9$", "$5000001$")},
            "password_hash: its cost is impossible or above the limit",
        ),
        (
            {"password_hash": f"bcrypt-hmac-sha384$0123456789ab{plain_bcrypt('$2b$')}"},
            "password_hash: it was made with another PASSWORD_PEPPER or SECRET_KEY, which are needed here too",
        ),
        ({"name": "x" * 101}, "name: it must have 1 to 100 characters, without control characters"),
        ({"name": "a\0b"}, "name: it must have 1 to 100 characters, without control characters"),
        ({"name": "a\ud800"}, "name: it must have 1 to 100 characters, without control characters"),
        ({"email_verified": "yes"}, "email_verified: it must be true or false"),
        ({"is_active": 1}, "is_active: it must be true or false"),
        ({"roles": "admin"}, "roles: it must be 20 roles at most: small letters, digits, _ and -, a letter first"),
        ({"roles": ["Admin"]}, "roles: it must be 20 roles at most: small letters, digits, _ and -, a letter first"),
        ({"roles": ["a"] * 21}, "roles: it must be 20 roles at most: small letters, digits, _ and -, a letter first"),
        ({"created_at": "yesterday"}, "created_at: it must be a time like 2024-02-29T12:00:00Z"),
        ({"created_at": 1700000000}, "created_at: it must be a text"),
        ({"created_at": "0001-01-01T00:00:00+23:00"}, "created_at: it must be in 1970 or later, and not in the future"),
        ({"created_at": "9999-12-31T23:59:59-23:00"}, "created_at: it must be in 1970 or later, and not in the future"),
        ({"id": 7}, "id: it must be a text"),
        ({"id": "7"}, "id: it must be 24 hex digits, as this service gives them out; leave it out for a new one"),
        ({"pasword_hash": "x"}, "pasword_hash is no field"),
        ({"$where": "x"}, "it has a field that is none"),
        ({"email": {"$ne": ""}}, "email: it is not an address like name@example.com"),
    ],
)
def test_a_line_that_is_no_user_is_told_and_the_rest_go_in(change: dict[str, Any], reason: str) -> None:
    """With its number and the reason."""
    bad = {"email": "ada@example.com", **change}
    done = Import({"email": "first@example.com"}, "", bad, {"email": "last@example.com"})
    assert done.refused == {3: reason}
    assert done.tally == Tally(imported=2, refused=1)
    assert {user.email for user in User.objects} == {"first@example.com", "last@example.com"}


@pytest.mark.asvs("16.2.5")
def test_no_reason_and_no_log_holds_what_was_on_the_line(caplog: pytest.LogCaptureFixture) -> None:
    """Neither hash nor address."""
    caplog.set_level(logging.DEBUG, "user_auth")
    secret = "5f4dcc3b5aa765d6"
    done = Import(
        {"email": "somebody.real@example.com", "password_hash": f"md5$salt${secret}"},
        {"email": f"somebody.real {secret}@example.com"},
        {"email": "somebody.real@example.com", secret: secret},
        {"email": "somebody.real@example.com", "roles": [secret.upper()]},
        f"somebody.real@example.com {secret}",
    )
    assert len(done.refused) == 5
    told = " ".join(done.refused.values()) + caplog.text
    assert "somebody" not in told
    assert secret not in told.lower()


def test_running_it_twice_changes_nothing() -> None:
    """Not a byte of anybody's record, though the second file says otherwise."""
    Import({"email": "ada@example.com", "name": "Ada"}, {"email": "bob@example.com"})
    before = list(User.objects.order_by("id").as_pymongo())
    done = Import({"email": "ADA@example.com", "name": "Eve", "roles": ["admin"]}, {"email": "bob@example.com"})
    assert done.tally == Tally(already_there=2)
    assert list(User.objects.order_by("id").as_pymongo()) == before


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_of_two_lines_with_one_address_the_first_counts(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However far apart they are."""
    monkeypatch.setattr(service, "BATCH", batch)
    done = Import(
        *({"email": email, "name": str(n)} for n, email in enumerate(("a@b.cc", "d@e.ff", "A@B.cc", "a@b.CC")))
    )
    assert done.tally == Tally(imported=2, already_there=2)
    assert user_of("a@b.cc").name == "0"
    assert sum(done.advanced) == 4


def test_an_id_of_somebody_else_is_refused() -> None:
    """Ids that other records refer to cannot be given twice."""
    one_id = str(ObjectId())
    done = Import({"email": "ada@example.com", "id": one_id}, {"email": "bob@example.com", "id": one_id})
    assert done.refused == {2: "id: another account has it"}
    assert done.tally == Tally(imported=1, refused=1)


def test_what_a_crash_left_out_is_brought_in_by_doing_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that stopped in the middle."""
    monkeypatch.setattr(service, "BATCH", 10)
    users = [{"email": f"user{number}@example.com"} for number in range(35)]

    def crash(_count: int) -> None:
        raise AutoReconnect

    with pytest.raises(AutoReconnect):
        service.bring_in(io.BytesIO("\n".join(map(json.dumps, users)).encode()), refuse=lambda *_: None, advance=crash)
    assert User.objects.count() == 10
    assert Import(*users).tally == Tally(imported=25, already_there=10)


def test_nobody_comes_in_while_addresses_could_be_there_twice() -> None:
    """The index is made first, and where it cannot be, nothing is."""
    users = User._get_collection()
    users.drop_indexes()
    Import({"email": "ada@example.com"})
    assert "email_digest_1" in users.index_information()


def test_a_sign_up_that_waits_for_its_code_is_over() -> None:
    """Its code opens nothing any more, as when somebody else had signed up first."""
    opened = signup.sign_up(parse("ada@example.com"), password=PASSWORD, name="", caller=HOME)
    Import({"email": "ada@example.com", "password_hash": HASHES["scrypt"]})
    challenge = codes.find(opened.verification_id)
    assert isinstance(challenge, Challenge)
    assert signup.complete(challenge) is None
    assert user_of("ada@example.com").password_hash == HASHES["scrypt"]


def set_first_password(email: str, password: str) -> None:
    """Go the way of those who have forgotten theirs."""
    opened = password_service.ask_for_code(parse(email), caller=HOME)
    worker.deliver_due()
    otp = code_in(django_mail.outbox[-1])
    password_service.reset(opened.verification_id, otp=otp, password=password, caller=HOME)


def test_an_address_that_is_not_verified_signs_in_after_a_reset_only() -> None:
    """The code proves it."""
    Import({"email": "ada@example.com", "email_verified": False, "password_hash": HASHES["scrypt"]})
    with pytest.raises(InvalidCredentialsError):
        log_in("ada@example.com")
    set_first_password("ada@example.com", "another, and long enough")
    log_in("ada@example.com", "another, and long enough")


def test_without_a_password_a_reset_sets_the_first() -> None:
    """Until then no password opens the account."""
    Import({"email": "ada@example.com"})
    for password in ("", "!", PASSWORD):
        with pytest.raises(InvalidCredentialsError):
            log_in("ada@example.com", password)
    set_first_password("ada@example.com", PASSWORD)
    assert log_in("ada@example.com")


def test_decoys_follow_at_once() -> None:
    """From the end of the import on, strangers cost what the newcomers cost."""
    Import(*({"email": f"user{n}@example.com", "password_hash": HASHES["scrypt"]} for n in range(3)))
    assert decoys.kind_for(parse("stranger@example.com").digest) == "scrypt$16$*$8$5$*"


def test_an_import_is_an_event() -> None:
    """One, with the counts: not one for each user."""
    Import({"email": "ada@example.com"}, {"email": "ada@example.com"}, "nonsense")
    (event,) = AuditEvent.objects
    assert event.event == "users_imported"
    assert {"imported": "1", "already_there": "1", "refused": "1"}.items() <= event.details.items()


def export() -> list[dict[str, Any]]:
    return list(service.send_out(advance=lambda _count: None))


def test_what_goes_out_comes_in_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into an empty database: the same ids, hashes, roles, states and times; and out again the same once more."""
    monkeypatch.setattr(service, "BATCH", 4)
    Import(
        *({"email": f"{n}@example.com", "password_hash": hashed} for n, hashed in enumerate(HASHES.values())),
        {"email": "ada@exämple.com", "name": "Ada ♥", "roles": ["admin"], "created_at": "2020-02-02T02:02:02.002Z"},
        {"email": "Bob@example.com", "is_active": False, "email_verified": False},
    )
    log_in("0@example.com")
    before = export()
    assert len(before) == len(HASHES) + 2
    connection.database()["users"].delete_many({})
    assert Import(*before).tally == Tally(imported=len(before))
    assert export() == before
    assert log_in("0@example.com")
    assert log_in("3@example.com")


def test_an_export_holds_no_more_than_an_import_takes() -> None:
    """No salt of the audit, no session, no digest."""
    Import({"email": "ada@example.com"})
    (found,) = export()
    assert found.keys() == set(records.FIELDS)
    assert found["password_hash"] is None


def test_whoever_is_being_deleted_does_not_go_out() -> None:
    Import({"email": "ada@example.com"}, {"email": "bob@example.com"})
    User.objects(email="ada@example.com").update_one(deleted_at=user_of("bob@example.com").created_at)
    assert [found["email"] for found in export()] == ["bob@example.com"]


def test_an_export_is_an_event() -> None:
    """Also one that was stopped."""
    Import({"email": "ada@example.com"}, {"email": "bob@example.com"})
    going = service.send_out(advance=lambda _count: None)
    next(going)
    del going
    export()
    events = AuditEvent.objects(event="users_exported").order_by("sequence")
    assert [event.details["users"] for event in events] == ["0", "2"]
