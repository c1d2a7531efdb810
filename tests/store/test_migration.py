from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory

from stena.settings import Postgres
from stena.store import migration, revision
from tests.program import ended, get, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address


def test_the_newest_revision_is_what_alembic_calls_its_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [revision.NEWEST]


async def test_a_database_is_behind_then_current_then_ahead(empty_address: Address) -> None:
    connection = await asyncpg.connect(empty_address.url)
    assert await revision.standing(connection) == "behind"
    await migration.upgrade(empty_address, naive_time_zone="UTC")
    assert await revision.standing(connection) == "current"
    await connection.execute("UPDATE alembic_version SET version_num = '0085824f4c35'")
    assert await revision.standing(connection) == "behind"
    await connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert await revision.standing(connection) == "ahead"
    await connection.execute("DELETE FROM alembic_version")
    assert await revision.standing(connection) == "behind"
    await connection.close()


def test_a_start_has_given_up_before_a_host_gives_it_up() -> None:
    # Heroku ends after 60 seconds what has not taken its port: R10.
    assert Postgres().start_timeout + migration.QUEUE_SECONDS <= 45


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
    # A view on the table of the article, which its change of types trips over.
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
    assert last.startswith("The database could not be migrated, nothing was changed: ")
    assert "Traceback" not in done.stderr
    rows = await connection.fetch("SELECT text FROM message ORDER BY id")
    assert [row["text"] for row in rows] == [None, "two"]
    await connection.close()
