"""Forms and JSON become typed values, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import parse_qsl

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from stena.decision import MOST_AT_ONCE
from stena.message import REACTIONS, ReactionKind, slug
from stena.refusal import Refusal
from stena.rule import MOST_REPORTS, Mode
from stena.web.inputs import body, nonce
from stena.web.inputs.numbers import LAST_ID, whole

if TYPE_CHECKING:
    from aiohttp import web

    from stena.web.wire.look import Look

FIELDS_LIMIT = 20

Model = TypeVar("Model", bound=BaseModel)


class Typed(BaseModel):
    """A message as it was typed: of the right types, not validated yet."""

    model_config = ConfigDict(strict=True)

    text: str
    name: str | None = None
    nonce: str | None = None
    key: str | None = None
    reply_to: int | None = Field(None, ge=1, le=LAST_ID)
    thread: str | None = None


class Target(BaseModel):
    """A message, and the key of the client that acts on it."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class TypedEdit(Typed):
    """A new text for a message."""

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class TypedReaction(Target):
    """A reaction to a message, to add or to remove."""

    kind: ReactionKind
    on: bool = True


class TypedReport(BaseModel):
    """A report of a message: of the right types, not validated yet."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    reason: str
    words: str | None = None
    key: str | None = None


class TypedDecision(BaseModel):
    """Messages to approve or to remove."""

    model_config = ConfigDict(strict=True)

    ids: list[Annotated[int, Field(ge=1, le=LAST_ID)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE
    )
    spam: bool = False


class TypedUndo(BaseModel):
    """A decision to undo."""

    model_config = ConfigDict(strict=True)

    decision: int = Field(ge=1, le=LAST_ID)


class TypedRule(BaseModel):
    """The rules of one wall; without `reports` that rule stays."""

    model_config = ConfigDict(strict=True)

    thread: Annotated[str, AfterValidator(slug)] = ""
    mode: Mode
    reports: int | None = Field(None, ge=0, le=MOST_REPORTS)


async def from_form(request: web.Request, look: Look) -> Typed:
    """The message in a form; unknown fields are ignored.

    Raises:
        Refusal: as fields; bad_number.
    """
    given = await fields(request)
    # An empty field of a form arrives as an empty string.
    reply_to = given.get("reply_to")
    return Typed(
        text=given.get("text", ""),
        name=given.get("name") or None,
        nonce=nonce.of_visitor(request, look, given.get("nonce") or None),
        key=given.get("key") or None,
        reply_to=whole("reply_to", [reply_to], LAST_ID) if reply_to else None,
        thread=given.get("thread") or None,
    )


async def reaction_from_form(request: web.Request) -> tuple[str, bool]:
    """The kind of a reaction, and whether to add or to remove it.

    Raises:
        Refusal: as fields; bad_kind.
    """
    given = await fields(request)
    kind, on = (given["off"], False) if "off" in given else (given.get("kind", ""), True)
    if kind not in REACTIONS:
        raise Refusal("bad_kind", "kind")
    return kind, on


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form; the last one of a name that is repeated.

    Raises:
        Refusal: as body.read; bad_form.
    """
    sent = await body.read(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            sent.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_LIMIT,
        )
    except ValueError:
        raise Refusal("bad_form") from None
    return dict(pairs)


async def from_json(request: web.Request, model: type[Model]) -> Model:
    """The JSON object of a request; unknown keys are ignored.

    Raises:
        Refusal: as body.read; bad_json; bad_type, bad_number, bad_kind or field_missing with the
            field.
    """
    sent = await body.read(request, "application/json")
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        mistake = error.errors(include_url=False, include_input=False)[0]
        if not mistake["loc"]:
            raise Refusal("bad_json") from None
        field = str(mistake["loc"][0])
        raise _refusal(mistake["type"], field) from None


def _refusal(mistake: str, field: str) -> Refusal:
    if mistake == "missing":
        return Refusal("field_missing", field)
    if field in {"id", "ids", "reply_to", "decision"}:
        return Refusal("bad_number", field, least=1, most=LAST_ID)
    if field == "reports":
        return Refusal("bad_number", field, least=0, most=MOST_REPORTS)
    codes = {"kind": "bad_kind", "on": "bad_switch", "spam": "bad_switch", "mode": "bad_mode"}
    return Refusal(codes.get(field, "bad_type"), field)
