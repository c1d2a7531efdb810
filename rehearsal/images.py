"""The base images that a user would pull, built from Debian packages and this machine's Python."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from rehearsal.workshop import KEPT, ROOT, Failed

if TYPE_CHECKING:
    from rehearsal.workshop import Workshop

# As the Dockerfile and docker-compose.yaml name them.
PYTHON = "docker.io/library/python:3.13-slim-bookworm"
POSTGRES = "docker.io/library/postgres:18"
PACKAGES = "ca-certificates,python3,python3-venv,python3-pip,tzdata"
DEBIAN = KEPT / f"debian-{crc32(PACKAGES.encode()):08x}"
# What Docker's image has in /usr/local: the interpreter, its library and pip, but no build files.
INSTALL = """
mkdir -p {root}/usr/local/lib/python{version}
cp {prefix}/bin/python{version} {root}/usr/local/bin/
cp -a {prefix}/lib/libpython{version}.so* {root}/usr/local/lib/ 2>/dev/null || true
tar --create --directory {prefix}/lib/python{version} --exclude __pycache__ \
    --exclude ./test --exclude ./site-packages --exclude './config-*' . |
    tar --extract --no-same-owner --directory {root}/usr/local/lib/python{version}
chroot {root} sh -c '
    ldconfig
    ln -s python{version} /usr/local/bin/python3
    python3 -m ensurepip >/dev/null 2>&1
    ln -s pip3 /usr/local/bin/pip
'
"""
WHERE = ("HOME", "PYENV_ROOT")
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
        f"rm -f {root}/usr/lib/python3*/EXTERNALLY-MANAGED"
    )
    print(await _add_python(workshop, root), flush=True)
    await workshop.must(
        f"buildah umount {base};"
        "buildah config --cmd python3 --env PATH="
        f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin {base};"
        f"buildah commit --quiet --rm --format docker {base} {PYTHON}"
    )
    folder = Path(__file__).parent / "postgres"
    await workshop.must(f"docker build --build-arg BASE={PYTHON} --tag {POSTGRES} {folder}")


async def _add_python(workshop: Workshop, root: str) -> str:
    """Install the Python that the image is named after, if there is one. Returns what was done."""
    version = PYTHON.rpartition(":")[2].partition("-")[0]
    # Looked for in the real home, not in the one that the tools get.
    here = " ".join(f"{name}={shlex.quote(os.environ.get(name, ''))}" for name in WHERE)
    newest = await workshop.must(f"{here} {ROOT}/.ci/newest-python")
    prefix = await workshop.must(f"{newest} -c 'import sys; print(sys.base_prefix)'")
    if newest.endswith(version) and prefix != "/usr":
        await workshop.must(INSTALL.format(root=root, prefix=prefix, version=version))
    await workshop.must(f"ln -s $(chroot {root} which python3) {root}/usr/local/bin/python")
    has = await workshop.must(f"chroot {root} python --version")
    if has.startswith(f"Python {version}."):
        return f"The image is built on {has}."
    return f"The image is built on Debian's {has}: this machine has no {version} to put there."
