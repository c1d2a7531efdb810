"""The OpenAPI document in the form that the reference page shows: methods and their fields."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from stena.web.api.schema import NAMED, example, kind, limits, line, name_of, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stena.web.api.schema import Schema

VERBS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, a header, or a key of an object; names of nested keys have dots."""

    name: str
    place: str
    kind: Markup
    limits: tuple[Markup, ...]
    about: Markup
    required: bool = False
    # The initial value in the form that tries the method.
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible response, with all statuses that it has."""

    statuses: tuple[str, ...]
    about: Markup
    kind: Markup
    fields: tuple[Field, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON that a method takes."""

    fields: tuple[Field, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class Method:
    """One operation of the document."""

    name: str
    verb: str
    path: str
    summary: Markup
    about: Markup
    parameters: tuple[Field, ...]
    body: Body | None
    answers: tuple[Answer, ...]
    streams: bool
    # Whether programs of the team may send their token, and whether it is for them only.
    takes_token: bool
    needs_token: bool

    @property
    def query(self) -> list[Field]:
        """The parameters that a form without scripts can send."""
        return [field for field in self.parameters if field.place == "query"]

    def command(self, address: str) -> str:
        """The curl command that calls it, for a wall at `address`."""
        query = urlencode([(one.name, one.sample) for one in self.query if one.required])
        url = shlex.quote(f"{address}{self.path}?{query}".rstrip("?"))
        token = " -H 'Authorization: Bearer TOKEN' \\\n " if self.needs_token else ""
        if self.body is None:
            endless = " -N" if self.streams else ""
            return f"curl{endless}{token} {url}"
        sent = shlex.quote(json.dumps(json.loads(self.body.sample), ensure_ascii=False))
        verb = "" if self.verb == "POST" else f"-X {self.verb} "
        return f"curl{token} {verb}-H 'Content-Type: {JSON}' \\\n  -d {sent} \\\n  {url}"


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema with a name of its own, since several answers contain it."""

    name: str
    kind: Markup
    limits: tuple[Markup, ...]
    about: Markup
    fields: tuple[Field, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The content of the whole document, in its order."""

    about: Markup
    methods: tuple[Method, ...]
    shapes: tuple[Shape, ...]


def reference(document: dict[str, Any]) -> Reference:
    """Build the content of the page from the document."""
    schemas = document["components"]["schemas"]
    paths = _inlined(document["paths"], document)
    return Reference(
        about=prose(document["info"]["description"]),
        methods=tuple(
            _method(path, verb, operations[verb], schemas)
            for path, operations in paths.items()
            for verb in VERBS
            if verb in operations
        ),
        shapes=tuple(
            Shape(
                name=name,
                kind=kind(schema),
                # The page shows its examples separately.
                limits=tuple(limits({**schema, "examples": ""})),
                about=prose(schema.get("description", "")),
                fields=tuple(_fields(schema, schemas)),
                sample=_json(example(schema, schemas)),
            )
            for name, schema in schemas.items()
        ),
    )


def _inlined(node: Any, document: dict[str, Any]) -> Any:  # noqa: ANN401 -- whatever YAML holds
    """Replace references by their targets, except those to schemas, which become links."""
    if isinstance(node, list):
        return [_inlined(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    name = node.get("$ref", NAMED)
    if name.startswith(NAMED):
        return {key: _inlined(one, document) for key, one in node.items()}
    found: Any = document
    for key in name.removeprefix("#/").split("/"):
        found = found[key]
    return _inlined(found, document)


def _method(path: str, verb: str, operation: dict[str, Any], schemas: dict[str, Schema]) -> Method:
    responses = operation["responses"]
    body = operation.get("requestBody")
    return Method(
        name=operation["operationId"],
        verb=verb.upper(),
        path=path,
        summary=line(operation["summary"]),
        about=prose(operation.get("description", "")),
        parameters=tuple(
            _field(one["name"], one["schema"] | one, schemas, place=one["in"])
            for one in operation.get("parameters", [])
        ),
        body=_body(body["content"][JSON], schemas) if body else None,
        answers=tuple(_answers(responses, schemas)),
        streams=any(EVENTS in response.get("content", {}) for response in responses.values()),
        takes_token="security" in operation,
        needs_token={} not in operation.get("security", [{}]),
    )


def _body(content: dict[str, Any], schemas: dict[str, Schema]) -> Body:
    schema = content["schema"]
    whole = schemas[name_of(schema)] if "$ref" in schema else schema
    return Body(fields=tuple(_fields(whole, schemas)), sample=_sample(content, schemas))


def _answers(responses: dict[str, Any], schemas: dict[str, Schema]) -> Iterator[Answer]:
    """One answer for all responses that differ only in status."""
    same: dict[str, list[str]] = {}
    for status, response in responses.items():
        same.setdefault(json.dumps(response), []).append(status)
    for response, statuses in same.items():
        yield _answer(tuple(statuses), json.loads(response), schemas)


def _answer(
    statuses: tuple[str, ...], response: dict[str, Any], schemas: dict[str, Schema]
) -> Answer:
    content: dict[str, Any] = next(iter(response.get("content", {}).values()), {})
    schema = content.get("schema", {})
    headers = [
        _field(name, one["schema"] | one, schemas, place="header")
        for name, one in response.get("headers", {}).items()
    ]
    return Answer(
        statuses=statuses,
        about=prose(response["description"]),
        kind=kind(schema) if "$ref" in schema else Markup(),
        fields=(*headers, *_fields(schema, schemas)),
        # A named schema has its sample under its name.
        sample="" if "$ref" in schema or not content else _sample(content, schemas),
    )


def _fields(schema: Schema, schemas: dict[str, Schema], within: str = "") -> Iterator[Field]:
    """The keys of an object, each followed by the keys of the object that it holds."""
    for name, one in schema.get("properties", {}).items():
        required = name in schema.get("required", [])
        yield _field(f"{within}{name}", one, schemas, required=required)
        yield from _fields(one, schemas, f"{within}{name}.")
        yield from _fields(one.get("items", {}), schemas, f"{within}{name}[].")


def _field(
    name: str,
    schema: Schema,
    schemas: dict[str, Schema],
    *,
    place: str = "",
    required: bool = False,
) -> Field:
    sample = example(schema, schemas)
    return Field(
        name=name,
        place=place,
        kind=kind(schema),
        limits=tuple(limits(schema)),
        about=prose(schema.get("description", "")),
        required=required or schema.get("required") is True,
        sample=sample if isinstance(sample, str) else json.dumps(sample),
    )


def _sample(content: dict[str, Any], schemas: dict[str, Schema]) -> str:
    """The document's own example of a body, or one generated from its schema."""
    if "example" not in content:
        return _json(example(content["schema"], schemas))
    given = content["example"]
    return given if isinstance(given, str) else _json(given)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
