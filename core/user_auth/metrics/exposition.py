"""The answer to a scrape."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from user_auth.metrics import families, sharing, tallies

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def text(*live: Collector) -> bytes:
    """Return all metrics in Prometheus' text format.

    Args:
        live: What is not counted but looked up for each scrape.
    """
    tallies.flush()
    registry = CollectorRegistry()
    for collector in (_Counted(), *live):
        registry.register(collector)
    return generate_latest(registry)


class _Counted(Collector):
    """What this process has counted, or where they share, all processes."""

    def collect(self) -> Iterator[Metric]:
        # A host project may have set it, too.
        shared = os.environ.get(sharing.FOLDER)
        metrics = _merged(Path(shared)) if shared else _own()
        # In a host project others count too, and show that in their own way.
        return (_without_births(metric) for metric in metrics if metric.name.startswith(families.PREFIX))


def _merged(folder: Path) -> Iterable[Metric]:
    files = [str(path) for path in folder.glob("*.db")]
    metrics: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
    return metrics


def _without_births(metric: Metric) -> Metric:
    """Drop when each series began, which would be a second series for each."""
    metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
    return metric


def _own() -> Iterable[Metric]:
    return (metric for family in families.families() for metric in family.collect())
