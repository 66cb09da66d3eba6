"""The style sheet that an accent color makes: readable in light and dark, whatever the color."""

from user_auth.foundation.colors import BLACK, WHITE, Color, ink_on, readable_on

# The grounds of pages.css that links stand on.
LIGHT_GROUND = Color.parse("#f5f6f8")
DARK_GROUND = Color.parse("#161b26")
HOVER = 0.14


def sheet(accent: str) -> str:
    """Return the sheet for ``#rrggbb``."""
    color = Color.parse(accent)
    light, dark = _names(color, ground=LIGHT_GROUND), _names(color, ground=DARK_GROUND)
    return f":root {{{light}}}\n@media (prefers-color-scheme: dark) {{ :root {{{dark}}} }}\n"


def _names(color: Color, *, ground: Color) -> str:
    ink = ink_on(color)
    away = BLACK if ink == WHITE else WHITE
    values = {
        "--accent": readable_on(color, ground),
        "--fill": color,
        "--fill-hover": color.mixed(away, HOVER),
        "--fill-ink": ink,
    }
    return " ".join(f"{name}: {value};" for name, value in values.items())
