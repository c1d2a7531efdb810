"""The wall in a format of its own: the commands `export` and `import`.

JSON Lines: the first line names the format, each later one is a row, the last one is the end. An
import inserts the rows in their order, so one that was interrupted has a beginning of them: what
the wall has is compared with the file, and the import goes on after it.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import asyncpg

from stena import whole_file
from stena.opened import NotDone, opened
from stena.progress import Progress
from stena.store import portable, revision
from stena.store.order import ordered
from stena.store.remedies import plainly

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from stena.settings import Settings
    from stena.store.database import Connection

FORMAT, VERSION = "stena wall", 1
HEADER = f'{{"format":"{FORMAT}","version":{VERSION}}}\n'.encode()
# The name of the last line; its row has the last numbers of the sequences.
END = "end"
# What a transaction inserts. The longest row is a decision about 2,000 messages, of about 300 KB.
BATCH, BATCH_BYTES = 1000, 2**22
LONGEST_LINE = 2**22
# The classes of PostgreSQL's errors that are about a row: its values, and its constraints.
OF_ROWS = {"22", "23"}
STANDARD = Path("-")


class Line(NamedTuple):
    """A line of a file that was read.

    Attributes:
        number: which one, from 1.
        kind: of its row.
        row: as JSON.
    """

    number: int
    kind: str
    row: str

    def broken(self, why: str) -> NotDone:
        return _broken(self.number, why)


def export(settings: Settings, file: Path, *, overwrite: bool) -> str:
    """Write the rows of one snapshot. Return what the command says.

    Raises:
        NotDone: there is no export.
    """
    with opened(settings.postgres, "Nothing was exported") as database:
        database.run(_check(database.connection))
        target = (
            whole_file.to_output()
            if file == STANDARD
            else whole_file.writing(file, overwrite=overwrite)
        )
        with target as output:
            exported = database.run(_export(database.connection, output))
    return f"{exported:,} rows are exported. They have secrets in them: let nobody else read them."


def load(settings: Settings, file: Path) -> str:
    """Insert the rows of an export into an empty wall. Return what the command says.

    Raises:
        NotDone: a line cannot be imported, or the wall has something else in it.
    """
    with (
        opened(settings.postgres, "The import ended", create=True) as database,
        _reading(file) as (source, size),
    ):
        database.migrate(settings.postgres)
        with Progress(size) as progress:
            lines = _lines(source, progress.reach)
            known, imported = database.run(_import(database.connection, lines))
    before = f" {known:,} were there already." if known else ""
    return f"{imported:,} rows are imported.{before}"


async def _check(connection: Connection) -> None:
    if await revision.schema_state(connection) != "current":
        raise NotDone("The database is of another release. Run: python -m stena migrate")


async def _export(connection: Connection, output: BinaryIO) -> int:
    exported = 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        with Progress(await portable.count(connection)) as progress:
            output.write(HEADER)
            async for kind, row in portable.rows(connection):
                output.write(_line(kind, row))
                exported += 1
                progress.reach(exported)
            numbers = await portable.last_numbers(connection)
            output.write(_line(END, json.dumps(numbers, separators=(",", ":"))))
    return exported


def _line(kind: str, row: str) -> bytes:
    return f'{{"{kind}":{row}}}\n'.encode()


async def _import(connection: Connection, lines: Iterator[Line]) -> tuple[int, int]:
    """Insert what the wall does not have. Returns how many rows it had, and how many it got."""
    if await portable.serves(connection):
        raise NotDone("A wall serves this database. Stop it until the import is done.")
    if not await portable.lock(connection):
        raise NotDone("Another import runs. Wait until it is done.")
    known = await _compare(connection, lines)
    imported = size = 0
    batch: list[Line] = []
    for line in lines:
        if line.kind == END:
            break
        batch.append(line)
        size += len(line.row)
        if len(batch) == BATCH or size >= BATCH_BYTES:
            await _insert(connection, batch)
            imported, size = imported + len(batch), 0
            batch = []
    await _insert(connection, batch)
    await portable.finish(connection, json.loads(line.row))
    return known, imported + len(batch)


async def _compare(connection: Connection, lines: Iterator[Line]) -> int:
    """How many rows the wall has, which have to be the first ones of the file."""
    known = 0
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        async for row in portable.rows(connection):
            line = next(lines)
            if (line.kind, line.row) != row:
                raise NotDone(
                    "The wall has something else in it than a beginning of this file: it differs "
                    f"at line {line.number}. Import into an empty wall."
                )
            known += 1
    return known


async def _insert(connection: Connection, batch: Sequence[Line]) -> None:
    """Insert rows in one transaction."""
    try:
        async with ordered(connection):
            for kind, lines in groupby(batch, attrgetter("kind")):
                await portable.insert(connection, kind, [line.row for line in lines])
    except asyncpg.PostgresError as error:
        if error.sqlstate[:2] in OF_ROWS:
            raise await _culprit(connection, batch, error) from error
        raise


async def _culprit(
    connection: Connection, batch: Sequence[Line], error: asyncpg.PostgresError
) -> NotDone:
    """Find the row that cannot be inserted: one by one, and all is rolled back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for line in batch:
            try:
                await portable.insert(connection, line.kind, [line.row])
            except asyncpg.PostgresError as why:
                return line.broken(f"cannot be imported: {plainly(why)}")
    finally:
        await transaction.rollback()
    return batch[0].broken(f"or one soon after it cannot be imported: {plainly(error)}")


@contextmanager
def _reading(file: Path) -> Generator[tuple[BinaryIO, int]]:
    """The file, and how many bytes it has; 0 if that is unknown."""
    if file == STANDARD:
        yield sys.stdin.buffer, 0
        return
    try:
        source = file.open("rb")
    except OSError as error:
        raise NotDone(f"{file} cannot be read: {error.strerror}. Name another file.") from error
    with source:
        yield source, file.stat().st_size


def _lines(source: BinaryIO, reach: Callable[[int], None]) -> Iterator[Line]:
    """The rows of a file, each looked at, and the end.

    Raises:
        NotDone: the file is no export, or a line of it is broken.
    """
    _check_header(source.readline(LONGEST_LINE))
    number, done = 1, len(HEADER)
    order, place = list(portable.KINDS), 0
    while raw := source.readline(LONGEST_LINE + 1):
        number += 1
        done += len(raw)
        line = _parsed(number, raw)
        reach(done)
        if line.kind == END:
            if source.read(1):
                raise _broken(number + 1, "comes after the end")
            yield line
            return
        if order.index(line.kind) < place:
            raise line.broken(f"is a {line.kind} after a {order[place]}")
        place = order.index(line.kind)
        yield line
    raise _broken(number + 1, "is missing: the file ends before its end")


def _check_header(raw: bytes) -> None:
    try:
        header = json.loads(raw)
        is_ours = header["format"] == FORMAT and isinstance(header["version"], int)
    except (ValueError, TypeError, KeyError, RecursionError):
        is_ours = False
    if not is_ours:
        raise NotDone("The file is no export of a wall: its first line does not say so.")
    if header["version"] > VERSION:
        raise NotDone("The file was exported by a newer release. Update the program first.")


def _parsed(number: int, raw: bytes) -> Line:
    if not raw.endswith(b"\n"):
        too_long = len(raw) > LONGEST_LINE
        why = f"is longer than {LONGEST_LINE:,} bytes" if too_long else "is cut off"
        raise _broken(number, why)
    try:
        text = raw.decode()
        [(kind, row)] = json.loads(text).items()
    except UnicodeDecodeError as error:
        raise _broken(number, "is not in UTF-8") from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise _broken(number, "is no JSON object of one kind") from error
    if kind == END:
        names = list(portable.SEQUENCES)
    elif kind in portable.KINDS:
        names = portable.KINDS[kind].names
    else:
        raise _broken(number, f"is of a kind that this release does not know: {kind[:40]!r}")
    if not isinstance(row, dict) or list(row) != names:
        raise _broken(number, f"has not the fields of a {kind}: {', '.join(names)}")
    if kind == END and not all(isinstance(last, int) for last in row.values()):
        raise _broken(number, "has something else than numbers")
    return Line(number, kind, text[len(f'{{"{kind}":') : -len("}\n")])


def _broken(number: int, why: str) -> NotDone:
    return NotDone(
        f"Line {number} {why}. No transaction is half-made: what was imported before stays, and an "
        "import of the corrected file goes on after it."
    )
