"""The throughput of the wall against bare aiohttp: the same bytes and headers, or an echo."""

from __future__ import annotations

import json
import urllib.request
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figures import ratio
from benchmarks.load import CREATE, rate
from benchmarks.programs import echo, filled, wall
from tests.program import post

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from benchmarks.figures import Figure, Scale

PATHS = {"page": "/", "list": "/api/messages.list"}


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    with wall(folder, filled(url, "bare", 60)) as ours, echo(folder) as bare:
        for name, path in PATHS.items():
            etag = mirror(ours.url + path, bare)
            full = partial(rate, ours.url + path)
            yield ratio(name, full, partial(rate, f"{bare}/mirror"), scale)
            known = partial(rate, ours.url + path, header=f"If-None-Match: {etag}")
            yield ratio(f"{name} 304", known, full, scale)
        create = f"{ours.url}/api/messages.create"
        yield ratio(
            "create",
            partial(rate, create, script=CREATE),
            partial(rate, f"{bare}/echo", script=CREATE),
            scale,
        )


def mirror(url: str, bare: str) -> str:
    """Copy a response of the wall to the bare side. Return its ETag."""
    with urllib.request.urlopen(url) as answer:  # noqa: S310 -- our own address
        headers = dict(answer.headers)
        body = answer.read()
    for name in ("Connection", "Content-Length", "Date"):
        headers.pop(name, None)
    what = json.dumps({"headers": headers, "body": body.decode()}).encode()
    post(f"{bare}/mirror", what, "application/json")
    return str(headers["ETag"])
