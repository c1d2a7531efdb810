"""Untrusted query, form and JSON become typed values, or a refusal."""

from __future__ import annotations

import asyncio
import hashlib
import re
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stena.message import REACTIONS, Feeling, slug
from stena.refusal import Refusal
from stena.search import Query
from stena.wall import PAGE_SIZE
from stena.web.security import check_same_origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

BODY_LIMIT = 64 * 1024
BODY_SECONDS = 10
FIELDS_LIMIT = 20
LIST_LIMIT = 100
LAST_ID = 2**63 - 1
# The nonce of a page that is sent to many begins so.
SHARED = "page-"

Read = TypeVar("Read", bound=BaseModel)


class Typed(BaseModel):
    """What came in, before anybody judged the words."""

    model_config = ConfigDict(strict=True)

    text: str
    name: str | None = None
    nonce: str | None = None
    key: str | None = None
    reply_to: int | None = Field(None, ge=1, le=LAST_ID)
    thread: str | None = None


class Named(BaseModel):
    """A message, and who asks for something to be done to it."""

    model_config = ConfigDict(strict=True)

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class Reworded(Typed):
    """Other words for a message, by who has its key."""

    id: int = Field(ge=1, le=LAST_ID)
    key: str


class Felt(Named):
    """What somebody feels about a message, or does not feel any more."""

    kind: Feeling
    on: bool = True


async def from_form(request: web.Request) -> Typed:
    """The fields of a form; those that we don't know are ignored.

    Raises:
        Refusal: as fields; bad_number.
    """
    given = await fields(request)
    # A field of a form that was left alone arrives as an empty one.
    return Typed(
        text=given.get("text", ""),
        name=given.get("name") or None,
        nonce=_own(request, given.get("nonce") or None),
        key=given.get("key") or None,
        reply_to=_whole("reply_to", [given["reply_to"]], LAST_ID)
        if given.get("reply_to")
        else None,
        thread=given.get("thread") or None,
    )


async def felt_in_form(request: web.Request) -> tuple[str, bool]:
    """The kind of a reaction, and whether it is given or taken back.

    Raises:
        Refusal: as fields; bad_kind.
    """
    given = await fields(request)
    kind, on = (given["off"], False) if "off" in given else (given.get("kind", ""), True)
    if kind not in REACTIONS:
        raise Refusal("bad_kind", "kind")
    return kind, on


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form, of one that came twice the last.

    Raises:
        Refusal: cross_site, unsupported_media_type, too_large, too_slow, bad_form.
    """
    body = await _body(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_LIMIT,
        )
    except ValueError:
        raise Refusal("bad_form") from None
    return dict(pairs)


async def from_json(request: web.Request, kind: type[Read]) -> Read:
    """The JSON object of a request; keys that we don't know are ignored.

    Raises:
        Refusal: as fields; bad_json; bad_type, bad_number, bad_kind or field_missing with the
            field.
    """
    body = await _body(request, "application/json")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        mistake = error.errors(include_url=False, include_input=False)[0]
        if not mistake["loc"]:
            raise Refusal("bad_json") from None
        field = str(mistake["loc"][0])
        raise _mistaken(mistake["type"], field) from None


def _mistaken(what: str, field: str) -> Refusal:
    if what == "missing":
        return Refusal("field_missing", field)
    if field in {"id", "reply_to"}:
        return Refusal("bad_number", field, least=1, most=LAST_ID)
    codes = {"kind": "bad_kind", "on": "bad_switch"}
    return Refusal(codes.get(field, "bad_type"), field)


def before(request: web.Request) -> int | None:
    return _number(request, "before", LAST_ID)


def limit(request: web.Request) -> int:
    return _number(request, "limit", LIST_LIMIT) or PAGE_SIZE


def message_id(request: web.Request) -> int:
    number = _number(request, "id", LAST_ID)
    if number is None:
        raise Refusal("field_missing", "id")
    return number


def after(request: web.Request) -> int | None:
    """The last change that a reader of the stream knows; a browser that comes back says it."""
    last = request.headers.get("Last-Event-ID", "")
    if _DIGITS.fullmatch(last) and int(last) <= LAST_ID:
        return int(last)
    return known(request)


def wants_audience(request: web.Request) -> bool:
    """Whether a reader of the stream wants to know how many others there are."""
    return request.query.get("audience") == "1"


def known(request: web.Request) -> int | None:
    return _number(request, "after", LAST_ID, least=0)


def thread(request: web.Request) -> str:
    """The page whose wall is asked for; the wall itself has no name.

    Raises:
        Refusal: thread_invalid.
    """
    return slug(request.query.get("thread", "")) if request.rel_url.raw_query_string else ""


def query(request: web.Request) -> Query:
    """What is looked for, how and from where on.

    Raises:
        Refusal: field_missing; as Query.of.
    """
    given = request.query
    if "q" not in given:
        raise Refusal("field_missing", "q")
    return Query.of(
        given["q"], given.get("order", ""), given.get("before") or None, given.get("thread", "")
    )


def _number(request: web.Request, field: str, most: int, least: int = 1) -> int | None:
    """A whole number from `least` to `most` in the query, None where there is none or an empty one.

    Raises:
        Refusal: bad_number.
    """
    if not request.rel_url.raw_query_string:
        return None
    given = request.query.getall(field, [])
    # A field of a form that was left alone arrives as an empty one.
    return None if given in ([], [""]) else _whole(field, given, most, least)


def _whole(field: str, given: Sequence[str], most: int, least: int = 1) -> int:
    if len(given) > 1 or not _DIGITS.fullmatch(given[0]) or not least <= int(given[0]) <= most:
        raise Refusal("bad_number", field, least=least, most=most)
    return int(given[0])


def _own(request: web.Request, nonce: str | None) -> str | None:
    """Make the nonce of a page, which all who look at it share, that of one visitor.

    What tells visitors apart here is mixed with a nonce that is not stored, so that nothing of
    it can be found out from the digest. Only a form without scripts comes with such a nonce.
    """
    if nonce is None or not nonce.startswith(SHARED):
        return nonce
    # Behind a router `remote` is the router, and not always the same one.
    where = request.headers.get("X-Forwarded-For") or request.remote or ""
    names = ("User-Agent", "Accept-Language")
    marks = [nonce, where, *(request.headers.get(name, "") for name in names)]
    return hashlib.sha256("\0".join(marks).encode(errors="replace")).hexdigest()[:32]


async def _body(request: web.Request, media_type: str) -> bytes:
    check_same_origin(request)
    if _media_type(request.headers.get("Content-Type", "")) != (media_type, "utf-8"):
        raise Refusal("unsupported_media_type")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal("unsupported_media_type")
    # Where it came with the headers, as nearly always, there is nothing to wait for.
    arrived = request.content.is_eof()
    body = request.content.read_nowait() if arrived else await _arriving(request)
    if len(body) > BODY_LIMIT:
        raise Refusal("too_large", limit=BODY_LIMIT)
    return body


async def _arriving(request: web.Request) -> bytes:
    """All of it, or a little more than we take."""
    if (request.content_length or 0) > BODY_LIMIT:
        raise Refusal("too_large", limit=BODY_LIMIT)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BODY_LIMIT:
                    break
    except TimeoutError:
        raise Refusal("too_slow") from None
    return bytes(body)


# Nearly all who post say the same, and reading it anew costs more than reading what they posted.
@lru_cache(maxsize=256)
def _media_type(header: str) -> tuple[str, str]:
    """The type and the charset that a Content-Type names, in small letters."""
    read = Message()
    read["Content-Type"] = header or "application/octet-stream"
    return read.get_content_type(), read.get_content_charset() or "utf-8"


_DIGITS = re.compile(r"[0-9]{1,19}")
