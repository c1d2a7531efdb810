"""The state of an app on the platform."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# The number of log lines that Heroku keeps.
KEPT_LINES = 1500


def now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the app: an image and its settings."""

    version: int
    description: str
    image: str | None
    config: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: str = field(default_factory=now)

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "status": "succeeded",
            "description": self.description,
            "created_at": self.created,
            "updated_at": self.created,
            "user": {"email": "you@example.com", "id": "1"},
            "current": True,
            "eligible_for_rollback": self.image is not None,
            "output_stream_url": None,
        }


class Log:
    """The log lines of an app, and their followers."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._followers: set[asyncio.Queue[str]] = set()

    def write(self, source: str, process: str, text: str) -> None:
        for part in text.splitlines():
            line = f"{now()} {source}[{process}]: {part}"
            self.lines.append(line)
            for follower in self._followers:
                follower.put_nowait(line)

    def follow(self) -> tuple[list[str], asyncio.Queue[str], Callable[[], None]]:
        """The lines so far, a queue of later ones, and a function to stop."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._followers.add(queue)
        return list(self.lines), queue, lambda: self._followers.discard(queue)


class App:
    """One app of one account."""

    def __init__(self, name: str, stack: str) -> None:
        self.name = name
        self.stack = stack
        self.id = str(uuid.uuid4())
        self.created = now()
        self.host = f"{name}-0123456789ab.herokuapp.com"
        self.config: dict[str, str] = {}
        self.releases: list[Release] = []
        self.addons: list[dict[str, Any]] = []
        self.log = Log()
        self.release(None, "Initial release")

    @property
    def current(self) -> Release:
        return self.releases[-1]

    def release(self, image: str | None, description: str) -> Release:
        """Create a release; without `image` it keeps that of the one before."""
        image = image or (self.releases[-1].image if self.releases else None)
        version = len(self.releases) + 1
        release = Release(version, description, image, dict(self.config))
        self.releases.append(release)
        self.log.write("app", "api", f"Release v{version} created by user you@example.com")
        self.log.write("app", "api", f"{description} by user you@example.com")
        return release

    def shown(self) -> dict[str, Any]:
        stack = {"id": self.stack, "name": self.stack}
        return {
            "id": self.id,
            "name": self.name,
            "web_url": f"https://{self.host}/",
            "git_url": f"https://git.heroku.com/{self.name}.git",
            "stack": stack,
            "build_stack": stack,
            "owner": {"id": "1", "email": "you@example.com"},
            "process_tier": "basic",
            "generation": {"id": "1", "name": "cedar"},
            "region": {"id": "1", "name": "us"},
            "space": None,
            "team": None,
            "maintenance": False,
            "archived_at": None,
            "create_status": "complete",
            "repo_size": 0,
            "slug_size": 0,
            "created_at": self.created,
            "updated_at": self.created,
        }
