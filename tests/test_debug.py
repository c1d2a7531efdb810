"""What `--debug` shows to which clients, and where it is refused."""

from __future__ import annotations

import html
import json
import re
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.failures.scene import connected
from tests.program import ended, get, running

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.program import Program

PLAIN = (sys.executable, "main.py")
DEBUG = (*PLAIN, "--debug")
MODULE = (sys.executable, "-m", "stena", "--debug")
HOSTS = ["DYNO", "RENDER", "FLY_APP_NAME", "RAILWAY_PROJECT_ID"]


@pytest.mark.parametrize("command", [DEBUG, MODULE], ids=["main.py", "stena"])
def test_with_debug_the_page_of_an_error_shows_where_it_happened(
    tmp_path: Path, address: Address, command: tuple[str, ...]
) -> None:
    with spoiled(command, tmp_path, address) as wall:
        status, page = get(wall.url)
        [shown] = re.findall(r'<pre class="traceback"[^>]*>(.*?)</pre>', page, re.DOTALL)
        assert status == 500
        assert "Something broke on our side." in page
        assert "Traceback (most recent call last)" in shown
        assert "stena/web/pages/wall.py" in shown
        assert "AttributeError: " in shown
        # A Russian page shows the lines of the program untranslated.
        assert shown.splitlines()[-1] in get(f"{wall.url}/?lang=ru")[1]


def test_without_debug_nobody_is_shown_a_line_of_the_program(
    tmp_path: Path, address: Address
) -> None:
    with spoiled(PLAIN, tmp_path, address) as wall:
        status, page = get(wall.url)
        assert status == 500
        assert "traceback" not in page.lower()
        assert ".py" not in page


@pytest.mark.parametrize("command", [PLAIN, DEBUG], ids=["without", "with"])
def test_no_program_is_shown_a_line_of_the_program(
    tmp_path: Path, address: Address, command: tuple[str, ...]
) -> None:
    with spoiled(command, tmp_path, address) as wall:
        status, body = get(f"{wall.url}/api/messages.list")
        assert status == 500
        assert json.loads(body)["error"].keys() == {"code", "message"}
        assert ".py" not in body
        # No text of a visitor is logged either.
        assert "private" not in wall.log


def test_what_a_traceback_quotes_is_text_on_a_page_that_runs_no_more_than_others(
    tmp_path: Path, address: Address
) -> None:
    with running(*DEBUG, errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        with connected(address.url) as database:
            database("ALTER TABLE message RENAME TO kept")
            database(
                """
                CREATE FUNCTION trip() RETURNS int LANGUAGE plpgsql AS
                $$ BEGIN RAISE '<script>alert(1)</script> & "more"' USING ERRCODE = '22012'; END $$
                """
            )
            database(
                """
                CREATE VIEW message AS
                SELECT id, text, name, created, edited, parent, thread, replies, reactions, author,
                    gone, tombstone, state, badge, links, trip() AS change FROM kept
                """
            )
            database("INSERT INTO kept (text) VALUES ('x')")
        with pytest.raises(urllib.error.HTTPError) as failed:
            urllib.request.urlopen(f"{wall.url}/?before=9")  # noqa: S310 -- our own http:// address
        page = failed.value.read().decode()
        policy = failed.value.headers["Content-Security-Policy"]
        failed.value.close()
    assert "<script>alert" not in page
    assert """<script>alert(1)</script> & "more\"""" in html.unescape(page)
    assert "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?! src)| on\w+=", page)


@pytest.mark.parametrize("variable", HOSTS)
def test_on_a_host_debug_is_refused_in_one_line(address: Address, variable: str) -> None:
    done = ended(*DEBUG, DATABASE_URL=address.url, **{variable: "here"})  # type: ignore[arg-type]  # none is cwd
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"--debug shows visitors the lines of the program, and this is \w+: leave it out\n",
        done.stderr,
    )


def test_with_debug_one_process_listens_and_only_this_machine_reaches_it(
    tmp_path: Path, address: Address
) -> None:
    with running(
        *DEBUG,
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        STENA_COMMON__HOST="0.0.0.0",  # noqa: S104 -- which is what is not done
        WEB_CONCURRENCY="2",
    ) as wall:
        assert get(wall.url)[0] == 200
        process = psutil.Process(wall.process.pid)
        assert process.children() == []
        open_to = [one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"]
        assert open_to == ["127.0.0.1"]


@contextmanager
def spoiled(command: tuple[str, ...], folder: Path, address: Address) -> Generator[Program]:
    """A wall that fails at a column of an unexpected type."""
    with running(*command, errors=folder / "log", DATABASE_URL=address.url) as wall:
        with connected(address.url) as database:
            database("INSERT INTO message (text) VALUES ('private words')")
            database("ALTER TABLE message ALTER COLUMN created DROP DEFAULT")
            database("ALTER TABLE message ALTER COLUMN created TYPE text")
        yield wall
