"""Sends requests that are wrong in every place, and looks at what comes back.

`make fuzz` sends 20,000 of them, and SEED=7 those of an earlier run. Most begin as a right request
of one route; then a part is replaced by a hostile value, or the bytes themselves are mangled. What
is for the team comes from an owner who is signed in.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import secrets
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from aiohttp import ClientSession, CookieJar
from yarl import URL

from stena.app import create_app
from stena.settings import Settings
from stena.store.database import Address
from tests.hostile_values import (
    ENDS,
    FIELDS,
    FORMS,
    HEADERS,
    LISTS,
    MARK,
    METHODS,
    NUMBERS,
    RIGHT,
    TEAMS,
    TEXTS,
)
from tests.owner import CODE, sign_in
from tests.program import ROOT, ended, running
from tests.web.test_tokens import make_token

if TYPE_CHECKING:
    from collections.abc import Callable

# Most answers end with the connection. A wall that waits for the rest of a request is silent, and a
# stream does not end.
CONNECTIONS, SILENCE_SECONDS = 32, 2.0
ENOUGH = 200_000
ROUTES = sorted(
    {
        (route.method, route.resource.canonical)
        for route in create_app(Settings(), Address("")).router.routes()
        if route.resource is not None and route.method != "*"
    }
)


class Fuzzer:
    """Generates requests from a seed; `owner` are the headers of one who is signed in."""

    def __init__(self, seed: int, owner: dict[str, str]) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated
        self._owner = owner

    def request(self) -> bytes:
        pick = self._random
        method, path = pick.choice(ROUTES)
        body = self._body(path) if method == "POST" or pick.random() < 0.1 else b""
        if pick.random() < 0.1:
            method = pick.choice(METHODS)
        headers = {"Host": "wall.example", "Connection": "close"}
        if path.startswith(TEAMS) and not path.endswith(ENDS):
            headers |= self._owner
        if body:
            kind = "json" if body[:1] in b"{[" else "x-www-form-urlencoded"
            headers |= {"Content-Type": f"application/{kind}", "Content-Length": str(len(body))}
        for name in pick.sample(list(HEADERS), pick.choice([0, 0, 1, 1, 2, 20])):
            headers[name] = pick.choice(HEADERS[name])
        lines = [f"{method} {self._target(path)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        sent = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
        return self._mangled(sent) if pick.random() < 0.2 else sent

    def _target(self, path: str) -> str:
        pick = self._random
        if pick.random() < 0.8:
            path = path.replace("{list}", pick.choice(LISTS))
        path = re.sub(r"\{[^}]*\}+", lambda _: self._segment(), path)
        if pick.random() < 0.05:
            path = pick.choice(
                ["", "*", "//", "/%00", "/%ff", "/..%2f", "http://x/", "/\xff", "/;"]
            )
        names = pick.sample(FIELDS, pick.choice([0, 0, 1, 2, 4]))
        query = "&".join(f"{name}={self._value(name)}" for name in names)
        return f"{path}?{query}" if query else path

    def _segment(self) -> str:
        pick = self._random
        known = ["1", "2", "0123456789abcdef", "wall.css"]
        return quote(pick.choice([*known, *known, *NUMBERS, *TEXTS[:8]]), errors="surrogatepass")

    def _value(self, name: str) -> str:
        right = RIGHT.get(name) if self._random.random() < 0.8 else None
        value = self._random.choice(right or [*NUMBERS, *TEXTS])
        whole = self._random.random() < 0.8
        return quote(value[:5000], errors="surrogatepass") if whole else "%zz%"

    def _body(self, path: str) -> bytes:
        pick = self._random
        # The longest end, such as that of "/words/remove".
        own = max((end for end in FORMS if path.endswith(end)), key=len, default="")
        names = sorted(
            {"text", *FORMS.get(own, []), *pick.sample(FIELDS, pick.choice([0, 1, 3, 6]))}
        )
        if path.startswith("/api/") != (pick.random() < 0.9):
            return "&".join(f"{name}={self._value(name)}" for name in names).encode()
        values = [
            "null", "true", "1", "-1", "1e400", "9" * 400, "[]", "{}", '"\\ud800"', '"\\u0000"',
            "NaN",
            "[" * 3000, "[1, 2]", '"words"',
            '"0123456789abcdef"', '"love"', f'"{MARK}"',
        ]  # fmt: skip
        rights = {
            name: [
                one if one[0] in "[0123456789" else f'"{one}"' for one in RIGHT.get(name, values)
            ]
            for name in names
        }
        pairs = ",".join(
            f'"{name}":{pick.choice(values if pick.random() < 0.2 else rights[name])}'
            for name in names
        )
        return pick.choice(["{%s}", "{%s}", "{%s", "[%s]"]).replace("%s", pairs).encode()

    def _mangled(self, sent: bytes) -> bytes:
        pick = self._random
        place = pick.randrange(len(sent) + 1)
        other = pick.randrange(len(sent) + 1)
        ways: list[Callable[[], bytes]] = [
            lambda: sent[:place],
            lambda: sent[:place] + pick.randbytes(pick.choice([1, 4, 100])) + sent[place:],
            lambda: sent[: min(place, other)] + sent[max(place, other) :],
            lambda: sent.replace(
                b"\r\n", pick.choice([b"\n", b"\r", b"\r\n "]), pick.choice([1, 99])
            ),
            lambda: sent.replace(
                b"HTTP/1.1", pick.choice([b"HTTP/1.0", b"HTTP/2.0", b"", b"HTTP/1.\xff"])
            ),
            lambda: sent.replace(b": ", pick.choice([b":", b" : ", b":\x00", b"="]), 1),
            lambda: sent + sent,
            lambda: pick.randbytes(300),
        ]
        return pick.choice(ways)()


async def owner(url: str, data: str) -> dict[str, str]:
    """The headers of an owner who has signed in with a code, and of a program of theirs."""
    command = (sys.executable, "-m", "stena", "owner")
    code = CODE.search(ended(*command, cwd=ROOT, STENA_DATA=data).stdout)
    assert code
    async with ClientSession(url, cookie_jar=CookieJar(unsafe=True)) as client:
        await sign_in(client, code[0])
        token = await make_token(client)
        session = client.cookie_jar.filter_cookies(URL(url))["owner"].value
    return {"Cookie": f"owner={session}", "Authorization": f"Bearer {token}"}


async def answer(host: str, port: int, sent: bytes) -> bytes:
    """What the wall answers, up to ENOUGH bytes or until it is silent."""
    reader, writer = await asyncio.open_connection(host, port)
    received = b""
    # The wall may close the connection before it has read everything.
    with suppress(ConnectionError, TimeoutError):
        writer.write(sent)
        while len(received) < ENOUGH and b"text/event-stream" not in received:
            async with asyncio.timeout(SILENCE_SECONDS):
                if not (some := await reader.read(65536)):
                    break
            received += some
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return received


def complaint(sent: bytes, received: bytes) -> str | None:
    """What is wrong with an answer; None if nothing is."""
    if not received:
        return None
    statuses = re.findall(rb"^HTTP/\d\.\d (\d{3}) ", received, re.MULTILINE)
    if not received.startswith(b"HTTP/") or not statuses:
        return "it is no response"
    if any(status >= b"500" for status in statuses):
        return f"status {statuses}"
    if b"Traceback" in received or b"stena/" in received.replace(b"text/stena/", b""):
        return "it shows code"
    # A form comes back with what was typed, above the messages of others, whatever its status; a
    # search comes back with what was searched for.
    quoted = (
        {b"200", b"201", b"303", b"422"} & set(statuses)
        or f"={MARK}".encode() in sent
        or b' id="messages"' in received
    )
    return "it repeats what was sent" if MARK.encode() in received and not quoted else None


async def fuzz(
    url: str, seed: int, requests: int, by: dict[str, str]
) -> tuple[Counter[str], list[str]]:
    """Send requests, those for the team with these headers.

    Returns:
        How often each status came, and the complaints.
    """
    fuzzer, parts = Fuzzer(seed, by), urlsplit(url)
    statuses: Counter[str] = Counter()
    complaints: list[str] = []
    left = iter(range(requests))

    async def work() -> None:
        for _ in left:
            sent = fuzzer.request()
            received = await answer(str(parts.hostname), parts.port or 80, sent)
            statuses[received[9:12].decode("latin-1") or "none"] += 1
            if (wrong := complaint(sent, received)) is not None:
                complaints.append(f"{wrong}\n  sent {sent[:600]!r}\n  got {received[:300]!r}")

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    async with ClientSession(url, headers=by) as client:
        lasts = [
            (await client.get(path)).status for path in ("/owner/devices", "/api/moderation.log")
        ]
    if set(lasts) != {HTTPStatus.OK}:
        complaints.append(f"the owner was signed out: {lasts}")
    return statuses, complaints


def main() -> int:
    parser = argparse.ArgumentParser(description="Send hostile requests to a wall of its own.")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    chosen = parser.parse_args()
    print(f"Seed {chosen.seed}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        variables = {"STENA_DATA": f"{folder}/data", **UNLIMITED}
        with running(errors=log, **variables) as wall:
            by = asyncio.run(owner(wall.url, f"{folder}/data"))
            statuses, complaints = asyncio.run(fuzz(wall.url, chosen.seed, chosen.requests, by))
        complaints += [line for line in log.read_text().splitlines() if '"level": "error"' in line]
    print(", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    print("\n".join(complaints[:20]) or "Nothing to complain about.")
    return 1 if complaints else 0


UNLIMITED: dict[str, Any] = {
    # Else most answers would be 429. Not 0, with which no client is looked for.
    "STENA_WALL__POSTS_PER_MINUTE": "1000000",
    "STENA_WALL__READS_PER_MINUTE": "1000000",
    "STENA_WALL__ORIGINS": "*",
    "STENA_COMMON__PROXIES": "1",
    "STENA_LOGGING__FORMAT": "json",
    # A line for each request, also for one that could not be parsed.
    "STENA_LOGGING__REQUESTS": "true",
}

if __name__ == "__main__":
    sys.exit(main())
