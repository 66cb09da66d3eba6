"""The mailbox page: for a developer at this machine, and for nobody else."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django.fixtures import Settings

from user_auth.mail.documents import KeptMail

pytestmark = pytest.mark.usefixtures("mongo")

HTML = '<p onclick="alert(1)">042137</p><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def _mail_stays_here(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "user_auth.mail.mailbox.MailboxBackend"


@pytest.fixture
def letter() -> KeptMail:
    message = EmailMultiAlternatives(subject="Your <b>code</b>", body="It is 042137 & <none>", to=["ada@example.com"])
    message.attach_alternative(HTML, "text/html")
    message.send()
    return KeptMail.objects.get()


@pytest.mark.asvs("1.1.2", "1.2.1")
def test_the_page_shows_what_was_sent(client: Client, letter: KeptMail) -> None:
    """Subject, recipient and text are there, and cannot become markup."""
    answer = client.get("/mailbox")
    html = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Your &lt;b&gt;code&lt;/b&gt;" in html
    assert "ada@example.com" in html
    assert "It is 042137 &amp; &lt;none&gt;" in html


def test_the_html_of_a_mail_is_in_a_frame_that_may_nothing(client: Client, letter: KeptMail) -> None:
    """Its sandbox lists no permission, and its source is the mail's own path."""
    html = client.get("/mailbox").content.decode()
    frames = re.findall(r"<iframe ([^>]*)>", html)
    assert len(frames) == 1
    assert re.search(r"\bsandbox(?!=)", frames[0])
    assert f'src="/mailbox/{letter.id}"' in frames[0]
    assert "onclick" not in html


@pytest.mark.asvs("3.2.1")
def test_the_html_of_a_mail_comes_with_a_policy_that_allows_nothing(client: Client, letter: KeptMail) -> None:
    """Also when it is opened by itself, a mail runs no script and loads nothing."""
    answer = client.get(f"/mailbox/{letter.id}")
    assert answer.content.decode() == HTML
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )


def test_the_page_runs_our_own_files_only(client: Client) -> None:
    """And shows frames of its own origin only."""
    policy = client.get("/mailbox")["Content-Security-Policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy


def test_a_mail_without_html_is_shown_as_text(client: Client) -> None:
    """There is no frame for it, and its path gives the text."""
    EmailMultiAlternatives(subject="Plain", body="<b>042137</b>", to=["ada@example.com"]).send()
    assert "<iframe" not in client.get("/mailbox").content.decode()
    answer = client.get(f"/mailbox/{KeptMail.objects.get().id}")
    assert (answer.content, answer["Content-Type"]) == (b"<b>042137</b>", "text/plain; charset=utf-8")


def test_an_empty_mailbox_says_so(client: Client) -> None:
    """A developer who looks too early knows what to do."""
    assert "Nothing yet" in client.get("/mailbox").content.decode()


@pytest.mark.parametrize("letter_id", ["0" * 24, "1", "%00", "..%2f..", "a%20b", "é" * 12])
def test_a_mail_that_is_not_there_is_an_unknown_path(letter_id: str, client: Client, letter: KeptMail) -> None:
    """A problem like any other, and never a crash."""
    answer = client.get(f"/mailbox/{letter_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def paths(letter: KeptMail) -> list[str]:
    return ["/mailbox", f"/mailbox/{letter.id}"]


def is_hidden(client: Client, letter: KeptMail, **environ: str) -> bool:
    """Tell whether both paths answer exactly as one that does not exist."""
    unknown = client.get("/no-such-path", **environ)  # type: ignore[arg-type]
    answers = [client.get(path, **environ) for path in paths(letter)]  # type: ignore[arg-type]
    told = [{name: text for name, text in answer.json().items() if name != "request_id"} for answer in answers]
    expected = {name: text for name, text in unknown.json().items() if name != "request_id"}
    return all(answer.status_code == 404 for answer in answers) and told == [expected, expected]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_it_is_open_to_this_machine(peer: str, client: Client, letter: KeptMail) -> None:
    """By either family of addresses."""
    assert [client.get(path, REMOTE_ADDR=peer).status_code for path in paths(letter)] == [200, 200]


@pytest.mark.asvs("13.4.5")
@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1", "", "localhost"])
def test_it_is_hidden_from_other_machines(peer: str, client: Client, letter: KeptMail) -> None:
    """A peer without an address counts as another machine."""
    assert is_hidden(client, letter, REMOTE_ADDR=peer)


@pytest.mark.asvs("13.4.5")
@pytest.mark.parametrize(
    "header",
    [
        "HTTP_FORWARDED",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_VIA",
        "HTTP_X_REAL_IP",
    ],
)
@pytest.mark.parametrize("value", ["127.0.0.1", ""])
def test_it_is_hidden_from_what_a_proxy_forwards(header: str, value: str, client: Client, letter: KeptMail) -> None:
    """The proxy is on this machine; who is behind it need not be. What the header says does not matter."""
    assert is_hidden(client, letter, **{header: value})


@pytest.mark.asvs("13.4.5", "15.2.3")
def test_it_is_hidden_in_production(client: Client, letter: KeptMail, settings: Settings) -> None:
    """Whatever the backend is."""
    settings.USER_AUTH = {
        **settings.USER_AUTH,
        "MODE": "production",
        "PUBLIC_URL": "https://example.com",
        "BCRYPT_ROUNDS": "12",
    }
    assert is_hidden(client, letter)


def test_it_is_hidden_where_mail_goes_out(client: Client, letter: KeptMail, settings: Settings) -> None:
    """With SMTP the page has nothing to show, old mails included."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert is_hidden(client, letter)


def test_it_can_only_be_read(client: Client, letter: KeptMail) -> None:
    """Other methods are refused and change nothing."""
    for path in paths(letter):
        assert client.post(path).status_code == 405
        assert client.delete(path).status_code == 405
        assert client.head(path).status_code == 200
    assert KeptMail.objects.count() == 1
