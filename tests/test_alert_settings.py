"""The settings of alerts: valid values, and messages for others, which repeat no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stena import alert_channels
from stena.channels.mail import Server
from tests.test_config import load, mistakes

if TYPE_CHECKING:
    from pathlib import Path

TO = "owner@yard.example"
KEY = "c3RlbmEgc3RlbmEgc3RlbmEgc3RlbmEgc3RlbmEh"
HOOK = "https://yard.example/alerts"
BOT = "123456:ABC-secret_of_the_bot"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://u:p@mail.example", ("mail.example", 465, "tls", "u", "p")),
        ("smtps://mail.example:2465", ("mail.example", 2465, "tls", None, None)),
        ("smtp://a%40b:p%2F%3A%40@mail.example", ("mail.example", 587, "starttls", "a@b", "p/:@")),
        ("smtp://mail.example:25", ("mail.example", 25, "starttls", None, None)),
        ("smtp://localhost", ("localhost", 25, "none", None, None)),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "none", None, None)),
        ("smtp://[::1]", ("::1", 25, "none", None, None)),
        # Not the same machine, whatever it begins with.
        ("smtp://localhost.example", ("localhost.example", 587, "starttls", None, None)),
        ("submission://127.0.0.1", ("127.0.0.1", 587, "starttls", None, None)),
    ],
)
def test_a_mail_server_is_a_url(
    tmp_path: Path, url: str, server: tuple[str, int, str, str | None, str | None]
) -> None:
    settings = load(tmp_path, "", STENA_ALERTS__MAIL_SERVER=url, STENA_ALERTS__MAIL_TO=TO)
    assert alert_channels.mail_server(settings.alerts.mail_server) == Server(*server)  # type: ignore[arg-type]
    assert settings.alerts.mail_to == (TO,)


def test_recipients_are_a_list_or_one_text(tmp_path: Path) -> None:
    server = {"STENA_ALERTS__MAIL_SERVER": "smtp://localhost"}
    listed = f"alerts: {{mail_to: [{TO}, b@c.example]}}"
    as_text = {"STENA_ALERTS__MAIL_TO": f"{TO}, b@c.example"}
    for settings in (load(tmp_path, listed, **server), load(tmp_path, "", **server, **as_text)):
        assert settings.alerts.mail_to == (TO, "b@c.example")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("mail_server", "mail.example", "is not a URL; write a special character in the password"),
        ("mail_server", "https://mail.example", "does not begin with smtps:// or smtp://"),
        ("mail_server", "smtp://u:p/w@mail.example", "is not a URL; write a special character"),
        ("mail_server", "smtp://u:p%0d%0ax@mail.example", "is not a URL; write a special"),
        ("mail_server", "smtp://secret@mail.example", "has a user without a password"),
        ("mail_server", "smtp://mail.example/x", "has something behind the host and the port"),
        ("mail_server", "smtp://mail.example:99999", "is not a URL"),
        ("mail_to", "owner", "has 'owner' in it, which is not an address of mail"),
        ("mail_to", "a@b\r\nBcc:x", "has 'Bcc:x' in it, which is not an address of mail"),
        ("mail_from", "Wall <a@b.example>", "which is not an address of mail"),
        ("webhook_url", "http://yard.example/", "is not a complete address; it begins with https"),
        ("webhook_url", "https://u:secret@yard.example/", "has a user in it; leave it out"),
        ("webhook_key", "secret", "is not 24 to 64 random bytes in base64"),
        ("ntfy_url", "https://ntfy.example/", "does not end with the name of a topic"),
        ("ntfy_url", "ftp://ntfy.example/a", "is not a complete address"),
        ("ntfy_token", "a\nb", "has a character in it that no token has"),
        ("telegram_token", "secret", "is not the token of a bot"),
        ("telegram_chat", "me", "is neither a number nor @ and a name"),
        ("quiet_hours", "22-8", "is not two times of the day"),
        ("quiet_hours", "08:00-08:00", "is not two times of the day"),
    ],
)
def test_a_mistake_is_one_line_and_says_what_to_write(
    tmp_path: Path, key: str, value: str, said: str
) -> None:
    lines = mistakes(tmp_path, "", **{f"STENA_ALERTS__{key.upper()}": value})
    assert lines[0].startswith(f"STENA_ALERTS__{key.upper()}: ")
    assert said in lines[0]
    assert "write, for example" in lines[0]
    assert "secret" not in lines[0].partition("write, for example")[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"MAIL_SERVER": "smtp://localhost"}, {"MAIL_TO": TO}),
        ({"WEBHOOK_URL": HOOK}, {"WEBHOOK_KEY": KEY}),
        ({"TELEGRAM_TOKEN": BOT}, {"TELEGRAM_CHAT": "-100123"}),
    ],
)
def test_what_belongs_together_is_set_together(
    tmp_path: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    first = {f"STENA_ALERTS__{key}": value for key, value in one.items()}
    second = {f"STENA_ALERTS__{key}": value for key, value in other.items()}
    for alone in (first, second):
        (line,) = mistakes(tmp_path, "", **alone)
        assert "set both, or neither" in line
    both = load(tmp_path, "", **first, **second).alerts
    assert len(alert_channels.channels(both)) == 1
    assert not any(value in repr(both) for value in (KEY, BOT, HOOK))
