"""Colors, made so that people can read what is written in them.

Source: WCAG 2.2, relative luminance and contrast ratio; success criterion 1.4.3 asks for 4.5 to 1.
"""

import re
from dataclasses import dataclass
from typing import Self

READABLE = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 40
_LINEAR_UP_TO = 0.04045


@dataclass(frozen=True)
class Color:
    """A color by its red, green and blue, from 0 to 255."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``#rrggbb``.

        Raises:
            ValueError: It is something else.
        """
        if not _HEX.fullmatch(text):
            raise ValueError("not #rrggbb")
        return cls(*bytes.fromhex(text[1:]))

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @property
    def luminance(self) -> float:
        red, green, blue = (_linear(channel / 255) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: "Color", share: float) -> "Color":
        """Return the color with a share of another, from 0 to 1."""
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        return Color(*(round(own + (its - own) * share) for own, its in pairs))


BLACK, WHITE = Color(0, 0, 0), Color(255, 255, 255)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colors, from 1 to 21."""
    dark, light = sorted((one.luminance, other.luminance))
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: Color) -> Color:
    """Return black or white, whichever reads better on a ground."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, ground))


def readable_on(color: Color, ground: Color) -> Color:
    """Return the color, made darker or lighter until it can be read on a ground."""
    towards = ink_on(ground)
    shades = (color.mixed(towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if contrast(shade, ground) >= READABLE), towards)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_UP_TO else ((channel + 0.055) / 1.055) ** 2.4
