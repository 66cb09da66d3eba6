"""What mails say, and how host projects change it."""

import re
import socket
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from user_auth.foundation import clock
from user_auth.mail import letters
from user_auth.mail.documents import Mail, Status
from user_auth.mail.letters import Letter, NoComposerError

CODE = Letter(to="ada@example.com", template="signup_code", context={"code": "042137", "minutes": 5})
NOTICE = Letter(to="ada@example.com", template="signup_notice")


@pytest.fixture
def mail() -> Mail:
    return Mail(
        kind="greeting", to="ada@example.com", status=Status.SENDING, due_at=clock.now(), message_id="<1@example.com>"
    )


@pytest.fixture
def overrides(settings: Settings, tmp_path: Path) -> Path:
    """The folder in which a host project keeps its own templates of mails."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    folder = tmp_path / "user_auth" / "mail"
    folder.mkdir(parents=True)
    return folder


def named(settings: Settings, name: str) -> None:
    settings.USER_AUTH = {**settings.USER_AUTH, "SERVICE_NAME": name}


def html_of(letter: Letter, mail: Mail) -> str:
    return str(letters.render(letter, mail=mail).alternatives[0][0])


@pytest.mark.parametrize("letter", [CODE, NOTICE], ids=["code", "notice"])
def test_a_mail_is_text_and_html(letter: Letter, mail: Mail) -> None:
    """Both parts are there and name the service; nothing of a template is left over."""
    message = letters.render(letter, mail=mail)
    assert message.alternatives[0][1] == "text/html"
    for part in (str(message.subject), str(message.body), html_of(letter, mail)):
        assert "Django JWT Auth" in part
        assert not re.search(r"\{[{%]|[%}]\}", part)


def test_the_code_is_in_both_parts_in_one_piece(mail: Mail) -> None:
    """It can be selected and copied as it is to be entered."""
    assert "042137" in letters.render(CODE, mail=mail).body
    assert ">042137<" in html_of(CODE, mail)


def test_the_code_is_not_in_the_subject(mail: Mail) -> None:
    """Mail servers log subjects, and locked screens show them."""
    assert "042137" not in letters.render(CODE, mail=mail).subject


@pytest.mark.parametrize(("minutes", "words"), [(5, "5 minutes"), (1, "1 minute,"), (0, "less than a minute")])
def test_the_life_of_a_code_is_said_in_words(minutes: int, words: str, mail: Mail) -> None:
    """One minute is no plural, and none is not said to be nought."""
    letter = Letter(to="ada@example.com", template="signup_code", context={"code": "042137", "minutes": minutes})
    assert words in letters.render(letter, mail=mail).body
    assert words in html_of(letter, mail)


@pytest.mark.asvs("1.2.1")
def test_html_escapes_and_text_does_not(settings: Settings, mail: Mail) -> None:
    """A service may have any name."""
    named(settings, "Ada's <b>Tea</b> & Co")
    message = letters.render(CODE, mail=mail)
    assert "Ada's <b>Tea</b> & Co" in message.body
    assert message.subject == "Your code for Ada's <b>Tea</b> & Co"
    assert "<b>" not in html_of(CODE, mail)


@pytest.mark.asvs("14.2.3")
@pytest.mark.parametrize("letter", [CODE, NOTICE], ids=["code", "notice"])
def test_nothing_is_loaded_from_elsewhere(letter: Letter, mail: Mail) -> None:
    """No images, scripts, styles or fonts: opening the mail tells nobody."""
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import", html_of(letter, mail))


def test_styles_are_in_the_elements_and_dark_mode_in_the_head(mail: Mail) -> None:
    """Mail programs that drop style sheets show the mail as it is meant; others follow the reader's scheme."""
    html = html_of(CODE, mail)
    assert re.search(r'class="code" style="[^"]*font-size: ?36px', html)
    assert "prefers-color-scheme: dark" in html


@pytest.mark.asvs("1.3.11")
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "\x85", "\x00"])
def test_a_subject_is_one_line(break_: str, overrides: Path, mail: Mail) -> None:
    """A line break in it would begin another header."""
    (overrides / "greeting.subject.txt").write_text("{% autoescape off %}Hello {{ name }}{% endautoescape %}\n")
    for part in ("txt", "html"):
        (overrides / f"greeting.{part}").write_text("Hello")
    letter = Letter(to="ada@example.com", template="greeting", context={"name": f"Ada{break_}Bcc: eve@example.com"})
    message = letters.render(letter, mail=mail)
    assert message.subject == "Hello Ada Bcc: eve@example.com"
    assert message.message()["Bcc"] is None


def test_a_mail_says_that_a_machine_wrote_it(mail: Mail) -> None:
    """Holiday notices stay away, and every try is the same message."""
    first, second = (letters.render(CODE, mail=mail).message() for _ in range(2))
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["X-Auto-Response-Suppress"] == "All"
    assert first["Message-ID"] == second["Message-ID"] == "<1@example.com>"


def test_a_host_project_overrides_a_template(overrides: Path, mail: Mail) -> None:
    """Its own file counts, the others stay."""
    (overrides / "signup_code.subject.txt").write_text("Welcome to the club\n")
    message = letters.render(CODE, mail=mail)
    assert message.subject == "Welcome to the club"
    assert "042137" in message.body


def test_a_host_project_overrides_the_frame(overrides: Path, mail: Mail) -> None:
    """One file changes the look of every mail, and its styles are inlined too."""
    frame = "<style>h1 { color: teal }</style><h1>Tea</h1>{% block content %}{% endblock %}"
    (overrides / "base.html").write_text(frame)
    assert re.search(r'<h1 style="color: ?teal', html_of(CODE, mail))
    assert "042137" in html_of(CODE, mail)


@pytest.mark.asvs("1.3.6")
def test_a_style_sheet_elsewhere_is_not_fetched(overrides: Path, mail: Mail) -> None:
    """Even a template that asks for one does not make the service call anybody."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/style.css"
        (overrides / "base.html").write_text(f'<link rel="stylesheet" href="{address}"><p>Tea</p>')
        assert "Tea" in html_of(CODE, mail)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_a_kind_without_composer_is_told(mail: Mail) -> None:
    """The error says which kind it is."""
    with pytest.raises(NoComposerError, match="greeting"):
        letters.compose(mail)
