"""A backup of the whole wall, and its restore: the commands `backup` and `restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from stena import whole_file
from stena.opened import CONNECT_SECONDS, NotDone, opened
from stena.store import contents, dump, scratch
from stena.store import revision as revisions
from stena.store.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stena.opened import Opened
    from stena.settings import Settings
    from stena.store.contents import Contents

# What the owner types before a restore replaces something.
WORD = "replace"


def back_up(settings: Settings, file: Path, *, overwrite: bool) -> str:
    """Write a backup of the wall, which may serve meanwhile. Return what the command prints.

    Raises:
        NotDone: there is no backup.
    """
    with opened(settings.postgres, "No backup was written") as database:
        found = database.run(contents.count(database.connection))
        if not found.counts:
            raise NotDone("This database has no wall in it. Correct DATABASE_URL or STENA_DATA.")
        with whole_file.writing(file, overwrite=overwrite) as output:
            dump.write(database.programs, database.address, output)
            size = output.tell()
    return (
        f"{file} is a backup of the whole wall ({found}), of {size:,} bytes. It has secrets in "
        "it: keep it where nobody else can read it."
    )


def check(settings: Settings, file: Path) -> str:
    """Restore a backup into a database that is dropped again. Return what the command prints.

    Raises:
        NotDone: the backup cannot be restored.
    """
    _check_file(file)
    with opened(settings.postgres, f"{file} cannot be restored") as database:
        revision = _revision(database, file)
        now = database.run(contents.count(database.connection))
        try:
            restored = database.run(_try(database, file))
        except asyncpg.InsufficientPrivilegeError as error:
            raise NotDone(
                "The user in DATABASE_URL may not create a database to try the backup in. Allow "
                "it (ALTER USER name CREATEDB), or try it on another machine, without DATABASE_URL."
            ) from error
    lines = [
        f"{file} can be restored. It has {restored}.",
        f"It was made at the migration {revision}.",
        *(
            f"{kind}: {count} in the backup, {now.counts.get(kind, 0)} on the wall now"
            for kind, count in restored.counts.items()
            if count or now.counts.get(kind)
        ),
    ]
    return "\n".join(lines)


def restore(
    settings: Settings, file: Path, *, replace: bool, agrees: Callable[[str, str], bool]
) -> str:
    """Restore a backup, all or nothing. Return what the command prints.

    Args:
        settings: where the database is.
        file: the backup.
        replace: whether the database may have something in it.
        agrees: asks the owner, who types a word, if something would be lost.

    Raises:
        NotDone: nothing was changed.
    """
    # Before the wall's own database is created.
    _check_file(file)
    failure = f"{file} cannot be restored, and nothing was changed"
    with opened(settings.postgres, failure, create=True) as database:
        _revision(database, file)
        lost = database.run(contents.count(database.connection))
        if not lost.is_empty:
            _ask(lost, replace=replace, agrees=agrees)
        dump.restore(database.programs, database.address, file, replace=replace)
        database.migrate(settings.postgres)
        restored = database.run(contents.count(database.connection))
    return f"The wall is as it was when {file} was made. It has {restored}."


def _ask(lost: Contents, *, replace: bool, agrees: Callable[[str, str], bool]) -> None:
    if not replace:
        raise NotDone(
            f"This database is not empty: it has {lost}. Nothing was changed. With --replace all "
            "of that is lost, and the backup takes its place."
        )
    if not agrees(f"This will be lost, for good: {lost}.\nType {WORD} to go on: ", WORD):
        raise NotDone(f"The answer was not {WORD}. Nothing was changed.")


async def _try(database: Opened, file: Path) -> Contents:
    async with scratch.database(database.connection, database.address) as address:
        dump.restore(database.programs, address, file, replace=False)
        connection = await connect(address, "stena restore", seconds=CONNECT_SECONDS)
        try:
            return await contents.count(connection)
        finally:
            await connection.close()


def _check_file(file: Path) -> None:
    try:
        is_dump = dump.is_dump(file)
    except OSError as error:
        raise NotDone(f"{file} cannot be read: {error.strerror}. Name another file.") from error
    if not is_dump:
        raise NotDone(
            f"{file} is no backup of pg_dump's format `custom`. Name a file that "
            "`python -m stena backup` has written."
        )


def _revision(database: Opened, file: Path) -> str:
    """The migration of a backup that this release can use."""
    revision = dump.revision(database.programs, file)
    if revision is None:
        raise NotDone(f"{file} is a backup of something else: there is no wall in it.")
    if not revisions.is_known(revision):
        raise NotDone(
            f"{file} was made by a newer release (migration {revision}). Update the program first."
        )
    return revision
