"""The commands `export` and `import`."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from stena.store import portable
from tests.command import STENA, done, refused, started
from tests.failures.scene import connected
from tests.owner import execute, rows, run
from tests.program import PATIENCE, ROOT, environment, eventually, get, post, running
from tests.web.calls import KEY, OTHERS_KEY, call, create
from tests.web.highlighting import lock, pin
from tests.web.moderating import TOKEN, approve, make_token, moderate, remove
from tests.web.reporting import report

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client

# Tables that are not exported: who signs in; where messages came from; what the program finds out
# anew, or needs for minutes.
LEFT_OUT = {
    "session", "sign_in_code", "token", "passkey", "challenge_key", "spent_challenge", "source",
    "source_key", "alembic_version", "arrival", "arrival_hour", "brake", "browser_pace",
    "classifier", "learned_term", "learned_text", "desk_change", "detected", "lease",
    "message_words", "message_words_mark", "payment", "recent", "sketch", "standing_mark",
    "watched", "word_list", "alert", "channel", "delivery", "outbox",
    "metric",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "wall.jsonl"


@pytest.fixture
def large(address: Address, file: Path) -> Path:
    """An export of 2,500 messages."""
    with connected(address.url) as database:
        database(
            "INSERT INTO message (text) SELECT 'text ' || n FROM generate_series(1, 2500) AS n"
        )
    done("export", file, DATABASE_URL=address.url)
    return file


async def fill(client: Client, address: Address) -> None:
    """Something of each kind."""
    await make_token(address)
    first = (await create(client, "a text\nof “two” lines \\ with 🦔", key=KEY, name="Анна"))["id"]
    await create(client, "a reply", reply_to=first, key=OTHERS_KEY)
    for number in range(3):
        await create(client, f"more {number}", key=KEY, thread="a-page")
    await call(client, "react", id=first, key=OTHERS_KEY, kind="love")
    await call(client, "edit", id=first, text="edited", name="Анна", key=KEY)
    await call(client, "delete", id=3, key=KEY)
    await report(client, 2)
    await moderate(client, "rule", thread="another-page", mode="all")
    for text in ("approved", "waiting"):
        await call(client, "create", text=text, key=OTHERS_KEY, thread="another-page")
    await approve(client, 6)
    await remove(client, 4, spam=True)
    await pin(client, 1)
    await lock(client, 5)
    await moderate(client, "notice", text="A notice")
    await moderate(client, "add_word", word="casino*")
    await moderate(client, "ban", id=2, days=7)
    await execute(
        address,
        "INSERT INTO standing SELECT '\\x01', 1",
        "INSERT INTO figure VALUES ('2026-11-27 10:00+00', 'words', 'waited', 3)",
        "INSERT INTO erasure (author, top) VALUES ('\\x02', 5)",
        "INSERT INTO ban (kind, digest, until, days, refuses, message) "
        "VALUES ('address', '\\xabcdef', 'infinity', 1, false, 1)",
    )


async def test_an_export_imported_and_exported_again_is_the_same_to_the_byte(
    tmp_path: Path, client: Client, address: Address, empty_address: Address, file: Path
) -> None:
    await fill(client, address)
    await asyncio.to_thread(done, "export", file, DATABASE_URL=address.url)
    exported = await asyncio.to_thread(file.read_bytes)
    kinds = {next(iter(json.loads(line))) for line in exported.splitlines()[1:-1]}
    assert kinds == set(portable.KINDS)
    assert stat.S_IMODE((await asyncio.to_thread(file.stat)).st_mode) == 0o600
    [source] = await rows(address, "SELECT encode(address, 'hex') AS address FROM source LIMIT 1")
    [token] = await rows(address, "SELECT encode(digest, 'hex') AS digest FROM token")
    for secret in (source["address"], token["digest"], TOKEN, "abcdef"):
        assert secret.encode() not in exported

    load = ("import", file)
    await asyncio.to_thread(done, *load, DATABASE_URL=empty_address.url)
    again = await asyncio.to_thread(done, "export", "-", DATABASE_URL=empty_address.url)
    assert again.encode() == exported
    said = await asyncio.to_thread(done, *load, DATABASE_URL=empty_address.url)
    assert said.startswith("0 rows are imported.")

    same = await (await client.get("/api/messages.list?thread=a-page")).text()
    with running(errors=tmp_path / "log", DATABASE_URL=empty_address.url) as wall:
        assert get(f"{wall.url}/api/messages.list?thread=a-page")[1] == same
        assert '"text":"edited"' in get(f"{wall.url}/api/messages.search?q=edited")[1]
        status, answer = call_on(wall.url, "create", text="next", key=KEY)
        assert (status, json.loads(answer)["message"]["id"]) == (201, 8)
        assert call_on(wall.url, "edit", id=1, text="once more", key=KEY)[0] == 200


def call_on(url: str, method: str, **fields: object) -> tuple[int, str]:
    return post(f"{url}/api/messages.{method}", json.dumps(fields).encode(), "application/json")


async def test_each_table_and_column_is_exported_or_left_out_on_purpose(address: Address) -> None:
    exported = {kind.table: set(kind.names) for kind in portable.KINDS.values()}
    assert set(exported).isdisjoint(LEFT_OUT)
    # That is what a classifier says that was taught on the other machine.
    exported["withheld"].add("judged")
    found = await rows(
        address,
        "SELECT table_name, array_agg(column_name::text) AS columns "
        "FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name",
    )
    columns = {row["table_name"]: set(row["columns"]) for row in found}
    assert set(exported) | LEFT_OUT == set(columns)
    assert {table: columns[table] for table in exported} == exported


def test_an_import_goes_on_after_kill_9(empty_address: Address, large: Path) -> None:
    done("migrate", DATABASE_URL=empty_address.url)
    lines = large.read_bytes().splitlines(keepends=True)
    with subprocess.Popen(
        [*STENA, "import", "-"],
        cwd=ROOT,
        env=environment(DATABASE_URL=empty_address.url),
        stdin=subprocess.PIPE,
    ) as command:
        assert command.stdin is not None
        command.stdin.write(b"".join(lines[:1800]))
        command.stdin.flush()
        with connected(empty_address.url) as database:
            eventually(lambda: database("SELECT FROM message"))
            command.kill()
            assert len(database("SELECT FROM message")) == 1000
            # As if a wall had served in between, which indexes what it has.
            database("UPDATE message_words_mark SET change = 1000, folded = 1000")
    said = done("import", large, DATABASE_URL=empty_address.url)
    assert said == "1,500 rows are imported. 1,000 were there already.\n"
    assert done("export", "-", DATABASE_URL=empty_address.url).encode() == large.read_bytes()
    with connected(empty_address.url) as database:
        [marks] = database(
            "SELECT detected.change, detected.message, words.change AS words, words.folded "
            "FROM detected, message_words_mark AS words"
        )
    # All is to be indexed, and nothing is news to the detection of floods.
    assert tuple(marks) == (2500, 2500, 0, 0)


def damaged(lines: list[bytes]) -> Generator[tuple[list[bytes], str, int]]:
    """Lines of a damaged file, what is said of it, and how many messages are imported."""
    at, row = 1501, lines[1500]
    yield lines[:1500], f"Line {at} is missing", 1000
    yield [*lines[:1500], row[:-20]], f"Line {at} is cut off", 1000
    for broken, said in (
        (b"{\n", "is no JSON object of one kind"),
        (b"[]\n", "is no JSON object of one kind"),
        (b'{"poem":{}}\n', "is of a kind that this release does not know: 'poem'"),
        (b'{"message":{"id":1}}\n', "has not the fields of a message"),
        (b'{"rule":{}}\n', "has not the fields of a rule"),
        (row.replace(b"text ", "т".encode("cp1251")), "is not in UTF-8"),
        (b'{"message":"' + b"x" * 2**22 + b'"}\n', "is longer than 4,194,304 bytes"),
        (row.replace(b'"id":1500', b'"id":1499'), "cannot be imported: UniqueViolationError"),
        (row.replace(b'"id":1500', b'"id":"many"'), "cannot be imported: InvalidText"),
        (row.replace(b"visible", b"unheard"), "cannot be imported: CheckViolationError"),
        (row.replace(b"text ", b"\\u0000"), "cannot be imported: UntranslatableCharacter"),
    ):
        yield [*lines[:1500], broken, *lines[1501:]], f"Line {at} {said}", 1000
    yield [*lines, lines[1]], f"Line {len(lines) + 1} comes after the end", 2000


def test_a_damaged_line_is_named_and_only_whole_transactions_are_imported(
    empty_address: Address, large: Path
) -> None:
    lines = large.read_bytes().splitlines(keepends=True)
    assert lines[1500].startswith(b'{"message":{"id":1500,')
    bad = large.with_name("bad")
    for content, said, imported in damaged(lines):
        bad.write_bytes(b"".join(content))
        assert said in refused("import", bad, DATABASE_URL=empty_address.url)
        with connected(empty_address.url) as database:
            assert len(database("SELECT FROM message")) == imported
    # All of them began as this one does.
    done("import", large, DATABASE_URL=empty_address.url)
    assert done("export", "-", DATABASE_URL=empty_address.url).encode() == large.read_bytes()


def test_what_is_no_export_and_what_is_in_the_way_is_one_line(
    tmp_path: Path, address: Address, empty_address: Address, file: Path
) -> None:
    to: dict[str, Any] = {"DATABASE_URL": address.url}
    assert "Run: python -m stena migrate" in refused("export", file, DATABASE_URL=empty_address.url)
    assert not file.exists()
    assert "cannot be read: No such file" in refused("import", file, **to)
    for content, said in (
        (b"", "its first line does not say so"),
        (b"\x89PNG\n", "its first line does not say so"),
        (b"[]\n", "its first line does not say so"),
        (b'{"format":"stena wall","version":2}\n', "by a newer release"),
        (b'{"format":"stena wall","version":1}\n', "Line 2 is missing"),
    ):
        file.write_bytes(content)
        assert said in refused("import", file, **to)
    assert "exists already" in refused("export", file, **to)
    done("export", file, "--overwrite", **to)
    with running(errors=tmp_path / "log", DATABASE_URL=address.url):
        assert "A wall serves this database" in refused("import", file, **to)
    # An owner is something else than a beginning of the file.
    assert run(**to).returncode == 0
    assert "it differs at line 2" in refused("import", file, **to)


def test_an_output_that_takes_no_more_is_one_line(large: Path, address: Address) -> None:
    del large
    command = f"{' '.join(STENA)} export -"
    for shell, said in (
        (f"{command} >/dev/full", "No space left on device"),
        (f"{{ {command}; echo $? >&2; }} | head -c 1 >/dev/null", "Broken pipe"),
    ):
        ended = subprocess.run(
            ["sh", "-c", shell],
            cwd=ROOT,
            env=environment(DATABASE_URL=address.url),
            capture_output=True,
            text=True,
            check=False,
        )
        lines = [line for line in ended.stderr.splitlines() if line != "1"]
        assert lines == [f"The output cannot be written: {said}."]


def test_of_two_imports_the_second_is_refused(address: Address, large: Path) -> None:
    del large
    with (
        subprocess.Popen(
            [*STENA, "import", "-"],
            cwd=ROOT,
            env=environment(DATABASE_URL=address.url),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as command,
        connected(address.url) as database,
    ):
        eventually(lambda: database("SELECT FROM pg_locks WHERE locktype = 'advisory'"))
        with started("import", "-", DATABASE_URL=address.url) as second:
            assert "Another import runs" in second.communicate(timeout=PATIENCE)[1]
        command.kill()


def test_progress_is_shown_on_a_terminal_alone(address: Address, large: Path) -> None:
    ended = subprocess.run(
        [*STENA, "export", "-"],
        cwd=ROOT,
        env=environment(DATABASE_URL=address.url),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stderr == "2,500 rows are exported. " + SECRETS
    assert ended.stdout == large.read_text()
    ours, theirs = os.openpty()
    subprocess.run(
        [*STENA, "export", "-"],
        cwd=ROOT,
        env=environment(DATABASE_URL=address.url),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert shown.startswith("\r[---")
    assert shown.endswith("\r\x1b[K" + ended.stderr.replace("\n", "\r\n"))


SECRETS = "They have secrets in them: let nobody else read them.\n"
