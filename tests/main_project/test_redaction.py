"""Whatever reaches the log, secrets leave it as ``[redacted]``."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from main_project.redaction import MAX_LINE, redact, redact_text

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2YjAzMWQ1YSJ9.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl"


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "otp", "code", "token", "mfa_token", "Cookie", "HTTP_COOKIE", "Authorization",
     "SECRET_KEY", "secret", "sid", "PASSWORD_PEPPER", "details.code", "accessToken", "METRICS_TOKEN", "mongodb_uri"],
)  # fmt: skip
def test_fields_named_like_a_secret_are_emptied(name: str) -> None:
    """However they are written, and however deep."""
    assert redact({name: "s3cr3t-value"}) == {name: "[redacted]"}
    assert "s3cr3t-value" not in str(redact({"outer": [{name: {"inner": "s3cr3t-value"}}]}))


@pytest.mark.parametrize("name", ["outcome", "request_id", "event", "logger", "decoder", "status", "subject", "side"])
def test_others_are_not(name: str) -> None:
    assert redact({name: "a value", "run": 3, "none": None}) == {name: "a value", "run": 3, "none": None}


@pytest.mark.asvs("16.2.5", "14.2.4")
@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("mongodb://user:pa55@db.example:27017/x", "mongodb://[redacted] at db.example:27017/x"),
        ("mongodb+srv://user:p@/55@db.example/x", "mongodb+srv://[redacted] at db.example/x"),
        ("smtps://me%40x:pa55@mail.example", "smtps://[redacted] at mail.example"),
        (f"bad token {TOKEN}.", "bad token [redacted]."),
        (f"Authorization: Bearer {TOKEN}", "Authorization: [redacted] [redacted]"),
        ("sent bearer abc123", "sent bearer [redacted]"),
        ('{"password": "with \\"quotes\\" and spaces", "name": "Ada"}', '{"password": [redacted], "name": "Ada"}'),
        ("{'otp': '123456'}", "{'otp': [redacted]}"),
        ("?token=abc&next=/", "?token=[redacted]&next=/"),
        ("no such user ada.lovelace@example.com", "no such user a***@example.com"),
        ("to a***@example.com", "to a***@example.com"),
        ("event=authn_token_reuse outcome=failure", "event=authn_token_reuse outcome=failure"),
        ("Mail 6b083ac8 (signup_code) sent.", "Mail 6b083ac8 (signup_code) sent."),
        ("http://127.0.0.1:8000/docs", "http://127.0.0.1:8000/docs"),
        ("2026-11-26T13:57:28.603Z main_project.server.front", "2026-11-26T13:57:28.603Z main_project.server.front"),
    ],
)
def test_secrets_inside_of_texts_are_replaced(text: str, redacted: str) -> None:
    """And nothing else is; a second time changes nothing."""
    assert redact_text(text) == redacted
    assert redact_text(redacted) == redacted


@given(st.text(alphabet="abc@.:/=\"' password\n", max_size=200), st.text(alphabet="xyz0123", min_size=8, max_size=20))
def test_what_follows_a_password_is_gone_whatever_is_around_it(noise: str, secret: str) -> None:
    assert secret not in redact_text(f"{noise} password={secret} {noise}")


def test_an_endless_word_is_cut_and_takes_no_time() -> None:
    """Nobody can stop the service by having it log."""
    began = time.process_time()
    for letter in ("a", "a.", "://", "a@", "password", '"'):
        assert len(redact_text(letter * 200_000)) <= 2 * MAX_LINE
    assert time.process_time() - began < 20
