"""The command `owner`, and what the start says of the owner."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import asyncpg

from tests.owner import CODE, run
from tests.program import PATIENCE, ROOT, ended, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address

DOCTOR = (sys.executable, "-m", "stena", "doctor", "--json")
OWNERS = "a code of the owner's that is long enough"


def signed_in(url: str, code: str) -> str | None:
    """What the start page says to a browser that signs in with the code; None if it is refused."""
    cookies = HTTPCookieProcessor()
    body = urlencode({"code": code}).encode()
    try:
        with build_opener(cookies).open(f"{url}/owner/sign-in", body, PATIENCE) as answer:
            found = re.search("You are signed in as (.*?)</p>", answer.read().decode())
    except OSError:
        return None
    assert found
    return found[1]


def advice(address: Address, **variables: str) -> str:
    """What the doctor says of the owner."""
    done = ended(*DOCTOR, cwd=ROOT, DATABASE_URL=address.url, **variables)
    assert done.returncode == 0, done.stdout
    [found] = [one for one in json.loads(done.stdout) if one["about"] == "owner"]
    assert found["level"] == "ok"
    return f"{found['what']} {found['mend']}"


def test_the_command_prints_a_link_and_the_code_and_until_when(address: Address) -> None:
    done = run(DATABASE_URL=address.url, STENA_WALL__URL="https://wall.example")
    assert (done.returncode, done.stderr) == (0, "")
    first, link, _, code = done.stdout.splitlines()
    assert re.fullmatch(r"Open this link, once, before \d\d:\d\d \(UTC\):", first)
    assert CODE.fullmatch(code)
    assert link == f"https://wall.example/owner#{code}"
    done = run(DATABASE_URL=address.url, PORT="8081")
    assert "\nhttp://localhost:8081/owner#" in done.stdout


def test_the_command_needs_no_port_where_the_settings_ask_for_one(address: Address) -> None:
    done = run("--config", "config/heroku_config.yaml", DATABASE_URL=address.url, PORT="")
    assert done.returncode in {0, 1}, done.stderr
    assert "PORT" not in done.stderr


def test_the_command_finds_the_database_of_a_wall_that_runs(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    done = run(STENA_DATA=data)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "Start it first" in line
    with running(errors=tmp_path / "log", STENA_DATA=data) as wall:
        assert "python -m stena owner" in wall.log
        code = run(STENA_DATA=data).stdout.splitlines()[-1]
        assert signed_in(wall.url, code) == "owner, an owner."


def test_a_moderator_has_a_name_and_keeps_the_role(address: Address) -> None:
    for arguments in (("Anna", "--moderator"), ("--moderator", "Anna")):
        assert run(*arguments, DATABASE_URL=address.url).returncode == 0
    done = run("Anna", DATABASE_URL=address.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "with the other role" in done.stderr


def test_what_keeps_the_command_from_making_a_code_is_one_line(
    address: Address, empty_address: Address
) -> None:
    nowhere = address.url.replace("/test", "/no_such_test")
    for arguments, url, said in (
        ((), nowhere, "Create that database"),
        ((), empty_address.url, "Run: python -m stena migrate"),
        ((" ",), address.url, "The name is empty."),
        (("x" * 61,), address.url, "The name has more than 60 characters."),
    ):
        done = run(*arguments, DATABASE_URL=url)
        assert (done.returncode, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert said in line
    for _ in range(5):
        assert run(DATABASE_URL=address.url).returncode == 0
    assert "5 codes of this member still work" in run(DATABASE_URL=address.url).stderr


def test_only_this_command_takes_a_name() -> None:
    done = ended(sys.executable, "-m", "stena", "doctor", "Anna", cwd=ROOT)
    assert done.returncode == 2
    assert "doctor takes no name" in done.stderr


def test_a_wall_without_an_owner_says_the_command_and_no_code_when_it_starts(
    tmp_path: Path, address: Address
) -> None:
    for processes in ("1", "2"):
        variables: dict[str, Any] = {
            "DATABASE_URL": address.url,
            "STENA_COMMON__PROCESSES": processes,
        }
        with running(errors=tmp_path / "log", **variables) as wall:
            assert wall.log.count("no_owner") == 1
            assert "python -m stena owner" in wall.log
            assert not CODE.search(wall.log)
    assert "python -m stena owner" in advice(address)
    run(DATABASE_URL=address.url)
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        assert "no_owner" not in wall.log
    assert advice(address) == "there is one. "


def test_a_wall_whose_database_is_away_starts_all_the_same(tmp_path: Path) -> None:
    variables: dict[str, Any] = {
        "DATABASE_URL": "postgres://postgres@127.0.0.1:1/nothing",
        "STENA_POSTGRES__MIGRATE": "false",
    }
    with running(errors=tmp_path / "log", **variables) as wall:
        assert "no_owner" not in wall.log


def test_the_code_of_the_settings_works_once_and_another_one_once_more(
    tmp_path: Path, address: Address
) -> None:
    for code in (OWNERS, "another code that is as long as this"):
        variables: dict[str, Any] = {"DATABASE_URL": address.url, "STENA_WALL__OWNER_CODE": code}
        with running(errors=tmp_path / "log", **variables) as wall:
            assert "no_owner" not in wall.log
            assert signed_in(wall.url, code.upper()) == "owner, an owner."
        with running(errors=tmp_path / "log", **variables) as wall:
            assert signed_in(wall.url, code) is None
            assert code not in wall.log
        assert "STENA_WALL__OWNER_CODE" in advice(address, STENA_WALL__OWNER_CODE=code)


def test_a_code_that_is_no_longer_in_the_settings_does_not_work(
    tmp_path: Path, address: Address
) -> None:
    variables: dict[str, Any] = {"DATABASE_URL": address.url}
    with running(errors=tmp_path / "log", **variables, STENA_WALL__OWNER_CODE=OWNERS):
        pass
    with running(errors=tmp_path / "log", **variables) as wall:
        assert signed_in(wall.url, OWNERS) is None
    with running(errors=tmp_path / "log", **variables, STENA_WALL__OWNER_CODE=OWNERS) as wall:
        assert signed_in(wall.url, OWNERS)


async def test_a_first_owner_who_has_left_does_not_come_back_by_the_settings(
    tmp_path: Path, address: Address
) -> None:
    variables: dict[str, Any] = {"DATABASE_URL": address.url, "STENA_WALL__OWNER_CODE": OWNERS}
    with running(errors=tmp_path / "log", **variables):
        pass
    connection = await asyncpg.connect(address.url)
    await connection.execute("UPDATE member SET left_at = now()")
    await connection.close()
    with running(errors=tmp_path / "log", **variables) as wall:
        assert signed_in(wall.url, OWNERS) is None


def test_no_code_and_no_token_is_in_any_line_of_the_log(tmp_path: Path, address: Address) -> None:
    code = run(DATABASE_URL=address.url).stdout.splitlines()[-1]
    variables: dict[str, Any] = {
        "DATABASE_URL": address.url,
        "STENA_LOGGING__LEVEL": "debug",
        "STENA_LOGGING__REQUESTS": "true",
        "STENA_WALL__OWNER_CODE": OWNERS,
    }
    with running(errors=tmp_path / "log", **variables) as wall:
        cookies = HTTPCookieProcessor()
        browser = build_opener(cookies)
        body = urlencode({"code": code}).encode()
        with browser.open(f"{wall.url}/owner/sign-in", body, PATIENCE) as answer:
            assert urlsplit(answer.url).path == "/owner"
        with browser.open(f"{wall.url}/owner/devices/code", b"", PATIENCE) as answer:
            found = CODE.search(answer.read().decode())
        assert signed_in(wall.url, code) is None
    assert found
    tokens = [cookie.value for cookie in cookies.cookiejar if cookie.name == "owner"]
    for secret in (code, found[0], OWNERS, *tokens):
        assert secret
        assert secret not in wall.log
    assert "/owner/sign-in" in wall.log
