"""The owner is the person who can run a command on the wall's machine: the command `owner`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from stena import config
from stena.member import MOST_CODES
from stena.refusal import Refusal
from stena.store import embedded
from stena.store.database import Address, Database
from stena.store.remedies import SILENT, plainly, remedy
from stena.team import FIRST_OWNER, Team

if TYPE_CHECKING:
    from stena.member import Role, SignInCode
    from stena.settings import Postgres, Settings

__all__ = ["COMMAND", "FIRST_OWNER", "NotMade", "make_code", "prepare"]

log = structlog.get_logger(__name__)

COMMAND = "python -m stena owner"

_REASONS = {
    "not_migrated": "The database is not migrated. Run: python -m stena migrate",
    "name_empty": "The name is empty.",
    "name_too_long": "The name has more than {limit} characters.",
    "other_role": (
        "The team has a member of this name with the other role. Take another name, or change "
        "the role at /owner/team."
    ),
    "too_many_codes": (
        f"{MOST_CODES} codes of this member still work. Use one of them, or wait ten minutes."
    ),
}


class NotMade(Exception):  # noqa: N818 -- it reads as what happened
    """One line: why there is no code, and what to do."""


def make_code(settings: Settings, name: str, role: Role) -> str:
    """What the command prints: a link with a code, the code, and until when it works.

    Raises:
        NotMade: the database does not answer or is not migrated, or the name cannot be used.
    """
    try:
        made = asyncio.run(_make_code(_address(settings.postgres), name, role))
    except Refusal as refusal:
        raise NotMade(_reason(refusal)) from refusal
    home = settings.wall.url or f"http://localhost:{settings.common.port}"
    until = made.expires.astimezone(ZoneInfo(settings.wall.time_zone))
    return "\n".join(
        (
            f"Open this link, once, before {until:%H:%M} ({settings.wall.time_zone}):",
            f"{home}/owner#{made.text}",
            "Or type this code at /owner:",
            made.text,
        )
    )


async def prepare(code: str, address: Address) -> None:
    """Offer the code of the settings, and log the command if the wall has no owner.

    A database that does not answer, or is not migrated, keeps no wall from starting: those who
    set postgres.migrate to false expect that.
    """
    async with Database.open(replace(address, pooled=True), pool_size=1) as database:
        team = Team(database)
        try:
            await team.offer(code)
            has_owner = await team.has_owner()
        except Refusal as refusal:
            if refusal.code == "other_role":
                log.warning("owner_code_not_offered", note=_reason(refusal))
            return
    if not has_owner:
        log.info("no_owner", note=f"To become the owner of this wall, run: {COMMAND}")


async def _make_code(address: Address, name: str, role: Role) -> SignInCode:
    async with Database.open(address, pool_size=1) as database:
        return await Team(database).make_code(name, role)


def _address(postgres: Postgres) -> Address:
    """The database, as doctor takes it: as if there were a pooler."""
    if postgres.database_url:
        return Address(postgres.database_url, postgres.require_ssl, pooled=True)
    data = config.data_folder()
    running = embedded.running(data)
    if running is None:
        raise NotMade(f"No wall runs on the data in {data}. Start it first, and leave it running.")
    return Address(running, pooled=True)


def _reason(refusal: Refusal) -> str:
    if refusal.code in _REASONS:
        return _REASONS[refusal.code].format(**refusal.numbers)
    reason = refusal.__cause__ or refusal
    return f"{SILENT}: {plainly(reason)}. {remedy(reason)}"
