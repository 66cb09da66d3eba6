"""The pages of the API and of its errors, and what ``docs/`` says of them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from user_auth.features.operations import catalogue
from user_auth.features.operations.catalogue import ADVICE, Entry

ERRORS = (Path(__file__).resolve().parents[3] / "docs" / "errors.md").read_text(encoding="utf-8")
ENTRIES = list(catalogue.entries().values())

each_error = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)


@pytest.mark.asvs("3.6.1")
@pytest.mark.parametrize("path", ["/docs", "/docs/errors/forbidden"])
def test_a_page_needs_nothing_from_elsewhere(client: Client, path: str) -> None:
    """Every style and script is a file of ours, and none is in the page: the policy would not let it run."""
    page = client.get(path).content.decode()
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert assets
    assert all(finders.find(asset.removeprefix("/static/")) for asset in assets)
    assert not re.findall(r"<style|<script>|style=|\bon\w+=|https?://", page)


def test_the_page_finds_its_document_under_a_prefix(client: Client, settings: Any) -> None:
    """A host project chooses it."""
    settings.ROOT_URLCONF = "tests.web.endpoints"
    assert 'data-document="/auth/openapi.json"' in client.get("/auth/docs").content.decode()


@each_error
def test_every_error_has_a_page(client: Client, entry: Entry) -> None:
    """Where ``type`` leads."""
    answer = client.get(f"/docs/errors/{entry.code}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1>{entry.title}</h1>" in answer.content.decode()
    assert "`" not in answer.content.decode()


@pytest.mark.parametrize("code", ["unknown", "Forbidden", "forbidden/", "../forbidden", "<script>", ""])
def test_what_is_no_error_has_none(client: Client, code: str) -> None:
    """It is an unknown path."""
    answer = client.get(f"/docs/errors/{code}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@each_error
def test_every_error_is_in_the_docs(entry: Entry) -> None:
    """With the same words as on its page."""
    head, _, rest = ERRORS.partition(f"\n## {entry.code}\n")
    section = " ".join(rest.partition("\n## ")[0].split())
    assert section == f"{entry.title}, status {entry.status}. {entry.meaning} {entry.advice}"
    assert f"| [`{entry.code}`](#{entry.code}) | {entry.status} |" in head


def test_the_docs_have_no_error_that_is_none() -> None:
    """Nor is there advice about one."""
    codes = [entry.code for entry in ENTRIES]
    assert re.findall(r"^## (\w+)$", ERRORS, re.MULTILINE) == codes
    assert set(ADVICE) == set(codes)
