"""What a monitoring system reads: the text format of Prometheus."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from aiohttp import web

from stena import __version__
from stena.refusal import Refusal
from stena.web.app_keys import COUNTING, METRICS_TOKEN, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from stena.metrics import Metrics

BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)


async def metrics(request: web.Request) -> web.Response:
    """The sums of all processes that share the database, whichever of them answers.

    Raises:
        Refusal: not_found where no token is set; token_invalid for another one.
    """
    token = request.app[METRICS_TOKEN]
    if not token:
        raise Refusal("not_found")
    given = BEARER.fullmatch(request.headers.get("Authorization", ""))
    if given is None or not hmac.compare_digest(given[1].encode(), token.encode()):
        raise Refusal("token_invalid")
    # Only where it is asked for: it takes some megabytes.
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest  # noqa: PLC0415
    from prometheus_client.registry import CollectorRegistry  # noqa: PLC0415

    found = await request.app[COUNTING].read()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(_families(found, request.app[STREAMS].readers)))
    return web.Response(
        body=generate_latest(registry),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


class _Collector:
    """What a registry asks for its metrics."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(found: Metrics, readers: int) -> Iterator[Metric]:
    from prometheus_client.core import (  # noqa: PLC0415 -- as above
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        InfoMetricFamily,
    )

    yield InfoMetricFamily("stena_build", "The release that answers.", {"version": __version__})
    requests = CounterMetricFamily(
        "stena_requests", "Requests that were answered.", labels=["route", "status"]
    )
    for labels, count in sorted(found.requests.items()):
        requests.add_metric(labels, count)
    yield requests
    yield HistogramMetricFamily(
        "stena_request_seconds",
        "How long requests took, but for streams.",
        buckets=[(_limit(limit), count) for limit, count in found.seconds.items()],
        sum_value=found.total_seconds,
    )
    gauges = {
        "stena_readers": ("Browsers that have a live page open.", readers),
        "stena_messages_waiting": ("Messages that wait for the team.", found.figures.waiting),
        "stena_messages_reported": ("Messages with open reports.", found.figures.reported),
        "stena_brake_level": ("The level of the brake.", found.figures.brake),
        "stena_alerts_pending": ("Alerts that are still to be sent.", found.figures.alerts),
        "stena_changes_unindexed": ("Changes that no search finds yet.", found.figures.unindexed),
    }
    for name, (meaning, value) in gauges.items():
        yield GaugeMetricFamily(name, meaning, value)
    defense = GaugeMetricFamily(
        "stena_defense_day",
        "What each layer of the defense did in the last 24 hours.",
        labels=["layer", "outcome"],
    )
    for labels, number in found.defense.items():
        defense.add_metric(labels, number)
    yield defense


def _limit(limit: float) -> str:
    return "+Inf" if limit == float("inf") else str(limit)
