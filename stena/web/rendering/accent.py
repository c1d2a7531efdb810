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


class Sky(NamedTuple):
    """The colours at the top of a page, in one theme, with what is on them; as in wall.css."""

    sun: str
    apricot: str
    coral: str
    text: str
    focus: str


LIGHT_SKY = Sky("#ffd65c", "#ffa95e", "#f4745a", text="#3a1a10", focus="#0a3f8a")
DARK_SKY = Sky("#7a4a1c", "#6b3121", "#4a211f", text="#fdeee2", focus="#9ccbff")
# The wall's own accent, to which its own sky belongs.
EMBER = "#b8402b"
# WCAG 2.2, 1.4.11: the least contrast of the ring around what has the focus.
SEEN = 3


def stylesheet(colour: str) -> bytes:
    """The accent and the sky of wall.css, redefined for light and for dark."""
    light, dark = _tokens(colour, LIGHT, LIGHT_SKY), _tokens(colour, DARK, DARK_SKY)
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


def sky(colour: str, own: Sky) -> Sky:
    """The sky of the wall in the hues around a colour: as far from it as they are from ours.

    A colour that is nearly grey makes a grey sky.
    """
    hue, _, saturation = rgb_to_hls(*_channels(colour))
    own_hue, _, own_saturation = rgb_to_hls(*_channels(EMBER))
    vivid = min(1, saturation / own_saturation)
    sun, apricot, coral = (_turned(one, hue - own_hue, vivid, own) for one in own[:3])
    return own._replace(sun=sun, apricot=apricot, coral=coral)


def _turned(colour: str, turn: float, vivid: float, own: Sky) -> str:
    """One colour of the sky with another hue, as bright as the text on it needs."""
    hue, lightness, saturation = rgb_to_hls(*_channels(colour))
    # Below light text a sky gets darker until it fits, else lighter.
    fitting = 0.0 if luminance(own.text) > luminance(colour) else 1.0

    def at(light: float) -> str:
        return _hex(hls_to_rgb((hue + turn) % 1, light, saturation * vivid))

    if _is_sky(at(lightness), own):
        return at(lightness)
    for _ in range(BISECTIONS):
        middle = (lightness + fitting) / 2
        if _is_sky(at(middle), own):
            fitting = middle
        else:
            lightness = middle
    return at(fitting)


def _is_sky(colour: str, own: Sky) -> bool:
    return contrast(colour, own.text) >= READABLE and contrast(colour, own.focus) >= SEEN


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


def _tokens(colour: str, scheme: Scheme, own: Sky) -> str:
    sun, apricot, coral, *_ = sky(colour, own)
    return (
        f":root {{ --ember: {readable(colour, scheme)}; --on-ember: {scheme.text}; "
        f"--sun: {sun}; --apricot: {apricot}; --coral: {coral}; }}"
    )


def _fits(colour: str, scheme: Scheme) -> bool:
    return all(contrast(colour, other) >= READABLE for other in (*scheme.backgrounds, scheme.text))


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
