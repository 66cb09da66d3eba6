"""docs/settings.md is true."""

import re
from pathlib import Path

from main_project import env
from user_auth import conf

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<names>`[A-Z_`, ]+`)(?P<app> \(app\))? \| (?P<default>[^|]*) \|", re.MULTILINE)


def documented(*, in_app: bool) -> set[str]:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = [row for row in ROW.finditer(text) if bool(row["app"]) == in_app]
    return {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row["names"])}


def test_every_setting_of_the_app_is_documented() -> None:
    """The page lists exactly what a host project can give."""
    assert documented(in_app=True) == conf.OPTIONS.keys()


def test_every_name_of_the_environment_is_documented() -> None:
    """The page lists exactly what the service reads besides."""
    assert documented(in_app=False) == env.SERVICE_OPTIONS.keys()


def test_every_default_that_is_a_text_is_the_real_one() -> None:
    """A figure on the page is the figure in force."""
    rows = {
        tuple(re.findall(r"`([A-Z_]+)`", row["names"])): row["default"]
        for row in ROW.finditer((ROOT / "docs" / "settings.md").read_text())
    }
    options = {**conf.OPTIONS, **env.SERVICE_OPTIONS}
    for names, shown in rows.items():
        figures = re.findall(r"`([^`]+)`", shown)
        real = [str(options[name].default) for name in names]
        if all(figure[0].isdigit() for figure in figures) and figures:
            assert figures == real, names


def test_the_example_names_every_name() -> None:
    """core/env/.env.example explains what can be set, and sets nothing but the sample key."""
    text = (ROOT / "core" / "env" / ".env.example").read_text()
    named = set(re.findall(r"^#? ?([A-Z_]+)=", text, re.MULTILINE))
    assert named == {*conf.OPTIONS, *env.SERVICE_OPTIONS}
    assert f"SECRET_KEY={conf.SAMPLE_SECRET_KEY}" in text
