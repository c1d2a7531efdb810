"""The manifests that Heroku reads besides the image, and the processes that they start."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from stena.settings import SECTIONS
from stena.store.revision import NEWEST
from tests.article.database import revision
from tests.article.wall import create, listed
from tests.docs.pages import DOCS, PYPROJECT
from tests.program import ROOT, ended, running

if TYPE_CHECKING:
    from pathlib import Path

    from stena.store.database import Address
    from tests.article.tls import Way

PLAN = "heroku-postgresql:essential-0"


@pytest.fixture
def button() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
    return read


@pytest.fixture
def manifest() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "heroku.yml").read_text())
    return read


@pytest.fixture
def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


# -- heroku.yml


def test_heroku_builds_the_dockerfile_and_starts_what_the_image_starts(
    manifest: dict[str, Any],
) -> None:
    assert manifest["build"] == {"docker": {"web": "Dockerfile"}}
    assert f'CMD ["{manifest["run"]["web"]}"]' in (ROOT / "Dockerfile").read_text()


async def test_the_release_phase_migrates_and_is_given_no_port(
    manifest: dict[str, Any], empty_address: Address, tls_way: Way
) -> None:
    assert manifest["release"]["image"] == "web"
    [command] = manifest["release"]["command"]
    # Heroku sets PORT only for the web process.
    done = ended(
        "env",
        "--unset=PORT",
        *shlex.split(command),
        STENA_CONFIG="config/heroku_config.yaml",
        DATABASE_URL=tls_way.url(empty_address),
    )
    assert done.returncode == 0, done.stderr
    assert await revision(empty_address.url) == [NEWEST]


def test_manifest_button_and_page_name_the_same_database(
    manifest: dict[str, Any], button: dict[str, Any]
) -> None:
    assert manifest["setup"]["addons"] == [{"plan": PLAN, "as": "DATABASE"}]
    assert button["addons"] == manifest["setup"]["addons"]
    assert f"heroku addons:create {PLAN} --wait" in (DOCS / "publish.md").read_text()


# -- app.json


def test_the_button_sets_only_what_can_be_set(button: dict[str, Any]) -> None:
    for name in button["env"]:
        section, _, key = name.removeprefix("STENA_").lower().partition("__")
        assert key in SECTIONS[section].model_fields, name


def test_the_button_makes_a_secret_of_its_own_for_each_wall(button: dict[str, Any]) -> None:
    assert button["env"]["STENA_COMMON__SECRET"]["generator"] == "secret"
    assert "value" not in button["env"]["STENA_COMMON__SECRET"]


def test_the_button_says_what_the_project_says(button: dict[str, Any]) -> None:
    assert button["description"] == PYPROJECT["project"]["description"]
    assert button["stack"] == "container"


# -- Procfile and .python-version


async def test_the_procfile_migrates_then_serves_behind_one_router(
    procfile: dict[str, str], empty_address: Address, tls_way: Way, tmp_path: Path
) -> None:
    url = tls_way.url(empty_address)
    shell = ("env", "--unset=PORT", "sh", "-c")
    done = ended(*shell, procfile["release"], DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert await revision(empty_address.url) == [NEWEST]
    with running(
        *("sh", "-c", f"exec env {procfile['web']}"), errors=tmp_path / "log", DATABASE_URL=url
    ) as wall:
        assert [create(wall, "Without a container")] == listed(wall)
        assert wall.stop() == 0


def test_the_buildpack_finds_one_list_of_packages_for_it_refuses_two() -> None:
    left_out = (ROOT / ".slugignore").read_text().split()
    lists = [name for name in ("requirements.txt", "uv.lock") if (ROOT / name).exists()]
    assert [name for name in lists if name not in left_out] == ["uv.lock"]


def test_the_procfile_keeps_to_the_connections_of_the_small_plan(procfile: dict[str, str]) -> None:
    # The buildpack sets WEB_CONCURRENCY according to the memory.
    assert "STENA_COMMON__PROCESSES=1" in procfile["web"].split()


def test_the_python_of_the_buildpack_is_one_that_the_wall_runs_on() -> None:
    needed = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    major, minor = (ROOT / ".python-version").read_text().strip().split(".")
    assert (int(major), int(minor)) >= tuple(map(int, needed.split(".")))
