"""The settings: types, defaults, and the descriptions that docs/settings.md repeats."""

from __future__ import annotations

from stena.settings.alerts import Alerts
from stena.settings.common import Common
from stena.settings.database_url import FILE_MISSING
from stena.settings.logs import Logging
from stena.settings.postgres import Postgres
from stena.settings.section import Section
from stena.settings.wall import Wall

__all__ = [
    "FILE_MISSING",
    "SECTIONS",
    "Alerts",
    "Common",
    "Logging",
    "Postgres",
    "Section",
    "Settings",
    "Wall",
]


class Settings(Section):
    """All settings; docs/settings.md lists them in tables."""

    common: Common = Common()
    postgres: Postgres = Postgres()
    wall: Wall = Wall()
    alerts: Alerts = Alerts()
    logging: Logging = Logging()


SECTIONS: dict[str, type[Section]] = {
    "common": Common,
    "postgres": Postgres,
    "wall": Wall,
    "alerts": Alerts,
    "logging": Logging,
}
