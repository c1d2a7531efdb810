"""The beginnings of texts on all pages that show them: of whole letters, as people see them."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.test_text import LETTERS as TYPED
from tests.web.calls import create, page

if TYPE_CHECKING:
    from tests.conftest import Client

LETTERS = [*dict.fromkeys(unicodedata.normalize("NFC", letter) for letter in TYPED)]


@pytest.mark.parametrize("letter", LETTERS)
async def test_titles_and_previews_divide_no_letter(client: Client, letter: str) -> None:
    # One character more moves the place of the cut.
    for lead in ("", "a", "ab"):
        text = lead + letter * 200
        number = (await create(client, text))["id"]
        shown = await page(client, f"/m/{number}")
        cuts = re.findall(r"<title>(.*?) ·", shown)
        cuts += re.findall(r'<meta (?:name|property)="[\w:]*description" content="([^"]*)"', shown)
        cuts += re.findall(r"<title>([^<]*…)</title>", await page(client, "/feed.atom"))[:1]
        cuts += re.findall(r"<p>([^<]*…)</p>", await page(client, f"/m/{number}/report"))
        assert len(cuts) >= 3
        for one in cuts:
            beginning = unescape(one)
            assert beginning.endswith("…")
            assert not beginning[:-1].removeprefix(lead).replace(letter, "")


@pytest.mark.parametrize("letter", LETTERS)
async def test_the_excerpt_of_a_search_divides_no_letter(client: Client, letter: str) -> None:
    await create(client, letter * 200 + " needle " + letter * 200)
    shown = await page(client, "/search?q=needle")
    found = re.search(r'<p class="excerpt" dir="auto">…(.*?)<mark>needle</mark>(.*?)…</p>', shown)
    assert found
    assert not "".join(found.groups()).replace(letter, "").strip()
