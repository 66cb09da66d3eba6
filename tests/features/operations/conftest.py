"""A client of the service."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from user_auth.features.operations import service
from user_auth.mongo import connection


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def database_away(settings: Any) -> Iterator[None]:
    """No server at the other end."""
    connection.close()
    settings.USER_AUTH = {**settings.USER_AUTH, "MONGODB_URI": "mongodb://127.0.0.1:1/user_auth"}
    yield
    connection.close()


@pytest.fixture(autouse=True)
def _fresh_comparison() -> Iterator[None]:
    """No test finds what another has learned of the indexes."""
    service.indexes_are_right.forget()
    yield
    service.indexes_are_right.forget()
