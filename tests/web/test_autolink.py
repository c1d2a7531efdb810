"""Which part of a text becomes a link, in many scripts."""
# ruff: noqa: RUF001 -- signs of many scripts are what it is about

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stena.web.rendering.autolink import find, may_have_link
from stena.web.rendering.formatting import MOST_LINKS, formatted
from tests.web.calls import KEY, create, page
from tests.web.moderating import held, make_token, moderate

if TYPE_CHECKING:
    from stena.store.database import Address
    from tests.conftest import Client

A = "https://a.example/b"
# What stands around an address and is no part of it.
AROUND = [
    "«{}»", "»{}«", "„{}“.", "„{}”,", "“{}”", "”{}”", "‘{}’", "‘{}’s", "‚{}‘", "‹{}›", '"{}",',
    "'{}',",
    "'{}'s", "({}).", "[{}]", "{{{}}}", "<{}>", "[here]({})!", "({}(b", "（{}）", "【{}】",
    "《{}》。", "「{}」",
    "『{}』", "〔{}〕", "〝{}〟", "［{}］", "｛{}｝", "⟨{}⟩", "❨{}❩", "﴿{}﴾", "⸨{}⸩", "|{}|",
    "_{}_", "~~{}~~",
    "{}.", "{},", "{}!", "{}?!", "{}:", "{};", "{}...", "{}…", "{}…и", "{}—это", "{} – x", "{}*",
    "{}`", "{}\\n",
    "看{}。很好", "看{}，很好", "看{}！", "看{}？", "看{}；", "看{}：", "{}、x", "{}｡", "{}․",
    "{}・", "سلام {}؟", "{}، x",
    "{}۔", "{}؛", "{}।", "{}॥", "{}։", "{}።", "{}။", "{}།", "{}•", "{}🙂", "{}👍🏽", "{}❤️",
    "{}👩‍👩‍👧", "{}🇺🇦",
    "\u200b{}\u200bx", "\ufeff{}\ufeffx", "\u2060{}\u2060", "{}\u200c", "{}\u200d",
    "\u202b{}\u202c", "\u2067{}\u2069", "{}\u200f",
    "{}\u00ad", "{}\ufe0f", "{}\u061c", "{}\u180e", "{}\u3164", "{}\u2800", "{}\u034f",
    "{}\U000e0020", "{}\u00a0x", "{}\u3000x",
    "{}\u2028x", "{}\u0085x", "{}\x0b", "{},www.", "смотри:{}", "смотри{}", "здесь-{}",
    "{}\ufffc", "*{}*", "**{}**", "{}1️⃣", "{}*️⃣", "[b]{}[/b]", "[url]{}[/url]", "[[{}|x]]", "<{}|x>",
    "|{}(b|c)|", "x.{}", "1.{}", "...{}", "http://{}", "HTTPS://{}.",
]  # fmt: skip
# What stands within an address.
WHOLE = [
    "https://en.wikipedia.org/wiki/Foo_(bar)", "https://en.wikipedia.org/wiki/A_(b_(c))_d",
    "https://ru.wikipedia.org/wiki/«Зенит»", "https://zh.wikipedia.org/wiki/《红楼梦》",
    "https://fr.wikipedia.org/wiki/L’Équipe", "https://en.wikipedia.org/wiki/L'Oréal",
    "https://en.wikipedia.org/wiki/Michelson–Morley", "https://a.example/{id}/[0]?b[]=1&c=2#d",
    "https://t.me/anna_", "https://youtu.be/a-_b-", "https://a.example/~anna/",
    "https://a.example:8080/",
    "https://a_b.example/", "https://_dmarc.a.example/", "http://localhost:8080/a",
    "http://127.0.0.1/",
    "http://[2001:db8::1]:80/a", "https://anna@git.example/a.git", "https://medium.example/@anna",
    "https://пример.рф/путь", "https://例え.jp/日本", "https://हिन्दी.भारत/क्षि",
    "https://ไทย.example/ที่นี่",
    "https://fa.wikipedia.org/wiki/می\u200cخواهم", "https://i❤.ws/", "HTTPS://A.EXAMPLE/B",
    "https://web.archive.org/web/2020/https://b.example/",
    "https://a.example/?u=https://b.example/",
    "https://a.example/a*b*c", "https://a.example/a|b", "https://a.example/a,b;c:d!e",
    "https://a.example", "https://☃.example", "https://💩.example/", "https://❤️.example/b",
    "https://col·lecció.example/", "https://نامه\u200cای.example/", "https://a-.example/b",
    "http://müller/", "https://anna:p@ss@a.example/", "https://анна@a.example/", "https://анна:пароль@a.example/b",
    "https://ru.wikipedia.org/wiki/Москва_—_Петушки",
]  # fmt: skip
LINKS = {
    "www.a.example": [("www.a.example", "http://www.a.example/")],
    "Www.a.example, WWW.A.EXAMPLE/b?": [
        ("Www.a.example", "http://www.a.example/"),
        ("WWW.A.EXAMPLE/b", "http://www.a.example/b"),
    ],
    "сайт:www.пример.рф": [("www.пример.рф", "http://www.xn--e1afmkfd.xn--p1ai/")],
    "请看www.a.example谢谢": [("www.a.example", "http://www.a.example/")],
    "请看https://a.example谢谢": [("https://a.example", "https://a.example/")],
    "https://a.exampleпривет": [("https://a.example", "https://a.example/")],
    "https://a.example-это": [("https://a.example", "https://a.example/")],
    "http://1.2.3.4谢谢": [("http://1.2.3.4", "http://1.2.3.4/")],
    "请看https://a.example联系b@c.example": [("https://a.example", "https://a.example/")],
    "https://пример.рф👍🏽! www.пример.рф❤️": [
        ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai/"),
        ("www.пример.рф", "http://www.xn--e1afmkfd.xn--p1ai/"),
    ],
    "https://пример.рф-это": [("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai/")],
    "https://例え.テスト🙂": [("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah/")],
    "http://localhost👍": [("http://localhost", "http://localhost/")],
    "_https://пример.рф_ __www.a.example__": [
        ("https://пример.рф", "https://xn--e1afmkfd.xn--p1ai/"),
        ("www.a.example", "http://www.a.example/"),
    ],
    "-www.a.example, текст.www.a.example": [("www.a.example", "http://www.a.example/")] * 2,
    f"{A}.{A}–{A}•{A}": [(A, A)] * 4,
    f"{A},{A};https://c.example": [
        (A, A),
        (A, A),
        ("https://c.example", "https://c.example/"),
    ],
    f"[{A}]({A})": [(A, A), (A, A)],
    "https://exa\u00admple.com/lo\u00adng": [
        ("https://exa\u00admple.com/lo\u00adng", "https://example.com/long")
    ],
}
NO_LINKS = [
    "www.", "www...", "www.a", "www.1.2", "www.anna@a.example", "anna@www.a.example",
    "xwww.a.example", "x-www.a.example", "x.www.a.example",
    "ftp://www.a.example", "//www.a.example", "https://", "https://…", "http://...", "http://_",
    "http://-", "http:// a",
    "git+https://a.example", "xhttps://a.example", "javascript://a.example", "data://b",
    "a@b.example", "example.com",
    "http://1.2.3.999/", "http://a.example:99999/", "http://[::g]/", "https://»", "www.«a».b",
]  # fmt: skip
PIECES = st.lists(
    st.sampled_from([
        "https://", "HTTP://", "www.", "a.example", "/b", "?", "#", "@", ":", ".", "，", "。",
        "(", ")", "«", "»", "“", "”",
        "’", "'", "_", "-", "\u200b", "\u200d", "\ufe0f", "\u00ad", "🙂", "я", "中", "क", "्",
        "[", "]", "80", "*", " ",
    ])
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
def test_what_stands_around_an_address_is_no_part_of_it(around: str) -> None:
    text = around.format(A)
    assert [(text[one.start : one.end], one.href) for one in find(text)] == [(A, A)]


@pytest.mark.parametrize("address", WHOLE)
def test_what_belongs_to_an_address_stays_in_it(address: str) -> None:
    for text in (address, f"({address}),", f"“{address}”"):
        assert [text[one.start : one.end] for one in find(text)] == [address]


@pytest.mark.parametrize("text", LINKS)
def test_an_address_needs_no_scheme_and_no_space(text: str) -> None:
    assert [(text[one.start : one.end], one.href) for one in find(text)] == LINKS[text]
    assert may_have_link(text)


@pytest.mark.parametrize("text", NO_LINKS)
def test_what_is_no_address_is_no_link(text: str) -> None:
    assert not [*find(text)]
    assert "<a " not in formatted(text)


@given(PIECES)
def test_links_are_apart_and_in_order_whatever_is_typed(text: str) -> None:
    end = 0
    for one in find(text):
        assert may_have_link(text)
        assert end <= one.start < one.end
        assert one.href.startswith(("http://", "https://"))
        end = one.end
        assert not any(map(str.isspace, text[one.start : end]))


def test_addresses_without_a_scheme_are_limited_too() -> None:
    assert formatted("www.a.example " * 400).count("<a ") == MOST_LINKS


async def test_an_address_without_a_scheme_is_a_link_for_the_rules_of_the_wall(
    client: Client, address: Address
) -> None:
    await make_token(address)
    await moderate(client, "rule", mode="open", links="wait")
    answer = await client.post("/api/messages.create", json={"text": "www.a.example", "key": KEY})
    assert answer.status == 202
    assert [one["text"] for one in await held(client)] == ["www.a.example"]
    await moderate(client, "rule", mode="open", links="show")
    await create(client, "see www.a.example")
    assert '<a href="http://www.a.example/"' in await page(client)
