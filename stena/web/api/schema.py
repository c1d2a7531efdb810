"""A JSON schema in words, and an example of it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

# The prefix of references to named schemas.
NAMED = "#/components/schemas/"
# The constraints of a value beside its type, and their wording on the page.
LIMITS = {
    "minimum": Markup("at least {}"),
    "maximum": Markup("at most {}"),
    "minLength": Markup("at least {} characters"),
    "maxLength": Markup("at most {} characters"),
    "minItems": Markup("at least {} of them"),
    "maxItems": Markup("at most {} of them"),
    "pattern": Markup("matches {}"),
    "format": Markup("{}"),
    "enum": Markup("one of {}"),
    "default": Markup("by default {}"),
    "examples": Markup("for example {}"),
}


def kind(schema: Schema) -> Markup:
    """The type in words; a named schema becomes a link."""
    if "$ref" in schema:
        return Markup('<a href="#{0}">{0}</a>').format(name_of(schema))
    if "const" in schema:
        return _value(schema["const"])
    if several := schema.get("oneOf") or schema.get("anyOf"):
        return Markup(" or ").join(map(kind, several))
    # A schema with only an enum has the type of its values.
    types = schema.get("type", "string" if "enum" in schema else [])
    names = [types] if isinstance(types, str) else types
    return Markup(" or ").join(_type(name, schema) for name in names)


def _type(name: str, schema: Schema) -> Markup:
    if name == "array" and "items" in schema:
        return Markup("list of {}").format(kind(schema["items"]))
    if name == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(kind(schema["additionalProperties"]))
    return escape(name)


def limits(schema: Schema) -> Iterator[Markup]:
    for key, wording in LIMITS.items():
        if schema.get(key, "") != "":
            given = schema[key]
            values = given if isinstance(given, list) else [given]
            yield wording.format(Markup(", ").join(map(_value, values)))
    inner = [*schema.get("oneOf", []), *schema.get("anyOf", [])]
    inner += [one for one in (schema.get("items"),) if isinstance(one, dict)]
    inner += [one for one in (schema.get("additionalProperties"),) if isinstance(one, dict)]
    for one in inner:
        yield from limits(one)


def _value(value: object) -> Markup:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Markup("<code>{}</code>").format(text)


def example(schema: Schema, schemas: dict[str, Schema]) -> Any:  # noqa: ANN401 -- as JSON
    """The document's own example, or the simplest value of the type."""
    if "$ref" in schema:
        return example(schemas[name_of(schema)], schemas)
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    if several := schema.get("oneOf") or schema.get("anyOf"):
        return example(several[0], schemas)
    types = schema.get("type", "object")
    return _simplest(types if isinstance(types, str) else types[0], schema, schemas)


def _simplest(name: str, schema: Schema, schemas: dict[str, Schema]) -> Any:  # noqa: ANN401 -- as JSON
    if name == "object":
        properties = schema.get("properties", {})
        return {key: example(one, schemas) for key, one in properties.items()}
    if name == "array":
        least = schema.get("minItems", 1)
        return [example(schema["items"], schemas)] * least if "items" in schema else []
    return {
        "integer": schema.get("minimum", 1),
        "number": schema.get("minimum", 1),
        "string": "…",
        "boolean": True,
    }.get(name)


def name_of(schema: Schema) -> str:
    return str(schema["$ref"]).removeprefix(NAMED)


def prose(text: str) -> Markup:
    """Paragraphs, with text between backticks as code."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return Markup().join(Markup("<p>{}</p>").format(line(one)) for one in paragraphs if one)


def line(text: str) -> Markup:
    return within(" ".join(text.split()).split("`"), Markup("<code>{}</code>"))


def within(parts: list[str], element: Markup) -> Markup:
    """Join the parts, each second one within an element."""
    return Markup().join(element.format(one) if at % 2 else one for at, one in enumerate(parts))
