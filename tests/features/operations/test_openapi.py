"""The API's document agrees with the code."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from user_auth.features.operations import catalogue, openapi
from user_auth.web import problems

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT: dict[str, Any] = json.loads(openapi.FILE.read_text(encoding="utf-8"))


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference: str | None = node.get("$ref")
    if reference is None:
        return node
    _, section, kind, name = reference.split("/")
    found: dict[str, Any] = DOCUMENT[section][kind][name]
    return found


def codes(operation: dict[str, Any], status: str) -> list[str]:
    """Return the codes that an operation declares for a status."""
    schema = resolved(operation["responses"][status])["content"][problems.CONTENT_TYPE]["schema"]
    found: list[str] = schema["allOf"][1]["properties"]["code"]["enum"]
    return found


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), vars(pattern.callback)["view_class"]


def test_the_file_is_what_the_code_gives() -> None:
    """Whoever changes an operation runs ``make openapi``."""
    script = ROOT / "scripts" / "build_openapi.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True, timeout=50)


def test_the_document_has_every_operation_and_no_other() -> None:
    """Pages for people apart."""
    served = {
        (path, method)
        for path, view in routes(get_resolver("user_auth.urls").url_patterns)
        for method, operation in view.operations.items()
        if operation.is_documented
    }
    assert {(path, method) for path, method, _ in operations()} == served


def test_every_reference_leads_somewhere() -> None:
    """And every component is referred to."""
    referred = set(re.findall(r'"\$ref": "#/components/(\w+/\w+)"', json.dumps(DOCUMENT)))
    components = DOCUMENT["components"]
    held = {f"{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}
    assert referred == held


def test_every_status_has_codes_of_that_status() -> None:
    """As the catalogue of errors has them."""
    entries = catalogue.entries()
    for path, method, operation in operations():
        for status in (status for status in operation["responses"] if int(status) >= 400):
            declared = {entries[code].status for code in codes(operation, status)}
            assert declared == {int(status)}, (path, method)


@pytest.mark.parametrize(
    ("path", "method", "status", "expected"),
    [
        ("/login", "post", "401", ["invalid_credentials"]),
        ("/login", "post", "403", ["cross_site_request"]),
        ("/login", "post", "429", ["rate_limited"]),
        ("/login", "post", "400", ["unknown_host", "malformed_body", "validation_error"]),
        ("/healthz", "get", "400", ["malformed_body", "validation_error"]),
        (
            "/verify-session",
            "post",
            "401",
            ["session_missing", "session_invalid", "session_expired", "session_revoked"],
        ),
    ],
)
def test_what_follows_from_the_rules_is_declared(path: str, method: str, status: str, expected: list[str]) -> None:
    """Beside what the operation itself names."""
    assert codes(DOCUMENT["paths"][path][method], status) == expected


@pytest.mark.asvs("2.1.1")
def test_bodies_take_nothing_unknown_and_describe_their_fields() -> None:
    """With the forms that are checked."""
    schemas = DOCUMENT["components"]["schemas"]
    bodies = {name: schema for name, schema in schemas.items() if name.endswith("Body")}
    assert all(schema["additionalProperties"] is False for schema in bodies.values())
    assert bodies["VerifyBody"]["properties"]["otp"] == {"type": "string", "pattern": "^[0-9]{6}$"}
    assert bodies["VerifyBody"]["oneOf"] == [{"required": ["verification_id"]}, {"required": ["email"]}]


def test_a_session_is_asked_for_where_it_is_needed() -> None:
    """By cookie or by header."""
    both: list[dict[str, list[str]]] = [{"cookie": []}, {"bearer": []}]
    assert DOCUMENT["paths"]["/verify-session"]["post"]["security"] == both
    assert "security" not in DOCUMENT["paths"]["/login"]["post"]


def test_the_document_is_this_deployments(client: Client, settings: Any) -> None:
    """Its name, its address, its prefix, its cookie."""
    settings.ROOT_URLCONF = "tests.web.endpoints"
    settings.USER_AUTH = {
        **settings.USER_AUTH,
        "SERVICE_NAME": "Gatehouse",
        "PUBLIC_URL": "https://auth.example.com",
    }
    document = client.get("/auth/openapi.json").json()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Gatehouse"
    assert [server["url"] for server in document["servers"]] == ["/auth", "https://auth.example.com/auth"]
    assert document["components"]["securitySchemes"]["cookie"]["name"] == "__Host-token"


def test_at_the_root_the_document_says_so(client: Client) -> None:
    """The stand-alone service has no prefix, and in local mode no https."""
    document = client.get("/openapi.json").json()
    assert [server["url"] for server in document["servers"]] == ["/", "http://127.0.0.1:8000"]
    assert document["components"]["securitySchemes"]["cookie"]["name"] == "token"
