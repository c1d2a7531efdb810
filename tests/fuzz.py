"""Sends requests that are wrong in every place, and looks at what comes back.

`make fuzz` sends 20,000 of them, and SEED=7 those of an earlier run. Most begin as a right request
of one route; then a part is replaced by a hostile value, or the bytes themselves are mangled.
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
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from stena.app import create_app
from stena.settings import Settings
from stena.store.database import Address
from tests.program import running

if TYPE_CHECKING:
    from collections.abc import Callable

# Most answers end with the connection. A wall that waits for the rest of a request is silent, and a
# stream does not end.
CONNECTIONS, SILENCE_SECONDS = 32, 2.0
ENOUGH = 200_000
# Stands in hostile values: no error may repeat it.
MARK = "zq0mark"
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"]
NUMBERS = [
    "0", "1", "2", "-1", "1.5", "1e9", "+1", "\u0661", "²", " 1", "0x1", "9" * 18,
    "9223372036854775807",
    "9223372036854775808", "9" * 4300, "9" * 4301, "", "NaN", "1_0", "1\x00", f"{MARK}",
]  # fmt: skip
TEXTS = [
    "", " ", "words", "\x00", "\ud800", "\ufeff", "\u202e", "🙂" * 4000, "x" * 4001, "a\r\nb",
    "`" * 4000, "*a\n\n" * 1000, "http://a.b " * 363, "<script>", "'\"&;--", "%", "%s%n", "{{7*7}}",
    "../../etc/passwd", "\u0085", "\u2028", "é" * 60, "\uffff", f"{MARK}",
]  # fmt: skip
HEADERS: dict[str, list[str]] = {
    "Host": ["x", "", "a b", "x:99999", "[::1", "[::1]:80", "x" * 5000, "evil.example", "é"],
    "Content-Type": [
        "application/json", "application/x-www-form-urlencoded", "text/plain", "", ";",
        "a/b;" * 900,
        f"application/json; charset*{'9' * 4400}=x", "application/json; charset=utf-7",
        "application/json;charset=utf8", 'APPLICATION/JSON ; charset="UTF-8"',
    ],
    "Content-Length": ["0", "1", "-1", "9" * 30, "1, 1", "+1", "0x10", " 5", "65537", ""],
    "Content-Encoding": ["gzip", "br", "identity", "deflate, gzip", "\xff"],
    "Transfer-Encoding": ["chunked", "Chunked, gzip", "identity", "xchunked", "chunked, chunked"],
    "Expect": ["100-continue", "a\xff", "100-Continue", f"{MARK}", ""],
    "Accept": ["*/*", "application/json", "text/html;q=x", "," * 2000, "é"],
    "Accept-Encoding": ["gzip;q=0", "br", "zstd, gzip", "*", "q=" * 2000, "\xff"],
    "Accept-Language": ["ru", "ru;q=nan,en;q=inf", "en-" * 2000, "*", "\xff"],
    "Cookie": [
        "key=0123456789abcdef", "seen=99999999999999999", "seen=²", "link=1.0123456789abcdef",
        "a=b; " * 1500,
        f"link={'9' * 18}.{'x' * 128}", "mine=1-1.2-2", "language=ru", "=;=;",
        'key="\\377"', "\xff",
    ],
    "If-None-Match": ["*", '"x"', 'W/"' + "x" * 8000, "\xff"],
    "If-Modified-Since": ["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday"],
    "Range": ["bytes=0-1", "bytes=-", "bytes=9-1,0-", "x"],
    "Origin": ["null", "http://x", "http://[", "http://x:99999999", "é", f"http://{MARK}.example"],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "none", "x"],
    "Last-Event-ID": ["0", "1", "9" * 4400, "-1", "²", "x"],
    "X-Forwarded-For": ["1.2.3.4", "unknown", ",,,", "[::1", "1.2.3.4:x", "\xff", "1," * 3000],
    "X-Forwarded-Proto": ["https", "http,https", "\xff"],
    "Forwarded": ['for="[::1]:x"', "for=;;,=", '"' * 3000],
    "Connection": ["close", "keep-alive", "Upgrade", "Host, close"],
    "Upgrade": ["websocket", "h2c"],
    "Referer": ["http://x/", "\xff"],
    "User-Agent": ["", "x" * 7000, "\xff"],
    f"X-{MARK}": ["y", "\xff" * 100],
}  # fmt: skip
FIELDS = [
    "text", "name", "nonce", "key", "reply_to", "thread", "kind", "off", "on", "id", "q", "order",
    "before", "after", "limit", "lang", "theme", "audience", f"{MARK}",
]  # fmt: skip
ROUTES = sorted(
    {
        (route.method, route.resource.canonical)
        for route in create_app(Settings(), Address("")).router.routes()
        if route.resource is not None and route.method != "*"
    }
)


class Fuzzer:
    """Generates requests from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated

    def request(self) -> bytes:
        pick = self._random
        method, path = pick.choice(ROUTES)
        body = self._body(path) if method == "POST" or pick.random() < 0.1 else b""
        if pick.random() < 0.1:
            method = pick.choice(METHODS)
        headers = {"Host": "wall.example", "Connection": "close"}
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
        path = re.sub(r"\{[^}]*\}+", lambda _: self._segment(), path)
        if pick.random() < 0.05:
            path = pick.choice(
                ["", "*", "//", "/%00", "/%ff", "/..%2f", "http://x/", "/\xff", "/;"]
            )
        names = pick.sample(FIELDS, pick.choice([0, 0, 1, 2, 4]))
        query = "&".join(f"{name}={self._value()}" for name in names)
        return f"{path}?{query}" if query else path

    def _segment(self) -> str:
        pick = self._random
        known = ["1", "2", "0123456789abcdef", "wall.css"]
        return quote(pick.choice([*known, *known, *NUMBERS, *TEXTS[:8]]), errors="surrogatepass")

    def _value(self) -> str:
        value = self._random.choice([*NUMBERS, *TEXTS])
        whole = self._random.random() < 0.8
        return quote(value[:5000], errors="surrogatepass") if whole else "%zz%"

    def _body(self, path: str) -> bytes:
        pick = self._random
        names = sorted({"text", *pick.sample(FIELDS, pick.choice([0, 1, 3, 6]))})
        if path.startswith("/api/") != (pick.random() < 0.9):
            return "&".join(f"{name}={self._value()}" for name in names).encode()
        values = [
            "null", "true", "1", "-1", "1e400", "9" * 400, "[]", "{}", '"\\ud800"', '"\\u0000"',
            "NaN",
            "[" * 3000, '"words"', '"0123456789abcdef"', '"love"', f'"{MARK}"',
        ]  # fmt: skip
        pairs = ",".join(f'"{name}":{pick.choice(values)}' for name in names)
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


async def fuzz(url: str, seed: int, requests: int) -> tuple[Counter[str], list[str]]:
    """Send requests. Returns how often each status came, and the complaints."""
    fuzzer, parts = Fuzzer(seed), urlsplit(url)
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
            statuses, complaints = asyncio.run(fuzz(wall.url, chosen.seed, chosen.requests))
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
