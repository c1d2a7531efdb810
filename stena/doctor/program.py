"""The program itself: its port, what is in front of it, how many files it may open."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from stena import ceremony, host, server
from stena import files as open_files
from stena.doctor.finding import Finding
from stena.passkey import RelyingParty
from stena.store.remedies import plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stena.doctor.finding import Level
    from stena.settings import Common, Wall

# A wall answers within 5 seconds, whatever its database does.
READY_SECONDS = 6


def port(common: Common) -> Iterator[Finding]:
    try:
        server.listen(common.host, common.port).close()
    except server.CannotServe as reason:
        if _is_ours(common.port):
            yield Finding("ok", "port", f"a wall answers on port {common.port}.")
            yield _ready(common.port)
        else:
            yield Finding("error", "port", str(reason))
    else:
        yield Finding("ok", "port", f"port {common.port} on {common.host} is free.")


def _is_ours(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.headers["Server"] == "stena")
    except OSError:
        return False


def _ready(port: int) -> Finding:
    """The readiness of the wall that runs on this port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=READY_SECONDS):
            return Finding("ok", "ready", "it can serve.")
    except urllib.error.HTTPError as refused:
        with refused:
            why = json.load(refused)["error"]["code"]
    except OSError as error:
        why = plainly(error)
    return Finding(
        "error",
        "ready",
        f"the wall on port {port} says that it cannot serve: {why}.",
        mend="Its log says what failed.",
    )


def reach(common: Common) -> Iterator[Finding]:
    level: Level = "error" if host.name(os.environ) else "warning"
    for reason in host.unreached(common, os.environ):
        yield Finding(level, "reach", *reason)


def files(wall: Wall) -> Finding:
    open_files.raise_limit()
    note = open_files.shortage(wall.expected_readers)
    if note is None:
        places = min(wall.readers, open_files.readers())
        return Finding("ok", "files", f"a process has places for {places} live readers.")
    return Finding("warning", "files", note)


def proxies(common: Common) -> Iterator[Finding]:
    where = host.name(os.environ)
    if where and not common.proxies:
        yield Finding(
            "warning",
            "proxies",
            f"{where}'s router is in front of the wall, but common.proxies is 0.",
            "All visitors then have one IP address, so one flood makes the rate limit block all.",
            "Set STENA_COMMON__PROXIES=1.",
        )
    elif common.proxies == "auto":
        yield Finding("ok", "proxies", "those in private networks are trusted.")
    else:
        yield Finding("ok", "proxies", f"{common.proxies} stand before the wall.")


def url(common: Common, wall: Wall) -> Iterator[Finding]:
    if (common.proxies or host.name(os.environ)) and not wall.url:
        yield Finding(
            "warning",
            "url",
            "a proxy is in front of the wall, and wall.url is not set.",
            "The wall takes the Host that the proxy sends for its address. If that is not the one "
            "in the browser, posts are refused as from another site, and feeds and /sitemap.xml "
            "name the wrong one.",
            "Set STENA_WALL__URL to the address that visitors open, such as https://wall.example.",
        )


def passkeys(wall: Wall) -> Iterator[Finding]:
    """Whether the team may sign in with passkeys; nothing where the extra is not installed."""
    if not ceremony.is_installed():
        return
    party = RelyingParty.of(wall.url)
    if party:
        yield Finding("ok", "passkeys", f"those of {party.id} are accepted.")
    else:
        yield Finding(
            "ok",
            "passkeys",
            "not offered: they need wall.url, an address with https and a name.",
        )
