"""`make rehearse`: docs/publish.md from its first command to its last."""

from __future__ import annotations

import asyncio
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


async def main() -> None:
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
            on_heroku = OnHeroku(shop, platform, project, walk)
            OnDocker(shop, platform.database, project, walk)
            async with aclosing(walk.log):
                for step in page.steps():
                    await walk.take(step)
                walk.finish()
                await on_heroku.finish()
            print(f"{walk.commands} commands of the page, and all that it shows was seen.")
            print(on_heroku.report())


if __name__ == "__main__":
    started = time.monotonic()
    try:
        asyncio.run(main())
    except Failed as reason:
        sys.exit(f"The rehearsal failed: {reason}")
    except asyncio.CancelledError:
        sys.exit("The rehearsal was stopped.")
    print(f"All in {time.monotonic() - started:.0f} s. Heroku's platform was played.")
