"""The query of a request becomes typed values, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stena.figure import KEPT_DAYS
from stena.refusal import Refusal
from stena.search import Query
from stena.thread import slug
from stena.wall import PAGE_SIZE
from stena.web.inputs.numbers import LAST_ID, in_query, is_id

if TYPE_CHECKING:
    from aiohttp import web

    from stena.message import State

LIST_LIMIT = 100
WEEK = 7
# Of how many walls one request asks for the number of messages.
MOST_THREADS = 30
# Of the name of a browser that reads; ours have 27 characters.
LONGEST_READER = 64


def page(request: web.Request) -> tuple[int | None, int, str]:
    """The page of messages that is asked for: `before`, `limit` and `thread`.

    Raises:
        Refusal: bad_number, thread_invalid.
    """
    if not request.rel_url.raw_query_string:
        return None, PAGE_SIZE, ""
    return before(request), limit(request), thread(request)


def before(request: web.Request) -> int | None:
    return in_query(request, "before", LAST_ID)


def after(request: web.Request) -> int | None:
    return in_query(request, "after", LAST_ID, least=0)


def limit(request: web.Request) -> int:
    return in_query(request, "limit", LIST_LIMIT) or PAGE_SIZE


def days(request: web.Request) -> int:
    """Of how many days figures are asked for; a week if that is not said."""
    return in_query(request, "days", KEPT_DAYS) or WEEK


def message_id(request: web.Request) -> int:
    number = in_query(request, "id", LAST_ID)
    if number is None:
        raise Refusal("field_missing", "id")
    return number


def last_event(request: web.Request) -> int | None:
    """The last change that a reader of the stream knows; a browser that reconnects sends it."""
    last = request.headers.get("Last-Event-ID", "")
    return int(last) if is_id(last) else after(request)


def wants_audience(request: web.Request) -> bool:
    """Whether a reader of the stream asks for the number of readers."""
    return in_query(request, "audience", 1, least=0) == 1


def reader(request: web.Request) -> str | None:
    """The random name of a reader's browser; None if there is none, or a long one."""
    given = request.query.get("reader", "")
    return given if 0 < len(given) <= LONGEST_READER else None


def wants_time(request: web.Request) -> bool:
    """Whether a reader of the stream asks for the time of the wall."""
    return in_query(request, "time", 1, least=0) == 1


def thread(request: web.Request) -> str:
    """The page whose wall is asked for, empty for the main wall.

    Raises:
        Refusal: thread_invalid.
    """
    return slug(request.query.get("thread", "")) if request.rel_url.raw_query_string else ""


def threads(request: web.Request) -> dict[str, str]:
    """The pages whose walls are asked for, by their names as they were given.

    Raises:
        Refusal: field_missing, too_many_threads, thread_invalid.
    """
    given = request.query.get("threads")
    if given is None:
        raise Refusal("field_missing", "threads")
    names = given.split(",")
    if len(names) > MOST_THREADS:
        raise Refusal("too_many_threads", "threads", limit=MOST_THREADS)
    return {name: slug(name) for name in names}


def state(request: web.Request) -> State:
    """The state of the messages that are asked for.

    Raises:
        Refusal: bad_state.
    """
    given = request.query.get("state", "waiting")
    if given not in {"waiting", "removed"}:
        raise Refusal("bad_state", "state")
    return cast("State", given)


def search(request: web.Request) -> Query:
    """What is searched for, in which order and from where on.

    Raises:
        Refusal: field_missing; as Query.of.
    """
    given, typed = request.query, _words(request)
    return Query.of(
        typed, given.get("order", ""), given.get("before") or None, given.get("thread", "")
    )


def everywhere(request: web.Request) -> Query:
    """What the team searches for, on all walls.

    Raises:
        Refusal: field_missing, bad_number; as Query.everywhere.
    """
    return Query.everywhere(_words(request), before(request))


def _words(request: web.Request) -> str:
    if "q" not in request.query:
        raise Refusal("field_missing", "q")
    return request.query["q"]
