"""docs/security.md is true, as far as a program can tell, and its table of the ASVS is that of the tests and pages."""

import importlib
import pkgutil
import re
from collections import Counter
from pathlib import Path

import pytest

import user_auth
from scripts import build_security_table
from scripts.build_security_table import Row, UnknownRowsError
from user_auth import conf
from user_auth.crypto.keys import Purpose
from user_auth.mongo.documents import Document

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
ROWS = [Row("1.2.4", "1", "A", "No injection", ""), Row("2.1.1", "1", "D", "Document it", "")]

TESTS = '''
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.asvs("2.1.1")]


@pytest.mark.asvs("1.2.4", "2.1.1")
@pytest.mark.slow
def test_nothing_gets_in() -> None:
    """With rows."""


def test_of_something_else() -> None:
    """Without."""
'''
PROSE = """# A page

## What is taken in?

<!-- asvs: 2.1.1 1.2.4 -->

```
<!-- asvs: 9.9.9 -->
```
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a module of tests and a page."""
    for path, text in (("tests/crypto/test_things.py", TESTS), ("docs/settings.md", PROSE)):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def section(heading: str) -> str:
    """Return the text under a heading of the page, up to the next."""
    return PAGE.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2].partition("\n#")[0]


def names_in(heading: str) -> set[str]:
    """Return the first column of the table in a section."""
    return set(re.findall(r"^\| `(\w+)` \|", section(heading), re.MULTILINE))


def test_the_table_is_up_to_date() -> None:
    """``python scripts/build_security_table.py`` would change nothing; what names an unknown row fails here too."""
    page = PAGE.read_text(encoding="utf-8")
    rows, proofs = build_security_table.rows_in(ROOT), build_security_table.proofs_in(ROOT)
    assert build_security_table.replaced(page, table=build_security_table.table(rows, proofs)) == page


def test_the_rows_are_the_requirements_that_apply() -> None:
    """245 of the standard's 345, each once and in order; a reason where one is knowingly not met, and nowhere else."""
    rows = build_security_table.rows_in(ROOT)
    assert Counter(row.level for row in rows) == {"1": 59, "2": 122, "3": 64}
    numbers = [tuple(map(int, row.id.split("."))) for row in rows]
    assert numbers == sorted(set(numbers))
    assert {row.kind for row in rows} == {"A", "A*", "D", "O", "X"}
    assert [row.id for row in rows if bool(row.reason) != (row.kind == "X")] == []


def test_a_row_leads_to_the_tests_and_pages_that_name_it(tree: Path) -> None:
    """By the test's name, or the module's where all of it is meant, or the section's; code on a page is passed over."""
    table = build_security_table.table(ROWS, build_security_table.proofs_in(tree))
    module = "../tests/crypto/test_things.py"
    section = "[A page: What is taken in?](settings.md#what-is-taken-in)"
    assert f"| 1.2.4 | 1 | No injection | [nothing gets in]({module}), {section} |\n" in table
    named = f"[tests/crypto/test_things.py]({module}), [nothing gets in]({module}), {section}"
    assert f"| 2.1.1 | 1 | Document it | {named} |\n" in table


def test_a_row_that_nothing_names_says_so(tree: Path) -> None:
    """Not yet, the operator's, or not met for a reason."""
    rows = [
        *ROWS,
        Row("3.1.1", "1", "A*", "a", ""),
        Row("3.1.2", "2", "O", "b", ""),
        Row("3.1.3", "3", "X", "c", "Dear."),
    ]
    table = build_security_table.table(rows, build_security_table.proofs_in(tree))
    assert (
        "| 3.1.1 | 1 | a | *not yet* |\n| 3.1.2 | 2 | b | *operator* |\n| 3.1.3 | 3 | c | *not met:* Dear. |\n" in table
    )
    assert table.startswith("Of 5 rows 2 are shown, 1 not yet; 1 are the operator's, and 1 are knowingly not met.\n")


def test_a_row_that_is_not_there_is_named(tree: Path) -> None:
    """With the file that means it."""
    with pytest.raises(UnknownRowsError, match=r"tests/crypto/test_things\.py: 2\.1\.1"):
        build_security_table.table(ROWS[:1], build_security_table.proofs_in(tree))


def test_every_link_of_the_page_leads_somewhere() -> None:
    """To a file of the repository, or a heading of a page in it."""
    for target in re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        file = (PAGE.parent / path) if path else PAGE
        assert file.exists(), target
        headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in map(build_security_table.anchor, headings), target


def test_the_inventory_of_keys_is_complete() -> None:
    """Every purpose for which a key is derived is in it."""
    assert names_in("Keys") >= {purpose.value for purpose in Purpose}


def test_the_inventory_of_data_is_complete() -> None:
    """Every collection that the app writes is in it, and no other."""
    for module in pkgutil.walk_packages(user_auth.__path__, "user_auth."):
        importlib.import_module(module.name)
    documents = [each for each in Document.__subclasses__() if each.__module__.startswith("user_auth.")]
    assert names_in("Data") == {each._get_collection_name() for each in documents}


def test_the_limits_are_those_in_force() -> None:
    """Every limit is on the page, with the figure that holds unless it is set."""
    rows = dict(re.findall(r"^\| `(LIMIT_\w+)` \| `([^`]+)` \|", section("Limits"), re.MULTILINE))
    assert rows == {name: str(option.default) for name, option in conf.OPTIONS.items() if name.startswith("LIMIT_")}
