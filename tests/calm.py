"""A wall without what holds a flood back: tests are newcomers that post without a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stena.settings import Settings

OFF: dict[str, bool | int] = {"brake": False, "free_posts_per_minute": 0}


def calm(settings: Settings) -> Settings:
    """The settings without the brake and the budget of newcomers, unless a test has set these."""
    unset = {
        name: value for name, value in OFF.items() if name not in settings.wall.model_fields_set
    }
    return settings.model_copy(update={"wall": settings.wall.model_copy(update=unset)})
