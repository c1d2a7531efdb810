"""The front of registry.heroku.com: checks the login, then forwards to a real registry."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import hdrs, web

from rehearsal.workshop import KEPT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rehearsal.workshop import Workshop

SETTINGS = """\
version: 0.1
log: {{level: error}}
storage:
  filesystem: {{rootdirectory: {folder}/registry}}
http:
  addr: 127.0.0.1:{port}
  secret: rehearsal
"""
REGISTRY = KEPT / "registry"
CHUNK = 2**20


@asynccontextmanager
async def running(workshop: Workshop, port: int) -> AsyncGenerator[None]:
    """Run Debian's docker-registry on a local port."""
    settings = workshop.folder / "registry.yml"
    settings.write_text(SETTINGS.format(folder=workshop.folder, port=port))
    # Unpacked and not installed, because the package starts a public service on port 5000.
    await workshop.fetch(
        REGISTRY, "apt-get -qq update; apt-get -qq download docker-registry; dpkg -x *.deb ."
    )
    program = REGISTRY / "usr/bin/docker-registry"
    # It reads every REGISTRY_… as a setting.
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")
    }
    with (workshop.folder / "registry.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program, "serve", str(settings), env=environment, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def front(port: int, token: str) -> web.Application:
    """The front for the CLI and podman; `token` is the password of `container:login`."""
    allowed = {
        aiohttp.BasicAuth("_", token).encode(),
        # The CLI itself reads manifests without a user name.
        aiohttp.BasicAuth("", token).encode(),
    }

    async def session(application: web.Application) -> AsyncGenerator[None]:
        application[CLIENT] = aiohttp.ClientSession(
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
        )
        yield
        await application[CLIENT].close()

    async def pass_on(request: web.Request) -> web.StreamResponse:
        if request.headers.get(hdrs.AUTHORIZATION) not in allowed:
            return web.json_response(
                {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]},
                status=401,
                headers={hdrs.WWW_AUTHENTICATE: 'Basic realm="registry.heroku.com"'},
            )
        headers = request.headers.copy()
        for name in (hdrs.AUTHORIZATION, hdrs.TRANSFER_ENCODING, hdrs.EXPECT):
            headers.popall(name, None)
        headers["X-Forwarded-Proto"] = "https"
        async with request.app[CLIENT].request(
            request.method,
            f"http://127.0.0.1:{port}{request.raw_path}",
            headers=headers,
            data=request.content.iter_chunked(CHUNK) if request.body_exists else None,
            allow_redirects=False,
        ) as answer:
            headers = answer.headers.copy()
            headers.popall(hdrs.TRANSFER_ENCODING, None)
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            async for chunk in answer.content.iter_chunked(CHUNK):
                await response.write(chunk)
            await response.write_eof()
            return response

    application = web.Application(client_max_size=2**40)
    application.router.add_route("*", "/{path:.*}", pass_on)
    application.cleanup_ctx.append(session)
    return application


CLIENT = web.AppKey("client", aiohttp.ClientSession)
