"""The page of events lists what can be recorded, no more and no less."""

import re
from pathlib import Path

import pytest

from user_auth.audit import Event

PAGE = Path(__file__).parents[2] / "docs" / "events.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (stored|log only) \|$", re.MULTILINE)


@pytest.mark.asvs("16.1.1")
def test_the_page_and_the_code_agree() -> None:
    """Name, meaning and whether it is stored, row by row."""
    listed = [(event.value, event.meaning, "stored" if event.is_stored else "log only") for event in Event]
    assert ROW.findall(PAGE.read_text("utf-8")) == listed


def test_names_are_those_of_a_vocabulary() -> None:
    """Lower-case words, each event its own; a name is found again by its value."""
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", event) for event in Event)
    assert len({event.value for event in Event}) == len(Event)
    assert f"{Event.LOGIN_FAILED}" == "authn_login_fail"
