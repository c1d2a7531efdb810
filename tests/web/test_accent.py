from __future__ import annotations

import re
from colorsys import rgb_to_hls
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import stena.web
from stena.web.rendering.accent import (
    DARK,
    DARK_SKY,
    EMBER,
    LIGHT,
    LIGHT_SKY,
    Scheme,
    Sky,
    contrast,
    luminance,
    readable,
    sky,
)

READABLE = 4.5
STYLE = (Path(stena.web.__file__).parent / "static" / "wall.css").read_text()
colours = st.binary(min_size=3, max_size=3).map(lambda channels: f"#{channels.hex()}")
in_both = pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])


def lightness(colour: str) -> float:
    red, green, blue = bytes.fromhex(colour[1:])
    return rgb_to_hls(red / 255, green / 255, blue / 255)[1]


@in_both
@given(colours)
@example("#000000")
@example("#ffffff")
@example("#ffff00")
@example("#0000ff")
@settings(max_examples=1000)
def test_every_colour_becomes_one_that_can_be_read(scheme: Scheme, colour: str) -> None:
    shown = readable(colour, scheme)
    assert all(contrast(shown, background) >= READABLE for background in scheme.backgrounds)
    assert contrast(shown, scheme.text) >= READABLE


@in_both
@given(colours)
@settings(max_examples=1000)
def test_no_colour_is_changed_more_than_that_takes(scheme: Scheme, colour: str) -> None:
    shown = readable(colour, scheme)
    backgrounds = (*scheme.backgrounds, scheme.text)
    if all(contrast(colour, background) >= READABLE for background in backgrounds):
        assert shown == colour
    else:
        # At the limit of readability: one step of 8 bits changes the contrast by 0.15 at most.
        assert min(contrast(shown, background) for background in backgrounds) < READABLE + 0.15
        assert (lightness(shown) < lightness(colour)) == (scheme is LIGHT)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#123456", "#123456") == 1
    # The lightest grey that is just readable on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_the_grounds_are_those_of_the_style() -> None:
    for name, light, dark in (
        ("paper", LIGHT.backgrounds[0], DARK.backgrounds[0]),
        ("plaster", LIGHT.backgrounds[1], DARK.backgrounds[1]),
        ("on-ember", LIGHT.text, DARK.text),
    ):
        assert re.findall(rf"--{name}: (#\w+);", STYLE) == [light, dark], name


def test_the_walls_own_accent_needs_no_change() -> None:
    light, dark = re.findall(r"--ember: (#\w+);", STYLE)
    assert (readable(light, LIGHT), readable(dark, DARK)) == (light, dark)


in_both_skies = pytest.mark.parametrize("own", [LIGHT_SKY, DARK_SKY], ids=["light", "dark"])


@in_both_skies
@given(colours)
@example("#000000")
@example("#ffffff")
@example("#0000ff")
@settings(max_examples=1000)
def test_text_and_the_ring_of_the_focus_are_seen_on_every_sky(own: Sky, colour: str) -> None:
    for one in sky(colour, own)[:3]:
        assert contrast(one, own.text) >= READABLE
        assert contrast(one, own.focus) >= 3


@in_both_skies
def test_the_sky_has_the_hue_of_the_accent_and_is_grey_with_a_grey_one(own: Sky) -> None:
    assert sky(EMBER, own) == own
    for one in sky("#1050c0", own)[:3]:
        red, _, blue = bytes.fromhex(one[1:])
        assert blue > red
    for one in sky("#777777", own)[:3]:
        assert len(set(bytes.fromhex(one[1:]))) == 1


def test_the_skies_are_those_of_the_style() -> None:
    for name in ("sun", "apricot", "coral"):
        own = [getattr(LIGHT_SKY, name), getattr(DARK_SKY, name)]
        assert re.findall(rf"--{name}: (#\w+);", STYLE) == own, name
    for name, light, dark in (
        ("ink-on-sky", LIGHT_SKY.text, DARK_SKY.text),
        ("sea", LIGHT_SKY.focus, DARK_SKY.focus),
    ):
        assert re.findall(rf"--{name}: (#\w+);", STYLE) == [light, dark], name
    assert re.findall(r"--ember: (#\w+);", STYLE)[0] == EMBER
    assert luminance(LIGHT_SKY.text) < luminance(LIGHT_SKY.coral)
