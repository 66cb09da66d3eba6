"""What the contract promises of every answer, whatever was sent."""

from collections.abc import Mapping

from tests.attacks.wire import Answer

HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
# What the HTTP parser refuses has no more than a status.
BARE = (400, 414, 431)
_MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
_TELLTALE = (b"Traceback", b'File "', b"mongo", b"Mongo", b"django", b"Django", b"pymongo", b"uvicorn")


def check_headers(answer: Answer) -> None:
    """Hold an answer of the API to the headers that it always has."""
    assert {name: answer.header(name) for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.header("content-security-policy")
    assert answer.header("x-request-id")
    assert not answer.header("server")
    assert not answer.header("x-powered-by")


def check_problem(answer: Answer, status: int, code: str, *, extra: frozenset[str] = frozenset()) -> None:
    """Hold an answer to the form of a problem with this status and code, and with no more members than it needs."""
    assert (answer.status, answer.code) == (status, code), answer.body
    check_headers(answer)
    assert answer.header("content-type") == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == _MEMBERS | extra | _extra_of(status, code)
    assert problem["status"] == status
    assert problem["request_id"] == answer.header("x-request-id")
    assert problem["type"].endswith(f"/docs/errors/{code}")
    assert bool(answer.header("retry-after")) == (status in (429, 503))
    assert bool(answer.header("www-authenticate")) == (status == 401)
    assert bool(answer.header("allow")) == (status == 405)
    assert not any(word in answer.body for word in _TELLTALE)


def check_refused(answer: Answer) -> None:
    """Hold an answer to being a problem of the 4xx, or bare where the HTTP parser has refused it."""
    if answer.body or answer.status not in BARE:
        assert 400 <= answer.status < 500, answer
        check_problem(answer, answer.status, answer.code, extra=frozenset(answer.json()) & {"errors", "reason"})


def fields_of(answer: Answer) -> set[tuple[str, str]]:
    """Return which fields a problem names, and what is wrong with each."""
    return {(item["param"], item["code"]) for item in answer.json()["errors"]}


def _extra_of(status: int, code: str) -> set[str]:
    if status in (429, 503):
        return {"retry_after"}
    return {"errors"} if code in ("validation_error", "weak_password") else set()
