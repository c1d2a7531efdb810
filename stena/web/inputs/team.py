"""What the team's programs send, of the right types: decisions and the policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stena.ban import BanTarget  # noqa: TC001 -- pydantic reads it when the class is made
from stena.brake import LONGEST_MINUTES
from stena.decision import MOST_AT_ONCE
from stena.thread import slug
from stena.web.inputs.numbers import LAST_ID


class TypedDecision(BaseModel):
    """Messages to approve or to remove."""

    model_config = ConfigDict(strict=True)

    ids: list[Annotated[int, Field(ge=1, le=LAST_ID)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE
    )
    spam: bool = False


class TypedRemoval(TypedDecision):
    """Messages to remove; with a ground, for legal reasons."""

    ground: str | None = None
    asked_by: str | None = None


class TypedUndo(BaseModel):
    """A decision to undo."""

    model_config = ConfigDict(strict=True)

    decision: int = Field(ge=1, le=LAST_ID)


class TypedBan(BaseModel):
    """What to ban: the browser of a message, or where it came from."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    days: Literal[1, 7, 30]
    target: BanTarget = "browser"
    refuses: bool = False
    spam: bool = False
    sure: bool = False
    dry_run: bool = False


class TypedBrake(BaseModel):
    """The level of the brake, for some minutes; null leaves it to the wall."""

    model_config = ConfigDict(strict=True)

    level: Annotated[int, Field(ge=0, le=2)] | None
    minutes: int = Field(60, ge=1, le=LONGEST_MINUTES)


class TypedLift(BaseModel):
    """A ban to end."""

    model_config = ConfigDict(strict=True)

    ban: int = Field(ge=1, le=LAST_ID)


class TypedWord(BaseModel):
    """An entry of the list of words: of the right types, not validated yet."""

    model_config = ConfigDict(strict=True)

    word: str
    refuses: bool = False
    dry_run: bool = False


class TypedSwitch(BaseModel):
    """A message to pin or to lock, or no longer."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    on: bool = True


class TypedNotice(BaseModel):
    """The notice of one wall; an empty text removes it."""

    model_config = ConfigDict(strict=True)

    thread: Annotated[str, AfterValidator(slug)] = ""
    text: str
