"""The wall serves, and something fails meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.failures.scene import Told, as_user, connected, database_name
from tests.program import eventually, get, post, running

if TYPE_CHECKING:
    from tests.failures.scene import Scene
    from tests.program import Program

JSON = "application/json"


def database_that_goes_away(scene: Scene) -> Told:
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
        return Told(None, wall.log + get(wall.url)[1])


def database_that_takes_no_more(scene: Scene) -> Told:
    """As a host makes it whose plan is full."""
    with connected(scene.address.url) as database:
        database("CREATE ROLE tenant LOGIN")
        database("GRANT ALL ON ALL TABLES IN SCHEMA public TO tenant")
        database("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO tenant")
        url = as_user(scene.address, "tenant")
        with running(errors=scene.folder / "log", DATABASE_URL=url) as wall:
            assert leave(wall)[0] == 201
            database("REVOKE INSERT ON message FROM tenant")
            assert leave(wall)[0] == 503
            # What is there is still to be read.
            assert get(wall.url)[0] == 200
            assert "GRANT ALL" in wall.log
            return Told(None, wall.log)


def database_that_nobody_has_migrated(scene: Scene) -> Told:
    with running(
        errors=scene.folder / "log",
        DATABASE_URL=scene.empty.url,
        STENA_POSTGRES__MIGRATE="false",
    ) as wall:
        status, page = get(wall.url)
        assert status == 503
        assert "python -m stena migrate" in wall.log
        return Told(None, page)


def view_with_a_bug(scene: Scene) -> Told:
    with running(errors=scene.folder / "log", DATABASE_URL=scene.address.url) as wall:
        spoil(scene)
        status, page = get(wall.url)
        assert status == 500
        return Told(None, wall.log + page)


def spoil(scene: Scene) -> None:
    """Leave a type that the program does not expect, as a wrong migration would."""
    with connected(scene.address.url) as database:
        database("INSERT INTO message (text) VALUES ('private words')")
        database("ALTER TABLE message ALTER COLUMN created DROP DEFAULT")
        database("ALTER TABLE message ALTER COLUMN created TYPE text")


def visitors_who_seem_to_be_one(scene: Scene) -> Told:
    with running(
        errors=scene.folder / "log",
        DATABASE_URL=scene.address.url,
        STENA_WALL__POSTS_PER_MINUTE="1",
    ) as wall:
        eventually(lambda: leave(wall)[0] == 429)
        return Told(None, leave(wall)[1])


def leave(wall: Program) -> tuple[int, str]:
    return post(f"{wall.url}/api/messages.create", b'{"text": "x"}', JSON)
