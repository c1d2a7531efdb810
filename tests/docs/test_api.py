from __future__ import annotations

import argparse
import itertools
import json
import re
import shlex
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from stena import settings
from stena.message import NAME_LIMIT, TEXT_LIMIT
from stena.report import WORDS_LIMIT
from stena.search import QUERY_LIMIT
from stena.step import LEAST_WORK, WAIT, Step, StepNeeded, Taken, Work, issue, new_nonce
from stena.store.page import PAGE_BYTES
from stena.web.api import stream
from stena.web.explained import explain, shape
from stena.web.i18n import translations
from stena.web.inputs import body, query
from stena.web.refusals import REFUSALS
from tests.docs.pages import API, blocks, rows
from tests.program import PATIENCE, ROOT, running

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from pathlib import Path

    from stena.store.database import Address

LANGUAGE = {"docs": "en", "ru": "ru"}

in_both_languages = pytest.mark.parametrize("page", API, ids=["en", "ru"])


@in_both_languages
def test_the_refusals_are_all_listed_with_their_statuses_and_sentences(page: Path) -> None:
    listed = [
        (row[0].strip("`"), int(row[1]), row[2])
        for row in rows(page)
        if len(row) > 2 and row[1].isdigit()
    ]
    say = translations(LANGUAGE[page.parent.name]).gettext
    assert listed == [
        (code, status, say(sentence)) for code, (status, sentence) in REFUSALS.items()
    ]


@in_both_languages
def test_the_limits_are_those_of_the_code(page: Path) -> None:
    listed = [int(row[1]) for row in rows(page) if len(row) == 2 and row[1].isdigit()]
    assert listed == [
        TEXT_LIMIT,
        NAME_LIMIT,
        QUERY_LIMIT,
        WORDS_LIMIT,
        body.BODY_LIMIT,
        body.BODY_SECONDS,
        query.LIST_LIMIT,
        PAGE_BYTES,
        stream.MOST_MISSED,
        stream.MOST_MISSED_TEXT,
        settings.Wall().readers,
    ]


@in_both_languages
def test_the_api_page_and_the_openapi_document_name_the_same_paths(page: Path) -> None:
    named = set(re.findall(r"(?<!\w)/(?:api/\w+\.\w+|\w+z\b)", page.read_text()))
    assert named == public_paths()


@in_both_languages
def test_the_examples_answer_as_the_page_says(page: Path, address: Address, tmp_path: Path) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        for command, answer in examples(page):
            assert curl(command, wall.url) == answer, command


@in_both_languages
def test_the_step_that_is_shown_has_the_shape_of_a_real_one(page: Path) -> None:
    shown = [json.loads(block.text) for block in blocks(page) if block.kind == "json"]
    [error] = [one["error"] for one in shown if "error" in one]
    [taken] = [one["step"] for one in shown if "step" in one]
    ticket = issue(b"key", 1_795_733_012, LEAST_WORK, new_nonce(), b"an act", "127.0.0.1")
    step = Step(str(ticket), Work.of(b"key", ticket), WAIT, "")
    explained = explain(LANGUAGE[page.parent.name], StepNeeded(step))
    real = json.loads(json.dumps(shape(explained)))["error"]
    assert lengths(error) == lengths(real)
    assert {**error, "step": None} == {**real, "step": None}
    assert Taken(**taken).ticket == error["step"]["ticket"]


def lengths(one: object) -> object:
    """JSON with the lengths of its strings, in the place of random ones."""
    if isinstance(one, dict):
        return {key: lengths(value) for key, value in one.items()}
    return len(one) if isinstance(one, str) else one


def test_every_path_of_the_api_has_an_example_but_the_document_itself() -> None:
    for page in API:
        shown = {urlsplit(shlex.split(command)[-1]).path for command, _ in examples(page)}
        assert shown == public_paths() - {"/api/openapi.json"}


def public_paths() -> set[str]:
    """The paths that need no token; the others are described by the page /api only.

    {} among the ways to be authorised is the way without one.
    """
    document = yaml.safe_load((ROOT / "stena/web/api/openapi.yaml").read_text())
    return {
        path
        for path, operations in document["paths"].items()
        if all({} in operation.get("security", [{}]) for operation in operations.values())
    }


class Answer(NamedTuple):
    """A status line and the content, without times and white space.

    The phrase after the code is without meaning, and Python 3.13 has another one for 422.
    """

    status: list[str]
    content: object


def examples(page: Path) -> list[tuple[str, Answer]]:
    """Every command of a page with the answer that follows it."""
    shown = blocks(page)
    found: list[tuple[str, Answer]] = []
    for command, answer in itertools.pairwise(shown):
        if command.kind == "sh":
            assert answer.kind == "http", command.text
            status, _, body = answer.text.partition("\n\n")
            found.append(
                (command.text.replace("\\\n", " "), Answer(status.split()[:2], content(body)))
            )
    assert len(found) == sum("curl" in block.text for block in shown)
    return found


def curl(command: str, url: str) -> Answer:
    """Send what curl would, on a machine that may not have it."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("-N", dest="endless", action="store_true")
    parser.add_argument("url")
    name, *arguments = shlex.split(command)
    assert name == "curl"
    asked = parser.parse_args(arguments)
    parts = urlsplit(asked.url)
    wall = HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        wall.request(
            "GET" if asked.body is None else "POST",
            parts._replace(scheme="", netloc="").geturl(),
            asked.body and asked.body.encode(),
            dict(header.split(": ", 1) for header in asked.headers),
        )
        answer = wall.getresponse()
        body = first_event(answer) if asked.endless else answer.read().decode()
        return Answer(["HTTP/1.1", str(answer.status)], content(body))
    finally:
        wall.close()


def first_event(answer: HTTPResponse) -> str:
    """Of a stream, which has no end, what comes before the first blank line after an id."""
    lines: list[str] = []
    while not lines or lines[-1] != "\n":
        lines.append(answer.readline().decode())
        assert lines[-1], "the stream ended"
        if not lines[0].startswith("id:"):
            lines.clear()
    return "".join(lines)


def content(body: str) -> object:
    """JSON as what it says; of an event, its fields and then that."""
    body = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "a moment", body)
    if body.startswith("id:"):
        *fields, data = body.strip().split("\n")
        return fields, json.loads(data.removeprefix("data: "))
    return json.loads(body)
