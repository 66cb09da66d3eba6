"""``/healthz`` and ``/readyz``."""

from django.test import Client

from tests.harness import promises
from user_auth.mail.documents import Mail
from user_auth.mongo import indexes


def test_a_process_is_alive_whatever_has_become_of_the_database(client: Client, database_away: None) -> None:
    """A balancer that restarted every process for it would make things worse."""
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_with_its_database_the_service_is_ready(client: Client, mongo: None) -> None:
    """By whatever name it is asked."""
    answer = client.get("/readyz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "session_cache": "off"})


def test_without_its_database_it_is_not(client: Client, database_away: None) -> None:
    """And says so before a probe gives up."""
    promises.keep(lambda: promises.timed(lambda: client.get("/readyz")), seconds=4)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "unavailable", "2")
    assert answer.json()["detail"] == "Not usable now: database, indexes, mail_queue."


def test_without_an_index_it_is_not(client: Client, mongo: None) -> None:
    """A query that reads a whole collection is no service; once the index is there it is ready at once."""
    Mail._get_collection().drop_index("status_1_due_at_1")
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["detail"]) == (503, "Not usable now: indexes.")
    finally:
        indexes.ensure()
    assert client.get("/readyz").status_code == 200


def test_indexes_found_right_are_not_compared_again_at_once(client: Client, mongo: None) -> None:
    """A probe every second costs no comparison every second."""
    assert client.get("/readyz").status_code == 200
    Mail._get_collection().drop_index("status_1_due_at_1")
    try:
        assert client.get("/readyz").status_code == 200
    finally:
        indexes.ensure()
