"""A wall without the extra `passkeys`, in an environment that lacks its packages."""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, CookieJar

from tests.owner import make_code, sign_in
from tests.program import ROOT, ended, running
from tests.web.calls import page, submit

if TYPE_CHECKING:
    from stena.store.database import Address

# As a wall that would offer passkeys.
HOME = "http://localhost:8080"
EXTRA = re.compile(r"webauthn|cbor2|_cbor2|OpenSSL|pyopenssl|pyasn1", re.IGNORECASE)


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The packages of this environment but those of the extra."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not EXTRA.match(package.name):
            (folder / package.name).symlink_to(package)
    return folder


async def test_the_pages_mention_no_passkeys_and_codes_work(
    tmp_path: Path, packages: Path, address: Address
) -> None:
    # Without `site`, Python finds the packages of PYTHONPATH alone.
    with running(
        sys.executable,
        "-S",
        "main.py",
        errors=tmp_path / "log",
        DATABASE_URL=address.url,
        PYTHONPATH=str(packages),
        STENA_WALL__URL=HOME,
    ) as wall:
        async with ClientSession(wall.url, cookie_jar=CookieJar(unsafe=True)) as client:
            shown = [await page(client, "/owner")]
            await sign_in(client, await make_code(address))
            shown += [
                await page(client, f"/owner{path}")
                for path in ("", "/devices", "/team", "/programs")
            ]
            assert "You are signed in as owner" in shown[1]
            assert [text for text in shown if "passkey" in text.lower()] == []
            for path in ("", "/sign-in", "/options", "/sign-in/options", "/1/remove"):
                status, _ = await submit(client, f"/owner/passkeys{path}", passkey="{}", name="x")
                assert status == 404, path


def test_the_doctor_mentions_none(packages: Path, address: Address) -> None:
    doctor = (sys.executable, "-S", "-m", "stena", "doctor")
    done = ended(
        *doctor, DATABASE_URL=address.url, PYTHONPATH=str(packages), cwd=ROOT, STENA_WALL__URL=HOME
    )
    assert done.returncode == 0, done.stdout
    assert "passkeys" not in done.stdout


@pytest.mark.parametrize(("url", "said"), [(HOME, "those of localhost"), ("", "not offered")])
def test_with_the_extra_the_doctor_says_whether_they_are_offered(
    address: Address, url: str, said: str
) -> None:
    doctor = (sys.executable, "-m", "stena", "doctor")
    done = ended(*doctor, DATABASE_URL=address.url, cwd=ROOT, STENA_WALL__URL=url)
    assert f"ok: passkeys: {said}" in done.stdout


def test_a_start_does_not_load_the_extra(tmp_path: Path, address: Address) -> None:
    command = (sys.executable, "-X", "importtime", "main.py")
    with running(
        *command, errors=tmp_path / "log", DATABASE_URL=address.url, STENA_WALL__URL=HOME
    ) as wall:
        loaded = set(re.findall(r"^import time:.*\| +([\w.]+)$", wall.log, re.MULTILINE))
    assert "stena.ceremony" in loaded
    assert [name for name in loaded if EXTRA.match(name)] == []
