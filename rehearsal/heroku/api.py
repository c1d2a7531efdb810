"""The Platform API, as far as the CLI uses it: https://devcenter.heroku.com/articles/platform-api-reference."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from rehearsal.heroku.app import App
    from rehearsal.heroku.platform import Platform

ACCOUNT = {"id": "1", "email": "you@example.com"}
PLAN = "heroku-postgresql:essential-0"


class Api:
    """One account with one app; requests without a login are refused."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        # Serves three host names: api, cli-auth and api.data.
        application.add_routes(
            [
                web.post("/auth", self.log_in),
                web.get("/auth/token", self.hand_out_token),
                web.get("/account", self.account),
                web.post("/apps", self.create),
                web.get("/apps/{app}", self.app),
                web.patch("/apps/{app}", self.change_stack),
                web.post("/apps/{app}/addons", self.create_addon),
                web.get("/apps/{app}/addons", self.addons),
                web.get("/apps/{app}/addons/{addon}", self.addon),
                web.post("/actions/addon-attachments/resolve", self.attachments),
                web.get("/apps/{app}/addon-attachments", self.attachments),
                web.get("/addons/{addon}/addon-attachments", self.attachments),
                web.post(
                    "/postgres/v0/databases/{addon}/credentials/default/credentials_rotation",
                    self.rotate,
                ),
                web.get("/apps/{app}/config-vars", self.config),
                web.patch("/apps/{app}/config-vars", self.set_config),
                web.get("/apps/{app}/releases", self.releases),
                web.post("/apps/{app}/releases", self.roll_back),
                web.patch("/apps/{app}/formation", self.release),
                web.get("/apps/{app}/dynos", self.dynos),
                web.post("/apps/{app}/dynos", self.run),
                web.post("/apps/{app}/log-sessions", self.open_log),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        known = {f"Bearer {self._platform.token}", self._platform.basic}
        if request.path != "/auth" and request.headers.get(hdrs.AUTHORIZATION) not in known:
            return _refused(401, "unauthorized", "Invalid credentials provided.")
        if request.match_info.get("app") not in {None, self._platform.name}:
            return _refused(404, "not_found", "Couldn't find that app.")
        return await handler(request)

    async def log_in(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "browser_url": "/auth/browser/rehearsal",
                "cli_url": "/auth/token",
                "token": self._platform.token,
            }
        )

    async def hand_out_token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": self._platform.token})

    async def account(self, _: web.Request) -> web.Response:
        return web.json_response(ACCOUNT)

    async def create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        app = self._platform.create(asked["name"], asked.get("stack") or "heroku-24")
        return web.json_response(app.shown(), status=201)

    async def app(self, _: web.Request) -> web.Response:
        return web.json_response(self._app.shown())

    async def change_stack(self, request: web.Request) -> web.Response:
        self._app.stack = (await request.json())["build_stack"]
        return web.json_response(self._app.shown())

    async def create_addon(self, request: web.Request) -> web.Response:
        asked = (await request.json())["plan"]
        plan = asked["name"] if isinstance(asked, dict) else asked
        if plan != PLAN:
            return _refused(422, "invalid_params", f"Couldn't find either the add-on plan {plan}.")
        addon = {
            "id": str(uuid.uuid4()),
            "name": "postgresql-curved-12345",
            "state": "provisioning",
            "app": {"id": self._app.id, "name": self._app.name},
            "addon_service": {"id": "1", "name": "heroku-postgresql"},
            "plan": {"id": "1", "name": PLAN, "price": {"cents": 500, "unit": "month"}},
            "config_vars": ["DATABASE_URL"],
            "provision_message": "Database should be available soon",
        }
        self._app.addons.append(addon)
        self._platform.work(self._platform.add_database(addon))
        return web.json_response(addon, status=201)

    async def addons(self, _: web.Request) -> web.Response:
        return web.json_response(self._app.addons)

    async def addon(self, _: web.Request) -> web.Response:
        return web.json_response(self._app.addons[0])

    async def attachments(self, _: web.Request) -> web.Response:
        shown = {"id": self._app.id, "name": self._app.name}
        return web.json_response(
            [
                {
                    "id": "1",
                    "name": "DATABASE",
                    "namespace": None,
                    "app": shown,
                    "addon": addon,
                    "config_vars": addon["config_vars"],
                }
                for addon in self._app.addons
            ]
        )

    async def rotate(self, _: web.Request) -> web.Response:
        await self._platform.rotate()
        return web.json_response({})

    async def config(self, _: web.Request) -> web.Response:
        return web.json_response(self._app.config)

    async def set_config(self, request: web.Request) -> web.Response:
        changed = await request.json()
        for key, value in changed.items():
            if value is None:
                self._app.config.pop(key, None)
            else:
                self._app.config[key] = value
        await self._platform.publish(None, f"Set {', '.join(changed)} config vars")
        return web.json_response(self._app.config)

    async def releases(self, _: web.Request) -> web.Response:
        shown = [release.shown() for release in reversed(self._app.releases)]
        return web.json_response(shown)

    async def roll_back(self, request: web.Request) -> web.Response:
        asked = (await request.json())["release"]
        former = next(release for release in self._app.releases if release.id == asked)
        self._app.config = dict(former.config)
        await self._platform.publish(former.image, f"Rollback to v{former.version}")
        return web.json_response(self._app.current.shown(), status=201)

    async def release(self, request: web.Request) -> web.Response:
        [update] = (await request.json())["updates"]
        image = await self._platform.pull(update["type"], update["docker_image"])
        # Not awaited: the CLI gives up after a minute, and the dyno may take as long.
        await self._platform.publish(image, "Deployed web")
        return web.json_response([{"type": "web", "quantity": 1, "size": "Basic"}])

    async def dynos(self, _: web.Request) -> web.Response:
        return web.json_response(self._platform.dynos.shown())

    async def run(self, request: web.Request) -> web.Response:
        asked = await request.json()
        token, number = secrets.token_urlsafe(16), secrets.randbelow(9000) + 1000
        command = self._platform.dynos.command(asked["command"], number)
        self._platform.rendezvous.expect(token, f"run.{number}", command)
        return web.json_response(
            {
                "id": token,
                "name": f"run.{number}",
                "state": "starting",
                "command": asked["command"],
                "size": "Basic",
                "type": "run",
                "attach_url": f"rendezvous://127.0.0.1:{self._platform.ports['rendezvous']}/{token}",
            },
            status=201,
        )

    async def open_log(self, request: web.Request) -> web.Response:
        asked = await request.json()
        tail, lines = ("tail" if asked.get("tail") else "once"), int(asked.get("lines") or 100)
        port = self._platform.ports["log"]
        return web.json_response(
            {"id": "1", "logplex_url": f"http://127.0.0.1:{port}/{tail}/{lines}"}, status=201
        )

    @property
    def _app(self) -> App:
        return self._platform.app


def _refused(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"id": code, "message": message}, status=status)


class LogStream:
    """The stream that `heroku logs` reads: server-sent events, a line each."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.get("/{kind:tail|once}/{lines}", self.stream)])
        return application

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream"})
        await response.prepare(request)
        lines, coming, stop = self._platform.app.log.follow()
        try:
            for line in lines[-int(request.match_info["lines"]) :]:
                await response.write(f"data: {line}\n\n".encode())
            while request.match_info["kind"] == "tail":
                await response.write(f"data: {await coming.get()}\n\n".encode())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            stop()
        return response
