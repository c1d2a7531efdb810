"""What a browser fetches to show the newest page for the first time, in bytes on the wire."""

from __future__ import annotations

import http.client
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import brotli
import zstandard

from benchmarks.figures import Figure
from benchmarks.programs import database, wall
from tests.program import post

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from benchmarks.figures import Scale

# Realistic text in both languages of the page; each message also gets a number.
SENTENCES = (
    "Passed my driving test today, at the fifth try, and nobody was in the way!",
    "Lost by the bakery: one grey mitten, left hand. The right one is lonely.",
    "Кто-нибудь видел рыжего кота с синим ошейником? Зовут Апельсин, очень ждём дома.",  # noqa: RUF001 -- Russian
    "Спасибо тем, кто починил качели. Дочка смеялась так громко, что вышли соседи.",
    "A crate of apples from our garden stands at the gate. Help yourselves.",
)
MESSAGES = 50
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}
# Styles and scripts by their elements; imported scripts by their import lines.
FETCHED = re.compile(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"')
IMPORTED = re.compile(r'^(?:import .*|\}) from "([^"]+)"', re.MULTILINE)


def measure(folder: Path, url: str, scale: Scale) -> Generator[Figure]:
    del scale  # there is one page at any scale
    with wall(folder, database(url, "weight")) as ours:
        for number in range(MESSAGES):
            text = f"{SENTENCES[number % len(SENTENCES)]} {number * 7919 % 10_007}"
            body = json.dumps({"text": text, "name": f"Visitor {number % 13}"}).encode()
            post(f"{ours.url}/api/messages.create", body, "application/json")
        yield Figure("weight", sum(fetched(ours.url).values()) / 1000, "kB")


def fetched(url: str) -> dict[str, int]:
    """The bytes of the page and of each style and script that it needs, with their headers."""
    sizes: dict[str, int] = {}
    waiting = [f"{url}/"]
    while waiting:
        address = waiting.pop()
        if address in sizes:
            continue
        packed, text = get(address)
        sizes[address] = packed
        found = FETCHED.findall(text) + IMPORTED.findall(text)
        waiting += [urljoin(address, name.replace("&amp;", "&")) for name in found]
    return sizes


def get(address: str) -> tuple[int, str]:
    """The number of bytes on the wire for an answer, and its text."""
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.netloc)
    connection.request(
        "GET",
        where._replace(scheme="", netloc="").geturl(),
        headers={
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Accept-Language": "ru",
        },
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{answer.headers}"
    unpacked = UNPACK[answer.headers["Content-Encoding"]](body)
    return len(head) + len(body), unpacked.decode()
