"""The two API calls of the article."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.program import get, post

if TYPE_CHECKING:
    from tests.program import Program


def create(wall: Program, text: str) -> dict[str, Any]:
    body = json.dumps({"text": text}).encode()
    answer = post(f"{wall.url}/api/messages.create", body, "application/json")[1]
    message: dict[str, Any] = json.loads(answer)["message"]
    return message


def listed(wall: Program) -> list[dict[str, Any]]:
    answer = get(f"{wall.url}/api/messages.list")[1]
    messages: list[dict[str, Any]] = json.loads(answer)["messages"]
    return messages
