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

from stena import config, host, logs, server
from stena.settings import SECTIONS
from stena.store import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stena.settings import Settings
    from stena.store.database import Address

log = structlog.get_logger(__name__)

FAILED, MISTAKEN = 1, 2
COMMANDS = {
    "serve": "serve the wall until Ctrl-C or SIGTERM (the default)",
    "migrate": "bring the database up to date, as `alembic upgrade head` does",
    "doctor": "say what would keep the wall from serving",
}
# What a command reads of the settings, where that is not all: a host that migrates before it
# serves has set no PORT yet.
READS = {"migrate": ("postgres", "logging")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0, 1 for a failure, 2 for a mistake that trying again does not mend.
    """
    chosen = _parser().parse_args(arguments)
    # Until the server listens for SIGTERM itself: close what is open, then go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    try:
        if chosen.command == "doctor":
            return _examine(chosen.config, as_json=chosen.json)
        settings = config.load(chosen.config, sections=READS.get(chosen.command, SECTIONS))
        if chosen.debug:
            settings = _for_this_machine(settings)
        logs.set_up(settings.logging.format, settings.logging.level)
        postgres = settings.postgres
        with embedded.unless(
            postgres.database_url, require_ssl=postgres.require_ssl, data=config.data_folder()
        ) as address:
            if chosen.command == "migrate":
                uvloop.run(server.migrate(settings, address))
            else:
                _serve(settings, address, debug=chosen.debug)
    except (config.Mistakes, embedded.InUse, embedded.Absent) as reason:
        return _say(reason, MISTAKEN)
    except (embedded.NotStarted, server.CannotServe) as reason:
        return _say(reason, FAILED)
    except KeyboardInterrupt:
        return FAILED
    return 0


def _for_this_machine(settings: Settings) -> Settings:
    """One process that nobody outside reaches, for its pages of errors tell everything.

    Raises:
        Mistakes: visitors come in by a host's router, or by a proxy of the owner's.
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


def _serve(settings: Settings, address: Address, *, debug: bool) -> None:
    for reason in host.unreached(settings.common, os.environ):
        log.warning("out_of_reach", note=str(reason))
    if settings.common.processes == 1:
        uvloop.run(server.serve(settings, address, debug=debug))
    else:
        # gunicorn reads it by itself, and trips over what is no number.
        os.environ.pop("WEB_CONCURRENCY", None)
        from stena import supervisor  # noqa: PLC0415 -- most walls need none

        supervisor.serve(settings, address)


def _examine(file: Path | None, *, as_json: bool) -> int:
    """Say what is wrong.

    Returns:
        The exit code: 0, 1 for warnings, 2 for errors.
    """
    from stena import doctor  # noqa: PLC0415 -- a wall that starts needs none

    logs.set_up("text", "critical")
    findings = doctor.examine(file)
    shown = [dataclasses.asdict(finding) for finding in findings]
    print(json.dumps(shown, ensure_ascii=False) if as_json else "\n".join(map(str, findings)))  # noqa: T201 -- its answer
    levels = {finding.level for finding in findings}
    return MISTAKEN if "error" in levels else FAILED if "warning" in levels else 0


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
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings; by default what STENA_CONFIG names, or config/config.yaml",
    )
    parser.add_argument(
        "--debug",
        action="store_true",
        help="serve on 127.0.0.1 alone; the page of an error shows the lines of the program",
    )
    parser.add_argument("--json", action="store_true", help="what doctor says, for programs")
    return parser


def _say(reason: Exception, code: int) -> int:
    print(reason, file=sys.stderr)  # noqa: T201 -- the command's last words
    return code
