"""The names that a host project may import, and the guide that tells of them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from user_auth import api, checks, conf

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs" / "how-to" / "embed.md"
TEXT = GUIDE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("name", api.__all__)
def test_every_public_name_is_in_the_guide(name: str) -> None:
    """What is not told of is not public."""
    assert re.search(rf"\b{name}\b", TEXT)


@pytest.mark.parametrize("check", [checks.UNUSABLE, checks.UNKNOWN, checks.NO_TEMPLATES])
def test_every_check_is_in_the_guide(check: str) -> None:
    """Whoever sees its id finds out what it means."""
    assert f"| `{check}` |" in TEXT


def test_the_examples_import_public_names_only() -> None:
    """And there are examples."""
    imported = {
        (node.module, alias.name)
        for example in EXAMPLES
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("user_auth")
        for alias in node.names
    }
    assert imported
    assert imported <= {("user_auth.api", name) for name in api.__all__}


def test_the_guides_settings_can_be_used() -> None:
    """In production, where the most is asked for."""
    namespace: dict[str, dict[str, object]] = {}
    exec(next(example for example in EXAMPLES if "USER_AUTH" in example), namespace)  # noqa: S102 - our own page
    settings = conf.read({**namespace["USER_AUTH"], "MODE": "production", "SECRET_KEY": "0123456789abcdef" * 2})
    assert settings.uses_https


@pytest.mark.parametrize("first", ["rest_framework.views", "user_auth.api", "user_auth.urls"])
def test_our_class_can_be_a_projects_default(first: str) -> None:
    """Whatever is imported first: DRF's views ask for the class while they are being imported themselves."""
    program = f"""
from django.conf import settings
name = "user_auth.api.JWTAuthentication"
settings.configure(REST_FRAMEWORK={{"DEFAULT_AUTHENTICATION_CLASSES": [name]}})
import {first}
from rest_framework.views import APIView
print(*APIView.authentication_classes)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "core")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "<class 'user_auth.web.authentication.JWTAuthentication'>", done.stderr
