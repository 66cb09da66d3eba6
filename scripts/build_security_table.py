"""Write the table of the ASVS in docs/security.md: what is demanded, and which tests and pages show that it holds.

    python scripts/build_security_table.py

``docs/asvs.csv`` holds the rows. A test names the rows that it shows in a marker, ``@pytest.mark.asvs("1.2.4")``, a
page in a comment under a heading, ``<!-- asvs: 2.1.1 2.1.3 -->``. The tests are read, not run.
"""

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- the table of the ASVS begins -->", "<!-- the table of the ASVS ends -->"
CHAPTERS = {
    "1": "Encoding and sanitization",
    "2": "Validation and business logic",
    "3": "Web frontend",
    "4": "API and web service",
    "5": "File handling",
    "6": "Authentication",
    "7": "Session management",
    "8": "Authorization",
    "9": "Self-contained tokens",
    "11": "Cryptography",
    "12": "Secure communication",
    "13": "Configuration",
    "14": "Data protection",
    "15": "Secure coding and architecture",
    "16": "Logging and error handling",
}
_COMMENT = re.compile(r"<!-- asvs: ([0-9. ]+) -->")
_HEADING = re.compile(r"#{1,6} (.+)")
_FENCE = "```"


@dataclass(frozen=True)
class Row:
    """One requirement.

    Attributes:
        kind: ``A`` applies, ``A*`` once there is the feature, ``D`` is to be documented, ``O`` is the operator's,
            ``X`` is knowingly not met, for a ``reason``.
    """

    id: str
    level: str
    kind: str
    demand: str
    reason: str

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Proof:
    """A test or a section of a page, as a name and where it is, seen from the root."""

    row_id: str
    name: str
    target: str


class UnknownRowsError(Exception):
    """Something names rows that there are not; the text says what and which."""


def main() -> None:
    """Write the table, and say what it comes to."""
    page = ROOT / "docs" / "security.md"
    rows, proofs = rows_in(ROOT), proofs_in(ROOT)
    page.write_text(replaced(page.read_text(encoding="utf-8"), table=table(rows, proofs)), encoding="utf-8")
    print(summary(rows, proofs))


def rows_in(root: Path) -> list[Row]:
    """Return the requirements, in their order."""
    with (root / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(line["id"], line["level"], line["class"], line["demand"], line["reason"])
            for line in csv.DictReader(file)
        ]


def proofs_in(root: Path) -> list[Proof]:
    """Return what the tests and the pages say that they show, tests first."""
    tests = [proof for path in sorted(root.glob("tests/**/*.py")) for proof in _of_tests(path, root=root)]
    pages = [*sorted(root.glob("*.md")), *sorted(root.glob("docs/**/*.md"))]
    return tests + [proof for path in pages for proof in _of_page(path, root=root)]


def replaced(page: str, *, table: str) -> str:
    """Return the page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"


def table(rows: list[Row], proofs: list[Proof]) -> str:
    """Return the table in Markdown, a part for each chapter.

    Raises:
        UnknownRowsError: A test or a page names a row that is not there.
    """
    shown = _by_row(rows, proofs)
    parts = [summary(rows, proofs)]
    for chapter, members in groupby(rows, lambda row: row.chapter):
        lines = [f"| {row.id} | {row.level} | {row.demand} | {_last_column(row, shown)} |" for row in members]
        head = ["| ID | Level | Demand | Shown by |", "|---|---|---|---|"]
        parts.append("\n".join([f"### V{chapter} {CHAPTERS[chapter]}", "", *head, *lines]))
    return "\n\n".join(parts) + "\n"


def summary(rows: list[Row], proofs: list[Proof]) -> str:
    """Return in a sentence how many rows are shown, and how many are not."""
    shown = _by_row(rows, proofs)
    ours = [row for row in rows if row.kind not in ("O", "X")]
    n_shown = sum(row.id in shown for row in ours)
    kinds = [row.kind for row in rows]
    return (
        f"Of {len(rows)} rows {n_shown} are shown, {len(ours) - n_shown} not yet; {kinds.count('O')} are the "
        f"operator's, and {kinds.count('X')} are knowingly not met."
    )


def _by_row(rows: list[Row], proofs: list[Proof]) -> Mapping[str, list[Proof]]:
    known = {row.id for row in rows}
    unknown = sorted({f"{proof.target}: {proof.row_id}" for proof in proofs if proof.row_id not in known})
    if unknown:
        raise UnknownRowsError("docs/asvs.csv has no such row: " + ", ".join(unknown))
    found: defaultdict[str, list[Proof]] = defaultdict(list)
    for proof in proofs:
        found[proof.row_id].append(proof)
    return dict(found)


def _last_column(row: Row, shown: Mapping[str, list[Proof]]) -> str:
    links = ", ".join(dict.fromkeys(map(_link, shown.get(row.id, []))))
    if row.kind == "X":
        return "; ".join(filter(None, [f"*not met:* {row.reason}", links]))
    if row.kind == "O":
        return "; ".join(filter(None, ["*operator*", links]))
    return links or "*not yet*"


def _link(proof: Proof) -> str:
    # Seen from docs/security.md.
    target = proof.target.removeprefix("docs/") if proof.target.startswith("docs/") else f"../{proof.target}"
    return f"[{proof.name}]({target.removeprefix('security.md')})"


def _of_tests(path: Path, *, root: Path) -> Iterator[Proof]:
    target = path.relative_to(root).as_posix()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "pytestmark" for name in node.targets):
            yield from (Proof(row_id, target, target) for row_id in _marked(node.value))
        elif isinstance(node, ast.FunctionDef):
            name = node.name.removeprefix("test_").replace("_", " ")
            yield from (Proof(row_id, name, target) for mark in node.decorator_list for row_id in _marked(mark))


def _marked(mark: ast.expr) -> Iterator[str]:
    """Return the rows that ``pytest.mark.asvs(...)`` names, also in a list of marks."""
    for call in ast.walk(mark):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "asvs":
            yield from (str(ast.literal_eval(argument)) for argument in call.args)


def _of_page(path: Path, *, root: Path) -> Iterator[Proof]:
    """Return what a page's comments name, under the heading that each is below."""
    title = heading = ""
    for line in _outside_code(path.read_text(encoding="utf-8")):
        if found := _HEADING.fullmatch(line):
            title, heading = title or found[1], found[1]
        for comment in _COMMENT.finditer(line):
            name = heading if title == heading or path.name == "security.md" else f"{title}: {heading}"
            target = f"{path.relative_to(root).as_posix()}#{anchor(heading)}"
            yield from (Proof(row_id, name, target) for row_id in comment[1].split())


def _outside_code(text: str) -> Iterator[str]:
    is_code = False
    for line in text.splitlines():
        is_code ^= line.startswith(_FENCE)
        if not is_code:
            yield line


def anchor(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    main()
