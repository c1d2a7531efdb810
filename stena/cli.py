from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvloop

from stena import __version__, config, files, host, logs, owner, server
from stena.settings import SECTIONS
from stena.store import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.settings import Settings
    from stena.store.embedded import Running

log = structlog.get_logger(__name__)

FAILED, MISTAKEN = 1, 2
COMMANDS = {
    "serve": "serve the wall until Ctrl-C or SIGTERM (the default)",
    "migrate": "bring the database up to date, as `alembic upgrade head` does",
    "doctor": "check the settings, the port and the database",
    "owner": "print a link with which the owner, or a moderator, signs in",
    "backup": "write the whole wall into FILE, also while it serves",
    "restore": "put the wall back as it is in FILE",
    "export": "write the rows of the wall into FILE, or - for the output, as JSON Lines",
    "import": "read them into an empty wall",
}
FILES = ("backup", "restore", "export", "import")
# The options that only some commands have.
OPTIONS: dict[str, tuple[str, ...]] = {
    "moderator": ("owner",),
    "json": ("doctor",),
    "debug": ("serve",),
    "overwrite": ("backup", "export"),
    **dict.fromkeys(("check", "replace", "yes"), ("restore",)),
}
# The sections that a command reads, if it does not read all: a host that migrates before it
# serves has not set PORT yet.
READS = {
    "owner": ("postgres", "wall", "logging"),
    **dict.fromkeys(("migrate", *FILES), ("postgres", "logging")),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0, 1 for a failure, 2 for an error that a retry does not fix.
    """
    parser = _parser()
    # Options may stand between the command and the name.
    chosen = parser.parse_intermixed_args(arguments)
    _check(parser, chosen)
    # Until the server handles SIGTERM itself: run the finally blocks, then exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    try:
        if chosen.command not in {"serve", "migrate"}:
            return _run(chosen)
        settings = config.load(chosen.config, sections=READS.get(chosen.command, SECTIONS))
        if chosen.debug:
            settings = _for_this_machine(settings)
        logs.set_up(settings.logging.format, settings.logging.level)
        if chosen.command == "serve":
            source = config.source(chosen.config)
            # A wall that is started in the wrong folder has other settings and other data.
            log.info("starting", version=__version__, settings=str(source or "defaults"))
        postgres = settings.postgres
        with embedded.unless(
            postgres.database_url,
            require_ssl=postgres.require_ssl,
            pooled=not postgres.listen,
            data=config.data_folder(),
        ) as database:
            if chosen.command == "migrate":
                uvloop.run(server.migrate(settings, database.address))
            else:
                _serve(settings, database, debug=chosen.debug)
    except (config.Mistakes, embedded.InUse, embedded.Absent) as reason:
        return _say(reason, MISTAKEN)
    except (embedded.NotStarted, server.CannotServe, owner.NotMade) as reason:
        return _say(reason, FAILED)
    except KeyboardInterrupt:
        return FAILED
    return 0


def _run(chosen: argparse.Namespace) -> int:
    """Run a command that prints its result. Return the exit code."""
    if chosen.command == "doctor":
        return _examine(chosen.config, as_json=chosen.json)
    if chosen.command == "owner":
        return _make_code(chosen.config, chosen.name or owner.FIRST_OWNER, chosen.moderator)
    return _keep(chosen)


def _for_this_machine(settings: Settings) -> Settings:
    """One process on the loopback address, because its error pages show source code.

    Raises:
        Mistakes: visitors reach the program through a host's router, or through a proxy.
    """
    where = host.name(os.environ)
    if where is None and settings.common.proxies:
        where = "behind a proxy (common.proxies)"
    if where:
        raise config.Mistakes(
            [f"--debug shows visitors the lines of the program, and this is {where}: leave it out"]
        )
    common = settings.common.model_copy(update={"host": "127.0.0.1", "processes": 1})
    return settings.model_copy(update={"common": common})


def _serve(settings: Settings, database: Running, *, debug: bool) -> None:
    files.raise_limit()
    if note := files.shortage(settings.wall.expected_readers):
        log.warning("few_files", note=note)
    for reason in host.unreached(settings.common, os.environ):
        log.warning("out_of_reach", note=str(reason))
    if settings.common.processes == 1:
        uvloop.run(server.serve(settings, *database, debug=debug))
    else:
        # gunicorn reads it too, and fails if it is not a number.
        os.environ.pop("WEB_CONCURRENCY", None)
        from stena import supervisor  # noqa: PLC0415 -- most walls do not need it

        supervisor.serve(settings, *database)


def _examine(file: Path | None, *, as_json: bool) -> int:
    """Print the findings of the doctor.

    Returns:
        The exit code: 0, 1 for warnings, 2 for errors.
    """
    from stena import doctor  # noqa: PLC0415 -- a start does not need it

    logs.set_up("text", "critical")
    findings = doctor.examine(file)
    shown = [dataclasses.asdict(finding) for finding in findings]
    print(json.dumps(shown, ensure_ascii=False) if as_json else "\n".join(map(str, findings)))  # noqa: T201 -- the output of the command
    levels = {finding.level for finding in findings}
    return MISTAKEN if "error" in levels else FAILED if "warning" in levels else 0


def _make_code(file: Path | None, name: str, is_moderator: bool) -> int:  # noqa: FBT001 -- an option
    """Print a link with which a member signs in. Return the exit code."""
    logs.set_up("text", "critical")
    settings = config.load(file, sections=READS["owner"])
    made = owner.make_code(settings, name, "moderator" if is_moderator else "owner")
    print(made)  # noqa: T201 -- the output of the command
    return 0


def _keep(chosen: argparse.Namespace) -> int:
    """Write a file with the wall in it, or read one. Return the exit code."""
    from stena import backup, opened, transfer  # noqa: PLC0415 -- a start does not need them

    logs.set_up("text", "critical")
    settings = config.load(chosen.config, sections=READS[chosen.command])
    file = Path(chosen.name)
    try:
        if chosen.command == "backup":
            done = backup.back_up(settings, file, overwrite=chosen.overwrite)
        elif chosen.command == "export":
            done = transfer.export(settings, file, overwrite=chosen.overwrite)
        elif chosen.command == "import":
            done = transfer.load(settings, file)
        elif chosen.check:
            done = backup.check(settings, file)
        else:
            agrees = _agrees if not chosen.yes else lambda *_: True
            done = backup.restore(settings, file, replace=chosen.replace, agrees=agrees)
    except opened.NotDone as reason:
        return _say(reason, FAILED)
    # The output of an export may be the export itself.
    print(done, file=sys.stderr if chosen.command == "export" else sys.stdout)
    return 0


def _agrees(question: str, word: str) -> bool:
    """Whether the owner types the word."""
    print(question, end="", file=sys.stderr, flush=True)  # noqa: T201 -- as above
    return sys.stdin.readline().strip() == word


def _check(parser: argparse.ArgumentParser, chosen: argparse.Namespace) -> None:
    """End with a usage error if an argument is missing, or is for another command."""
    if chosen.name is None and chosen.command in FILES:
        parser.error(f"{chosen.command} needs the name of a file")
    if chosen.name is not None and chosen.command not in {"owner", *FILES}:
        parser.error(f"{chosen.command} takes no name")
    for option, commands in OPTIONS.items():
        if getattr(chosen, option) and chosen.command not in commands:
            parser.error(f"--{option} is for {' and '.join(commands)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stena", description="A public message wall.")
    parser.add_argument(
        "command",
        nargs="?",
        choices=COMMANDS,
        default="serve",
        help="; ".join(f"{name}: {purpose}" for name, purpose in COMMANDS.items()),
    )
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME|FILE",
        help="for owner: who signs in, “owner” by default; for the last four: the file",
    )
    parser.add_argument(
        "--moderator", action="store_true", help="for owner: somebody who signs in as a moderator"
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings; by default the file in STENA_CONFIG, or config/config.yaml if there",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="serve on 127.0.0.1 only; error pages show the lines of the program",
    )
    parser.add_argument("--version", action="version", version=f"stena {__version__}")
    parser.add_argument("--json", action="store_true", help="print the findings of doctor as JSON")
    for option, purpose in (
        ("overwrite", "for backup and export: replace a file that exists"),
        ("check", "for restore: try it in another database, and say what is in the backup"),
        ("replace", "for restore: also where the wall has messages, which are lost"),
        ("yes", "for restore: replace them without a question"),
    ):
        parser.add_argument(f"--{option}", action="store_true", help=purpose)
    return parser


def _say(reason: Exception, code: int) -> int:
    print(reason, file=sys.stderr)  # noqa: T201 -- the error line of the command
    return code
