"""Images that a person would pull: built here, of Debian's packages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from rehearsal.workshop import KEPT, Failed

if TYPE_CHECKING:
    from rehearsal.workshop import Workshop

# As the Dockerfile and docker-compose.yaml name them.
PYTHON = "docker.io/library/python:3.11-slim-bookworm"
POSTGRES = "docker.io/library/postgres:18"
PACKAGES = "ca-certificates,python3,python3-venv,python3-pip,tzdata"
DEBIAN = KEPT / f"debian-{crc32(PACKAGES.encode()):08x}"
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


async def fetch_debian(workshop: Workshop) -> None:
    """The smallest Debian that has Python, unless it was fetched before.

    Raises:
        Failed: apt has no sources here.
    """
    source = next((path for path in SOURCES if path.exists()), None)
    if source is None:
        raise Failed("This machine's apt has no sources; the rehearsal needs Debian 12.")
    await workshop.fetch(
        DEBIAN,
        f"mmdebstrap --quiet --variant=minbase --mode=root --include={PACKAGES} "
        f"bookworm debian.tar {source}",
    )


async def build(workshop: Workshop) -> None:
    """The base of the wall's image, and PostgreSQL."""
    base = await workshop.must("buildah from scratch")
    root = await workshop.must(f"buildah mount {base}")
    await workshop.must(
        f"tar --extract --file {DEBIAN}/debian.tar --directory {root};"
        f"ln -s /usr/bin/python3 {root}/usr/local/bin/python;"
        f"rm -f {root}/usr/lib/python3*/EXTERNALLY-MANAGED;"
        f"buildah umount {base};"
        "buildah config --cmd python3 --env PATH="
        f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin {base};"
        f"buildah commit --quiet --rm --format docker {base} {PYTHON}"
    )
    folder = Path(__file__).parent / "postgres"
    await workshop.must(f"docker build --build-arg BASE={PYTHON} --tag {POSTGRES} {folder}")
