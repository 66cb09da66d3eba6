"""What must be known to nobody but its owner is neither kept nor printed, wherever one looks afterwards."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.attacks.inside import PEPPER, Post, Records, kept_code
from tests.attacks.wire import exchange, head, post
from tests.harness.client import Client, bearer
from tests.harness.service import DEFAULTS, Service
from tests.mail.post_office import PostOffice, wait_until
from user_auth.crypto import keys
from user_auth.crypto.keys import Purpose

PASSWORD = "Xylophone-Quagmire-77"
WRONG_PASSWORD = "Wrong-Umbrella-Fjord-31"
AGENT = "agent of somebody.else@example.org"


def texts_in(value: object) -> Iterator[str]:
    """Return every text and every byte string of a record, at whatever depth."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, datetime):
        yield value.isoformat(timespec="milliseconds")
    else:
        yield str(value)


def everything_in(records: Records, *, but: tuple[str, ...] = ()) -> str:
    """Return all that the database holds."""
    names = [name for name in records.list_collection_names() if name not in but and not name.startswith("system.")]
    return "\n".join(text for name in names for record in records[name].find() for text in texts_in(record))


def payload_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return payload


def live(client: Client, records: Records, *, email: str, find_code: Any) -> dict[str, str]:
    """Do all that a person does, mistakes among it, and return what nobody else may know of it."""
    signup = client.post("/signup", {"email": email, "password": PASSWORD, "name": "Grace"})
    verification_id = signup.json()["verification_id"]
    code = find_code(email)
    wrong_code = f"{(int(code) + 1) % 10**6:06d}"
    for otp in (wrong_code, code, code):
        client.post("/verify-otp", {"verification_id": verification_id, "otp": otp})
    client.log_in(email, password=WRONG_PASSWORD)
    client.log_in(f"nobody.{email}", password=PASSWORD)
    assert client.log_in(email, password=PASSWORD).status_code == 200
    cookie, device = client.cookies["token"], client.cookies["device"]
    assert client.verify_session().status_code == 200
    header = client.log_in(email, password=PASSWORD, transport="header").json()["token"]
    assert client.verify_session(token=header).status_code == 200
    client.verify_session(token=header[:-4] + "AAAA")
    client.post("/logout", headers=bearer(header))
    client.verify_session(token=header)
    exchange_nonsense(client, email)
    tokens = {"cookie": cookie, "header token": header}
    return {
        "password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        "verification id": verification_id,
        "device cookie": device,
        **{f"signature of the {name}": token.split(".")[2] for name, token in tokens.items()},
        **{f"sid of the {name}": payload_of(token)["sid"] for name, token in tokens.items()},
    }


def exchange_nonsense(client: Client, email: str) -> None:
    """Send secrets to places where they do not belong, which must not print them either."""
    client.get(f"/verify-session/{PASSWORD}?password={PASSWORD}")
    client.post("/login", {"email": email, "password": [PASSWORD]})
    client.post("/login", data=f"email={email}&password={PASSWORD}")
    client.post("/login", data=json.dumps({"email": email, "password": PASSWORD, "password2": PASSWORD})[:-3])
    client.post("/login", {"email": f"{PASSWORD}", "password": PASSWORD})


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    """Return the names of the secrets that a text holds, also in other writings of them."""
    return [name for name, secret in secrets.items() if any(each in text for each in _writings(secret))]


def _writings(secret: str) -> list[str]:
    raw = secret.encode()
    return [
        secret,
        raw.hex(),
        base64.b64encode(raw).decode().rstrip("="),
    ]


def shows_code(text: str, code: str) -> int:
    """Count how often a text holds a code, and not by chance as a part of something longer."""
    return len(re.findall(rf"(?<![\w-]){code}(?![\w-])", text))


SERVICE_SECRETS = {
    "SECRET_KEY": DEFAULTS["SECRET_KEY"],
    "PASSWORD_PEPPER": PEPPER,
    **{f"key of {each}": keys.derive(DEFAULTS["SECRET_KEY"], each).hex() for each in Purpose},
}


@pytest.mark.asvs("14.2.4", "16.2.5", "7.2.3", "6.5.2")
def test_with_smtp_nothing_is_kept_or_printed(service: Service, mail: Post, records: Records, email: str) -> None:
    """Every collection, and all that the service has written; addresses are in the log in part only."""
    said = len(service.output)
    secrets = live(Client(service.base_url, headers={"User-Agent": AGENT}), records, email=email, find_code=mail.code)
    code = mail.code(email)
    assert found_in(everything_in(records), secrets | SERVICE_SECRETS) == []
    assert not shows_code(everything_in(records), code)
    written = service.output[said:]
    assert "authn_login_fail" in written
    assert found_in(written, secrets | SERVICE_SECRETS) == []
    assert not shows_code(written, code)
    assert email.lower() not in written.lower()
    assert email.lower() not in everything_in(records, but=("users", "challenges", "outbox")).lower()
    assert "somebody.else@example.org" not in written


@pytest.mark.asvs("14.2.4", "16.2.5")
def test_with_the_mailbox_only_mails_are_kept_and_printed(
    limited: Service, limited_records: Records, email: str
) -> None:
    """The code is on the console and in the mailbox and nowhere else; the rest is nowhere, files of the service included."""
    said = len(limited.output)
    secrets = live(
        Client(limited.base_url), limited_records, email=email, find_code=lambda to: kept_code(limited_records, to)
    )
    code = kept_code(limited_records, email)
    written = limited.output[said:]
    assert shows_code(written, code) == 1
    assert not shows_code(everything_in(limited_records, but=("mailbox",)), code)
    assert found_in(written, secrets | SERVICE_SECRETS) == []
    assert found_in(everything_in(limited_records), secrets | SERVICE_SECRETS) == []
    files = [path for path in limited.data_dir.rglob("*") if path.suffix in (".log", ".json", ".lock")]
    assert files
    assert not [path for path in files if found_in(path.read_text(encoding="utf-8", errors="replace"), secrets)]


@pytest.mark.asvs("6.5.2", "11.3.3")
def test_a_code_that_has_not_left_is_kept_sealed(
    service: Service, client: Client, office: PostOffice, mail: Post, records: Records, email: str
) -> None:
    """While SMTP puts the mail off, the outbox holds its code encrypted; once it is out, nothing of it."""
    office.manners["RCPT", email] = "450 4.2.0 later"
    verification_id = client.sign_up(email)
    outbox = {"to": email}
    wait_until(lambda: records.outbox.count_documents(outbox | {"last_error": {"$ne": ""}}))
    kept = records.outbox.find_one(outbox)
    assert kept
    assert len(kept["sealed_code"]) == 12 + 6 + 16
    del office.manners["RCPT", email]
    records.outbox.update_one(outbox, {"$set": {"due_at": kept["created_at"]}})
    code = mail.code(email)
    wait_until(lambda: records.outbox.count_documents(outbox | {"status": "sent"}))
    assert code.encode() not in kept["sealed_code"]
    sent = records.outbox.find_one(outbox)
    assert sent
    assert "sealed_code" not in sent
    assert not shows_code("\n".join(texts_in(sent)), code)
    assert client.post("/verify-otp", {"verification_id": verification_id, "otp": code}).status_code == 200


def test_a_mail_to_a_stranger_holds_nothing_that_its_requester_wrote(
    service: Service, client: Client, mail: Post, email: str
) -> None:
    """Neither a name nor a user agent: it would be somebody else's message under our letterhead."""
    lure = "Visit evil.example now"
    client.post("/signup", {"email": email, "password": PASSWORD, "name": lure}, headers={"User-Agent": lure})
    (message,) = mail.wait_for(email)
    assert "evil.example" not in message.as_string()
    assert PASSWORD not in message.as_string()


def test_refusals_repeat_nothing_secret(service: Service, email: str) -> None:
    """Whatever is wrong with a body, its values are not in the answer."""
    bodies: list[object] = [
        {"email": email, "password": [PASSWORD]},
        {"email": PASSWORD, "password": PASSWORD, "name": [PASSWORD]},
        {"email": email, "password": PASSWORD, "more": PASSWORD},
        f'{{"email":"{email}","password":"{PASSWORD}"'.encode(),
        f'{{"password":"{PASSWORD}","password":"{PASSWORD}"}}'.encode(),
    ]
    for path in ("/signup", "/login", "/verify-otp", "/resend-otp"):
        for body in bodies:
            answer = exchange(service, post(path, body))
            assert 400 <= answer.status < 500
            assert PASSWORD.encode() not in answer.body
            assert email.encode() not in answer.body


@pytest.mark.asvs("8.2.3", "15.3.1")
def test_answers_show_no_more_than_they_should(service: Service, account: Any, client: Client, email: str) -> None:
    """A user has seven members and a session eight; no hash, no digest, no secret is among them."""
    client.log_in(account(email))
    shown = client.verify_session().json()
    assert shown["user"].keys() == {"id", "email", "name", "email_verified", "roles", "second_factors", "created_at"}
    session = {"id", "created_at", "expires_at", "last_seen_at", "ip", "user_agent", "is_current", "methods"}
    assert shown["session"].keys() == session
    claims = payload_of(client.cookies["token"])
    assert claims["sid"] not in json.dumps(shown)
    assert email not in json.dumps(claims)
    assert hashlib.sha256(claims["sid"].encode()).hexdigest() not in json.dumps(shown)


@pytest.mark.asvs("13.4.5")
def test_the_mailbox_is_not_there_for_others(limited: Service, service: Service) -> None:
    """Behind a proxy it is not found, nor where mail goes out, nor under another host."""
    assert exchange(limited, head("GET /mailbox")).status == 200
    for header in (
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-For: ",
        "Forwarded: for=127.0.0.1",
        "Via: 1.1 x",
        "X-Real-IP: 127.0.0.1",
    ):
        assert exchange(limited, head("GET /mailbox", header)).status == 404
    assert exchange(limited, head("GET /mailbox", host="evil.example")).status == 400
    assert exchange(service, head("GET /mailbox")).status == 404
