from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
import yaml
from aiohttp import web

from stena import __version__, alert_channels, ceremony, files
from stena.alerts import Alerts
from stena.audience import Audience
from stena.bans import Bans
from stena.blocklist import Blocklist
from stena.broadcaster import Broadcaster
from stena.bulk import Bulk
from stena.classifier import Classifier
from stena.detection import Detection
from stena.erasure import Erasure
from stena.figures import Figures
from stena.highlights import Highlights
from stena.jobs import Jobs
from stena.metrics import Counting
from stena.moderation import Moderation
from stena.notices import Notices
from stena.passkey import RelyingParty
from stena.passkeys import Passkeys
from stena.policy import Policy
from stena.publisher import Publisher
from stena.refusal import Refusal
from stena.sources import Sources
from stena.steps import Steps
from stena.store import announcements
from stena.store.database import Address, Database
from stena.store.order import Turns
from stena.tally import Tally
from stena.team import Team
from stena.thread_counts import ThreadCounts
from stena.trust import Trust
from stena.wall import Wall
from stena.web import app_keys as keys
from stena.web import errors
from stena.web.api import methods
from stena.web.api.stream import Streams
from stena.web.inputs import nonce
from stena.web.rendering import accent, themes
from stena.web.rendering.alerts import Words
from stena.web.rendering.assets import STATIC, Assets
from stena.web.rendering.html import Html, OwnersTexts
from stena.web.rendering.shapes import prepare_cards
from stena.web.routes import add_routes
from stena.web.wire import request_metrics, security
from stena.web.wire.buckets import Buckets
from stena.web.wire.page_cache import PageCache
from stena.web.wire.proxies import Proxies
from stena.web.wire.rate_limit import RateLimit
from stena.web.wire.team_streams import TeamStreams

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from stena import settings as setting
    from stena.settings import Settings
    from stena.web.api.methods import Reference

log = structlog.get_logger(__name__)

OPENAPI_FILE = Path(__file__).parent / "web" / "api" / "openapi.yaml"

# How long the program tries to write its last figures when it stops.
LAST_SECONDS = 1.0
# Limits that aiohttp applies before it calls a view.
LIMITS = {
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 64,
    # Compressed bodies are refused, so that no small body expands to a large one.
    "auto_decompress": False,
    "keepalive_timeout": 75,
    # How long to go on reading a refused body, so that the client gets the answer.
    "lingering_time": 2,
}


def create_app(
    settings: Settings,
    address: Address,
    *,
    debug: bool = False,
    buckets: Buckets | None = None,
) -> web.Application:
    """The wall as an aiohttp application; the only module that imports all parts.

    Args:
        settings: all settings.
        address: the database. It is opened when the application starts, and closed when it stops.
        debug: show the traceback on error pages.
        buckets: of the rate limits, if several processes serve one port; by default its own.
    """
    counted = [request_metrics.count] if settings.common.metrics_token else []
    app = web.Application(middlewares=[*counted, errors.refuse], handler_args=LIMITS)
    app[keys.METRICS_TOKEN] = settings.common.metrics_token
    app[keys.DEBUG] = debug
    app[keys.BASE] = base = urlsplit(settings.wall.url).path
    app[keys.SITE] = settings.wall.url.removesuffix(base)
    app[keys.HAS_HTTPS] = settings.wall.url.startswith("https:")
    app[keys.ASSETS] = assets = Assets(_generated(settings.wall), base)
    app[keys.LANGUAGE] = settings.wall.language
    party = RelyingParty.of(app[keys.SITE]) if ceremony.is_installed() else None
    app[keys.HTML] = Html(
        assets.addresses,
        _texts(settings.wall),
        time_zone=settings.wall.time_zone,
        base=base,
        accent=settings.wall.accent,
        has_passkeys=party is not None,
    )
    app[keys.SECRET] = nonce.secret(settings.common.secret)
    app[keys.PROXIES] = Proxies(
        None if settings.common.proxies == "auto" else settings.common.proxies,
        settings.common.forwarded,
    )
    app[keys.FRAME_POLICY] = security.frame_policy(settings.wall.origins)
    app[keys.WINDOW] = timedelta(minutes=settings.wall.edit_minutes)
    app[keys.RATE_LIMIT] = RateLimit(
        buckets or Buckets(),
        posts=settings.wall.posts_per_minute,
        free_posts=settings.wall.free_posts_per_minute,
        reads=settings.wall.reads_per_minute,
    )
    app[keys.REFUSAL_LOG] = Tally("requests_refused", "code")
    app[keys.OPENAPI], app[keys.REFERENCE] = _api_document(base)
    app[keys.JOBS] = Jobs()
    app[keys.STOPPING] = asyncio.Event()
    app.cleanup_ctx.append(_wall(address, settings, party))
    app.on_shutdown.append(_stop)
    app.on_response_prepare.append(security.seal)
    add_routes(app)
    return app


@cache
def _api_document(base: str) -> tuple[bytes, Reference]:
    """The OpenAPI document as JSON and as a page; parsed once a process."""
    # libyaml parses it in 9 ms instead of 70.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(OPENAPI_FILE.read_bytes(), loader)  # noqa: S506 -- both are safe loaders
    document["info"]["version"] = __version__
    document["servers"] = [{"url": base or "/"}]
    return json.dumps(document).encode(), methods.reference(document)


def _generated(wall: setting.Wall) -> dict[str, bytes]:
    """The style sheets that depend on settings, and those of one theme."""
    generated = {"accent.css": accent.stylesheet(wall.accent)} if wall.accent else {}
    sheets = {"wall.css": (STATIC / "wall.css").read_bytes(), **generated}
    return generated | themes.pinned(sheets)


def _texts(wall: setting.Wall) -> OwnersTexts:
    links = [(link.name, link.url) for link in wall.links]
    return OwnersTexts(wall.title, wall.introduction, links)


def _wall(
    address: Address, settings: Settings, party: RelyingParty | None
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Open what lives as long as the application, and close it in reverse order."""

    async def context(app: web.Application) -> AsyncGenerator[None]:
        async with Database.open(address, pool_size=settings.postgres.pool_size) as database:
            broadcaster = Broadcaster()
            publisher, turns = Publisher(database, broadcaster), Turns(database)
            detection = Detection(database, publisher, turns)
            app[keys.FIGURES] = figures = Figures(database)
            app[keys.COUNTING] = counting = Counting(database)
            wall = Wall(
                database,
                publisher,
                turns,
                window=app[keys.WINDOW],
                count_asked=detection.count_asked,
                figures=figures,
            )
            app[keys.MODERATION] = Moderation(database, publisher, turns)
            app[keys.BULK] = Bulk(app[keys.MODERATION])
            app[keys.ERASURE] = Erasure(database, publisher, turns)
            app[keys.POLICY] = Policy(database, turns)
            notices = Notices(database)
            app[keys.HIGHLIGHTS] = Highlights(database, publisher, turns, notices)
            app[keys.BANS] = Bans(database, turns)
            app[keys.BLOCKLIST] = Blocklist(database, turns)
            audience = Audience()
            app[keys.STEPS] = steps = Steps(
                database, question=settings.wall.question.strip(), answer=settings.wall.answer
            )
            streams = Streams(
                wall,
                broadcaster,
                audience,
                notices,
                steps.now,
                most=min(settings.wall.readers, files.readers()),
            )
            app[keys.WALL], app[keys.STREAMS] = wall, streams
            app[keys.TEAM_STREAMS] = team_streams = TeamStreams(app[keys.MODERATION])
            broadcaster.subscribe(team_streams.wake)
            broadcaster.subscribe(detection.wake)
            app[keys.THREAD_COUNTS] = ThreadCounts(database)
            app[keys.TEAM] = Team(database)
            app[keys.PASSKEYS] = Passkeys(database, party)
            app[keys.SOURCES] = sources = Sources(database, settings.common.secret)
            app[keys.ALERTS] = alerts = _alerts(database, settings)
            app[keys.PAGE_CACHE] = PageCache(
                wall,
                broadcaster,
                app[keys.RATE_LIMIT],
                prepare_cards,
                has_site=bool(settings.wall.url),
            )
            # First the cache, so that a page that a reader asks for then has the notice.
            notices.subscribe(app[keys.PAGE_CACHE].show_notices)
            notices.subscribe(streams.show_notices)

            async def follow() -> None:
                # A generator that raised is finished, so each start listens anew.
                async with aclosing(
                    announcements.listen(
                        address, audience.update, team_streams.wake, database.make_room
                    )
                    if settings.postgres.listen
                    else announcements.poll()
                ) as announced:
                    await wall.follow(announced)

            jobs = {"detect_floods": detection.run} if settings.wall.brake else {}
            if settings.common.metrics_token:
                jobs["write_metrics"] = counting.run
            async with app[keys.JOBS].running(
                follow=follow,
                keep_searchable=wall.keep_searchable,
                erase_removed=app[keys.ERASURE].erase_removed,
                keep_notices=notices.keep_current,
                keep_sources=sources.run,
                trust_browsers=Trust(database).run,
                classify=Classifier(database, turns).run,
                send_changes=streams.run,
                send_heartbeats=streams.beat,
                count_readers=streams.count,
                follow_the_desk=team_streams.run,
                decide_the_rest=app[keys.BULK].run,
                erase_browsers=app[keys.ERASURE].run,
                write_figures=figures.run,
                send_alerts=alerts.run,
                **jobs,
            ):
                yield
            # The database layer logs a failure. A frozen database must not use up the time to stop.
            with suppress(Refusal, TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await figures.write()
                    await counting.write()

    return context


def _alerts(database: Database, settings: Settings) -> Alerts:
    wall = settings.wall
    words = Words(wall.language, wall.title, wall.url, wall.time_zone)
    channels = alert_channels.channels(settings.alerts)
    quiet = alert_channels.quiet(settings.alerts, wall.time_zone)
    return Alerts(database, channels, words.compose, quiet)


async def _stop(app: web.Application) -> None:
    log.info("stopping")
    app[keys.STREAMS].end()
    app[keys.TEAM_STREAMS].end()
    app[keys.REFUSAL_LOG].close()
