"""The database is down, rejects connections, or cannot be migrated."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trustme

from stena.store.revision import MIGRATION_LOCK
from tests.article import tls
from tests.article.repository import free_port
from tests.failures.scene import (
    Outcome,
    as_user,
    connected,
    database_name,
    ending,
    unreached,
)
from tests.pooler import pgbouncer
from tests.program import eventually, get, running

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.failures.scene import Scene

RELATIONS = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
IN_SECRET = {"STENA_POSTGRES__REQUIRE_SSL": "true"}


def host_that_nobody_knows(_: Scene) -> Outcome:
    return unreached("postgres://user:correct-horse@no-such-host.invalid/x")


def port_where_nobody_listens(_: Scene) -> Outcome:
    return unreached(f"postgres://user:correct-horse@127.0.0.1:{free_port()}/x")


def server_that_is_frozen(scene: Scene) -> Outcome:
    server, began = scene.guarded.process, time.monotonic()
    server.suspend()
    try:
        url = scene.guarded.url("guarded:correct-horse")
        outcome = ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="1")
    finally:
        server.resume()
    # It would never answer by itself.
    assert time.monotonic() - began < 30
    return outcome


def wrong_password(scene: Scene) -> Outcome:
    # Waiting would not help, so the program does not wait.
    return ending(
        DATABASE_URL=scene.guarded.url("guarded:not-correct-horse"),
        STENA_POSTGRES__START_TIMEOUT="600",
    )


def no_such_database(scene: Scene) -> Outcome:
    url = scene.address.url.replace("/test", "/no_such_test")
    return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600")


def parameter_that_nobody_knows(scene: Scene) -> Outcome:
    outcome = ending(
        DATABASE_URL=f"{scene.address.url}&channel_binding=require",
        STENA_POSTGRES__START_TIMEOUT="600",
    )
    assert 'parameter "channel_binding"' in outcome.printed
    # An unreadable parameter gets a plain line too.
    assert "Traceback" not in unreached(f"{scene.address.url}&port=many").printed
    return outcome


def server_without_tls(scene: Scene) -> Outcome:
    url = scene.guarded.url("guarded:correct-horse")
    return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600", **IN_SECRET)


def server_that_wants_tls(scene: Scene) -> Outcome:
    url = scene.guarded.url("encrypted")
    outcome = ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600")
    assert "STENA_POSTGRES__REQUIRE_SSL=true" in outcome.printed
    assert "password" not in outcome.printed
    return outcome


def certificate_of_another_authority(scene: Scene) -> Outcome:
    root = scene.folder / "root.crt"
    trustme.CA().cert_pem.write_to_path(root)
    with tls.with_tls(scene.socket) as way:
        url = f"{way.url(scene.address)}?sslmode=verify-full&sslrootcert={root}"
        return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600", **IN_SECRET)


def all_connections_taken(scene: Scene) -> Outcome:
    with connected(scene.address.url) as database:
        database("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    return unreached(as_user(scene.address, "crowded"))


def user_who_may_not_read(scene: Scene) -> Outcome:
    with connected(scene.address.url) as database:
        database("CREATE ROLE powerless LOGIN")
    return unreached(as_user(scene.address, "powerless"))


def pooler_in_transaction_mode(scene: Scene) -> Outcome:
    with pgbouncer(scene.empty, scene.folder, "transaction") as url:
        outcome = ending(DATABASE_URL=url)
        found = ending(sys.executable, "-m", "stena", "doctor", DATABASE_URL=url)
    assert "STENA_POSTGRES__LISTEN=false" in outcome.printed
    assert found.code == 2
    assert "error: listening: a pooler in transaction mode" in found.printed
    assert "STENA_POSTGRES__LISTEN=false" in found.printed
    return outcome


def database_without_an_encoding(scene: Scene) -> Outcome:
    with without_letters(scene, "SQL_ASCII") as url:
        found = ending(sys.executable, "-m", "stena", "doctor", DATABASE_URL=url)
        with running(errors=scene.folder / "log", DATABASE_URL=url) as wall:
            outcome = Outcome(None, wall.log)
    assert "warning: encoding: its encoding is SQL_ASCII" in found.printed
    assert "createdb" in found.printed
    return outcome


def database_in_another_encoding(scene: Scene) -> Outcome:
    with without_letters(scene, "LATIN1") as url:
        outcome = ending(DATABASE_URL=url)
    assert "its encoding is LATIN1" in outcome.printed
    assert "createdb" in outcome.printed.splitlines()[-1]
    return outcome


@contextmanager
def without_letters(scene: Scene, encoding: str) -> Generator[str]:
    """The URL of a database in this encoding, with a locale that knows ASCII."""
    name = f"{database_name(scene.empty)}_{encoding.lower()}"
    with connected(scene.address.url) as database:
        database(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' "
            "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        yield urlsplit(scene.empty.url)._replace(path=f"/{name}").geturl()
        database(f"DROP DATABASE {name} WITH (FORCE)")


def server_that_starts_slowly(scene: Scene) -> Outcome:
    errors, door = scene.folder / "log", scene.socket.with_name(".s.PGSQL.9")

    def open_the_door() -> None:
        eventually(lambda: errors.exists() and "waiting_for_database" in errors.read_text())
        door.symlink_to(scene.socket)

    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(open_the_door)
        with running(errors=errors, DATABASE_URL=f"{scene.address.url}&port=9") as wall:
            assert get(f"{wall.url}/readyz")[0] == 200
            outcome = Outcome(None, wall.log)
    opened.result()
    door.unlink()
    return outcome


def migration_that_fails_half_way(scene: Scene) -> Outcome:
    with connected(scene.empty.url) as database:
        # Two migrations succeed, and stay, before the third creates a table of this name.
        database("CREATE SEQUENCE message_change")
        outcome = ending(DATABASE_URL=scene.empty.url)
        assert [row[0] for row in database("SELECT version_num FROM alembic_version")] == [
            "2f6c1d0b7a94"
        ]
        database("DROP SEQUENCE message_change")
        assert (
            ending(sys.executable, "-m", "stena", "migrate", DATABASE_URL=scene.empty.url).code == 0
        )
    return outcome


def table_that_another_program_holds(scene: Scene) -> Outcome:
    with connected(scene.empty.url) as database:
        database("CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp)")
        database("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        database("INSERT INTO alembic_version VALUES ('0085824f4c35')")
        database("BEGIN")
        database("LOCK TABLE message")
        outcome = ending(DATABASE_URL=scene.empty.url)
        assert [row[0] for row in database("SELECT version_num FROM alembic_version")] == [
            "0085824f4c35"
        ]
    return outcome


def another_process_that_migrates(scene: Scene) -> Outcome:
    with connected(scene.empty.url) as database:
        database(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        [row] = database("SELECT pg_backend_pid()")
        outcome = ending(DATABASE_URL=scene.empty.url)
        assert outcome.printed.endswith(f"end it: SELECT pg_terminate_backend({row[0]})\n")
        assert database(RELATIONS) == []
    return outcome


def database_of_a_newer_release(scene: Scene) -> Outcome:
    with connected(scene.address.url) as database:
        database("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        assert get(f"{wall.url}/readyz")[0] == 200
        return Outcome(None, wall.log)
