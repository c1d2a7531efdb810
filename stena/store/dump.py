"""Dumps of the database, as pg_dump writes them: made, looked into, and restored."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO

from stena.store import client_programs, contents
from stena.store.order import ORDER_LOCK
from stena.store.revision import MIGRATION_LOCK

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from contextlib import AbstractContextManager

    from stena.store.database import Address

# The first bytes of a dump in the format `custom`.
MAGIC = b"PGDMP"
SCHEMA = "public"
CHUNK = 2**18
# Visitors' statements queue behind one that waits for the lock of a table, and have 4 seconds. The
# statements of a wall may be in each other's way then, so it is tried again, three times in all.
LOCK_SECONDS = 3
TRIES = 3
LOCKED = {"40P01", "55P03"}
# SQLSTATE of our own: the database is not empty.
NOT_EMPTY = "SN001"


class Failed(Exception):  # noqa: N818 -- it reads as what happened
    """One line: PostgreSQL's reason why a program failed.

    Attributes:
        state: PostgreSQL's code of the error; empty if it has none.
        mend: what to do; empty if that is unknown.
    """

    def __init__(self, program: str, said: str) -> None:
        """Keep the first error of what a program said."""
        errors = [line for line in said.splitlines() if re.search(r"\b(?:error|ERROR):", line)]
        lines = errors or said.strip().splitlines() or ["it left no reason"]
        # psql names the line of the script before the error, pg_dump itself, and the server a code.
        found = re.fullmatch(
            r"(?:.*?\b(?:error|ERROR|FATAL):\s+)?(?:([0-9A-Z]{5}): )?(.*)", lines[0]
        )
        assert found  # noqa: S101 -- for mypy: each part may be absent
        self.state = found[1] or ""
        super().__init__(found[2].strip().removesuffix("."))
        self.mend = ""
        if self.state in LOCKED:
            self.mend = "Another program keeps a table: try again when it is done."
        elif program == "pg_restore":
            self.mend = "The file is damaged, or of a newer PostgreSQL: name another one."


def write(programs: Path, address: Address, output: BinaryIO) -> None:
    """Write a dump of one snapshot of the database, while it is used.

    Raises:
        Failed: pg_dump failed.
    """
    options = ("--format=custom", f"--schema={SCHEMA}")
    # Through this process, so that pg_dump ends when it does.
    with _connected(programs / "pg_dump", address, *options) as dumping:
        shutil.copyfileobj(dumping.output, output, CHUNK)


def is_dump(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def revision(programs: Path, file: Path) -> str | None:
    """The migration that the dump was made at; None if it is not of a wall.

    Raises:
        Failed: the dump is damaged, or of a newer PostgreSQL.
    """
    with _read(programs, file, "--data-only", "--table=alembic_version") as reading:
        script = reading.output.read().decode(errors="replace")
    found = re.search(r"^COPY \S*alembic_version .*\n(\w+)$", script, re.MULTILINE)
    return found[1] if found else None


def restore(programs: Path, address: Address, file: Path, *, replace: bool) -> None:
    """Put the dump in place of the wall's tables, in one transaction.

    Args:
        programs: their folder.
        address: the database.
        file: the dump.
        replace: whether the database may have something in it.

    Raises:
        Failed: nothing was changed. Its state is NOT_EMPTY if the database is not empty.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return _restore(programs, address, file, replace=replace)
        except Failed as failed:
            if failed.state not in LOCKED or not tries_left:
                raise
    raise AssertionError  # the last try has returned or raised


def _restore(programs: Path, address: Address, file: Path, *, replace: bool) -> None:
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose")
    with (
        _read(programs, file) as reading,
        _connected(programs / "psql", address, *options) as changing,
        # It ends before it has read all if it fails, and says why.
        suppress(BrokenPipeError),
    ):
        changing.input.write(_before(replace=replace).encode())
        shutil.copyfileobj(reading.output, changing.input, CHUNK)
        # Without a commit psql changes nothing.
        reading.end()
        changing.input.write(b"\nCOMMIT;\n")
        changing.input.close()


def _before(*, replace: bool) -> str:
    """SQL: begin a transaction that is alone, and remove the wall's tables and functions."""
    tables, functions = (
        ", ".join(f"{SCHEMA}.{name}" for name in names)
        for names in (contents.TABLES, contents.FUNCTIONS)
    )
    return f"""
        BEGIN;
        SET LOCAL lock_timeout = '{LOCK_SECONDS}s';
        SELECT pg_advisory_xact_lock({MIGRATION_LOCK}), pg_advisory_xact_lock({ORDER_LOCK});
        {"" if replace else _CHECK}
        DROP TABLE IF EXISTS {tables};
        DROP FUNCTION IF EXISTS {functions};
    """


_CHECK = f"""
    DO $check$
    DECLARE
        name text;
        found boolean;
    BEGIN
        FOREACH name IN ARRAY string_to_array('{" ".join(contents.KINDS.values())}', ' ') LOOP
            IF to_regclass('{SCHEMA}.' || name) IS NOT NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM {SCHEMA}.%I)', name) INTO found;
                IF found THEN
                    RAISE EXCEPTION USING ERRCODE = '{NOT_EMPTY}', MESSAGE = 'not empty';
                END IF;
            END IF;
        END LOOP;
    END
    $check$;
"""


class _Program:
    """A program that runs, and its pipes."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._name = name
        self._process = process
        self._errors = errors

    @property
    def input(self) -> IO[bytes]:
        assert self._process.stdin is not None  # noqa: S101 -- for mypy: it is a pipe
        return self._process.stdin

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None  # noqa: S101 -- as above
        return self._process.stdout

    def end(self) -> None:
        """Wait until it has ended.

        Raises:
            Failed: it failed.
        """
        if self._process.wait():
            self._errors.seek(0)
            raise Failed(self._name, self._errors.read().decode(errors="replace"))


def _connected(program: Path, address: Address, *options: str) -> AbstractContextManager[_Program]:
    connection = client_programs.connection(address)
    arguments = (f"--dbname={connection.argument}", "--no-password", *options)
    return _started([program, *arguments], connection.environment)


def _read(programs: Path, file: Path, *options: str) -> AbstractContextManager[_Program]:
    """Turn a dump into SQL. Objects belong to the user who restores them, on any server."""
    arguments: tuple[str | Path, ...] = (
        "--file=-",
        f"--schema={SCHEMA}",
        "--no-owner",
        "--no-privileges",
        *options,
        file,
    )
    return _started([programs / "pg_restore", *arguments], {"LC_ALL": "C"})


@contextmanager
def _started(command: Sequence[str | Path], environment: dict[str, str]) -> Generator[_Program]:
    """A program that ends with the block: killed if that fails.

    Raises:
        Failed: the program failed.
    """
    with (
        TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 -- PostgreSQL's own programs
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
        ) as process,
    ):
        program = _Program(Path(command[0]).name, process, errors)
        try:
            yield program
        except BaseException:
            process.kill()
            raise
        program.end()
