"""docs/operating.md lists the metrics that there are."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from user_auth.features.operations import scrape
from user_auth.metrics import families

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
ROW = re.compile(r"^\| `(?P<name>user_auth_\w+)` \| (?P<kind>\w+) \|(?P<labels>[^|]*)\|", re.MULTILINE)


def exposed(text: str) -> dict[str, tuple[str, set[str]]]:
    """Return the kind and the labels of what a scrape gave, by name."""
    found = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = (family.type, labels)
    return found


def test_the_page_lists_every_metric_with_its_kind_and_labels(mongo: None) -> None:
    """What a scrape shows is on the page, and what is on the page a scrape shows."""
    rows = PAGE.read_text(encoding="utf-8")
    documented = {row["name"]: (row["kind"], set(re.findall(r"`(\w+)`", row["labels"]))) for row in ROW.finditer(rows)}
    declared = {
        metric._name + ("_total" if metric._type == "counter" else ""): metric for metric in families.families()
    }
    found = exposed(scrape.text().decode())
    assert found.keys() == documented.keys()
    for name, (kind, labels) in documented.items():
        assert found[name][0] == kind
        # One that has counted nothing yet shows none.
        assert labels == (set(declared[name]._labelnames) if name in declared else found[name][1])
