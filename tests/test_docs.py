"""The pages say what is so: what they list, name, quote and show is compared with the code."""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shlex
import tomllib
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from stena import config
from stena.config import SECTIONS
from stena.message import NAME_LIMIT, TEXT_LIMIT
from stena.web import forms
from stena.web.errors import REFUSALS
from stena.web.words import words
from tests.program import PATIENCE, ROOT, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stena.store.database import Address

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
READMES = (ROOT / "README.md", ROOT / "README.ru.md")
SETTINGS = (DOCS / "settings.md", DOCS / "ru" / "settings.md")
API = (DOCS / "api.md", DOCS / "ru" / "api.md")
LANGUAGE = {"docs": "en", "ru": "ru"}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What the program and `make` make, and the repository does not hold.
MADE = {"data/", "data/lock", ".venv/"}

in_both_languages = pytest.mark.parametrize("page", API, ids=["en", "ru"])
settings_in_both_languages = pytest.mark.parametrize("page", SETTINGS, ids=["en", "ru"])


# -- settings


@settings_in_both_languages
def test_the_settings_are_all_listed_with_their_variables_defaults_and_values(page: Path) -> None:
    listed = [
        (key, variable.strip("`"), yaml.safe_load(default.strip("`")), spans(takes))
        for key, variable, default, takes, _ in settings_of(page)
    ]
    assert listed == [
        (f"{section}.{key}", f"STENA_{section}__{key}".upper(), schema["default"], values(schema))
        for section, key, schema in settings()
    ]


def test_the_settings_are_described_in_the_words_of_the_code() -> None:
    described = {key: description for key, *_, description in settings_of(SETTINGS[0])}
    assert described == {
        f"{section}.{key}": schema["description"] for section, key, schema in settings()
    }


@settings_in_both_languages
def test_the_mistakes_that_are_shown_are_told_so(
    page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = blocks(page)
    said = next(place for place, block in enumerate(shown) if block.kind == "text")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text(shown[said - 1].text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(config.Mistakes) as told:
        config.load(environment={"STENA_COMMON__HOSTS": "x"})
    assert str(told.value) == shown[said].text


# -- the API


@in_both_languages
def test_the_refusals_are_all_listed_with_their_statuses_and_sentences(page: Path) -> None:
    listed = [
        (row[0].strip("`"), int(row[1]), row[2])
        for row in rows(page)
        if len(row) > 2 and row[1].isdigit()
    ]
    say = words(LANGUAGE[page.parent.name]).gettext
    assert listed == [
        (code, status, say(sentence)) for code, (status, sentence) in REFUSALS.items()
    ]


@in_both_languages
def test_the_limits_are_those_of_the_code(page: Path) -> None:
    listed = [int(row[1]) for row in rows(page) if len(row) == 2 and row[1].isdigit()]
    assert listed == [
        TEXT_LIMIT,
        NAME_LIMIT,
        forms.BODY_LIMIT,
        forms.BODY_SECONDS,
        forms.LIST_LIMIT,
    ]


@in_both_languages
def test_the_api_page_and_the_openapi_document_name_the_same_paths(page: Path) -> None:
    named = set(re.findall(r"(?<!\w)/(?:api/\w+\.\w+|\w+z\b)", page.read_text()))
    document = yaml.safe_load((ROOT / "stena/web/openapi.yaml").read_text())
    assert named == set(document["paths"])


@in_both_languages
def test_the_examples_answer_as_the_page_says(page: Path, address: Address, tmp_path: Path) -> None:
    with running(errors=tmp_path / "log", DATABASE_URL=address.url) as wall:
        for command, answer in examples(page):
            assert curl(command, wall.url) == answer, command


def test_every_path_of_the_api_has_an_example_but_the_document_itself() -> None:
    document = yaml.safe_load((ROOT / "stena/web/openapi.yaml").read_text())
    for page in API:
        shown = {urlsplit(shlex.split(command)[-1]).path for command, _ in examples(page)}
        assert shown == set(document["paths"]) - {"/api/openapi.json"}


# -- commands


def test_every_make_that_is_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        assert makes(page) <= targets, page.name


def test_what_must_hold_before_a_change_lands_is_what_the_readme_calls() -> None:
    called = set(re.findall(r"^make (\w+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE))
    for page in READMES:
        assert makes(page) - {"run"} == called, page.name


def test_the_readmes_show_the_same_commands() -> None:
    english, russian = map(blocks, READMES)
    assert english
    assert english == russian


def test_the_address_that_is_shown_is_where_the_wall_listens() -> None:
    here = f"http://localhost:{config.Common().port}"
    for page in (*READMES, *API):
        assert set(re.findall(r"http://localhost:\d+", page.read_text())) == {here}, page.name


def test_the_python_that_is_asked_for_is_the_one_that_is_needed() -> None:
    needed = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        assert set(re.findall(r"Python (\d\.\d+)", page.read_text())) == {needed}, page.name


# -- pages


def test_every_page_has_its_twin_in_russian() -> None:
    english = {page.name for page in DOCS.glob("*.md")}
    assert english
    assert {page.name for page in (DOCS / "ru").glob("*.md")} == english


def test_both_languages_set_the_same_things() -> None:
    english, russian = map(blocks, SETTINGS)
    assert english == russian


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        assert other.exists(), target
        assert not anchor or anchor in anchors(other), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = {span for span in spans(prose(page)) if looks_like_a_file(span)} - MADE
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


# -- architecture and style


def test_the_layers_are_those_that_the_build_keeps() -> None:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one["type"] == "layers"]
    [drawn] = blocks(ROOT / "ARCHITECTURE.md")
    assert drawn.text.splitlines() == layers


def test_every_file_of_the_program_has_its_place_in_the_architecture() -> None:
    placed = set(spans(prose(ROOT / "ARCHITECTURE.md")))
    modules = [
        str(file.relative_to(ROOT))
        for file in (ROOT / "stena").rglob("*.py")
        if file.name != "__init__.py" and "migrations" not in file.parts
    ]
    assert [module for module in modules if module not in placed] == []


def test_every_package_that_is_needed_has_its_reason_in_the_architecture() -> None:
    reasons = prose(ROOT / "ARCHITECTURE.md").lower()
    project = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["local"]
    for name in (re.split(r"[\[><=]", package)[0] for package in project):
        assert re.search(rf"\b{name}\b", reasons), name


def test_what_the_style_quotes_stands_in_the_code() -> None:
    text = (ROOT / "STYLE.md").read_text()
    quoted = re.findall(r"^`([^`]+)`\n\n```python\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert len(quoted) == text.count("```python")
    for name, excerpt in quoted:
        assert f"\n{excerpt}\n" in (ROOT / name).read_text(), name


# -- how the pages are read


class Block(NamedTuple):
    """What stands between two fences."""

    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)\n```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(*one) for one in found]


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def rows(page: Path) -> Iterator[list[str]]:
    """The cells of every line of every table."""
    for line in prose(page).splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def anchors(page: Path) -> set[str]:
    """The headings as the addresses that GitHub makes of them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def looks_like_a_file(span: str) -> bool:
    """Not `/healthz`, not `application/json`: what begins in the root, or ends as files do."""
    if not re.fullmatch(r"\.?\w[\w./-]*", span):
        return False
    first = span.partition("/")[0]
    suffixes = {".py", ".md", ".yaml", ".toml", ".ini", ".sh", ".txt", ".lock", ".po", ".png"}
    return (
        span.endswith("/")
        or Path(span).suffix in suffixes
        or ("/" in span and (ROOT / first).is_dir())
    )


def makes(page: Path) -> set[str]:
    """The targets that a page tells to make."""
    code = [*spans(prose(page)), *(block.text for block in blocks(page))]
    return {target for text in code for target in re.findall(r"\bmake ([a-z]+)", text)}


def settings_of(page: Path) -> list[list[str]]:
    """The rows on settings, the first cell without its backticks."""
    found = [row for row in rows(page) if len(row) == 5 and row[1].startswith("`STENA_")]
    return [[row[0].strip("`"), *row[1:]] for row in found]


def settings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for section, model in SECTIONS.items():
        for key, schema in model.model_json_schema()["properties"].items():
            yield section, key, schema


def values(schema: dict[str, Any]) -> list[str]:
    """What a setting takes, where that can be listed or has bounds."""
    if schema["type"] == "boolean":
        return ["true", "false"]
    bounds = [schema[name] for name in ("minimum", "maximum", "maxLength") if name in schema]
    return schema.get("enum") or [f"{bound:g}" for bound in bounds]


class Answer(NamedTuple):
    """A status line and what came with it, moments and white space aside."""

    status: str
    content: object


def examples(page: Path) -> list[tuple[str, Answer]]:
    """Every command of a page with the answer that follows it."""
    shown = blocks(page)
    found: list[tuple[str, Answer]] = []
    for command, answer in itertools.pairwise(shown):
        if command.kind == "sh":
            assert answer.kind == "http", command.text
            status, _, body = answer.text.partition("\n\n")
            found.append((command.text.replace("\\\n", " "), Answer(status, content(body))))
    assert len(found) == sum("curl" in block.text for block in shown)
    return found


def curl(command: str, url: str) -> Answer:
    """Send what curl would, on a machine that may not have it."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
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
        return Answer(f"HTTP/1.1 {answer.status} {answer.reason}", content(answer.read().decode()))
    finally:
        wall.close()


def content(body: str) -> object:
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "a moment", body))
