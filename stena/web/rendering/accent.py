"""Makes the owner's colour readable. Pure functions, defined for every colour."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from typing import NamedTuple

# WCAG 2.2, 1.4.3: the least contrast between text and its background.
READABLE = 4.5
# Steps of the bisection: further ones change no channel of 8 bits.
BISECTIONS = 10


class Scheme(NamedTuple):
    """The backgrounds of the colour and the text on it, in one theme; the same as in wall.css."""

    backgrounds: tuple[str, ...]
    text: str


LIGHT = Scheme(backgrounds=("#fffdfa", "#fff7ec"), text="#fffdfa")
DARK = Scheme(backgrounds=("#2a211d", "#1d1613"), text="#2a1d18")


def stylesheet(colour: str) -> bytes:
    """The accent of wall.css, redefined for light and for dark."""
    light, dark = _tokens(colour, LIGHT), _tokens(colour, DARK)
    return f"{light}\n\n@media (prefers-color-scheme: dark) {{\n  {dark}\n}}\n".encode()


def readable(colour: str, scheme: Scheme) -> str:
    """The colour itself, or the nearest lighter or darker one that has enough contrast.

    Both with the backgrounds, as the colour of text, and with the text on a button of it.
    """
    if _fits(colour, scheme):
        return colour
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    # Black fits the light theme, white the dark one, and luminance grows with lightness.
    fitting = 0.0 if scheme is LIGHT else 1.0
    for _ in range(BISECTIONS):
        middle = (lightness + fitting) / 2
        if _fits(_hex(hls_to_rgb(hue, middle, saturation)), scheme):
            fitting = middle
        else:
            lightness = middle
    return _hex(hls_to_rgb(hue, fitting, saturation))


def contrast(one: str, other: str) -> float:
    """From 1 for the same colour to 21 for black on white (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 -- of sRGB
        for channel in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _tokens(colour: str, scheme: Scheme) -> str:
    return f":root {{ --ember: {readable(colour, scheme)}; --on-ember: {scheme.text}; }}"


def _fits(colour: str, scheme: Scheme) -> bool:
    return all(contrast(colour, other) >= READABLE for other in (*scheme.backgrounds, scheme.text))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
