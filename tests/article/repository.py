"""The commands and files of the article, and their environment."""

from __future__ import annotations

import random
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

MAIN = ("python", "main.py")
UPGRADE = ("alembic", "upgrade", "head")
HEROKU_SETTINGS = "config/heroku_config.yaml"


def configure(repository: Path, settings: dict[str, Any]) -> None:
    (repository / "config/config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def free_port() -> int:
    """A port below the range from which the system assigns ports."""
    while True:
        port = random.randrange(20000, 32000)  # noqa: S311 -- a port is no secret
        with closing(socket.socket()) as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
