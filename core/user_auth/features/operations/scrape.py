"""What a scrape gets: what the processes have counted, and the mail queue as it is now."""

import hmac
from collections.abc import Iterator, Mapping

import pymongo
from django.http import HttpRequest
from mongoengine.errors import MongoEngineException
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError

from user_auth import conf, metrics
from user_auth.features.operations import service
from user_auth.foundation import clock
from user_auth.foundation.errors import SessionInvalidError, SessionMissingError
from user_auth.mail import outbox
from user_auth.mail.documents import Status
from user_auth.web import caller
from user_auth.web.credentials import Presented


def require_access(request: HttpRequest) -> None:
    """Let through whoever shows ``METRICS_TOKEN``, and in local mode whoever sits at this machine.

    Raises:
        SessionMissingError, SessionInvalidError: Without the token, or with another.
    """
    token, shown = conf.settings().metrics_token, Presented.of(request).header
    # WSGI gives bytes as latin-1; compared as bytes, since text beyond ASCII cannot be.
    if token and shown and hmac.compare_digest(shown.encode("latin-1", "replace"), token.encode()):
        return
    if conf.settings().is_local and caller.is_direct(request.META):
        return
    if shown is None:
        raise SessionMissingError("Send METRICS_TOKEN as a bearer token.")
    raise SessionInvalidError


def text() -> bytes:
    """Return all metrics in Prometheus' text format; without the database, all but those of the mail queue."""
    return metrics.text(_Live())


class _Live(Collector):
    """What is not counted but looked up."""

    def collect(self) -> Iterator[Metric]:
        try:
            with pymongo.timeout(service.PROBE_SECONDS):
                backlogs = outbox.backlogs()
        except (PyMongoError, MongoEngineException):
            yield _database_up(0)
            return
        now = clock.now()
        ages = {each.status: max(0.0, (now - each.oldest_at).total_seconds()) for each in backlogs}
        yield _database_up(1)
        yield _by_state("mail_queue", "Mails that have not left.", {each.status: each.count for each in backlogs})
        yield _by_state("mail_oldest_seconds", "Age of the oldest of them.", ages)


def _database_up(value: float) -> Metric:
    return GaugeMetricFamily(metrics.PREFIX + "database_up", "Whether MongoDB answered this scrape.", value=value)


def _by_state(name: str, help_text: str, values: Mapping[Status, float]) -> Metric:
    family = GaugeMetricFamily(metrics.PREFIX + name, help_text, labels=["state"])
    for status, value in values.items():
        family.add_metric([status.value], value)
    return family
