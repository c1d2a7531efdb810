"""The whole platform: names, ports, and the effects of one part on another."""

from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from rehearsal.heroku import registry
from rehearsal.heroku.api import Api, LogStream
from rehearsal.heroku.app import App
from rehearsal.heroku.database import Server
from rehearsal.heroku.dynos import PORTS, Dynos
from rehearsal.heroku.proxy import Proxy
from rehearsal.heroku.rendezvous import Rendezvous
from rehearsal.heroku.router import Router
from rehearsal.workshop import Failed

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Coroutine

    from rehearsal.workshop import Workshop

API_HOSTS = ("api.heroku.com", "cli-auth.heroku.com", "api.data.heroku.com")
REGISTRY_HOST = "registry.heroku.com"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOORS = ("api", "registry", "front", "log", "proxy", "rendezvous", "database", "router")


class Platform:
    """The platform, for one account and one app."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.token = f"HRKU-{secrets.token_hex(16)}"
        self.basic = aiohttp.BasicAuth("", self.token).encode()
        self.ports = _free_ports()
        self.api = Api(self)
        self.database = Server(self.ports["database"])
        self.names = dict.fromkeys(API_HOSTS, self.ports["api"])
        self.names[REGISTRY_HOST] = self.ports["front"]
        self.proxy = Proxy(self.names)
        self._app: App | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()

    # Set when the app is created.
    dynos: Dynos
    router: Router
    rendezvous: Rendezvous

    @property
    def app(self) -> App:
        if self._app is None:
            raise Failed("There is no app yet.")
        return self._app

    @property
    def name(self) -> str | None:
        """The name of the app, if there is one."""
        return self._app.name if self._app else None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        async with self._stack as stack:
            await stack.enter_async_context(registry.running(self.workshop, self.ports["registry"]))
            secure = self.workshop.certificate(*API_HOSTS, REGISTRY_HOST)
            await self.serve(self.api.application(), "api", secure)
            front = registry.front(self.ports["registry"], self.token)
            await self.serve(front, "front", secure)
            await self.serve(LogStream(self).application(), "log", None)
            proxy = await asyncio.start_server(
                self.proxy.talk, "127.0.0.1", self.ports["proxy"], limit=2**20
            )
            stack.callback(proxy.close)
            yield
            if self._app:
                await self.dynos.finish()

    async def serve(
        self, application: web.Application, door: str, secure: ssl.SSLContext | None
    ) -> None:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", self.ports[door], ssl_context=secure).start()

    def create(self, name: str, stack: str) -> App:
        app = self._app = App(name, stack)
        self.dynos = Dynos(self.workshop, app)
        self.router = Router(app, self.dynos)
        self.rendezvous = Rendezvous(self.workshop, app)
        self.names[app.host] = self.ports["router"]
        self.work(self._open_app(app.host))
        return app

    async def _open_app(self, host: str) -> None:
        await self.serve(self.router.application(), "router", self.workshop.certificate(host))
        meeting = await asyncio.start_server(
            self.rendezvous.meet,
            "127.0.0.1",
            self.ports["rendezvous"],
            ssl=self.workshop.certificate("127.0.0.1"),
        )
        self._stack.callback(meeting.close)

    async def add_database(self, addon: dict[str, Any]) -> None:
        try:
            await self._stack.enter_async_context(self.database.running(self.workshop))
        except BaseException:
            # The CLI polls the state; the error itself is raised by the task.
            addon["state"] = "deprovisioned"
            raise
        addon["state"] = "provisioned"
        self.app.config["DATABASE_URL"] = self.database.url
        await self.publish(None, "Attach DATABASE (@ref:postgresql-curved-12345)")

    async def rotate(self) -> None:
        """Change the password, update the app's settings and restart it."""
        await self.database.rotate()
        self.app.config["DATABASE_URL"] = self.database.url
        await self.publish(None, "Update DATABASE (@ref:postgresql-curved-12345)")

    async def pull(self, process: str, configuration: str) -> str:
        """Pull the image with this configuration from the registry. Returns its local name."""
        repository = f"127.0.0.1:{self.ports['registry']}"
        url = f"http://{repository}/v2/{self.app.name}/{process}/manifests/latest"
        async with (
            aiohttp.ClientSession() as client,
            client.get(url, headers={"Accept": MANIFEST}) as answer,
        ):
            manifest = await answer.json(content_type=None)
            digest = answer.headers["Docker-Content-Digest"]
        assert manifest["config"]["digest"] == configuration, "another image was pushed meanwhile"
        image = f"{repository}/{self.app.name}/{process}@{digest}"
        await self.workshop.must(f"podman pull --quiet --tls-verify=false {image}")
        return image

    async def publish(self, image: str | None, description: str) -> None:
        """Create a release; if it has an image, a new dyno replaces the running one."""
        self.app.release(image, description)
        if self.app.current.image:
            await self.dynos.restart()

    def work(self, what: Coroutine[None, None, None]) -> None:
        """Run this in the background, after the request is answered."""
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _free_ports() -> dict[str, int]:
    """A port for each door, which no program is assigned until it is opened a minute later."""
    shuffled = secrets.SystemRandom().sample(PORTS, len(PORTS))
    return dict(zip(DOORS, filter(_is_free, shuffled), strict=False))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
