from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import time
from typing import TYPE_CHECKING

from stena.channels import http

if TYPE_CHECKING:
    from stena.alert import Alert


class Webhook:
    """Alerts as signed JSON, as Standard Webhooks describes it: https://www.standardwebhooks.com."""

    name = "webhook"

    def __init__(self, url: str, key: bytes) -> None:
        self._url = url
        self._key = key
        self._context = ssl.create_default_context()

    async def send(self, alert: Alert) -> None:
        """As of Channel."""
        # The time of the attempt: receivers refuse old ones, so that none can be replayed.
        number, timestamp = f"msg_{alert.id}", str(int(time.time()))
        body = _body(alert)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": timestamp,
            "webhook-signature": self._signature(f"{number}.{timestamp}.".encode() + body),
        }
        http.check(await http.post(self._url, body, headers, context=self._context, is_public=True))

    def _signature(self, signed: bytes) -> str:
        digest = hmac.digest(self._key, signed, hashlib.sha256)
        return f"v1,{base64.b64encode(digest).decode()}"


def _body(alert: Alert) -> bytes:
    data = {
        "type": f"alert.{alert.kind}",
        "timestamp": alert.made.isoformat(),
        "data": {
            "subject": alert.subject,
            "text": alert.text,
            "url": alert.url,
            "facts": alert.facts,
        },
    }
    return json.dumps(data, ensure_ascii=False).encode()
