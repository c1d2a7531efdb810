"""How long the wall was away, and how slow its answers were. Printed, and not a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torture.clients import Request
    from torture.faults import Trouble

# What every visitor is promised, whatever the database does.
PROMISED = 5.0
# A program that is killed or frozen answers nobody.
SILENT = {"kill a program", "kill a worker", "freeze a program", "freeze a worker"}
# Only faults that come alone are measured; one may be felt for so many seconds after its end.
AFTERMATH = 1.0
CREATED = 201
CREATE = "/api/messages.create"


def lines(requests: Sequence[Request], log: Sequence[Trouble], began: float) -> Iterator[str]:
    """One line for each figure."""
    for title, kinds, aim in (
        ("a connection ended until writing succeeds", {"end a backend"}, "0.2"),
        ("a backend killed until writing succeeds", {"kill a backend"}, "0.2"),
        (
            "PostgreSQL accepts connections until writing succeeds",
            {"kill PostgreSQL", "kill a backend"},
            "1",
        ),
    ):
        since_accepting = "accepts" in title
        measured = list(_recoveries(requests, log, kinds, since_accepting=since_accepting))
        longest = (
            f"{max(measured):.2f} s at most of {len(measured)}" if measured else "not measured"
        )
        yield f"from {title}: {longest} (aim: {aim} s)"
    recovering = [
        trouble.accepting - trouble.start
        for trouble in log
        if trouble.kind == "kill a backend" and trouble.accepting
    ]
    if recovering:
        yield f"PostgreSQL's own recovery after a killed backend: {max(recovering):.2f} s at most"
    yield from _slowest(requests, log, began)


def _recoveries(
    requests: Sequence[Request], log: Sequence[Trouble], kinds: set[str], *, since_accepting: bool
) -> Iterator[float]:
    for trouble in log:
        since = trouble.accepting if since_accepting else trouble.start
        if trouble.kind not in kinds or since is None:
            continue
        for program in {request.program for request in requests}:
            back = min(
                (
                    request.end
                    for request in requests
                    if request.path == CREATE
                    and (request.program, request.status) == (program, CREATED)
                    and request.start >= since
                ),
                default=since,
            )
            alone = not any(
                other is not trouble
                and other.start < back
                and other.end + AFTERMATH > trouble.start
                for other in log
            )
            if alone:
                yield back - since


def _slowest(requests: Sequence[Request], log: Sequence[Trouble], began: float) -> Iterator[str]:
    silent = [trouble for trouble in log if trouble.kind in SILENT]
    heard = [
        request
        for request in requests
        if not any(
            trouble.program == request.program
            and trouble.start < request.end
            and trouble.end > request.start
            for trouble in silent
        )
    ]
    slow = sorted(heard, key=lambda request: request.start - request.end)
    if slow:
        seconds = slow[0].end - slow[0].start
        late = sum(request.end - request.start > PROMISED for request in heard)
        yield (
            f"slowest answer: {'' if slow[0].status else 'none within '}{seconds:.2f} s, "
            f"{slow[0].path} of program {slow[0].program} "
            f"at {slow[0].start - began:.2f} s (aim: {PROMISED:.0f} s, {late} of {len(heard)} "
            "took longer); requests to a program that is killed or frozen do not count"
        )
