from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import yaml

from stena.store.revision import NEWEST
from tests.article.database import revision, rows
from tests.article.repository import HEROKU_SETTINGS, MAIN, UPGRADE, configure, free_port
from tests.article.tls import PASSWORD
from tests.article.wall import create, listed
from tests.program import PATIENCE, ROOT, ended, eventually, get, running

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stena.store.database import Address
    from tests.article.tls import Way
    from tests.program import Program

SCRIPT = (
    "cat config/heroku_config.yaml | envsubst > config/config.yaml; "
    "export PYTHONPATH=.; alembic upgrade head; python main.py"
)


# -- config/config.yaml


def test_config_yaml_has_the_articles_two_keys() -> None:
    sections = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    assert "port" in sections["common"]
    assert "database_url" in sections["postgres"]


async def test_config_yaml_sets_the_port_the_database_and_all_the_rest(
    repository: Path, address: Address, tmp_path: Path
) -> None:
    port = free_port()
    settings = {
        "common": {"host": "127.0.0.1", "port": port},
        "postgres": {"database_url": address.url, "pool_size": 1},
        "wall": {"title": "Наш двор", "language": "ru"},
        "logging": {"format": "json", "requests": True},
    }
    configure(repository, settings)
    # PORT and DATABASE_URL have an effect only in files that name them.
    elsewhere = {"PORT": "1", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing"}
    with running(*MAIN, cwd=repository, errors=tmp_path / "log", **elsewhere) as wall:
        assert wall.url == f"http://127.0.0.1:{port}"
        assert ">Наш двор</a></h1>" in get(f"{wall.url}/")[1]
        message = create(wall, "Сюда")
        # A request is logged after it is answered.
        eventually(lambda: wall.log.count('"request"') == 2)
        events = [json.loads(line)["event"] for line in wall.log.splitlines()]
        assert events == ["starting", "out_of_reach", "no_owner", "request", "request"]
    [row] = await rows(address.url, "SELECT id FROM message")
    assert row["id"] == message["id"]


# -- config/heroku_config.yaml


def test_heroku_config_yaml_says_what_the_article_says() -> None:
    assert yaml.safe_load((ROOT / HEROKU_SETTINGS).read_text()) == {
        "common": {"port": "$PORT"},
        "postgres": {"database_url": "$DATABASE_URL", "require_ssl": True},
    }


def test_heroku_config_yaml_takes_its_values_from_the_environment(
    address: Address, tls_way: Way, tmp_path: Path
) -> None:
    port = free_port()
    with running(
        *MAIN,
        errors=tmp_path / "log",
        STENA_CONFIG=HEROKU_SETTINGS,
        PORT=str(port),
        DATABASE_URL=tls_way.url(address),
    ) as wall:
        assert wall.url == f"http://127.0.0.1:{port}"
        assert [create(wall, "On Heroku")] == listed(wall)


async def test_where_a_host_sets_no_port_the_database_is_migrated_all_the_same(
    empty_address: Address, tls_way: Way
) -> None:
    released = {
        "STENA_CONFIG": HEROKU_SETTINGS,
        "DATABASE_URL": tls_way.url(empty_address),
        "PYTHONPATH": ".",
        "PORT": None,
    }
    done = ended("python", "-m", "stena", "migrate", cwd=ROOT, **released)
    assert done.returncode == 0, done.stderr
    assert await revision(empty_address.url) == [NEWEST]
    for command in (("alembic", "current"), ("alembic", "downgrade", "-1"), UPGRADE):
        done = ended(*command, cwd=ROOT, **released)
        assert done.returncode == 0, done.stderr
    assert await revision(empty_address.url) == [NEWEST]
    done = ended(*MAIN, cwd=ROOT, **released)
    assert done.returncode == 2
    assert "the environment has no value for PORT" in done.stderr


# -- envsubst


async def test_the_articles_own_script_migrates_and_serves(
    repository: Path, empty_address: Address, tls_way: Way, tmp_path: Path
) -> None:
    port, url = free_port(), tls_way.url(empty_address)
    with (
        running(
            *("sh", "-c", SCRIPT),
            cwd=repository,
            errors=tmp_path / "log",
            PORT=str(port),
            DATABASE_URL=url,
            # What brings the database up to date is the script's own line.
            STENA_POSTGRES__MIGRATE="false",
        ) as wall,
        children_stopped(wall),
    ):
        assert wall.url == f"http://127.0.0.1:{port}"
        assert [create(wall, "As the article says")] == listed(wall)
        assert yaml.safe_load((repository / "config/config.yaml").read_text()) == {
            "common": {"port": port},
            "postgres": {"database_url": url, "require_ssl": True},
        }
        assert await revision(empty_address.url) == [NEWEST]
        # Alembic's and the wall's.
        assert tls_way.encrypted >= 2
        assert tls_way.refused == 0
        assert PASSWORD not in wall.log


@contextmanager
def children_stopped(wall: Program) -> Generator[None]:
    """A shell that gets SIGTERM ends, but the processes that it started go on."""
    try:
        yield
    finally:
        children = psutil.Process(wall.process.pid).children(recursive=True)
        for child in children:
            child.terminate()
        psutil.wait_procs(children, PATIENCE)
