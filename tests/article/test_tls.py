from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.article.database import rows
from tests.article.repository import HEROKU_SETTINGS, MAIN, UPGRADE
from tests.article.tls import PASSWORD
from tests.article.wall import create, listed
from tests.program import ended, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.article.tls import Way

NO_ANSWER = "The database cannot be used: "
NOT_MIGRATED = "The database could not be migrated, and no migration is half-made: "


# -- require_ssl: true


@pytest.mark.parametrize("query", ["", "?sslmode=disable", "?sslmode=prefer"])
def test_require_ssl_encrypts_with_a_certificate_that_nobody_signed(
    empty_address: Address, tls_way: Way, tmp_path: Path, query: str
) -> None:
    with running(
        *MAIN,
        errors=tmp_path / "log",
        STENA_CONFIG=HEROKU_SETTINGS,
        DATABASE_URL=tls_way.url(empty_address) + query,
    ) as wall:
        assert [create(wall, "In secret")] == listed(wall)
        assert tls_way.encrypted > 0
        assert tls_way.refused == 0


@pytest.mark.parametrize(
    ("command", "beginning", "named"),
    [
        (MAIN, NO_ANSWER, "postgres.require_ssl"),
        (("python", "-m", "stena", "migrate"), NO_ANSWER, "postgres.require_ssl"),
        (UPGRADE, NOT_MIGRATED, "SSL"),
    ],
    ids=["main.py", "stena migrate", "alembic"],
)
async def test_require_ssl_refuses_a_server_without_it_at_once_and_says_so_in_one_line(
    empty_address: Address, plain_way: Way, command: tuple[str, ...], beginning: str, named: str
) -> None:
    done = ended(
        *command,
        PYTHONPATH=".",
        STENA_CONFIG=HEROKU_SETTINGS,
        DATABASE_URL=plain_way.url(empty_address),
    )
    assert done.returncode == 1
    [line] = [line for line in done.stderr.splitlines() if '"starting"' not in line]
    assert line.startswith(beginning)
    assert "SSL" in line
    assert named in line
    assert PASSWORD not in done.stdout + done.stderr
    assert not await rows(empty_address.url, "SELECT FROM pg_tables WHERE schemaname = 'public'")


def test_a_server_without_tls_is_good_enough_where_ssl_is_not_required(
    empty_address: Address, plain_way: Way, tmp_path: Path
) -> None:
    with running(
        *MAIN,
        errors=tmp_path / "log",
        STENA_CONFIG=HEROKU_SETTINGS,
        STENA_POSTGRES__REQUIRE_SSL="false",
        DATABASE_URL=plain_way.url(empty_address),
    ) as wall:
        assert [create(wall, "In the open")] == listed(wall)


# -- sslmode=verify-full


def test_alembic_says_in_one_line_that_the_authoritys_certificate_is_not_there() -> None:
    server = f"postgres://postgres:{PASSWORD}@127.0.0.1:9/stena"
    done = ended(
        *UPGRADE,
        PYTHONPATH=".",
        DATABASE_URL=f"{server}?sslmode=verify-full&sslrootcert=/no/such",
    )
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("config/config.yaml: postgres.database_url: its sslrootcert is /no/such")
    assert PASSWORD not in line
