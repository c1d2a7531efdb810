"""The keys under which the application keeps its parts. A leaf: it imports none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    import asyncio
    from datetime import timedelta

    from stena.alerts import Alerts
    from stena.bans import Bans
    from stena.blocklist import Blocklist
    from stena.bulk import Bulk
    from stena.erasure import Erasure
    from stena.figures import Figures
    from stena.highlights import Highlights
    from stena.jobs import Jobs
    from stena.metrics import Counting
    from stena.moderation import Moderation
    from stena.passkeys import Passkeys
    from stena.policy import Policy
    from stena.sources import Sources
    from stena.steps import Steps
    from stena.tally import Tally
    from stena.team import Team
    from stena.thread_counts import ThreadCounts
    from stena.wall import Wall
    from stena.web.api.methods import Reference
    from stena.web.api.stream import Streams
    from stena.web.rendering.assets import Assets
    from stena.web.rendering.html import Html
    from stena.web.wire.page_cache import PageCache
    from stena.web.wire.proxies import Proxies
    from stena.web.wire.rate_limit import RateLimit
    from stena.web.wire.team_streams import TeamStreams

WALL: web.AppKey[Wall] = web.AppKey("wall")
TEAM: web.AppKey[Team] = web.AppKey("team")
SOURCES: web.AppKey[Sources] = web.AppKey("sources")
STEPS: web.AppKey[Steps] = web.AppKey("steps")
PASSKEYS: web.AppKey[Passkeys] = web.AppKey("passkeys")
MODERATION: web.AppKey[Moderation] = web.AppKey("moderation")
BULK: web.AppKey[Bulk] = web.AppKey("bulk")
ERASURE: web.AppKey[Erasure] = web.AppKey("erasure")
POLICY: web.AppKey[Policy] = web.AppKey("policy")
FIGURES: web.AppKey[Figures] = web.AppKey("figures")
COUNTING: web.AppKey[Counting] = web.AppKey("counting")
HIGHLIGHTS: web.AppKey[Highlights] = web.AppKey("highlights")
ALERTS: web.AppKey[Alerts] = web.AppKey("alerts")
BANS: web.AppKey[Bans] = web.AppKey("bans")
BLOCKLIST: web.AppKey[Blocklist] = web.AppKey("blocklist")
PAGE_CACHE: web.AppKey[PageCache] = web.AppKey("page_cache")
JOBS: web.AppKey[Jobs] = web.AppKey("jobs")
TEAM_STREAMS: web.AppKey[TeamStreams] = web.AppKey("team_streams")
THREAD_COUNTS: web.AppKey[ThreadCounts] = web.AppKey("thread_counts")
STREAMS: web.AppKey[Streams] = web.AppKey("streams")
RATE_LIMIT: web.AppKey[RateLimit] = web.AppKey("rate_limit")
REFUSAL_LOG: web.AppKey[Tally] = web.AppKey("refusal_log")
HTML: web.AppKey[Html] = web.AppKey("html")
ASSETS: web.AppKey[Assets] = web.AppKey("assets")
REFERENCE: web.AppKey[Reference] = web.AppKey("reference")
# The OpenAPI document as JSON.
OPENAPI: web.AppKey[bytes] = web.AppKey("openapi")
# The key of the nonces in cached pages.
SECRET: web.AppKey[bytes] = web.AppKey("secret")
# How long the author of a message may edit it.
WINDOW: web.AppKey[timedelta] = web.AppKey("window")
# The wall's own address as the owner set it, or empty.
SITE: web.AppKey[str] = web.AppKey("site")
# Whether that is an https address.
HAS_HTTPS: web.AppKey[bool] = web.AppKey("has_https")
# Set when the process has received a signal to stop, and serves on for a moment.
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping")
# The path of wall.url, without a slash at the end; empty if it has none.
BASE: web.AppKey[str] = web.AppKey("base")
# The language of visitors whose browser asks for none of ours.
LANGUAGE: web.AppKey[str] = web.AppKey("language")
# The trusted proxies in front of the program.
PROXIES: web.AppKey[Proxies] = web.AppKey("proxies")
# The content security policy of pages that other sites may frame.
FRAME_POLICY: web.AppKey[str] = web.AppKey("frame_policy")
# With which a monitoring system reads the metrics; empty: nobody does.
METRICS_TOKEN: web.AppKey[str] = web.AppKey("metrics_token")
# Whether an error page shows the traceback.
DEBUG: web.AppKey[bool] = web.AppKey("debug")
