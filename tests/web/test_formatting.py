# ruff: noqa: RUF001 -- quotes and faces of many scripts

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stena.web.rendering.formatting import excerpt, formatted, is_plain
from tests.browser.hostile import TEXTS
from tests.marks import Shown, is_as_typed

REL = 'rel="nofollow ugc noopener noreferrer"'
INSIDE = {
    "a *b* c": "a <em>b</em> c",
    "**a** and ***b***": "<strong>a</strong> and <em><strong>b</strong></em>",
    "*a **b** c*": "<em>a <strong>b</strong> c</em>",
    "(*a*), “*b*”!": "(<em>a</em>), “<em>b</em>”!",
    "*two\nlines*": "<em>two\nlines</em>",
    "`a  <b> *c*`": "<code>a  &lt;b&gt; *c*</code>",
    "`` a ` b ``": "<code> a ` b </code>",
    "```\nif a:\n    b\n```": "<code>\nif a:\n    b\n</code>",
    "*`a`*": "<em><code>a</code></em>",
    "*'word'* (*´ω` word*) *a^b* `)` (`)`)": (
        "<em>'word'</em> (<em>´ω` word</em>) <em>a^b</em> <code>)</code> (<code>)</code>)"
    ),
    "https://a.example/?b=1&c=2": (
        f'<a href="https://a.example/?b=1&amp;c=2" {REL}>https://a.example/?b=1&amp;c=2</a>'
    ),
    "(http://a.example/b_c_d).": (
        f'(<a href="http://a.example/b_c_d" {REL}>http://a.example/b_c_d</a>).'
    ),
    "`foo`s, 使用`code`命令, (`x`)": (
        "<code>foo</code>s, 使用<code>code</code>命令, (<code>x</code>)"
    ),
    "Use `git add -A`, don`t": "Use <code>git add -A</code>, don`t",
    "*a **!** b* *...wait* *Note:* *“c”*": (
        "<em>a **!** b</em> <em>...wait</em> <em>Note:</em> <em>“c”</em>"
    ),
    "*https://a.example/*": f'<em><a href="https://a.example/" {REL}>https://a.example/</a></em>',
    "https://a.example/*b*c": (
        f'<a href="https://a.example/*b*c" {REL}>https://a.example/*b*c</a>'
    ),
    "https://пример.рф/я": (
        f'<a href="https://xn--e1afmkfd.xn--p1ai/%D1%8F" {REL}>https://пример.рф/я</a>'
    ),
}
PLAIN = [
    "",
    "Good morning",
    "5*3*2 = 30, a*b, 2 * 3 * 4",
    r"¯\_(ツ)_/¯ _x_ snake_case __init__ \*a",
    "* one\n* two\n- three\n1. four\n# five",
    "*left open",
    "`left open",
    "*in one\n\nin another* `in one\n \nin another`",
    "**** a ****",
    "![a](https)[b](c) <d> &amp; &lt; ~~e~~ <mailto:f@g.example>",
    "  a\tb  \n\n\n   c \n",
    "a\u00a0*\u00a0b",
    ">_<",
    ">:( >.<",
    ">\n>> \n>",
    "a > b\n -> c\n > d",
    ">18 only",
    "a\n>18\n>=20",
    # A grave accent as an apostrophe.
    "don`t, can`t, l`homme d`abord, rock`n`roll",
    "об`єкт та п`ять",
    "goin` home, nothin` much",
    "`tis the season and `twas cold",
    "6` 2`",
    "say `yes and don`t",
    "*_* *-* *o_o *^_^* (*^_^*) **!** ***?*** *🙂*",
    "Accept: */*, text/*;q=0.8, */*",
    "src/*/test/*, (*.txt|*.md), **/*.py, rm *.o *.a",
    "(a)*(b)*(c), 2*(3+4)*5, x = [a]*[b]*[c]",
    "/*comment*/ f(*args, **kwargs) char **argv, *end;",
    "example.com a@b.example ftp://c.example //d.example",
    "find . -name '*' -o -name '*.py', sep=\"*\", print(*a, sep=\"*\")",
    "«*» и «*», “*” or “*”, '*' and '*'",
    "-*- coding: utf-8 -*-",
    "x^*y^*, z^* and *a^*",
    "f^*g*",
    "(*´ω`*) (*´Д`*) (*'ω'*) (*^o^*)",
    "✧･ﾟ: *✧･ﾟ:*",
    "（´・ω・`） (´･∀･`) (*´艸`*) (*´艸`*)",
    "``this'' and ``that''",
    '>…< >*_* >"<',
    ">w<\n>o< so tired",
    "javascript://a.example/%0Ahit() data://b",
    "http://1.2.3.999/ http://a.example:99999/ https://",
]
BLOCKS = {
    "> a": [("blockquote", "a")],
    ">a\n>b": [("blockquote", "a\nb")],
    "> a\n>\n>  b": [("blockquote", "a\n\n b")],
    "> 18": [("blockquote", "18")],
    ">a\n>18": [("blockquote", "a\n18")],
    ">> a\n> b": [("blockquote", "&gt; a\nb")],
    "> a\nb": [("blockquote", "a"), ("p", "b")],
    ">«a»\n>“b”\n>...c\n>— d": [("blockquote", "«a»\n“b”\n...c\n— d")],
    ">*a*\n>`b`": [("blockquote", "<em>a</em>\n<code>b</code>")],
    "a\n\n\n> *b\n\n\nc*": [("p", "a"), ("blockquote", "*b"), ("p", "c*")],
    "a\n>\nb": [("p", "a"), ("p", "&gt;"), ("p", "b")],
    "  a\n\n  b\n> c": [("p", "  a\n\n  b"), ("blockquote", "c")],
}
EXCERPTS = {
    "": "",
    "Good morning": "Good morning",
    "*Good*  `morning`,\n\n> all\n**of** you": "Good morning, all…",
    "one two three four five six": "one two three four…",
    "x" * 30: "x" * 19 + "…",
    "12345678901234567890": "12345678901234567890",
    "a " + "漢" * 30: "a " + "漢" * 17 + "…",
    "\u202eturned\u2067 around": "turned around",
}
TYPEABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"))
# Marks next to each other, to words, and to ends of lines.
MARKED = st.lists(
    st.sampled_from([
        "*", "**", "`", "``", ">", "> ", "\n", "\n\n", " ", "a", "я", "5", "_", "\\", "(", ")",
        "https://a.example/", "http://", "://", "HTTP://B.example/*", "<b>", "&amp;", "\u202e",
        "\u00a0", "🙂",
    ])
    | TYPEABLE,
    max_size=40,
).map("".join)  # fmt: skip


def spaces(text: str) -> list[str]:
    return re.findall(r"\s", text.strip("\n"))


def paragraph(inside: str, kind: str = "p") -> str:
    return f'<{kind} dir="auto">{inside}</{kind}>'


@pytest.mark.parametrize("text", INSIDE)
def test_marks_become_elements(text: str) -> None:
    assert formatted(text) == paragraph(INSIDE[text])
    assert not is_plain(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_mark_stays_as_it_was_typed(text: str) -> None:
    assert is_plain(text)
    assert Shown(formatted(text)).blocks == [text]


@pytest.mark.parametrize("text", BLOCKS)
def test_lines_of_a_quote_stand_together_and_apart_from_the_rest(text: str) -> None:
    assert formatted(text) == "".join(paragraph(words, kind) for kind, words in BLOCKS[text])
    assert not is_plain(text)


@pytest.mark.parametrize("text", EXCERPTS)
def test_an_excerpt_is_the_first_words_without_marks(text: str) -> None:
    assert excerpt(text, 20) == EXCERPTS[text]


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_texts_stay_text(text: str) -> None:
    assert is_as_typed("".join(Shown(formatted(text)).blocks), text)


@given(MARKED | TYPEABLE)
@example("a\n>\nb")
def test_whatever_is_typed_is_shown_but_for_its_marks(text: str) -> None:
    blocks = Shown(formatted(text)).blocks
    assert is_as_typed("".join(blocks), text)
    if not re.search("^>", text, re.MULTILINE):
        assert spaces("".join(blocks)) == spaces(text)
    assert blocks == [text] or re.search(r"[*`]|://|^>", text, re.MULTILINE)
    assert is_plain(text) == (formatted(text).count("<") == 2 and "<p" in formatted(text))


@given(MARKED | TYPEABLE, st.integers(1, 80))
def test_an_excerpt_is_one_line_no_longer_than_it_may_be(text: str, limit: int) -> None:
    line = excerpt(text, limit)
    assert len(line) <= limit
    assert line == " ".join(line.split())


def test_marks_do_not_stand_in_each_other_deeper_than_a_browser_goes() -> None:
    assert formatted("*a " * 660 + "b* " * 660).count("<em>") < 500
    assert is_plain("****a****")
