"""Metrics read back from Prometheus' text format."""

from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, frozenset[tuple[str, str]]]


def samples(text: str) -> dict[Series, float]:
    """Return every sample by its name and labels."""
    families = text_string_to_metric_families(text)
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def value(text: str, name: str, **labels: str) -> float:
    """Return the sum of all series of a name that have these labels; zero when there are none."""
    wanted = frozenset(labels.items())
    return sum(figure for (found, theirs), figure in samples(text).items() if found == name and wanted <= theirs)
