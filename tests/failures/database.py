"""The database is absent, or lets nobody in, or cannot be migrated."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import trustme

from stena.store.migration import MIGRATION_LOCK
from tests.article import tls
from tests.article.repository import free_port
from tests.failures.scene import Told, as_user, connected, ending, unreached
from tests.program import eventually, get, running

if TYPE_CHECKING:
    from tests.failures.scene import Scene

RELATIONS = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
IN_SECRET = {"STENA_POSTGRES__REQUIRE_SSL": "true"}


def host_that_nobody_knows(_: Scene) -> Told:
    return unreached("postgres://user:correct-horse@no-such-host.invalid/x")


def port_where_nobody_listens(_: Scene) -> Told:
    return unreached(f"postgres://user:correct-horse@127.0.0.1:{free_port()}/x")


def server_that_is_frozen(scene: Scene) -> Told:
    server, began = scene.guarded.process, time.monotonic()
    server.suspend()
    try:
        url = scene.guarded.url("guarded:correct-horse")
        told = ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="1")
    finally:
        server.resume()
    # By itself it never answers.
    assert time.monotonic() - began < 30
    return told


def wrong_password(scene: Scene) -> Told:
    # Waiting would not mend it, so there is none.
    return ending(
        DATABASE_URL=scene.guarded.url("guarded:not-correct-horse"),
        STENA_POSTGRES__START_TIMEOUT="600",
    )


def no_such_database(scene: Scene) -> Told:
    url = scene.address.url.replace("/test", "/no_such_test")
    return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600")


def parameter_that_nobody_knows(scene: Scene) -> Told:
    told = ending(
        DATABASE_URL=f"{scene.address.url}&channel_binding=require",
        STENA_POSTGRES__START_TIMEOUT="600",
    )
    assert 'parameter "channel_binding"' in told.printed
    # What nobody can read as a parameter is told as plainly.
    assert "Traceback" not in unreached(f"{scene.address.url}&port=many").printed
    return told


def server_without_tls(scene: Scene) -> Told:
    url = scene.guarded.url("guarded:correct-horse")
    return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600", **IN_SECRET)


def server_that_wants_tls(scene: Scene) -> Told:
    url = scene.guarded.url("encrypted")
    told = ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600")
    assert "STENA_POSTGRES__REQUIRE_SSL=true" in told.printed
    assert "password" not in told.printed
    return told


def certificate_of_another_authority(scene: Scene) -> Told:
    root = scene.folder / "root.crt"
    trustme.CA().cert_pem.write_to_path(root)
    with tls.with_tls(scene.socket) as way:
        url = f"{way.url(scene.address)}?sslmode=verify-full&sslrootcert={root}"
        return ending(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="600", **IN_SECRET)


def all_connections_taken(scene: Scene) -> Told:
    with connected(scene.address.url) as database:
        database("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    return unreached(as_user(scene.address, "crowded"))


def user_who_may_not_read(scene: Scene) -> Told:
    with connected(scene.address.url) as database:
        database("CREATE ROLE powerless LOGIN")
    return unreached(as_user(scene.address, "powerless"))


def server_that_starts_slowly(scene: Scene) -> Told:
    errors, door = scene.folder / "log", scene.socket.with_name(".s.PGSQL.9")

    def open_the_door() -> None:
        eventually(lambda: errors.exists() and "waiting_for_database" in errors.read_text())
        door.symlink_to(scene.socket)

    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(open_the_door)
        with running(errors=errors, DATABASE_URL=f"{scene.address.url}&port=9") as wall:
            assert get(f"{wall.url}/readyz")[0] == 200
            told = Told(None, wall.log)
    opened.result()
    door.unlink()
    return told


def migration_that_fails_half_way(scene: Scene) -> Told:
    with connected(scene.empty.url) as database:
        # Two migrations succeed before the third makes one of this name.
        database("CREATE SEQUENCE message_change")
        told = ending(DATABASE_URL=scene.empty.url)
        assert [row[0] for row in database(RELATIONS)] == ["message_change"]
    return told


def table_that_another_program_holds(scene: Scene) -> Told:
    with connected(scene.empty.url) as database:
        database("CREATE TABLE message (id serial PRIMARY KEY, text varchar, created timestamp)")
        database("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        database("INSERT INTO alembic_version VALUES ('0085824f4c35')")
        database("BEGIN")
        database("LOCK TABLE message")
        told = ending(DATABASE_URL=scene.empty.url)
        assert [row[0] for row in database("SELECT version_num FROM alembic_version")] == [
            "0085824f4c35"
        ]
    return told


def another_process_that_migrates(scene: Scene) -> Told:
    with connected(scene.empty.url) as database:
        database(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        [row] = database("SELECT pg_backend_pid()")
        told = ending(DATABASE_URL=scene.empty.url)
        assert told.printed.endswith(f"end it: SELECT pg_terminate_backend({row[0]})\n")
        assert database(RELATIONS) == []
    return told


def database_of_a_newer_release(scene: Scene) -> Told:
    with connected(scene.address.url) as database:
        database("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        assert get(f"{wall.url}/readyz")[0] == 200
        return Told(None, wall.log)
