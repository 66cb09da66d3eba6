"""Refusals as problems, and what becomes of other exceptions."""

import json
from typing import Any

import pytest
from django.core.exceptions import DisallowedHost, PermissionDenied, SuspiciousOperation
from django.http import Http404
from mongoengine.errors import OperationError
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)

from user_auth.foundation import errors
from user_auth.foundation.errors import AuthError, FieldProblem
from user_auth.web import failures, problems


def body(error: AuthError) -> dict[str, Any]:
    return dict(json.loads(problems.render(error, request_id="id").body))


def test_a_problem_has_the_members_of_the_contract() -> None:
    """And no others unless they belong to the code."""
    assert body(errors.MalformedBodyError()) == {
        "type": "http://127.0.0.1:8000/docs/errors/malformed_body",
        "title": "Malformed body",
        "status": 400,
        "detail": "The body must be one JSON object in UTF-8.",
        "code": "malformed_body",
        "request_id": "id",
    }


def test_fields_waits_and_members_are_in_the_body() -> None:
    """The wait is the same as in the header."""
    error = errors.InvalidFieldsError(errors=[FieldProblem("a", "invalid", "Wrong.")])
    assert body(error)["errors"] == [{"param": "a", "code": "invalid", "message": "Wrong."}]
    assert body(errors.SessionRevokedError(reason="idle"))["reason"] == "idle"
    assert "reason" not in body(errors.SessionRevokedError())
    limited = errors.RateLimitedError(retry_after=7)
    assert body(limited)["retry_after"] == 7
    assert problems.render(limited, request_id="id").headers["Retry-After"] == "7"


def test_every_kind_has_a_status() -> None:
    """None is forgotten when one is added."""
    assert set(problems.STATUSES) == set(errors.Kind)


def test_the_address_of_an_errors_page_follows_the_deployment(settings: Any) -> None:
    """``PUBLIC_URL`` and the prefix of a host project; where our paths are not served there is none."""
    settings.USER_AUTH = {**settings.USER_AUTH, "PUBLIC_URL": "https://auth.example.com"}
    assert problems.type_url("forbidden") == "https://auth.example.com/docs/errors/forbidden"
    settings.ROOT_URLCONF = "tests.web.endpoints"
    assert problems.type_url("forbidden") == "https://auth.example.com/auth/docs/errors/forbidden"
    settings.ROOT_URLCONF = "tests.web.no_endpoints"
    assert problems.type_url("forbidden") == "about:blank"


AWAY = [
    AutoReconnect(),
    ServerSelectionTimeoutError("db.internal:27017"),
    NetworkTimeout(),
    NotPrimaryError(),
    WaitQueueTimeoutError(),
    ExecutionTimeout("too slow", 50),
    WriteConcernError("waiting for replication timed out", 64),
    OperationFailure("shutting down", 91),
    OperationFailure("interrupted", 11602),
]


@pytest.mark.asvs("16.5.1")
@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_a_database_that_is_away_is_unavailable(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """As it is, or inside what was made from it; the log does not learn where the database is."""
    wrapped = RuntimeError()
    wrapped.__cause__ = error
    for each in (error, wrapped):
        refusal = failures.translate(each)
        assert isinstance(refusal, errors.UnavailableError)
        assert refusal.retry_after
    assert type(error).__name__ in caplog.text
    assert "db.internal" not in caplog.text


def test_mongoengine_hides_the_cause_and_it_is_found() -> None:
    """It raises anew while handling, and names no cause."""
    with pytest.raises(OperationError) as caught:  # noqa: PT012 - the shape of MongoEngine's own code
        try:
            raise AutoReconnect
        except AutoReconnect:
            raise OperationError  # noqa: B904 - as above
    assert isinstance(failures.translate(caught.value), errors.UnavailableError)


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), DuplicateKeyError("dup"), OperationFailure("bad query", 2), OperationError("x"), RecursionError()],
    ids=lambda error: type(error).__name__,
)
def test_a_mistake_of_ours_is_an_internal_error(error: Exception) -> None:
    """A refusal of MongoDB's is one too."""
    assert isinstance(failures.translate(error), errors.InternalError)


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (Http404(), errors.NotFoundError),
        (PermissionDenied(), errors.ForbiddenError),
        (DisallowedHost(), errors.UnknownHostError),
        (SuspiciousOperation(), errors.MalformedBodyError),
        (errors.InvalidCodeError(), errors.InvalidCodeError),
    ],
)
def test_djangos_refusals_are_ours(error: Exception, refusal: type[AuthError]) -> None:
    """What a view may raise in Django's own way."""
    assert type(failures.translate(error)) is refusal
