from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING

from yarl import URL

from stena.channels import http
from stena.text import cut

if TYPE_CHECKING:
    from stena.alert import Alert, Kind

# ntfy makes a file of a message of more than 4096 bytes; a character has four at most.
LONGEST = 1024
# From 1 to 5; 5 rings for long.
PRIORITIES: dict[Kind, int] = {"urgent": 5, "attack": 4}
USUAL = 3


class Ntfy:
    """Alerts to a topic of ntfy, a server of push notifications: https://docs.ntfy.sh/publish."""

    name = "ntfy"

    def __init__(self, url: str, token: str) -> None:
        topic = URL(url)
        # As JSON, which takes text in any language; headers would not. It is sent to the root.
        self._url = str(topic.parent)
        self._topic = topic.name
        self._token = token
        self._context = ssl.create_default_context()

    async def send(self, alert: Alert) -> None:
        """As of Channel."""
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        # Many have a server of their own at home, so a private address will do.
        answer = await http.post(
            self._url, self._body(alert), headers, context=self._context, is_public=False
        )
        http.check(answer)

    def _body(self, alert: Alert) -> bytes:
        body: dict[str, str | int] = {
            "topic": self._topic,
            "title": alert.subject,
            "message": cut(alert.text, LONGEST),
            "priority": PRIORITIES.get(alert.kind, USUAL),
        }
        if alert.url:
            body["click"] = alert.url
        return json.dumps(body, ensure_ascii=False).encode()
