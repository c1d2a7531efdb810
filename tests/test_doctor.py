"""The findings of `stena doctor`: a line each, the command that fixes it, an exit code."""

from __future__ import annotations

import json
import socket
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import asyncpg

from tests.program import ROOT, ended, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

DOCTOR = (sys.executable, "-m", "stena", "doctor")


def findings(code: int, **variables: str) -> dict[str, dict[str, Any]]:
    """The findings by subject; each subject occurs once."""
    done = ended(*DOCTOR, "--json", cwd=ROOT, **variables)
    assert (done.returncode, done.stderr) == (code, ""), done.stdout
    found = json.loads(done.stdout)
    return {finding["about"]: finding for finding in found}


async def execute(address: Address, *statements: str) -> None:
    connection = await asyncpg.connect(address.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def as_user(address: Address, name: str) -> str:
    return address.url.replace("://postgres@", f"://{name}@")


def test_a_healthy_wall_is_told_so_line_by_line(address: Address) -> None:
    done = ended(*DOCTOR, DATABASE_URL=address.url)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["ok"] * len(lines)
    about = [line.split(": ")[1] for line in lines]
    assert about[:5] == ["settings", "port", "proxies", "files", "database"]
    assert {"version", "encryption", "privileges", "migrations", "connections", "clock"} <= set(
        about
    )


def test_a_wall_of_its_own_is_looked_at_while_it_runs_and_before(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    before = findings(0, STENA_DATA=data)
    assert "starts with the wall" in before["database"]["what"]
    assert "free" in before["disk"]["what"]
    with running(errors=tmp_path / "log", STENA_DATA=data) as program:
        port = str(urlsplit(program.url).port)
        while_it_runs = findings(0, STENA_DATA=data, PORT=port)
    assert while_it_runs["port"]["what"] == f"a wall answers on port {port}."
    assert while_it_runs["migrations"]["level"] == "ok"


def test_mistakes_in_the_settings_are_each_an_error_and_the_database_is_examined_all_the_same(
    address: Address,
) -> None:
    done = ended(*DOCTOR, PORT="many", STENA_WALL__LANGUAGE="eo", DATABASE_URL=address.url)
    assert done.returncode == 2
    lines = [line.split(": ")[:2] for line in done.stdout.splitlines()]
    assert lines[:3] == [["error", "settings"], ["error", "settings"], ["ok", "database"]]
    # The number of processes is in the section with the mistake.
    assert ["ok", "connections"] not in lines
    assert ["ok", "clock"] in lines


def test_a_mistake_about_the_database_leaves_the_port_to_be_examined() -> None:
    done = ended(*DOCTOR, DATABASE_URL="mysql://localhost/x")
    assert done.returncode == 2
    lines = [line.split(": ")[:2] for line in done.stdout.splitlines()]
    assert lines == [
        ["error", "settings"],
        *(["ok", about] for about in ("port", "proxies", "files", "passkeys")),
    ]


def test_a_wall_that_no_visitor_could_reach_is_told_so(address: Address) -> None:
    found = findings(1, DATABASE_URL=address.url, PORT="5000", STENA_COMMON__PORT="0")["reach"]
    assert found["level"] == "warning"
    assert "PORT=5000" in found["what"]
    assert "port: $PORT" in found["mend"]
    # On a host this is the only access.
    behind = {
        "DATABASE_URL": address.url,
        "DYNO": "web.1",
        "STENA_COMMON__PROXIES": "1",
        "STENA_WALL__URL": "https://wall.example",
    }
    found = findings(2, STENA_COMMON__HOST="::1", **behind)["reach"]
    assert found["level"] == "error"
    assert found["mend"] == "Set STENA_COMMON__HOST=0.0.0.0."
    assert "reach" not in findings(0, STENA_COMMON__HOST="::", **behind)


def test_a_port_that_another_program_has_is_an_error(address: Address) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        found = findings(2, DATABASE_URL=address.url, PORT=port, STENA_COMMON__HOST="127.0.0.1")
    assert found["port"]["level"] == "error"
    assert "PORT=8081" in found["port"]["what"]


def test_a_database_that_is_not_there_is_told_as_at_a_start(address: Address) -> None:
    url = address.url.replace("/test", "/no_such_test")
    found = findings(2, DATABASE_URL=url)["database"]
    start = ended(DATABASE_URL=url, STENA_POSTGRES__START_TIMEOUT="0")
    assert f"{found['what']} {found['mend']}" == start.stderr.splitlines()[-1]
    assert "Create that database" in found["mend"]


async def test_migrations_that_are_missing_are_a_warning(empty_address: Address) -> None:
    found = findings(1, DATABASE_URL=empty_address.url)["migrations"]
    assert found["level"] == "warning"
    assert found["mend"] == "Run: python -m stena migrate"


async def test_a_database_of_a_newer_release_is_a_warning(address: Address) -> None:
    await execute(address, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert findings(1, DATABASE_URL=address.url)["migrations"]["level"] == "warning"


async def test_a_user_who_may_not_write_is_an_error(address: Address) -> None:
    await execute(address, "CREATE ROLE doctor_powerless LOGIN", "CREATE ROLE doctor_reader LOGIN")
    await execute(address, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO doctor_reader")
    found = findings(2, DATABASE_URL=as_user(address, "doctor_reader"))["privileges"]
    assert found["level"] == "error"
    assert "GRANT ALL" in found["mend"]
    found = findings(2, DATABASE_URL=as_user(address, "doctor_powerless"))["database"]
    assert "permission denied" in found["what"]
    assert "GRANT ALL" in found["mend"]
    start = ended(DATABASE_URL=as_user(address, "doctor_powerless"))
    assert (start.returncode, start.stderr.splitlines()[-1]) == (
        1,
        f"{found['what']} {found['mend']}",
    )


async def test_a_plan_with_few_connections_is_a_warning_with_what_fits(address: Address) -> None:
    await execute(
        address,
        "CREATE ROLE doctor_small LOGIN CONNECTION LIMIT 9",
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO doctor_small",
    )
    found = findings(1, DATABASE_URL=as_user(address, "doctor_small"))["connections"]
    assert found["level"] == "warning"
    assert "STENA_POSTGRES__POOL_SIZE=3" in found["mend"]
    fitting = findings(
        0, DATABASE_URL=as_user(address, "doctor_small"), STENA_POSTGRES__POOL_SIZE="3"
    )["connections"]
    assert fitting["level"] == "ok"


def test_a_router_that_the_settings_do_not_know_of_is_a_warning(address: Address) -> None:
    known = {"DATABASE_URL": address.url, "STENA_WALL__URL": "https://wall.example"}
    found = findings(1, DYNO="web.1", **known)["proxies"]
    assert "Heroku" in found["what"]
    assert found["mend"] == "Set STENA_COMMON__PROXIES=1."
    assert findings(0, DYNO="web.1", STENA_COMMON__PROXIES="1", **known)


def test_an_address_that_only_the_proxy_tells_is_a_warning(address: Address) -> None:
    for behind in ({"STENA_COMMON__PROXIES": "1"}, {"DYNO": "web.1"}):
        found = findings(1, DATABASE_URL=address.url, **behind)["url"]
        assert found["level"] == "warning"
        assert "STENA_WALL__URL" in found["mend"]


async def test_a_channel_of_alerts_that_has_failed_for_a_day_is_a_warning(
    address: Address,
) -> None:
    await execute(
        address,
        "INSERT INTO channel (name, first_failed, error, status)"
        " VALUES ('mail', clock_timestamp() - interval '1 hour', 'sign_in', 535)",
    )
    found = findings(0, DATABASE_URL=address.url)["alerts by mail"]
    assert found["level"] == "ok"
    assert found["what"] == "the last attempt failed: sign_in (535)."
    await execute(address, "UPDATE channel SET first_failed = first_failed - interval '1 day'")
    found = findings(1, DATABASE_URL=address.url)["alerts by mail"]
    assert found["level"] == "warning"
    assert found["why"] == "It has failed for a day, so the team is not told."
    await execute(address, "UPDATE channel SET first_failed = NULL, error = NULL")
    assert findings(0, DATABASE_URL=address.url)["alerts by mail"]["level"] == "ok"
