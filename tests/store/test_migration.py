from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory

from stena.settings import Postgres
from stena.store import migration, revision
from stena.store.concurrent_rename import BATCH
from stena.store.thread_count import MOST
from tests.article.database import rows
from tests.owner import execute
from tests.program import ROOT, ended, get, running
from tests.web.calls import KEY, call, create, listed, refused
from tests.web.searching import found
from tests.web.test_thread_counts import counted

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.conftest import Client


def test_the_newest_revision_is_what_alembic_calls_its_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [revision.NEWEST]


async def test_a_database_is_behind_then_current_then_ahead(empty_address: Address) -> None:
    connection = await asyncpg.connect(empty_address.url)
    assert await revision.schema_state(connection) == "behind"
    await migration.upgrade(empty_address, naive_time_zone="UTC")
    assert await revision.schema_state(connection) == "current"
    await connection.execute("UPDATE alembic_version SET version_num = '0085824f4c35'")
    assert await revision.schema_state(connection) == "behind"
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert await revision.schema_state(connection) == "ahead"
    await connection.execute("DELETE FROM alembic_version")
    assert await revision.schema_state(connection) == "behind"
    await connection.close()


def test_a_start_has_given_up_before_a_host_gives_it_up() -> None:
    # Heroku kills a process that has not opened its port after 60 seconds: R10.
    tries = len(migration.LOCK_PAUSES) + 1
    locked = tries * migration.LOCK_SECONDS + sum(migration.LOCK_PAUSES)
    assert Postgres().start_timeout + migration.QUEUE_SECONDS + locked <= 55


async def test_a_newer_database_is_served(tmp_path: Path, address: Address) -> None:
    connection = await asyncpg.connect(address.url)
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    await connection.close()
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as program:
        assert get(f"{program.url}/readyz")[0] == 200
        assert "database_is_newer" in program.log


async def test_a_migration_that_fails_changes_nothing_and_says_so_in_one_line(
    empty_address: Address,
) -> None:
    connection = await asyncpg.connect(empty_address.url)
    # A view on the article's table, which makes the change of types fail.
    await connection.execute(
        """
        CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp);
        CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
        INSERT INTO alembic_version VALUES ('0085824f4c35');
        INSERT INTO message (text) VALUES (NULL), ('two');
        CREATE VIEW texts AS SELECT text FROM message;
        """
    )
    done = ended(DATABASE_URL=empty_address.url)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("The database could not be migrated, and no migration is half-made: ")
    assert "Traceback" not in done.stderr
    rows = await connection.fetch("SELECT text FROM message ORDER BY id")
    assert [row["text"] for row in rows] == [None, "two"]
    await connection.close()


async def test_the_way_back_to_the_release_before_keeps_every_word_and_replies_as_messages(
    client: Client, address: Address
) -> None:
    above = (await create(client, "Question", key=KEY))["id"]
    await create(client, "Answer", reply_to=above, name="Anna")
    await create(client, "On a page's own wall", thread="blog", nonce="12345678")
    regretted = (await create(client, "Regretted", key=KEY))["id"]
    await create(client, "Answer to what is down", reply_to=regretted)
    await call(client, "delete", id=regretted, key=KEY)
    await call(client, "react", id=above, kind="love", key=KEY)
    await call(client, "edit", id=above, key=KEY, text="Question again")
    kept = ["Question again", "Answer", "On a page's own wall", "Answer to what is down"]
    await alembic("downgrade", "9d41e7c05b38", address)
    # As the previous release reads them.
    found = await rows(address.url, "SELECT * FROM message WHERE state = 'visible' ORDER BY id")
    assert [row["text"] for row in found] == kept
    assert set(found[0].keys()) == {"id", "text", "created", "name", "state", "once", "change"}
    await alembic("upgrade", "head", address)
    assert [one["text"] for one in await listed(client, limit=10)] == kept[::-1]


async def test_what_an_owner_had_hidden_by_hand_is_removed_and_its_text_withheld(
    client: Client, address: Address
) -> None:
    for text in ("shown", "hidden", "waiting"):
        await create(client, text)
    await alembic("downgrade", "c3a85f0e16d2", address)
    connection = await asyncpg.connect(address.url)
    for state in ("hidden", "waiting"):
        await connection.execute("UPDATE message SET state = $1 WHERE text = $1", state)
    await alembic("upgrade", "head", address)
    query = """
        SELECT message.text, message.state, withheld.text, withheld.state
        FROM message LEFT JOIN withheld ON withheld.message = message.id ORDER BY message.id
    """
    assert [tuple(row) for row in await connection.fetch(query)] == [
        ("shown", "visible", None, None),
        ("", "removed", "hidden", "removed"),
        ("", "waiting", "waiting", "waiting"),
    ]
    await alembic("downgrade", "c3a85f0e16d2", address)
    found = await connection.fetch("SELECT text, state FROM message ORDER BY id")
    assert [tuple(row) for row in found] == [
        ("shown", "visible"),
        ("hidden", "hidden"),
        ("waiting", "waiting"),
    ]
    await connection.close()


async def test_walls_of_pages_have_one_name_and_all_their_messages(
    client: Client, address: Address
) -> None:
    await alembic("downgrade", "b8e35c20f7a1", address)
    # As the release before has written them, more than are renamed at once.
    await execute(
        address,
        f"""
        INSERT INTO message (text, thread) SELECT 'Honey', (ARRAY['/blog/', 'blog', '//', 'a//b'])
            [1 + n % 4] FROM generate_series(1, {4 * BATCH}) AS n
        """,  # noqa: S608 -- a number
        "INSERT INTO message (text, thread, parent) VALUES ('A reply', '/blog/', 4)",
        """
        INSERT INTO message_words (message, thread, words)
        SELECT id, thread, to_tsvector('russian', text) FROM message
        """,
        "UPDATE message_words_mark SET change = (SELECT max(change) FROM message)",
        "UPDATE message SET replies = 1 WHERE id = 4",
        """
        INSERT INTO rule (thread, mode) VALUES ('/blog', 'closed'), ('blog/', 'all'), ('c/', 'all')
        """,
        "INSERT INTO notice (thread, text) VALUES ('/blog', 'Here'), ('/blog/', 'There')",
        "INSERT INTO pin (message, thread) VALUES (4, '/blog/')",
    )
    await alembic("upgrade", "head", address)
    shown = await listed(client, thread="/blog/", limit=100)
    assert [one["id"] for one in shown] == [
        4 * BATCH - n // 2 * 4 - 3 * (n % 2) for n in range(100)
    ]
    assert await counted(client, "blog,/,a/b") == dict.fromkeys(["blog", "/", "a/b"], MOST)
    assert len(await found(client, "reply", thread="blog")) == 1
    assert set(await found(client, "honey", thread="a/b")) == {"Honey"}
    left = (
        "SELECT thread FROM {} WHERE thread LIKE '/_%' OR thread LIKE '_%/' OR thread LIKE '%//%'"
    )
    connection = await asyncpg.connect(address.url)
    for table in ("message", "message_words", "rule", "notice", "pin"):
        assert await connection.fetch(left.format(table)) == [], table
    rules = await connection.fetch("SELECT thread, mode FROM rule WHERE thread <> ''")
    assert {tuple(one) for one in rules} == {("blog", "closed"), ("c", "all")}
    assert await connection.fetchval("SELECT text FROM notice") == "Here"
    await connection.close()


async def test_what_the_release_before_writes_meanwhile_is_on_the_wall_of_its_page(
    client: Client, address: Address
) -> None:
    await execute(
        address,
        "INSERT INTO message (text, thread) VALUES ('Meanwhile', '/blog//first/'), ('Here', '//')",
        "INSERT INTO rule (thread, mode) VALUES ('/blog/first/', 'closed')",
        """
        INSERT INTO notice (thread, text) VALUES ('/blog/first', 'Soon')
        ON CONFLICT (thread) DO UPDATE SET text = excluded.text
        """,
    )
    assert [one["text"] for one in await listed(client, thread="/blog/first/")] == ["Meanwhile"]
    assert [one["text"] for one in await listed(client, thread="/")] == ["Here"]
    assert await refused(client, "create", text="x", thread="blog/first") == (403, "closed")


async def test_what_the_release_before_has_indexed_meanwhile_is_found_by_all_of_its_words(
    client: Client, address: Address
) -> None:
    # Its words are what PostgreSQL makes of the text.
    await execute(
        address,
        "INSERT INTO message (text) VALUES ('COVID-19 and/or e-mail')",
        """
        INSERT INTO message_words (message, thread, words)
        SELECT id, thread, to_tsvector('russian', text) FROM message
        """,
        "UPDATE message_words_mark SET change = (SELECT max(change) FROM message)",
    )
    for word in ("covid", "19", "or"):
        assert len(await found(client, f"+{word} mail")) == 1


async def alembic(way: str, revision: str, address: Address) -> None:
    # In a thread: the wall of the test goes on, and ends the transaction that it may be in.
    done = await asyncio.to_thread(
        ended, "alembic", way, revision, cwd=ROOT, PYTHONPATH=".", DATABASE_URL=address.url
    )
    assert done.returncode == 0, done.stderr
