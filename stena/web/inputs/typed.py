"""Forms and JSON become typed values, or a refusal."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stena.message import REACTIONS, Payment, ReactionKind
from stena.refusal import Refusal
from stena.step import Taken
from stena.web.inputs import body, mistakes, nonce
from stena.web.inputs.numbers import LAST_ID, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

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


class TypedStep(BaseModel):
    """A step that was taken: of the right types, not checked yet."""

    model_config = ConfigDict(strict=True)

    ticket: str
    way: Payment
    solution: int | str | None = None

    @property
    def taken(self) -> Taken:
        """The step, as it is checked."""
        return Taken(**dict(self))


class Payable(BaseModel):
    """What a newcomer may have to pay for.

    Attributes:
        step: what was done because the wall asked for it, None for nothing.
    """

    model_config = ConfigDict(strict=True)

    step: TypedStep | None = None

    @property
    def taken(self) -> Taken | None:
        return self.step.taken if self.step else None


class TypedPost(Typed, Payable):
    """A message to post.

    Attributes:
        as_team: whether a member of the team posts it, with the badge of its role.
    """

    as_team: bool = False


class TypedForm(TypedPost):
    """A message in a form.

    Attributes:
        is_trapped: whether a field is filled in that people do not see.
        is_cookieless: whether a script has found that the browser keeps no cookies.
    """

    is_trapped: bool = False
    is_cookieless: bool = False


class Target(BaseModel):
    """A message, and the key of the client that acts on it."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class TypedEdit(TypedPost):
    """A new text for a message."""

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class TypedReaction(Target, Payable):
    """A reaction to a message, to add or to remove."""

    kind: ReactionKind
    on: bool = True


class PressedReaction(Payable):
    """The button of a reaction that was pressed.

    Attributes:
        on: False to remove the reaction.
        key: of a browser that keeps no cookies.
    """

    kind: str
    on: bool
    key: str | None = None


class TypedReport(Payable):
    """A report of a message: of the right types, not validated yet."""

    id: int = Field(ge=1, le=LAST_ID)
    reason: str
    words: str | None = None
    key: str | None = None


async def from_form(request: web.Request, look: Look) -> TypedForm:
    """The message in a form; unknown fields are ignored.

    Raises:
        Refusal: as fields; bad_number.
    """
    given = await fields(request)
    # An empty field of a form arrives as an empty string.
    reply_to = given.get("reply_to")
    return TypedForm(
        text=given.get("text", ""),
        name=given.get("name") or None,
        nonce=nonce.of_visitor(request, look, given.get("nonce") or None),
        key=given.get("key") or None,
        reply_to=whole("reply_to", [reply_to], LAST_ID) if reply_to else None,
        thread=given.get("thread") or None,
        as_team=bool(given.get("as_team")),
        step=step(given),
        is_trapped=bool(given.get("website")),
        is_cookieless=bool(given.get("cookieless")),
    )


def step(given: Mapping[str, str]) -> TypedStep | None:
    """The step in a form: what its button or a script says, else an answer, else the time."""
    if "ticket" not in given:
        return None
    answer = given.get("answer", "").strip()
    way = given.get("way") or ("question" if answer else "time")
    with suppress(ValidationError):
        return TypedStep.model_validate(
            {"ticket": given["ticket"], "way": way, "solution": given.get("solution", answer)}
        )
    return None


async def reaction_from_form(request: web.Request) -> PressedReaction:
    """The button of a reaction that was pressed.

    Raises:
        Refusal: as fields; bad_kind.
    """
    given = await fields(request)
    kind, on = (given["off"], False) if "off" in given else (given.get("kind", ""), True)
    if kind not in REACTIONS:
        raise Refusal("bad_kind", "kind")
    return PressedReaction(kind=kind, on=on, key=given.get("key") or None, step=step(given))


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form; the last one of a name that is repeated.

    Raises:
        Refusal: as body.read; bad_form.
    """
    sent = await body.read(request, body.FORM)
    try:
        pairs = parse_qsl(
            # Programs, as curl with -d, do not escape letters beyond ASCII.
            sent.decode(),
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
    sent = await body.read_json(request)
    try:
        return model.model_validate_json(sent)
    except ValidationError as error:
        mistake = error.errors(include_url=False, include_input=False)[0]
        if not mistake["loc"]:
            raise Refusal("bad_json") from None
        field = str(mistake["loc"][0])
        raise mistakes.refusal(mistake["type"], field) from None
