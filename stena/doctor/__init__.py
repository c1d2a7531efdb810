"""Check what would keep this wall from serving, or from serving well. Change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stena import config
from stena.doctor import database, program
from stena.doctor.finding import Finding

if TYPE_CHECKING:
    from pathlib import Path


def examine(file: Path | None) -> list[Finding]:
    """All findings, in the order in which they would stop a start.

    A check is skipped if it depends on a section with an error.
    """
    try:
        settings, mistakes = config.read(file)
    except config.Mistakes as unreadable:
        return [Finding("error", "settings", str(unreadable))]
    found = [Finding("error", "settings", mistake.line) for mistake in mistakes]
    found = found or [Finding("ok", "settings", "no mistakes.")]
    wrong = {mistake.section for mistake in mistakes}
    if "common" not in wrong:
        for look in (program.port, program.reach, program.proxies):
            found += look(settings.common)
    if "wall" not in wrong:
        found.append(program.files(settings.wall))
    if not wrong & {"common", "wall"}:
        found += program.url(settings.common, settings.wall)
    if "postgres" not in wrong:
        processes = None if "common" in wrong else settings.common.processes
        owner_code = "" if "wall" in wrong else settings.wall.owner_code
        found += database.database(settings.postgres, processes, owner_code)
    if "wall" not in wrong:
        found += program.passkeys(settings.wall)
    return found
