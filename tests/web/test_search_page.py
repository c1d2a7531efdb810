"""The page of a search: the results with the words marked, and the link to the next page."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from tests.web.searching import alter, page, put, search

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client


async def test_the_page_asks_finds_nothing_finds_something_and_ends(client: Client) -> None:
    empty = await page(client, None)
    assert '<meta name="robots" content="noindex">' in empty
    assert "Any form of a word will do" in empty
    assert "Any form of a word will do" in await page(client, "  ")
    assert "Nobody has written that yet" in await page(client, "unicorn")
    number = await put(client, "a unicorn")
    one = await page(client, "unicorns")
    assert "a <mark>unicorn</mark>" in one
    assert f'href="/m/{number}"' in one
    assert 'value="unicorns"' in one
    assert "That is all that was found" in one
    assert 'rel="next"' not in one
    assert '<meta name="robots" content="noindex">' in one


async def test_the_links_of_the_page_lead_on_and_keep_the_search(client: Client) -> None:
    for number in range(21):
        await put(client, f"apple & pear {number}")
    for order in ("newest", "relevance"):
        first = await page(client, '"apple & pear"', order=order)
        link = re.search(r'href="(/search\?[^"]+)" rel="next"', first)
        assert link
        second = await (await client.get(unescape(link[1]))).text()
        assert len(re.findall("<article", first)) == 20
        assert len(re.findall("<article", second)) == 1
        language = re.search(r'href="(/search\?[^"]+)" lang="ru"', second)
        assert language
        russian = await (await client.get(unescape(language[1]))).text()
        assert '<html lang="ru">' in russian
        assert len(re.findall("<article", russian)) == 1
        await client.get("/search?lang=en")


async def test_hostile_text_stays_text_where_it_is_marked(client: Client) -> None:
    await put(client, '<script>alert("needle")</script> <mark>& needle', name="<i>needle</i>")
    shown = await page(client, "needle")
    assert "&lt;script&gt;alert(&#34;<mark>needle</mark>&#34;)&lt;/script&gt;" in shown
    assert "&lt;mark&gt;&amp; <mark>needle</mark>" in shown
    assert "&lt;i&gt;<mark>needle</mark>&lt;/i&gt;" in shown
    assert "alert(&#34;" in await page(client, '"><script>alert("x")</script>')


async def test_a_text_from_elsewhere_with_our_marks_in_it_is_shown_as_it_is(
    client: Client, address: Address
) -> None:
    await alter(address, "INSERT INTO message (text) VALUES ($1)", "one \x02needle\x03 \x03\x02")
    [places] = (await search(client, "needle"))["found"]
    assert places == {"text": [[5, 11]], "name": []}
    assert "one \x02<mark>needle</mark>\x03 \x03\x02" in await page(client, "needle")


async def test_of_a_long_text_that_is_shown_which_is_around_a_word(client: Client) -> None:
    await put(client, "before " * 200 + "needle " + "after " * 200)
    shown = await page(client, "needles")
    excerpt = re.search(r'<p class="excerpt" dir="auto">(.*?)</p>', shown, re.DOTALL)
    assert excerpt
    assert re.fullmatch(r"…(before )+<mark>needle</mark>( after)+…", excerpt[1])
    assert 260 < len(excerpt[1]) < 310
    assert "Read all" in shown
    [places] = (await search(client, "needles"))["found"]
    assert places["text"] == [[1400, 1406]]
