from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from aiohttp import web

from stena.refusal import Refusal
from stena.web.api import health, messages, metrics, moderation, policy, reference, search
from stena.web.errors import expect
from stena.web.owner import (
    alerts,
    bans,
    blocklist,
    brake,
    desk,
    devices,
    erase,
    figures,
    highlights,
    law,
    live,
    log,
    passkeys,
    programs,
    rules,
    sign_in,
    team,
)
from stena.web.pages import embed, feeds, hall, mine, privacy, reaction, robots, writing
from stena.web.pages import message as conversation
from stena.web.pages import report as reports
from stena.web.pages import search as search_page
from stena.web.pages.wall import wall
from stena.web.rendering import assets
from stena.web.wire import rate_limit
from stena.web.wire.access_log import UNKNOWN
from stena.web.wire.look import LOOK

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


# What a request counts as: one page that is read and rendered, or ten thousand addresses, which
# take as long as ten pages.
READ, SITEMAP = 1, 10


def add_routes(app: web.Application) -> None:
    app.add_routes(
        [
            get("/", wall),
            get("/live", hall.hall),
            get("/m/{id:[0-9]+}", conversation.message, READ),
            get("/m/{id:[0-9]+}/edit", writing.edit_form, READ),
            get("/edit/{id:[0-9]+}", writing.unlock_form, READ),
            post("/edit/{id:[0-9]+}", writing.unlock),
            post("/messages", writing.post),
            post("/m/{id:[0-9]+}/edit", writing.edit),
            post("/m/{id:[0-9]+}/delete", writing.delete),
            post("/m/{id:[0-9]+}/reactions", reaction.react),
            get("/m/{id:[0-9]+}/report", reports.report_form, READ),
            post("/m/{id:[0-9]+}/report", reports.report),
            get("/mine", mine.mine, READ),
            post("/mine", mine.erase),
            get("/privacy", privacy.privacy, READ),
            # The same in a frame on another site.
            get("/embed.js", embed.script),
            get("/embed", wall),
            get("/embed/m/{id:[0-9]+}", conversation.message, READ),
            get("/embed/m/{id:[0-9]+}/edit", writing.edit_form, READ),
            post("/embed/messages", writing.post),
            post("/embed/m/{id:[0-9]+}/edit", writing.edit),
            post("/embed/m/{id:[0-9]+}/delete", writing.delete),
            post("/embed/m/{id:[0-9]+}/reactions", reaction.react),
            get("/embed/m/{id:[0-9]+}/report", reports.report_form, READ),
            post("/embed/m/{id:[0-9]+}/report", reports.report),
            # The team alone.
            get("/owner", desk.waiting, READ),
            get("/owner/reported", desk.reported, READ),
            get("/owner/wall", desk.on_the_wall, READ),
            get("/owner/removed", desk.removed, READ),
            get("/owner/search", desk.search, READ),
            post("/owner/{list:waiting|reported|wall|removed|search}/decide", desk.decide),
            post("/owner/{list:waiting|reported|wall|removed|search|log}/undo", desk.undo),
            get("/owner/{list:waiting|reported|wall|removed|search}/ban", bans.form, READ),
            post("/owner/{list:waiting|reported|wall|removed|search}/ban", bans.ban),
            get("/owner/bans", bans.bans, READ),
            post("/owner/bans/{id:[0-9]+}/lift", bans.lift),
            get("/owner/words", blocklist.words, READ),
            post("/owner/words", blocklist.add),
            post("/owner/words/try", blocklist.try_out),
            post("/owner/words/remove", blocklist.remove),
            get("/owner/{list:waiting|reported|wall|search}/law", law.form, READ),
            post("/owner/{list:waiting|reported|wall|search}/law", law.remove),
            get("/owner/log", log.log, READ),
            get("/owner/figures", figures.figures, READ),
            get("/owner/alerts", alerts.alerts, READ),
            post("/owner/alerts/{channel:[a-z]+}/test", alerts.test),
            get("/owner/erase/{id:[0-9]+}", erase.form, READ),
            post("/owner/erase/{id:[0-9]+}", erase.erase),
            get("/owner/erasures/{id:[0-9]+}", erase.progress, READ),
            get("/owner/stream", live.stream, READ),
            get("/owner/rules", rules.rules, READ),
            post("/owner/rules", rules.set_main),
            post("/owner/rules/threads", rules.set_thread),
            post("/owner/rules/threads/remove", rules.remove),
            post("/owner/brake", brake.set_brake),
            get("/owner/notices", highlights.notices, READ),
            post("/owner/notices", highlights.set_notice),
            post("/owner/sign-in", sign_in.sign_in),
            get("/owner/devices", devices.devices, READ),
            post("/owner/devices/code", devices.code),
            post("/owner/devices/others/sign-out", devices.sign_out_others),
            post("/owner/devices/{id:[0-9]+}/sign-out", devices.sign_out),
            get("/owner/passkeys", passkeys.form, READ),
            post("/owner/passkeys", passkeys.add),
            post("/owner/passkeys/options", passkeys.ask_for_new),
            post("/owner/passkeys/sign-in", passkeys.sign_in),
            post("/owner/passkeys/sign-in/options", passkeys.ask),
            post("/owner/passkeys/{id:[0-9]+}/remove", passkeys.remove),
            get("/owner/team", team.team, READ),
            post("/owner/team/code", team.code),
            post("/owner/team/{id:[0-9]+}/role", team.set_role),
            post("/owner/team/{id:[0-9]+}/leave", team.let_leave),
            get("/owner/programs", programs.programs, READ),
            post("/owner/programs/token", programs.token),
            post("/owner/programs/{id:[0-9]+}/revoke", programs.revoke),
            get("/search", search_page.search, READ),
            get("/api", reference.reference, READ),
            get("/api/messages.list", messages.list_messages),
            get("/api/messages.count", messages.count_messages),
            get("/api/messages.get", messages.get_message, READ),
            post("/api/messages.create", messages.create_message),
            get("/api/messages.replies", messages.list_replies, READ),
            post("/api/messages.edit", messages.edit_message),
            post("/api/messages.delete", messages.delete_message),
            post("/api/messages.react", messages.react),
            post("/api/messages.report", messages.report),
            get("/api/messages.search", search.search_messages, READ),
            get("/api/messages.stream", messages.stream, READ),
            get("/api/moderation.list", moderation.held, READ),
            get("/api/moderation.search", moderation.search, READ),
            get("/api/moderation.reported", moderation.reported, READ),
            post("/api/moderation.approve", moderation.approve),
            post("/api/moderation.remove", moderation.remove),
            post("/api/moderation.keep", moderation.keep),
            post("/api/moderation.undo", moderation.undo),
            get("/api/moderation.log", moderation.log, READ),
            get("/api/moderation.figures", moderation.figures, READ),
            get("/api/moderation.stream", moderation.stream, READ),
            post("/api/moderation.pin", policy.pin),
            post("/api/moderation.lock", policy.lock),
            post("/api/moderation.notice", policy.set_notice),
            post("/api/moderation.rule", policy.set_rule),
            get("/api/moderation.brake", policy.brake, READ),
            post("/api/moderation.brake", policy.set_brake),
            get("/api/moderation.bans", policy.bans, READ),
            post("/api/moderation.ban", policy.ban),
            post("/api/moderation.lift", policy.lift),
            get("/api/moderation.words", policy.words, READ),
            post("/api/moderation.add_word", policy.add_word),
            post("/api/moderation.remove_word", policy.remove_word),
            get("/api/openapi.json", messages.openapi),
            get("/metrics", metrics.metrics, READ),
            get("/healthz", health.alive),
            get("/readyz", health.ready),
            get("/feed.atom", feeds.atom),
            get("/feed.json", feeds.json),
            get("/robots.txt", robots.robots),
            get("/sitemap.xml", robots.sitemaps, READ),
            get("/sitemap-{number:[1-9][0-9]{0,11}}.xml", robots.sitemap, SITEMAP),
            get("/static/{name}", assets.file),
            # aiohttp has an answer of its own where no route matches, which quotes the request's
            # `Expect` and fails if that is not UTF-8.
            web.route("*", "/{path:.*}", unknown, name=UNKNOWN, expect_handler=expect),
        ]
    )


async def unknown(request: web.Request) -> web.StreamResponse:
    """Refuse a path that there is none of, or a method that its path does not have."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.name != UNKNOWN:
            _, methods = await resource.resolve(request)
            allowed |= methods
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise Refusal("not_found")


def get(path: str, view: Handler, cost: float = 0) -> web.RouteDef:
    """Answers HEAD as well.

    Args:
        path: its pattern.
        view: what answers.
        cost: how many reads of the rate limit a request counts as; 0 where the answer is in memory,
            or where the view or the page cache counts.
    """
    return web.get(path, _counted(view, cost) if cost else view, expect_handler=expect)


def _counted(view: Handler, cost: float) -> Handler:
    @wraps(view)
    async def counted(request: web.Request) -> web.StreamResponse:
        rate_limit.read(request[LOOK], cost)
        return await view(request)

    return counted


def post(path: str, view: Handler) -> web.RouteDef:
    return web.post(path, view, expect_handler=expect)
