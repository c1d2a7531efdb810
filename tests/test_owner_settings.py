"""The owner's settings of the page and its address: valid values, and messages for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena.app import create_app
from stena.links import OWN_PATHS
from stena.settings import Settings
from stena.store.database import Address
from tests.test_config import load, mistakes

if TYPE_CHECKING:
    from pathlib import Path

LINK = "Our rules https://yard.example/rules; Write to us mailto:us@yard.example"


def test_links_are_written_as_a_list_or_as_one_text(tmp_path: Path) -> None:
    listed = """
wall:
  links:
    - name: Our rules
      url: https://yard.example/rules
    - Write to us   mailto:us@yard.example
"""
    for settings in (
        load(tmp_path, listed),
        load(tmp_path, f"wall: {{links: '{LINK};'}}"),
        load(tmp_path, "", STENA_WALL__LINKS=f" {LINK}"),
    ):
        assert [(link.name, link.url) for link in settings.wall.links] == [
            ("Our rules", "https://yard.example/rules"),
            ("Write to us", "mailto:us@yard.example"),
        ]
    assert load(tmp_path, "", STENA_WALL__LINKS="").wall.links == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("5", "“5” is not a list of links"),
        ("{name: a, url: b}", "“{'name': 'a', 'url': 'b'}” is not a list of links"),
        ("[5]", "“5” is not a link: it has a name and a url, and nothing else"),
        ("[{nme: a}]", "“{'nme': 'a'}” is not a link: it has a name and a url, and nothing else"),
        ("https://a.example", "“https://a.example” is not a link: "),
        ("A javascript:alert(1)", "“javascript:alert(1)” is not a complete address"),
        ("A data:text/html,x@y", "“data:text/html,x@y” is not a complete address"),
        ("A /rules", "“/rules” is not a complete address"),
        ("A //a.example/rules", "“//a.example/rules” is not a complete address"),
        ("A https:/rules", "“https:/rules” is not a complete address"),
        ("A mailto:us", "“mailto:us” is not a complete address"),
        ("A https://[b", "“https://[b” is not a complete address"),
        (
            '[{name: A, url: "https://a.example/ b"}]',
            "“https://a.example/ b” is not a complete address",
        ),
        ("[{name: ' ', url: https://a.example}]", "“” String should have at least 1 character"),
        ("; ".join(["A https://a.example"] * 9), "“A https://a.example; "),
    ],
)
def test_what_is_no_link_is_told_in_a_line(tmp_path: Path, value: str, said: str) -> None:
    [line] = mistakes(tmp_path, f"wall:\n  links: {value}\n")
    assert line.startswith("FILE: wall.links")
    assert said in line
    assert line.endswith(f"write, for example, {LINK}")


def test_a_mistake_in_the_environments_links_names_the_variable(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path, "", STENA_WALL__LINKS="A https://a.example; B b.example")
    assert line.startswith("STENA_WALL__LINKS: “b.example” is not a complete address; ")


def test_a_long_mistake_of_many_lines_is_told_in_one_short_one(tmp_path: Path) -> None:
    [line] = mistakes(tmp_path, "", STENA_WALL__INTRODUCTION="many words\n" * 100)
    assert line.startswith("STENA_WALL__INTRODUCTION: “many words many words")
    assert len(line) < 400


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("https://wall.example", "https://wall.example"),
        ("https://Wall.Example/", "https://wall.example"),
        ("http://wall.example:8080", "http://wall.example:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://стена.рф", "https://xn--80ajyof.xn--p1ai"),
        ("https://wall.example:443", "https://wall.example"),
        ("http://wall.example:80/", "http://wall.example"),
        ("https://Wall.Example/Our/wall/", "https://wall.example/Our/wall"),
        ("https://wall/wall", "https://wall/wall"),
        ("https://wall.example/members", "https://wall.example/members"),
    ],
)
def test_the_walls_address_is_kept_as_browsers_write_it(
    tmp_path: Path, given: str, kept: str
) -> None:
    assert load(tmp_path, "", STENA_WALL__URL=given).wall.url == kept


@pytest.mark.parametrize(
    "given",
    [
        "wall.example",
        "//wall.example",
        "ftp://wall.example",
        "https://",
        "https://wall.example/under?x",
        "wall.example/under",
        "/under",
        "https://wall.example?x",
        "https://wall.example#x",
        "https://me@wall.example",
        "https://wall.example:port",
        "https://wall example",
        'https://wall"example',
        "https://[::1",
        "https://a..b",
    ],
)
def test_what_is_no_address_of_a_wall_is_told_in_a_line(tmp_path: Path, given: str) -> None:
    [line] = mistakes(tmp_path, "", STENA_WALL__URL=given)
    assert line == (
        f"STENA_WALL__URL: “{given}” is not the address of a whole site, https:// and its name; "
        "write, for example, https://wall.example"
    )


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/a//b", "has a path of other characters than letters, digits and . _ ~ -"),
        ("/a/../b", "has a path of other characters"),
        ("/.", "has a path of other characters"),
        ("/a%20b", "has a path of other characters"),
        ("/стена", "has a path of other characters"),
        ('/a"b', "has a path of other characters"),
        ("/m/our", "has a path that begins with /m, as pages of the wall itself do"),
    ],
)
def test_a_path_that_a_wall_cannot_have_is_told_in_a_line(
    tmp_path: Path, path: str, said: str
) -> None:
    [line] = mistakes(tmp_path, "", STENA_WALL__URL=f"https://wall.example{path}")
    assert said in line


def test_no_page_of_the_wall_is_taken_for_its_path() -> None:
    app = create_app(Settings(), Address("postgres://localhost/x"))
    paths = {resource.canonical.split("/")[1] for resource in app.router.resources()}
    # The last two match what is not fixed.
    assert paths - {"", "sitemap-{number}.xml", "{path}"} == OWN_PATHS


def test_a_colour_is_six_digits_behind_a_hash(tmp_path: Path) -> None:
    assert load(tmp_path, "wall: {accent: '#2F6F4f'}").wall.accent == "#2f6f4f"
    for given in ("red", "#fff", "#2f6f4g", "2f6f4f", "#2f6f4f\n", "#2f6f4f; x"):
        [line] = mistakes(tmp_path, "", STENA_WALL__ACCENT=given)
        assert line == (
            f"STENA_WALL__ACCENT: “{given.strip()}” is not a colour of the form #rrggbb; "
            "write, for example, '#2f6f4f'"
        )
    # Without quotes the colour is a comment.
    [line] = mistakes(tmp_path, "wall:\n  accent: #2f6f4f\n")
    assert line.endswith("write, for example, '#2f6f4f'")
