"""Newcomers who are asked for a step, and take it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from stena.step import LEAST_WORK, issue, new_nonce
from tests.owner import between_steps, rows
from tests.web.calls import KEY

if TYPE_CHECKING:
    from stena.message import Draft
    from stena.store.database import Address
    from tests.web.calls import Asking

LOOPBACK = "127.0.0.1"
SET = "UPDATE brake SET level = {level}, until = clock_timestamp() + interval '{seconds} seconds'"


async def brake(address: Address, level: int = 1, seconds: int = 600) -> None:
    """Set the brake, as if the wall were flooded."""
    await between_steps(address, SET.format(level=level, seconds=seconds))


async def post(
    asking: Asking, text: str, *, headers: dict[str, str] | None = None, **fields: object
) -> tuple[int, dict[str, Any]]:
    """Post a message by the API. Returns the status and the JSON."""
    return await _call(asking, "create", headers, text=text, **fields)


async def react(
    asking: Asking, number: int, *, headers: dict[str, str] | None = None, **fields: object
) -> tuple[int, dict[str, Any]]:
    """React to a message by the API. Returns the status and the JSON."""
    return await _call(asking, "react", headers, **{"id": number, "kind": "love", **fields})


async def report(
    asking: Asking, number: int, *, headers: dict[str, str] | None = None, **fields: object
) -> tuple[int, dict[str, Any]]:
    """Report a message by the API. Returns the status and the JSON."""
    return await _call(asking, "report", headers, **{"id": number, "reason": "spam", **fields})


async def _call(
    asking: Asking, method: str, headers: dict[str, str] | None, **fields: object
) -> tuple[int, dict[str, Any]]:
    sent = {"key": KEY, **fields}
    answer = await asking.post(f"/api/messages.{method}", json=sent, headers=headers)
    return answer.status, dict(await answer.json())


def sent_by(address: str) -> dict[str, str]:
    """The headers of a client behind a proxy, with a connection of its own for each request.

    So each process gets some, where there are several.
    """
    return {"X-Forwarded-For": address, "Connection": "close"}


def step_of(answer: tuple[int, dict[str, Any]], field: str) -> dict[str, Any]:
    """The step that an answer asks for."""
    status, body = answer
    assert (status, body["error"]["code"]) == (428, "step_needed"), body
    assert body["error"]["field"] == field
    return dict(body["error"]["step"])


async def asked(
    asking: Asking, text: str, *, headers: dict[str, str] | None = None, **fields: object
) -> dict[str, Any]:
    """The step that the wall asks for."""
    status, body = await post(asking, text, headers=headers, **fields)
    assert (status, body["error"]["code"]) == (428, "step_needed"), body
    return dict(body["error"]["step"])


def hidden(form: str, page: str) -> dict[str, str]:
    """The hidden fields of the form with this id, which a browser sends again."""
    [found] = re.findall(rf'<form id="{form}".*?</form>', page, re.DOTALL)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found)
    return {name: unescape(value) for name, value in fields}


def number(work: dict[str, Any]) -> int:
    """What solves the work."""
    head = hashlib.sha256(work["salt"].encode())
    for tried in range(work["maxnumber"] + 1):
        digest = head.copy()
        digest.update(b"%d" % tried)
        if digest.hexdigest() == work["challenge"]:
            return tried
    raise AssertionError("no number solves it")


def payload(work: dict[str, Any]) -> str:
    """What a client of ALTCHA sends."""
    kept = {name: work[name] for name in ("algorithm", "challenge", "salt", "signature")}
    sent = json.dumps({**kept, "number": number(work), "took": 1})
    return base64.b64encode(sent.encode()).decode()


def worked(step: dict[str, Any]) -> dict[str, Any]:
    """The step as it is taken by work."""
    return {"ticket": step["ticket"], "way": "work", "solution": number(step["work"])}


async def aged(address: Address, seconds: float, draft: Draft, client: str = LOOPBACK) -> str:
    """The ticket of a draft with a nonce, as it was issued so many seconds ago."""
    assert draft.dedup_key
    return await ticket(address, seconds, draft.dedup_key, client)


async def ticket(address: Address, seconds: float, act: bytes, client: str = LOOPBACK) -> str:
    """The same for any act."""
    [sealing] = await rows(address, "SELECT key, clock_timestamp() AS now FROM challenge_key")
    issued = sealing["now"].timestamp() - seconds
    return str(issue(sealing["key"], issued, LEAST_WORK, new_nonce(), act, client))
