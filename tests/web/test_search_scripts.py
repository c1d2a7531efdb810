"""Words are found in every script and however they are written, in each locale of a database."""
# ruff: noqa: RUF001 -- letters and signs of many scripts are what it is about

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import asyncpg
import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient

from stena.app import create_app
from stena.store import migration
from tests.calm import calm
from tests.conftest import Front, database
from tests.web.searching import alter, found, page, put, search, until

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from stena.settings import Settings
    from stena.store.database import Address
    from tests.conftest import Client

# What is written, and what finds it.
FOUND = {
    "берег\u00a0река\u2003озеро\u202fболото": "берег река озеро болото",
    "лето—осень, зима–весна": "лето осень зима весна",
    "ждём…снова…": "ждем снова",
    "«ёлка» “шар” ‘снег’ „лёд“": "елка шар снег лед",
    "’слово’, ’снег’": "слово снег",
    "→стрелка• точка№5": "стрелка точка 5",
    "COVID-19 и Т-34": "19 34 covid COVID-19 covid‑19 Т-34",
    "с 1-2 мая, 3–4 июня": "мая 2 1 4 1-2 3-4 июня",
    "минус -5°, плюс +7": "5 7",
    "тел. 8-800-555-35-35": "800 8-800-555-35-35 35-35",
    "версия 3.14 в 12:30": "3.14 14 12:30",
    "про\u00adгул\u00adка\u200b\ufeffдомой": "прогулка",
    "за\u0301мок и замо\u0301к": "замок за\u0301мок",
    "they don’t know": "don't don’t don`t donʼt don′t dont know",
    "AT&T, R&D": "AT&T at&t R&D",
    "she’s what she is": "she's",
    "O’Brien’s": "O'Brien brien O`Brien",
    "п’ять об'єктів, м`яч": "п'ять пʼять п`ять об’єктів мяч м'яч",
    "C++ and C#": "C++ C# c++ C",
    "C++17, F#, С# кириллицей": "C++17 C++ F# C# с# 17",
    "my e-mail": "email e-mail e‑mail mail E-Mail",
    "an email, wifi": "e-mail Wi-Fi",
    "кто-то в интернет-магазинах": "ктото кто-то интернетмагазин интернет-магазин магазин",
    "½ стакана, ⅔, 2½": "½ 1/2 2/3 ⅔ 2½ 2",
    "GROSS und Straße": "groß STRASSE strasse straße",
    "١٢٣ και १२३": "123 ١٢٣ १२३",
    "ㅋㅋㅋㅋ ㄅㄆㄇ": "ㅋㅋ ㄅㄆ",
    "#летоснами @anna": "#летоснами летоснами @anna anna",
    "snake_case": "snake_case snake case",
    "Қазақ тілі, ӘЛЕМ": "қазақ тілі әлем",
    "Їжак і ҐАНОК": "їжак ґанок",
    "ΣΊΣΥΦΟΣ café Straße IŞIK": "σίσυφος Σίσυφοσ café CAFÉ straße ışık ışik",
    "हिन्दी में क्षत्रिय।": "हिन्दी में क्षत्रिय",
    "مُحَمَّد، محـمد؟": "محمد مُحَمَّد",
    "می\u200cخواهم": "میخواهم می\u200cخواهم",
    "שָׁלוֹם": "שלום",
    "北京天气很好，iPhone手机": "北京 天气 很好 天气很好 手机 iPhone iPhone手机 北京天气很好",
    "東京タワーへ行く。ｶﾞﾗｽ": "東京 タワー 京タ 行く ガラス",
    "ไปเที่ยวกรุงเทพกำลังดี": "เที่ยว กรุงเทพ กำลัง ไปเที่ยวกรุงเทพ",
    "ພາສາລາວ ភាសាខ្មែរ မြန်မာစာ": "ລາວ ខ្មែរ မြန်မာ",
    "학교에서 한국어를": "학교 한국어 한국어를",
    "ＡＢＣ１２ ﬁle м²": "abc12 file м2",
}
# What is written, what is looked for, and which places are marked.
MARKED = [
    ("про\u00adгулка!", "прогулка", ["про\u00adгулка"]),
    ("за\u0301мок и замо\u0301к, и", "замок", ["за\u0301мок", "замо\u0301к"]),
    ("北京和北方的京城北京天气", "北京", ["北京", "北京"]),
    ("来自iPhone手机的", "iPhone手机", ["iPhone手机"]),
    ("ｶﾞﾗｽのﾗ", "ガラス", ["ｶﾞﾗｽ"]),
    ("ไปเที่ยวกรุงเทพ", "เที่ยว", ["เที่ยว"]),
    ("I don’t, you don`t", "don't", ["don’t", "don`t"]),
    ("AT&T: at", "at&t", ["AT&T"]),
    ("C++17, C# or C", "c++", ["C++", "C", "C"]),
    ("Straße!", "strasse", ["Straße"]),
    ("½ кг", "1/2", ["½"]),
    ("an e-mail", "mail e-mail", ["e-mail"]),
    ("my E\u2011mail, e-mail and email!", "e-mail", ["E\u2011mail", "e-mail", "email"]),
    ("COVID-19, 19", "COVID-19", ["COVID", "19", "19"]),
    ("🙂\u00a0Ёлка—ёлка", "елка", ["Ёлка", "ёлка"]),
    ("학교에서", "학교", ["학교"]),
    ("哈哈哈好哈", "哈哈", ["哈哈哈"]),
    ("天天向上天", "天天 上天", ["天天", "上天"]),
    ("ﬁle \ufe0fx", "file", ["ﬁle"]),
    ("🙂👍🏽 word", "word", ["word"]),
    ("a" * 2100 + " word " + "ж" * 1100 + " word", "word", ["word", "word"]),
    ("word " + "🙂" * 2100 + " word", "word", ["word", "word"]),
]
NOT_FOUND = [
    ("北方的京城", "北京"),
    ("old green wall", '"green old"'),
    ("COVID 20 or 19", "COVID-19"),
    ("word and 19", "word -19"),
    ("北京天气", "天气 -北京"),
    ("vitamin C, F and c# minor", "C++"),
    ("vitamin C and C++", "C#"),
    ("an e-mail to somebody", "to -email"),
]
QUOTED = ['"old green"', "“old green”", "«old green»", "„old green“", "＂old green＂", '"Old—green']


LOCALES = [
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
    "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
    "LOCALE_PROVIDER libc LOCALE 'C.UTF-8'",
    "LOCALE_PROVIDER libc LOCALE 'en_US.UTF-8'",
    "LOCALE_PROVIDER icu ICU_LOCALE 'und' LC_COLLATE 'C' LC_CTYPE 'C'",
    "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LC_COLLATE 'C' LC_CTYPE 'C'",
]


@pytest.fixture(params=LOCALES)
async def client_of_locale(
    settings: Settings, postgres: str, request: pytest.FixtureRequest
) -> AsyncGenerator[Client]:
    """A wall on a database of another locale, if the machine has it."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(
                database(postgres, "template0", request.param)
            )
        except (asyncpg.WrongObjectTypeError, asyncpg.FeatureNotSupportedError) as error:
            pytest.skip(f"{error}")
        await migration.upgrade(address, naive_time_zone="UTC")
        front = Front(create_app(calm(settings), address))
        yield await stack.enter_async_context(TestClient(front, cookie_jar=CookieJar(unsafe=True)))


@pytest.mark.parametrize("text", FOUND)
async def test_a_word_is_found_however_it_is_written(client: Client, text: str) -> None:
    await put(client, text)
    for word in FOUND[text].split():
        assert await found(client, word) == [text], word
    assert await found(client, FOUND[text]) == [text]


@pytest.mark.parametrize(("text", "words", "marked"), MARKED)
async def test_the_words_that_match_are_marked_as_they_are_written(
    client: Client, text: str, words: str, marked: list[str]
) -> None:
    await put(client, text, name="Somebody else")
    [places] = (await search(client, words))["found"]
    assert [text[start:end] for start, end in places["text"]] == marked
    assert f"<mark>{marked[0]}</mark>".replace("&", "&amp;") in await page(client, words)


@pytest.mark.parametrize(("text", "words"), NOT_FOUND)
async def test_other_words_are_not_found(client: Client, text: str, words: str) -> None:
    await put(client, text)
    assert await found(client, words) == []


@pytest.mark.parametrize("words", QUOTED)
async def test_quotes_of_every_kind_make_a_phrase(client: Client, words: str) -> None:
    await put(client, "green old door")
    await put(client, "old green door")
    assert await found(client, words) == ["old green door"]


async def test_words_are_found_in_every_locale_that_a_database_may_have(
    client_of_locale: Client,
) -> None:
    for text in FOUND:
        await put(client_of_locale, text)
    for text, words in FOUND.items():
        for word in [*words.split(), words]:
            assert text in await found(client_of_locale, word), word


async def test_what_an_earlier_release_has_indexed_is_indexed_again(
    client: Client, address: Address
) -> None:
    texts = ["北京天气", "про\u00adгулка", "COVID-19"]
    for text in texts:
        await put(client, text)
    assert await found(client, "天气") == ["北京天气"]
    await alter(address, "UPDATE message_words SET words = to_tsvector('russian', 'earlier')")
    await alter(address, "UPDATE message_words_mark SET stale = 3")
    await until(address, "SELECT stale = 0 FROM message_words_mark")
    for word, text in zip(("天气", "прогулка", "19"), texts, strict=True):
        assert await found(client, word) == [text]
