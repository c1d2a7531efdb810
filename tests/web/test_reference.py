from __future__ import annotations

import asyncio
import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from stena.settings import Common, Settings
from stena.web.api.methods import reference
from stena.web.api.schema import LIMITS
from stena.web.i18n import translations
from stena.web.refusals import REFUSALS
from tests.docs.test_api import curl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Client

# Keys of a schema that the page does not show by their value.
SHOWN_OTHERWISE = {
    "$ref",
    "additionalProperties",
    "allowEmptyValue",
    "anyOf",
    "const",
    "content",
    "description",
    "example",
    "headers",
    "identifier",
    "in",
    "items",
    "name",
    "oneOf",
    "operationId",
    "parameters",
    "properties",
    "requestBody",
    "required",
    "responses",
    "schema",
    "security",
    "summary",
    "type",
}
# The wall did not understand the request.
MISTAKES = {"bad_json", "bad_type", "bad_number", "field_missing", "unsupported_media_type"}


async def test_all_that_the_document_says_is_on_the_page(client: Client) -> None:
    document = await (await client.get("/api/openapi.json")).json()
    shown = sections(await page(client))
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            section = shown[operation["operationId"]]
            assert f"{verb.upper()} {path}" in section
            for text in statements(operation, document):
                assert text in section, (path, text)
    for name, schema in document["components"]["schemas"].items():
        for text in statements(schema, document):
            assert text in shown[name], (name, text)
    for text in statements({"description": document["info"]["description"]}, document):
        assert text in " ".join(shown.values())


async def test_every_link_of_the_page_leads_to_a_place_on_it(client: Client) -> None:
    text = await page(client)
    places = re.findall(r'\bid="([^"]+)"', text)
    assert len(places) == len(set(places))
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert {"messages.list", "messages.create", "Message", "Error", "codes"} <= links
    assert links <= set(places)


async def test_every_command_asks_what_the_wall_understands(client: Client) -> None:
    await client.post("/api/messages.create", json={"text": "There is one"})
    commands = re.findall(
        r'<pre[^>]* id="([^"]+)-command"><code>(.*?)</code>', await page(client), re.DOTALL
    )
    assert {"messages.list", "messages.get", "messages.create"} <= {name for name, _ in commands}
    url = str(client.make_url("/"))
    for name, command in commands:
        asked = html.unescape(command).replace("\\\n", " ")
        assert f" {url}" in asked.replace("'", "")
        if not name.endswith(".stream"):
            answer = await asyncio.to_thread(curl, asked, url)
            assert not any(code in json.dumps(answer.content) for code in MISTAKES), (name, answer)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("wall.example", "http://wall.example"),
        ("wall.example:8080", "http://wall.example:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("wall.example'; rm -rf ~; '", "http://localhost:8080"),
        ("$(reboot)", "http://localhost:8080"),
        ("<script>", "http://localhost:8080"),
        ("a b", "http://localhost:8080"),
        ("", "http://localhost:8080"),
    ],
)
async def test_the_commands_go_to_where_the_visitor_is(
    client: Client, host: str, shown: str
) -> None:
    answer = await client.get("/api", headers={"Host": host})
    text = await answer.text()
    assert f"curl {shown}/api/messages.list<" in text.replace("&#39;", "")
    assert "reboot" not in text
    assert "rm -rf" not in text


class TestBehindARouter:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(common=Common(proxies=1))

    async def test_who_came_encrypted_gets_commands_that_come_so(self, client: Client) -> None:
        headers = {"Host": "wall.example", "X-Forwarded-Proto": "https"}
        answer = await client.get("/api", headers=headers)
        assert "curl https://wall.example/api/messages.list<" in await answer.text()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_code_is_explained_in_the_readers_language(
    client: Client, language: str
) -> None:
    text = await page(client, f"?lang={language}")
    shown = sections(text)["codes"]
    assert f'<html lang="{language}">' in text
    for code, (status, sentence) in REFUSALS.items():
        said = re.sub(r"%\((\w+)\)[sd]", r"\1", translations(language).gettext(sentence))
        assert f"{code} {status} {said}" in shown


async def test_a_form_that_was_left_alone_asks_for_what_there_is(client: Client) -> None:
    await client.post("/api/messages.create", json={"text": "There is one"})
    form = re.compile(r'<form class="try" action="([^"]+)" method="get"(.*?)</form>', re.DOTALL)
    forms = dict(form.findall(await page(client)))
    assert {"/api/messages.list", "/api/messages.get", "/api/messages.search"} <= set(forms)
    for path, inside in forms.items():
        if not path.endswith("stream") and "data-token" not in inside:
            answer = await client.get(path, params=initial_values(inside))
            assert answer.status == 200, (path, await answer.text())
    assert (await client.get("/?before=")).status == 200


async def test_what_is_given_twice_or_has_to_be_there_is_missed(client: Client) -> None:
    answer = await client.get("/api/messages.list?before=&before=")
    assert answer.status == 400
    answer = await client.get("/api/messages.get?id=")
    assert (await answer.json())["error"]["code"] == "field_missing"


def test_a_method_that_is_added_to_the_document_brings_its_own_words() -> None:
    document = {
        "info": {"description": "About `all`.\n\nMore."},
        "paths": {"/api/x": {"patch": {"operationId": "x", **OPERATION}}},
        "components": {"schemas": {"Thing": {"type": "object", "properties": {"a": {}}}}},
    }
    shown = reference(document)
    [method] = shown.methods
    assert shown.about == "<p>About <code>all</code>.</p><p>More.</p>"
    assert method.summary == "Do &lt;it&gt;."
    assert method.body is not None
    [kind, things, deep, down] = method.body.fields
    assert (kind.kind, kind.required, kind.sample) == ("string or null", True, "love")
    assert list(kind.limits) == ["one of <code>love</code>, <code>wow</code>"]
    assert things.kind == 'list of <a href="#Thing">Thing</a> or object of integer'
    assert list(things.limits) == ["at most <code>9</code>"]
    assert (deep.name, deep.kind) == ("deep", "object")
    assert (down.name, down.kind) == ("deep.down", "boolean")
    assert json.loads(method.body.sample) == {
        "kind": "love",
        "things": [{"a": {}}],
        "deep": {"down": True},
    }
    assert method.command("http://x").startswith("curl -X PATCH -H 'Content-Type")


OPERATION: dict[str, Any] = {
    "summary": "Do <it>.",
    "requestBody": {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {
                        "kind": {"type": ["string", "null"], "enum": ["love", "wow"]},
                        "things": {
                            "oneOf": [
                                {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                                {
                                    "type": "object",
                                    "additionalProperties": {"type": "integer", "maximum": 9},
                                },
                            ]
                        },
                        "deep": {
                            "type": "object",
                            "properties": {"down": {"type": "boolean"}},
                        },
                    },
                }
            }
        }
    },
    "responses": {"204": {"description": "Done."}},
}


def initial_values(form: str) -> dict[str, str]:
    """The fields that an unchanged form sends."""
    sent = {}
    for attributes in re.findall(r"<input ([^>]*)>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        sent[given["name"]] = html.unescape(given.get("value", ""))
    return sent


async def page(client: Client, query: str = "") -> str:
    answer = await client.get(f"/api{query}")
    assert answer.status == 200
    return await answer.text()


def sections(text: str) -> dict[str, str]:
    """The text of each section of the page by its name."""
    found = {}
    for part in text.split('<section class="method"')[1:]:
        attributes, _, content = part.partition(">")
        name = re.search(r'id="([^"]+)"', attributes)
        stripped = html.unescape(re.sub(r"<[^>]+>", "", content))
        found[name[1] if name else ""] = " ".join(stripped.split())
    return found


def statements(node: Any, document: dict[str, Any]) -> Iterator[str]:  # noqa: ANN401 -- whatever JSON holds
    """The texts, names and numbers in a part of the document that a reader needs."""
    if isinstance(node, list):
        for one in node:
            yield from statements(one, document)
    if isinstance(node, dict):
        for key, value in node.items():
            assert key in SHOWN_OTHERWISE | set(LIMITS), f"the page does not know {key}"
            yield from statements_of(key, value, document)


def statements_of(key: str, value: Any, document: dict[str, Any]) -> Iterator[str]:  # noqa: ANN401 -- as above
    if key == "$ref":
        yield from referred(value, document)
    elif key in {"summary", "description"}:
        yield from (" ".join(one.split()) for one in value.replace("`", "").split("\n\n"))
    elif key in LIMITS:
        values = value if isinstance(value, list) else [value]
        yield from (plain(one) for one in values if not isinstance(one, dict))
    elif key in {"const", "name"}:
        yield plain(value)
    elif key in {"properties", "responses", "headers", "content"}:
        yield from (name for name in value if name != "default" and key != "content")
        yield from statements(list(value.values()), document)
    elif key not in {"example", "security"}:
        yield from statements(value, document)


def plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def referred(name: str, document: dict[str, Any]) -> Iterator[str]:
    _, kind, last = name.removeprefix("#/").split("/")
    if kind == "schemas":
        yield last
    else:
        yield from statements(document["components"][kind][last], document)
