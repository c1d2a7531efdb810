"""The setting for the sites that may embed the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena import config

if TYPE_CHECKING:
    from pathlib import Path

BLOG = "https://blog.example"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("[https://blog.example, 'http://localhost:4000']", (BLOG, "http://localhost:4000")),
        ("https://blog.example", (BLOG,)),
        ("https://blog.example/", (BLOG,)),
        ("'https://BLOG.example,\n https://blog.example'", (BLOG,)),
        ("https://блог.рф", ("https://xn--90aexm.xn--p1ai",)),
        ("'* https://blog.example'", ("*",)),
        ("''", ()),
        ("[]", ()),
    ],
)
def test_origins_are_a_list_or_one_text(
    tmp_path: Path, written: str, meant: tuple[str, ...]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"wall: {{origins: {written}}}")
    assert config.load(file, {}).wall.origins == meant


def test_the_environment_names_several_in_one_variable(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("")
    environment = {"STENA_WALL__ORIGINS": f"{BLOG} http://localhost:4000"}
    assert config.load(file, environment).wall.origins == (BLOG, "http://localhost:4000")


@pytest.mark.parametrize(
    "wrong",
    [
        "blog.example",
        "https://blog.example/comments",
        "https://blog.example?x",
        "https://me@blog.example",
        "ftp://blog.example",
        "https://*.example",
        "https://blog.example:port",
        "https://",
        "https://[::1]",
        "https://blog.example;script-src",
        "'none'",
        "null",
        "https://" + "a" * 64 + ".example",
    ],
)
def test_what_is_no_origin_is_told_in_one_line(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("")
    environment = {"STENA_WALL__ORIGINS": f"{BLOG}, {wrong}"}
    with pytest.raises(config.Mistakes) as raised:
        config.load(file, environment)
    [line] = str(raised.value).splitlines()
    assert line.startswith("STENA_WALL__ORIGINS: ")
    assert f" has {wrong} in it, which " in line
    assert line.endswith(f"; write, for example, {BLOG}")
