from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any

from stena.alert import Undelivered
from stena.channels import http
from stena.text import cut

if TYPE_CHECKING:
    from stena.alert import Alert
    from stena.channels.http import Answer

API = "https://api.telegram.org"
# Telegram takes 4096 characters and counts them in UTF-16, which has two for some.
LONGEST = 2048
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404


class Telegram:
    """Alerts by a bot of Telegram: https://core.telegram.org/bots/api#sendmessage."""

    name = "telegram"

    def __init__(self, token: str, chat: str) -> None:
        self._token = token
        self._chat = chat
        self._context = ssl.create_default_context()

    async def send(self, alert: Alert) -> None:
        """As of Channel."""
        body = {
            "chat_id": self._chat,
            "text": cut(f"{alert.subject}\n\n{alert.text}", LONGEST),
            # What a visitor wrote leads nowhere by itself.
            "link_preview_options": {"is_disabled": True},
        }
        answer = await http.post(
            f"{API}/bot{self._token}/sendMessage",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            context=self._context,
            is_public=False,
        )
        _check(answer)


def _check(answer: Answer) -> None:
    """Check that Telegram has taken the message, whose status alone does not say all.

    Raises:
        Undelivered: it has not.
    """
    said = _json(answer.body)
    if answer.status in {UNAUTHORIZED, NOT_FOUND}:
        # It answers 404 where the token has not the form of one.
        raise Undelivered("sign_in", answer.status)
    if answer.status == FORBIDDEN:
        raise Undelivered("blocked", answer.status)
    if answer.status == BAD_REQUEST:
        raise Undelivered("recipient", answer.status, detail=str(said.get("description"))[:200])
    http.check(answer._replace(pause=max(_pause(said), answer.pause)))
    if said.get("ok") is not True:
        raise Undelivered("garbage", answer.status)


def _pause(said: dict[str, Any]) -> float:
    given = said.get("parameters")
    seconds = given.get("retry_after") if isinstance(given, dict) else None
    return seconds if isinstance(seconds, int) and seconds > 0 else 0


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
