"""The parser of docs/publish.md for the rehearsal; `make rehearse` runs the rehearsal."""

from __future__ import annotations

import pytest

from rehearsal import page
from tests.docs.pages import DOCS, blocks


def test_every_command_on_the_page_is_rehearsed() -> None:
    shown = "\n".join(block.text for block in blocks(DOCS / "publish.md") if block.kind == "sh")
    rehearsed = [command for step in page.steps() for command in step.commands]
    assert "\n".join(rehearsed) == shown
    assert "heroku container:release web" in rehearsed


def test_a_command_on_several_lines_is_one() -> None:
    [run] = [
        command
        for step in page.steps()
        for command in step.commands
        if command.startswith("docker run")
    ]
    assert run.endswith("stena")


def test_what_one_should_see_belongs_to_the_commands_above_it() -> None:
    [create] = [step for step in page.steps() if step.commands[0].startswith("heroku create")]
    assert "done, stack is container" in create.seen[0]
    assert create.logged == ()


def test_what_the_log_should_show_is_told_apart() -> None:
    release = next(step for step in page.steps() if "container:release" in step.commands[0])
    assert "Releasing images" in release.seen[0]
    assert any("The wall is at" in line for line in release.logged)


@pytest.mark.parametrize(
    ("shown", "printed", "lacking"),
    [
        (["one", "two"], "one\nand more\ntwo\n", None),
        (["two", "one"], "one\ntwo\n", "one"),
        (["one", "one"], "one\n", "one"),
        (["from … to …"], "State changed from up to down", None),
        (["from … to …"], "from up", "from … to …"),
        (["…", "end"], "anything\nend", None),
        (["done (1)"], "\x1b[32mdone\x1b[0m (1)\r\n", None),
        (["on ⬢ our-wall"], "on our-wall", None),
    ],
)
def test_what_one_should_see_is_looked_for_line_by_line(
    shown: list[str], printed: str, lacking: str | None
) -> None:
    assert page.missing(shown, printed) == lacking


def test_both_languages_show_the_same_commands_and_what_one_should_see() -> None:
    assert blocks(DOCS / "publish.md") == blocks(DOCS / "ru" / "publish.md")
