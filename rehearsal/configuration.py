"""The configuration of the tools: containers, git, certificates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme

SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
# The files in which pip finds its package index; a build needs them too.
PIP_SETTINGS = Path("/etc/pip.conf")

STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""
# runc and cgroupfs work without systemd; the simulated platform is in the host's network.
# Networks and their state are the rehearsal's own, so it removes no others.
CONTAINERS = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
netns = "host"
http_proxy = false
volumes = [{volumes}]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{folder}/libpod"
[network]
network_backend = "netavark"
network_config_dir = "{folder}/networks"
"""


def write(folder: Path, authority: trustme.CA) -> None:
    """Write the files into the folder, which must not exist."""
    folder.mkdir(mode=0o700)
    home = folder / "home"
    home.mkdir()
    # The clone belongs to root, but the original repository may not.
    (home / ".gitconfig").write_text("[safe]\n\tdirectory = *\n")
    bundle = folder / "authorities.pem"
    bundle.write_bytes(SYSTEM_BUNDLE.read_bytes() + authority.cert_pem.bytes())
    storage, containers = folder / "storage.conf", folder / "containers.conf"
    storage.write_text(STORAGE.format(folder=folder))
    mounted = [path for path in (SYSTEM_BUNDLE, PIP_SETTINGS) if path.exists()]
    containers.write_text(
        CONTAINERS.format(
            folder=folder, volumes=", ".join(f'"{path}:{path}:ro"' for path in mounted)
        )
    )
    (folder / "registries.json").write_text("{}")
