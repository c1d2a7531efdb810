from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import stena.web
from stena.web import app_keys as keys
from stena.web import errors
from stena.web.rendering import assets
from stena.web.wire.proxies import Proxies
from tests.web.test_page_cache import UNPACK

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tests.conftest import Client

STATIC = Path(stena.web.__file__).parent / "static"
FILES = {file.name: file.read_bytes() for file in STATIC.iterdir()}
DIGEST = re.compile(rb"\?v=[0-9a-f]{12}")
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
PICTURES = {".png", ".jpg"}
# Three scripts, each imported by the one before; the last may change.
SCRIPTS = {
    "first.js": b'import { word } from "./second.js";\nimport "./third.js";\n',
    "second.js": b"export * from './third.js';\nconst late = () => import(\"./third.js\");\n",
}


async def plain(client: Client, path: str) -> ClientResponse:
    return await client.get(path, headers={"Accept-Encoding": "identity"})


async def addresses(client: Client) -> list[str]:
    return re.findall(r'"(/static/[^"]+)"', await (await client.get("/")).text())


def rules(style: bytes) -> list[str]:
    """The lines of a style sheet without comments, indentation and empty lines."""
    lines = re.sub(r"/\*.*?\*/", "", style.decode(), flags=re.DOTALL).split("\n")
    return [line.strip() for line in lines if line.strip()]


def without_comments(script: bytes) -> bytes:
    """And without indentation."""
    lines = [line.lstrip() for line in script.split(b"\n")]
    return b"\n".join(b"" if line.startswith(b"//") else line for line in lines)


@pytest.mark.parametrize("encoding", ["identity", *UNPACK])
async def test_every_file_is_sent_whole_with_its_type(client: Client, encoding: str) -> None:
    assert FILES
    for name, content in FILES.items():
        suffix = Path(name).suffix
        headers = {"Accept-Encoding": encoding}
        answer = await client.get(f"/static/{name}", headers=headers, auto_decompress=False)
        body = await answer.read()
        assert answer.content_type == TYPES[suffix], name
        wanted = encoding if encoding != "identity" and suffix not in PICTURES else None
        assert answer.headers.get("Content-Encoding") == wanted, name
        whole = UNPACK[wanted](body) if wanted else body
        if suffix == ".css":
            assert b"/*" not in whole, name
            assert rules(DIGEST.sub(b"", whole)) == rules(content), name
        else:
            # The scripts that it imports have their digests now.
            expected = without_comments(content) if suffix == ".js" else content
            assert DIGEST.sub(b"", whole) == expected, name
        assert answer.headers.get("Vary") == "Accept-Encoding", name


async def test_files_are_kept_for_ever_by_their_digest_and_asked_for_without(
    client: Client,
) -> None:
    found = await addresses(client)
    assert len(found) > 4
    style = await (await plain(client, next(path for path in found if ".css" in path))).text()
    pictures = [f"/static/{name}" for name in re.findall(r'url\("([^"]+)"\)', style)]
    assert pictures
    for path in found + pictures:
        answer = await client.get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
    for path in (
        "/static/wall.css",
        "/static/wall.css?v=",
        "/static/wall.css?v=of-another-release",
    ):
        answer = await client.get(path)
        assert answer.headers["Cache-Control"] == "public, no-cache"


async def test_who_has_a_file_already_is_told_so(client: Client) -> None:
    for path in ("/static/wall.css", "/static/wall.css?v=x"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        other = await plain(client, path)
        assert other.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    "name", ["", "x.css", "../app.py", "..%2Fapp.py", "%2e%2e/app.py", "wall.css/", "WALL.CSS", "."]
)
async def test_nothing_but_the_files_is_there(client: Client, name: str) -> None:
    answer = await client.get(f"/static/{name}")
    assert answer.status == 404
    assert "There is nothing here" in await answer.text()


async def test_scripts_import_each_other_by_the_addresses_that_pages_name() -> None:
    async with wall(b"let one;\n") as client:
        files = client.app and client.app[keys.ASSETS].addresses
        assert files
        first = await (await plain(client, files["first.js"])).text()
        second = await (await plain(client, files["second.js"])).text()
    here = {name: path.replace("/static/", "./") for name, path in files.items()}
    assert f'from "{here["second.js"]}"' in first
    assert f'import "{here["third.js"]}"' in first
    assert f"from '{here['third.js']}'" in second
    assert f'import("{here["third.js"]}")' in second


async def test_a_script_that_changes_changes_the_addresses_of_all_that_import_it() -> None:
    found = []
    for third in (b"let one;\n", b"let two;\n"):
        async with wall(third) as client:
            assert client.app
            found.append(client.app[keys.ASSETS].addresses)
    for name in ("first.js", "second.js", "third.js"):
        assert found[0][name] != found[1][name]
    assert found[0]["wall.css"] == found[1]["wall.css"]


def test_scripts_that_import_each_other_in_a_circle_are_told() -> None:
    with pytest.raises(ValueError, match=r"third\.js imports first\.js, which imports it"):
        assets.Assets({**SCRIPTS, "third.js": b'import "./first.js";'})


def wall(third: bytes) -> Client:
    """A client of a wall with these scripts among its files."""
    app = web.Application(middlewares=[errors.refuse])
    app[keys.PROXIES], app[keys.SITE], app[keys.LANGUAGE] = Proxies(), "", "en"
    app[keys.HAS_HTTPS] = False
    app[keys.ASSETS] = assets.Assets({**SCRIPTS, "third.js": third})
    app.router.add_get("/static/{name}", assets.file)
    return TestClient(TestServer(app))
