"""The wall behind nginx and HAProxy, as docs/publish.md configures them."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.article.repository import free_port
from tests.docs.pages import PUBLISH, blocks
from tests.patient import TO_STOP, patient
from tests.program import eventually, running
from tests.proxies import HOST, haproxy, nginx, of_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from stena.store.database import Address
    from tests.program import Program
    from tests.proxies import Answer, Proxy

# As the log names it.
PATH = '"/messages"'
# Between two posts of a client, in seconds: four clients post some 150 times a second.
PAUSE = 0.02
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROXIES = {"nginx": nginx, "haproxy": haproxy}
KINDS = {*PROXIES, "caddy"}
BARE = "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:8080; }} }}"


def test_both_languages_configure_the_same() -> None:
    english, russian = (
        [block for block in blocks(page) if block.kind in KINDS] for page in PUBLISH
    )
    assert english
    assert english == russian


@pytest.mark.parametrize("kind", PROXIES)
def test_a_browser_writes_reads_and_is_told_from_others_behind(
    tmp_path: Path, address: Address, kind: str
) -> None:
    with (
        running(
            errors=tmp_path / "log",
            DATABASE_URL=address.url,
            STENA_COMMON__PROXIES="1",
            STENA_WALL__URL="https://wall.example",
            STENA_WALL__POSTS_PER_MINUTE="2",
        ) as wall,
        PROXIES[kind](tmp_path, put_before(wall, of_page(kind)), free_port()) as proxy,
        proxy.lines("/api/messages.stream?after=0") as stream,
    ):
        first = write(proxy, "first", forged="192.0.2.1")
        assert (first.status, first.headers["Location"]) == (303, "/#m1")
        assert "Secure" in first.headers["Set-Cookie"]
        # The stream is still open, so the event was not held back.
        assert "first" in event(stream)
        assert write(proxy, "second", forged="192.0.2.2").status == 303
        assert write(proxy, "third", forged="192.0.2.3").status == 429
        assert write(proxy, "third", source="127.0.0.2").status == 303
        assert write(proxy, "fourth", origin="https://evil.example").status == 403


def test_a_proxy_that_changes_host_is_no_harm_where_the_address_is_set(
    tmp_path: Path, address: Address
) -> None:
    port = free_port()
    own = f"http://127.0.0.1:{port}"
    with (
        running(errors=tmp_path / "log", DATABASE_URL=address.url, STENA_WALL__URL=own) as wall,
        nginx(tmp_path, put_before(wall, BARE.format(port=port)), port) as proxy,
    ):
        assert write(proxy, "mine", origin=own).status == 303
        assert write(proxy, "not mine", origin="http://127.0.0.1").status == 403


@pytest.mark.parametrize("kind", PROXIES)
def test_no_post_is_lost_while_two_walls_are_restarted_in_turn(
    tmp_path: Path, address: Address, kind: str
) -> None:
    ports = [free_port(), free_port()]
    server = next(line for line in of_page(kind).splitlines() if "127.0.0.1:8080" in line)
    second = server.replace("first", "second").replace("8080", str(ports[1]))
    content = of_page(kind).replace(server, f"{server}\n{second}")
    content = content.replace("127.0.0.1:8080", f"127.0.0.1:{ports[0]}")
    done, answers = threading.Event(), Counter[int]()

    def start(number: int) -> AbstractContextManager[Program]:
        return running(
            # In fact these are two seconds, in which a proxy on a busy machine may not look.
            *patient({"stena.server:DRAIN_SECONDS": 6.0, **TO_STOP}),
            errors=tmp_path / f"log{number}",
            DATABASE_URL=address.url,
            PORT=str(ports[number]),
            STENA_COMMON__PROXIES="1",
            STENA_COMMON__PROCESSES=str(number + 1),
            STENA_LOGGING__REQUESTS="true",
            STENA_WALL__POSTS_PER_MINUTE="0",
        )

    def post(proxy: Proxy) -> None:
        # With a pause, so that the load is the same on every machine.
        while not done.wait(PAUSE):
            answers[write(proxy, "more", origin=f"https://{HOST}").status] += 1

    with ExitStack() as opened, ThreadPoolExecutor(4) as pool:
        walls = [opened.enter_context(start(number)) for number in range(2)]
        proxy = opened.enter_context(PROXIES[kind](tmp_path, content, free_port()))
        load = [pool.submit(post, proxy) for _ in range(4)]
        try:
            for number in (0, 1):
                # The proxy sends something to both.
                eventually(lambda: all(PATH in wall.log for wall in walls))
                assert walls[number].stop(signal.SIGTERM) == 0
                walls[number] = opened.enter_context(start(number))
            eventually(lambda: all(PATH in wall.log for wall in walls))
        finally:
            done.set()
            for one in load:
                one.result()
    assert set(answers) == {303}


def put_before(wall: Program, content: str) -> str:
    return content.replace("127.0.0.1:8080", urlsplit(wall.url).netloc)


def write(
    proxy: Proxy,
    text: str,
    *,
    origin: str = "https://wall.example",
    forged: str = "",
    source: str = "127.0.0.1",
) -> Answer:
    """Post as the form of the page does."""
    headers = {**FORM, "Origin": origin} | ({"X-Forwarded-For": forged} if forged else {})
    return proxy.ask("POST", "/messages", f"text={text}".encode(), source=source, **headers)


def event(stream: Iterator[bytes]) -> str:
    """The text of the next message that arrives."""
    data = next(line for line in stream if line.startswith(b"data: {"))
    return str(json.loads(data.removeprefix(b"data: "))["text"])
