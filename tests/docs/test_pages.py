"""docs/how-to/pages.md and the README are true, and the languages complete."""

import ast
import gettext
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver

from tests.harness.client import Client
from tests.harness.service import Service, shared_service
from tests.harness.waiting import until
from tests.mails import code_in

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "core" / "user_auth"
TEMPLATES = APP / "templates" / "user_auth"
PAGES = (ROOT / "docs" / "how-to" / "pages.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
GERMAN = APP / "locale" / "de" / "LC_MESSAGES"
IN_TEMPLATE = re.compile(
    r'\{% translate "(.+?)"|\{% blocktranslate[^%]*%\}(.*?)(?:\{% plural %\}(.*?))?\{% endblocktranslate %\}', re.DOTALL
)
# For developers, or the frame that others stand in.
NOT_LISTED = {"base.html", "form.html", "room.html", "docs.html", "error.html"}


def listed(heading: str) -> dict[str, str]:
    """Return a column of names in backticks, and what stands beside each, from the table under a heading."""
    section = PAGES.partition(heading)[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)`[^|]*\| (.+?) \|$", section, re.MULTILINE))


def test_every_page_is_listed_with_its_template() -> None:
    """And no other; each path is one of the service's."""
    table = re.findall(r"^\| (?:`([^`]+)`|[^|]+) \| (?:`([^`]+)`)? ?\|", PAGES, re.MULTILINE)
    templates = {template for _, template in table if template}
    files = {
        str(each.relative_to(TEMPLATES))
        for folder in (TEMPLATES, TEMPLATES / "admin")
        for each in folder.glob("*.html")
    }
    assert templates == files - NOT_LISTED
    known = {re.sub(r"<[^>]+>", "{id}", f"/{pattern}") for pattern in paths()}
    assert {path for path, _ in table if path.startswith("/")} <= known


def paths() -> Iterator[str]:
    for included in get_resolver().url_patterns:
        for feature in _patterns(included):
            yield from (str(each.pattern) for each in _patterns(feature))


def _patterns(included: Any) -> list[Any]:
    return list(included.url_patterns)


def test_every_block_is_listed() -> None:
    """A host project finds what it can override."""
    for template, blocks in listed("## Words and layout").items():
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        own = set(re.findall(r"\{% block (\w+) %\}", text))
        inherited = {"title", "width", "scripts", "places", "content", "footer", "phrases", "script", "room"}
        named = set(re.findall(r"`(\w+)`", blocks))
        assert named <= own, template
        assert own - named <= inherited, template


def texts() -> set[str]:
    """Return every text of the templates and of the code that is to be translated."""
    found: set[str] = set()
    for file in TEMPLATES.rglob("*.*"):
        for single, block, plural in IN_TEMPLATE.findall(file.read_text(encoding="utf-8")):
            parts = [single] if single else [block, plural] if plural else [block]
            found |= {" ".join(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", part).split()) for part in parts}
    for file in APP.rglob("*.py"):
        calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        marked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_"]
        found |= {str(ast.literal_eval(call.args[0])) for call in marked}
    assert len(found) > 150
    return found


def test_german_is_complete() -> None:
    """Every text of pages and mails has its translation, in the file that is used; none keeps a name that is not filled in."""
    with (GERMAN / "django.mo").open("rb") as file:
        catalog: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    known = {
        key if isinstance(key, str) else key[0]: text for key, text in catalog.items() if isinstance(key, str | tuple)
    }
    plurals = {text for text in texts() if text not in known}
    source = (GERMAN / "django.po").read_text(encoding="utf-8")
    assert {text for text in plurals if f'msgid_plural "{text}"' not in source} == set()
    for text, translation in known.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", translation)), text


def test_the_compiled_catalog_is_that_of_the_source() -> None:
    """``make messages`` would change nothing."""
    source = (GERMAN / "django.po").read_text(encoding="utf-8")
    with (GERMAN / "django.mo").open("rb") as file:
        catalog: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > 150
    for text, translation in pairs:
        assert catalog[text.replace('\\"', '"')] == translation.replace('\\"', '"')
    assert "#, fuzzy" not in source
    assert 'msgstr ""\n\n' not in source


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with shared_service(tmp_path_factory.mktemp("tour")) as service:
        yield service


def test_the_tour_of_the_readme_works_as_it_is_written(service: Service, tmp_path: Path) -> None:
    """Each step in a shell, one after the other; nothing but the port is another."""
    tour = README.partition("## A tour with curl\n")[2].partition("\n## ")[0]
    steps = re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)
    assert len(steps) == 3
    first, second, third = (step.replace("localhost:8000", f"localhost:{service.port}") for step in steps)
    assert '"verification_id":' in shell(first, tmp_path)
    client = Client(service.base_url)
    until(lambda: code_in(client.get("/mailbox").text), seconds=20)
    assert '"email":"ada@example.com"' in shell(second, tmp_path)
    answers = shell(third, tmp_path)
    assert answers.count('"active":true') == 1
    assert '"reason":"logout"' in answers


def shell(script: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_ten_lines_for_any_language_work(service: Service) -> None:
    """docs/how-to/protect.md asks the service, as written: a living session is somebody, an ended one nobody."""
    page = (ROOT / "docs" / "how-to" / "protect.md").read_text(encoding="utf-8")
    code = page.partition("ask the service\n")[2].partition("```python\n")[2].partition("```")[0]
    client = Client(service.base_url)
    client.sign_up("grace@example.com")
    until(lambda: "grace@example.com" in client.get("/mailbox").text, seconds=20)
    letter = client.get("/mailbox").text.partition("grace@example.com")[2]
    client.post("/verify-otp", {"email": "grace@example.com", "otp": code_in(letter)})
    token = client.log_in("grace@example.com", transport="header").json()["token"]
    ask = f"{code}\nprint((current_user('Bearer {token}', '{service.base_url}') or {{}}).get('email'))"
    assert python(ask) == "grace@example.com\n"
    client.post("/logout", headers={"Authorization": f"Bearer {token}"})
    assert python(ask) == "None\n"


def python(script: str) -> str:
    done = subprocess.run(
        ["python3", "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_every_link_of_the_docs_leads_somewhere() -> None:
    """To a file of the repository."""
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"
