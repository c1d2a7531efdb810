"""Bare aiohttp: it sends a response that it was given, and echoes what is posted.

PROCESSES processes accept connections from one queue, as those of the wall do.
"""

from __future__ import annotations

import asyncio
import os
import socket

import uvloop
from aiohttp import web

CONTENT = web.AppKey("content", dict[str, object])


async def learn(request: web.Request) -> web.Response:
    content = await request.json()
    request.app[CONTENT].update(headers=content["headers"], body=content["body"].encode())
    return web.Response()


async def mirror(request: web.Request) -> web.Response:
    content = request.app[CONTENT]
    return web.Response(body=content["body"], headers=content["headers"])  # type: ignore[arg-type]  # set by learn


async def echo(request: web.Request) -> web.Response:
    return web.json_response({"message": await request.json()}, status=201)


async def main(listening: socket.socket) -> None:
    app = web.Application(client_max_size=2**24)
    app[CONTENT] = {}
    app.router.add_get("/mirror", mirror)
    app.router.add_post("/mirror", learn)
    app.router.add_post("/echo", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        for _ in range(int(os.environ.get("PROCESSES", "1")) - 1):
            if os.fork() == 0:
                break
        uvloop.run(main(listening))
