"""What a newcomer pays while the wall is flooded: derived once, for the forms and for the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from stena.refusal import Refusal
from stena.step import LEAST_WORK, Step, StepNeeded, Ticket, Work, issue, new_nonce
from stena.web.app_keys import FIGURES, MODERATION, STEPS, TEAM, WALL
from stena.web.wire import member, rate_limit
from stena.web.wire.buckets import network
from stena.web.wire.budget import MESSAGE, REACTION, REPORT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stena.change import Change, Posted
    from stena.message import Draft, Reaction
    from stena.report import Report
    from stena.step import Taken
    from stena.web.wire.budget import Budget
    from stena.web.wire.look import Look

Done = TypeVar("Done")


class _Checked(NamedTuple):
    """A step that came, and the ticket that goes on holding if it is not enough.

    Attributes:
        pays: whether it is what was asked for.
        seconds: in how many the wall accepts time as a payment again, 0 for now.
    """

    pays: bool = False
    ticket: Ticket | None = None
    seconds: int = 0


async def post(
    look: Look, draft: Draft, taken: Taken | None, *, is_trapped: bool = False
) -> Posted:
    """Post a draft with what its author has paid; without a step that costs nothing.

    Args:
        look: of the request.
        draft: with its source. A newcomer has to pay for it if the browser, its address or its
            network has posted many.
        taken: the step that came with it.
        is_trapped: whether a newcomer has to pay in any case. A password manager may have filled
            the field in, so nothing is refused for it.

    Raises:
        StepNeeded: if it has to be paid for.
        Refusal: as Wall.post, but step_needed.
    """
    # Counted in any case, so that a payment is no way to post more for nothing.
    is_free = draft.by_team or rate_limit.is_free(look, MESSAGE, draft.author)
    if is_trapped or not is_free:
        draft = draft._replace(is_suspect=True)
    checked, nonce = _Checked(), None
    if taken:
        sent = Ticket.of(taken.ticket)
        # Kept even if the ticket has expired, so that a repeated draft is still found.
        nonce = sent.nonce if sent else new_nonce()
        draft, act = _known_again(draft, nonce)
        checked = await _check(look, MESSAGE, act, taken)
        # An author who comes back after an hour may still let the owner look.
        if checked.pays or taken.way == "look":
            draft = draft._replace(payment=taken.way)
    try:
        return await look.app[WALL].post(draft)
    except Refusal as refusal:
        if refusal.code != "step_needed":
            raise
        if checked.ticket is None:
            look.app[FIGURES].asked(for_address=not is_free, for_trap=is_trapped)
        nonce = nonce or new_nonce()
        _, act = _known_again(draft, nonce)
        raise StepNeeded(await _ask(look, MESSAGE, act, checked, nonce)) from None


async def react(look: Look, reaction: Reaction, taken: Taken | None) -> Change:
    """Give a reaction, or take it back, with what its author has paid.

    Args:
        look: of the request.
        reaction: which a newcomer has to pay for if many were given.
        taken: the step that came with it.

    Raises:
        StepNeeded: if it has to be paid for.
        Refusal: as Wall.react, but step_needed.
    """
    if reaction.on and not rate_limit.is_free(look, REACTION, reaction.author):
        reaction = reaction._replace(is_suspect=True)

    async def give(is_paid: bool) -> Change:  # noqa: FBT001 -- its only parameter
        return await look.app[WALL].react(reaction._replace(is_paid=is_paid))

    return await _paid(look, REACTION, reaction.act, "kind", taken, give)


async def report(look: Look, report: Report, taken: Taken | None) -> None:
    """Report a message to the team, with what the visitor has paid.

    Args:
        look: of the request.
        report: which a newcomer has to pay for if many came in.
        taken: the step that came with it.

    Raises:
        StepNeeded: if it has to be paid for.
        Refusal: as Moderation.report, but step_needed.
    """
    if not rate_limit.is_free(look, REPORT, report.author):
        report = report._replace(is_suspect=True)
    is_first = rate_limit.is_first_report(look, report.message)

    async def add(is_paid: bool) -> None:  # noqa: FBT001 -- as above
        paid = report._replace(is_paid=is_paid)
        await look.app[MODERATION].report(paid, is_first=is_first)

    try:
        await _paid(look, REPORT, report.act, "reason", taken, add)
    except Refusal:
        # So that it still is the first when it comes again.
        if is_first:
            rate_limit.forget_report(look, report.message)
        raise


async def _paid(  # noqa: PLR0913, PLR0917 -- what is done, and what it is known by
    look: Look,
    budget: Budget,
    act: bytes,
    field: str,
    taken: Taken | None,
    do: Callable[[bool], Awaitable[Done]],
) -> Done:
    """What `do` returns, which is called with whether it is paid for."""
    checked = await _check(look, budget, act, taken) if taken else _Checked()
    try:
        return await do(checked.pays)
    except Refusal as refusal:
        if refusal.code != "step_needed":
            raise
    # Asked only now, so that nobody else waits for the answer.
    if await _is_of_team(look):
        return await do(True)  # noqa: FBT003 -- as above
    raise StepNeeded(await _ask(look, budget, act, checked, new_nonce()), field)


async def _is_of_team(look: Look) -> bool:
    given = member.token(look)
    return given is not None and await look.app[TEAM].session(given) is not None


def _known_again(draft: Draft, nonce: str) -> tuple[Draft, bytes]:
    """A draft that has a dedup_key, from this nonce if it came without one; and that key."""
    if draft.dedup_key is None:
        draft = draft.with_nonce(nonce)
    assert draft.dedup_key is not None  # noqa: S101 -- for mypy
    return draft, draft.dedup_key


async def _check(look: Look, budget: Budget, act: bytes, taken: Taken) -> _Checked:
    steps, sent = look.app[STEPS], Ticket.of(taken.ticket)
    key, now = await steps.sealing()
    ticket = sent if sent and sent.holds(key, act, network(look.address), now) else None
    pays = ticket is not None and taken.pays(key, ticket, now, steps.answer)
    seconds = rate_limit.wait(look, budget) if pays and taken.way == "time" else 0
    return _Checked(pays and not seconds, ticket, seconds)


async def _ask(look: Look, budget: Budget, act: bytes, checked: _Checked, nonce: str) -> Step:
    """The step of the ticket that came, if it holds, else of a new one."""
    steps, ticket = look.app[STEPS], checked.ticket
    key, now = await steps.sealing()
    if ticket is None:
        most = int(LEAST_WORK * budget.work * rate_limit.steps(look, budget))
        ticket = issue(key, now, most, nonce, act, network(look.address))
    seconds = max(ticket.wait(now), checked.seconds)
    return Step(str(ticket), Work.of(key, ticket), seconds, steps.question, budget.may_wait)
