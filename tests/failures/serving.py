"""Failures while the wall serves."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil

from stena.store.cluster import PID_FILE
from tests.failures.scene import Outcome, as_user, connected, database_name
from tests.hand import REFUSE_WORDS, Hand
from tests.patient import TO_FAIL, patient
from tests.program import PATIENCE, eventually, get, limited, post, running

if TYPE_CHECKING:
    from tests.failures.scene import Scene
    from tests.program import Program

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def database_that_goes_away(scene: Scene) -> Outcome:
    door = scene.socket.with_name(".s.PGSQL.10")
    door.symlink_to(scene.socket)
    url, errors = f"{scene.address.url}&port=10", scene.folder / "log"
    with running(errors=errors, DATABASE_URL=url) as wall:
        assert get(wall.url)[0] == 200
        door.unlink()
        with connected(scene.address.url.replace(database_name(scene.address), "postgres")) as hand:
            hand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 -- a name of ours
                f"WHERE datname = '{database_name(scene.address)}'"
            )
        eventually(lambda: get(wall.url)[0] == 503)
        return Outcome(None, wall.log + get(wall.url)[1])


def database_that_takes_no_more(scene: Scene) -> Outcome:
    """Revoke INSERT, as hosts do when the plan is full."""
    with connected(scene.address.url) as database:
        database("CREATE ROLE tenant LOGIN")
        database("GRANT ALL ON ALL TABLES IN SCHEMA public TO tenant")
        database("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO tenant")
        url = as_user(scene.address, "tenant")
        with running(errors=scene.folder / "log", DATABASE_URL=url) as wall:
            assert leave(wall)[0] == 201
            database("REVOKE INSERT ON message FROM tenant")
            assert leave(wall)[0] == 503
            # Messages can still be read.
            assert get(wall.url)[0] == 200
            assert "GRANT ALL" in wall.log
            return Outcome(None, wall.log)


def own_database_that_ends(scene: Scene) -> Outcome:
    data = scene.folder / "data"
    with running(errors=scene.folder / "log", STENA_DATA=str(data)) as wall:
        control = data / "postgres" / "global" / "pg_control"
        control.rename(control.with_name("kept"))
        psutil.Process(int((data / "postgres" / PID_FILE).read_text().split()[0])).kill()
        eventually(lambda: "pg_control" in wall.log)
        assert get(f"{wall.url}/readyz")[0] == 503
        return Outcome(None, wall.log)


def database_that_nobody_has_migrated(scene: Scene) -> Outcome:
    with running(
        errors=scene.folder / "log",
        DATABASE_URL=scene.empty.url,
        STENA_POSTGRES__MIGRATE="false",
    ) as wall:
        status, page = get(wall.url)
        assert status == 503
        assert "python -m stena migrate" in wall.log
        return Outcome(None, page)


def job_that_fails(scene: Scene) -> Outcome:
    command, url = patient(TO_FAIL), scene.address.url
    with running(*command, errors=scene.folder / "log", DATABASE_URL=url) as wall:
        Hand(scene.address)(REFUSE_WORDS)
        assert leave(wall)[0] == 201
        eventually(lambda: get(f"{wall.url}/readyz")[0] == 503)
        with connected(scene.address.url) as database:
            database("DROP TRIGGER refuse ON message_words")
        eventually(lambda: get(f"{wall.url}/readyz")[0] == 200)
        assert "private words" not in wall.log
        return Outcome(None, wall.log)


def job_that_always_fails(scene: Scene) -> Outcome:
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        Hand(scene.address)(REFUSE_WORDS)
        assert leave(wall)[0] == 201
        code = wall.process.wait(2 * PATIENCE)
        return Outcome(code, wall.log)


def view_with_a_bug(scene: Scene) -> Outcome:
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        spoil(scene)
        status, page = get(wall.url)
        assert status == 500
        return Outcome(None, wall.log + page)


def spoil(scene: Scene) -> None:
    """Change a column to an unexpected type, as a wrong migration would."""
    with connected(scene.address.url) as database:
        database("INSERT INTO message (text) VALUES ('private words')")
        database("ALTER TABLE message ALTER COLUMN created DROP DEFAULT")
        database("ALTER TABLE message ALTER COLUMN created TYPE text")


def visitors_who_seem_to_be_one(scene: Scene) -> Outcome:
    with running(
        errors=scene.folder / "log",
        DATABASE_URL=scene.address.url,
        STENA_WALL__POSTS_PER_MINUTE="1",
    ) as wall:
        eventually(lambda: leave(wall)[0] == 429)
        return Outcome(None, leave(wall)[1])


def proxy_that_changes_host(scene: Scene) -> Outcome:
    """A browser's post through nginx's `proxy_pass` and nothing else."""
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        headers = {"Origin": "https://wall.example", "Host": "127.0.0.1:8080"}
        for _ in range(3):
            status, page = post(f"{wall.url}/messages", b"text=private+words", FORM, **headers)
            assert status == 403
        [line] = [line for line in wall.log.splitlines() if "origin_unknown" in line]
        assert '"origin": "wall.example"' in line
        assert '"host": "127.0.0.1:8080"' in line
        assert "private" not in wall.log
        return Outcome(None, wall.log + page)


def few_files(scene: Scene) -> Outcome:
    command = limited("-n 256")
    with running(*command, errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        return Outcome(None, wall.log)


def more_connections_than_places(scene: Scene) -> Outcome:
    command = limited("-n 256")
    with (
        running(*command, errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall,
        ExitStack() as open_connections,
    ):
        parts = urlsplit(wall.url)
        for _ in range(300):
            connection = socket.create_connection((parts.hostname, parts.port))
            open_connections.enter_context(connection)
        eventually(lambda: "connections_closed" in wall.log)
        return Outcome(None, wall.log)


def leave(wall: Program) -> tuple[int, str]:
    return post(f"{wall.url}/api/messages.create", b'{"text": "x"}', JSON)
