"""Colors that can be read."""

import pytest

from user_auth.foundation.colors import BLACK, READABLE, WHITE, Color, contrast, ink_on, readable_on

GROUNDS = [WHITE, BLACK, Color.parse("#f5f6f8"), Color.parse("#161b26"), Color.parse("#777777")]


def test_the_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21, a color on itself 1; #767676 is the lightest gray that can be read on white."""
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == pytest.approx(1)
    assert contrast(Color.parse("#767676"), WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("ground", GROUNDS, ids=str)
@pytest.mark.parametrize("accent", ["#ffff00", "#0000ff", "#ff0000", "#808080", "#000000", "#ffffff", "#1d4ed8"])
def test_every_accent_can_be_read_on_every_ground(accent: str, ground: Color) -> None:
    """It is made darker or lighter; and black or white can be read on it."""
    color = Color.parse(accent)
    assert contrast(readable_on(color, ground), ground) >= READABLE
    assert contrast(ink_on(color), color) >= READABLE


def test_a_color_that_can_be_read_stays_as_it_is() -> None:
    """A service's own color is not changed without need."""
    assert str(readable_on(Color.parse("#1d4ed8"), WHITE)) == "#1d4ed8"


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "1d4ed8", "#1d4ed8;", "#1d4ed8\n"])
def test_what_is_no_color_is_refused(text: str) -> None:
    """It would go into a style sheet."""
    with pytest.raises(ValueError, match="rrggbb"):
        Color.parse(text)
