"""What the tests of the connection share."""

from collections.abc import Iterator

import pytest

from user_auth.mongo import connection


@pytest.fixture
def unopened() -> Iterator[None]:
    """No connection before, and none kept afterwards."""
    connection.close()
    yield
    connection.close()
