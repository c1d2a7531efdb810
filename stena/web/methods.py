"""The OpenAPI document as a page sets it: method by method, field by field."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from markupsafe import Markup

from stena.web.schema import NAMED, example, kind, limits, line, name_of, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stena.web.schema import Schema

VERBS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, a header, a key of an object; in an object within it the name has a dot."""

    name: str
    place: str
    kind: Markup
    limits: tuple[Markup, ...]
    about: Markup
    required: bool = False
    # What the form to try it begins with.
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back, with all statuses that it comes with."""

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

    @property
    def questions(self) -> list[Field]:
        """What a form without scripts can ask."""
        return [field for field in self.parameters if field.place == "query"]

    def command(self, address: str) -> str:
        """How curl asks it, of a wall at `address`."""
        query = urlencode([(one.name, one.sample) for one in self.questions if one.required])
        url = shlex.quote(f"{address}{self.path}?{query}".rstrip("?"))
        if self.body is None:
            return f"curl -N {url}" if self.streams else f"curl {url}"
        sent = shlex.quote(json.dumps(json.loads(self.body.sample), ensure_ascii=False))
        verb = "" if self.verb == "POST" else f"-X {self.verb} "
        return f"curl {verb}-H 'Content-Type: {JSON}' \\\n  -d {sent} \\\n  {url}"


@dataclass(frozen=True, slots=True)
class Shape:
    """What has a name of its own because it comes in several answers."""

    name: str
    kind: Markup
    limits: tuple[Markup, ...]
    about: Markup
    fields: tuple[Field, ...]
    sample: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All that the document says, in its order."""

    about: Markup
    methods: tuple[Method, ...]
    shapes: tuple[Shape, ...]


def reference(document: dict[str, Any]) -> Reference:
    """What the page shows, from the document alone."""
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
                # Its examples stand beside it.
                limits=tuple(limits({**schema, "examples": ""})),
                about=prose(schema.get("description", "")),
                fields=tuple(_fields(schema, schemas)),
                sample=_json(example(schema, schemas)),
            )
            for name, schema in schemas.items()
        ),
    )


def _inlined(node: Any, document: dict[str, Any]) -> Any:  # noqa: ANN401 -- whatever YAML holds
    """Put what is named in the place of its name; a schema's name stays, and becomes a link."""
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
    )


def _body(content: dict[str, Any], schemas: dict[str, Schema]) -> Body:
    schema = content["schema"]
    whole = schemas[name_of(schema)] if "$ref" in schema else schema
    return Body(fields=tuple(_fields(whole, schemas)), sample=_sample(content, schemas))


def _answers(responses: dict[str, Any], schemas: dict[str, Schema]) -> Iterator[Answer]:
    """One for all that are the same but for the status."""
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
        # What has a name is shown once, under its name.
        sample="" if "$ref" in schema or not content else _sample(content, schemas),
    )


def _fields(schema: Schema, schemas: dict[str, Schema], within: str = "") -> Iterator[Field]:
    """The keys of an object, and after each that is an object itself, its keys."""
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
    """The document's own example of a body, or one made from its schema."""
    if "example" not in content:
        return _json(example(content["schema"], schemas))
    given = content["example"]
    return given if isinstance(given, str) else _json(given)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
