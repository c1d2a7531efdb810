"""`make rehearse`: docs/publish.md from its first command to its last.

With `--killed-first`, a first rehearsal is killed when all of its parts run; what it leaves must
not disturb the second.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing

from rehearsal import images, page, workshop
from rehearsal.heroku.platform import Platform
from rehearsal.on_docker import OnDocker
from rehearsal.on_heroku import OnHeroku
from rehearsal.walk import Walk
from rehearsal.workshop import ROOT, Failed

# A clone, with what is not committed yet.
COPY = (
    "git ls-files --cached --others --exclude-standard -z "
    "| tar --create --null --files-from - --ignore-failed-read | tar --extract --directory"
)
# The commands that start what a rehearsal could leave behind. After the last one the simulated
# platform is up with its database and a dyno, the log is followed, and compose has its containers,
# its network and its volume.
LEAVING = (
    "heroku login",
    "heroku create",
    "heroku addons:create",
    "heroku logs",
    "heroku container:login",
    "heroku container:push",
    "heroku container:release",
    "[ -e .env ]",
    "docker compose up",
)
KILLED_FIRST, TO_BE_KILLED = "--killed-first", "--to-be-killed"


async def main(options: list[str]) -> None:
    this = asyncio.current_task()
    assert this
    for number in workshop.STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with workshop.opened() as shop:
        await workshop.install_cli(shop)
        await images.fetch_debian(shop)
        await images.build(shop)
        project = shop.folder / "stena"
        await shop.must(f"git clone --quiet {ROOT} {project}; cd {ROOT}; {COPY} {project}")
        platform = Platform(shop)
        async with platform.running():
            shop.variables["HTTPS_PROXY"] = f"http://127.0.0.1:{platform.ports['proxy']}"
            walk = Walk(shop, project)
            if TO_BE_KILLED in options:
                await die(walk)
            on_heroku = OnHeroku(shop, platform, project, walk)
            on_docker = OnDocker(shop, platform.database, project, walk)
            async with aclosing(walk.log):
                for step in page.steps():
                    await walk.take(step)
                walk.finish()
                await on_heroku.finish()
            print(f"{walk.commands} commands of the page ran, and their output matched.")
            print(on_heroku.report())
            print(on_docker.report())


async def die(walk: Walk) -> None:
    """Start all parts, then kill this process as the OOM killer would, without any cleanup.

    The rehearsal after it runs the other commands, and checks what each does.
    """
    commands = [command for step in page.steps() for command in step.commands]
    for beginning in LEAVING:
        first = next(command for command in commands if command.startswith(beginning))
        await walk.take(page.Step((first,)))
    print("Killed here.", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def kill_one() -> None:
    """Run a rehearsal that is killed when all of its parts run.

    Raises:
        Failed: it ends before it is killed.
    """
    code = subprocess.run([sys.executable, "-m", "rehearsal", TO_BE_KILLED], check=False).returncode
    if code != -signal.SIGKILL:
        raise Failed(f"The rehearsal to be killed exited with {code}.")


if __name__ == "__main__":
    started = time.monotonic()
    try:
        if KILLED_FIRST in sys.argv:
            kill_one()
        asyncio.run(main(sys.argv))
    except Failed as reason:
        sys.exit(f"The rehearsal failed: {reason}")
    except asyncio.CancelledError:
        sys.exit("The rehearsal was stopped.")
    print(f"All in {time.monotonic() - started:.0f} s. Heroku was simulated.")
