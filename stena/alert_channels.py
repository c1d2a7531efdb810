"""The channels that the settings name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from stena.alert import Quiet
from stena.channels.mail import Mail, Server
from stena.channels.ntfy import Ntfy
from stena.channels.telegram import Telegram
from stena.channels.webhook import Webhook
from stena.settings.alerts import LOOPBACK, PLAIN_PORT, PORTS, quiet_hours

if TYPE_CHECKING:
    from stena.alert import Channel
    from stena.settings import Alerts


def channels(alerts: Alerts) -> list[Channel]:
    found: list[Channel] = []
    if alerts.mail_server:
        server = mail_server(alerts.mail_server)
        user = server.user or ""
        sender = alerts.mail_from or (user if "@" in user else alerts.mail_to[0])
        found.append(Mail(server, sender, alerts.mail_to))
    if alerts.webhook_url:
        key = base64.b64decode(alerts.webhook_key.removeprefix("whsec_"))
        found.append(Webhook(alerts.webhook_url, key))
    if alerts.ntfy_url:
        found.append(Ntfy(alerts.ntfy_url, alerts.ntfy_token))
    if alerts.telegram_token:
        found.append(Telegram(alerts.telegram_token, alerts.telegram_chat))
    return found


def quiet(alerts: Alerts, time_zone: str) -> Quiet | None:
    if not alerts.quiet_hours:
        return None
    return Quiet(*quiet_hours(alerts.quiet_hours), ZoneInfo(time_zone))


def mail_server(url: str) -> Server:
    parts = urlsplit(url)
    host = parts.hostname or ""
    user, password = (part and unquote(part) for part in (parts.username, parts.password))
    if parts.scheme == "smtps":
        return Server(host, parts.port or PORTS["smtps"], "tls", user, password)
    if parts.scheme == "smtp" and LOOPBACK.fullmatch(host):
        return Server(host, parts.port or PLAIN_PORT, "none", user, password)
    return Server(host, parts.port or PORTS["smtp"], "starttls", user, password)
