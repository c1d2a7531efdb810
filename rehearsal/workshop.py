"""A folder with the tools in it, and what a person's shell would know of them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import ssl
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

ROOT = Path(__file__).parent.parent
# Root's alone: in a place that others write to, somebody could have put something there.
FOLDER = Path("/var/lib/stena-rehearsal")
# Downloads, kept for the next time.
KEPT = ROOT / ".rehearsal"
CLI = "heroku@11.10.0"
CLI_FOLDER = KEPT / CLI
NODE = 20
COMMAND_SECONDS, STOP_SECONDS = 300, 10
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE = 90
SYSTEM_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
# Where pip reads how this machine reaches its packages; a build needs to know that too.
PIP_SETTINGS = Path("/etc/pip.conf")

STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""
# runc and cgroupfs work without systemd; the host's network is where the played platform is.
# Networks and what podman remembers of them are the rehearsal's own, so it removes nobody else's.
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


class Failed(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what did not go as the page says."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a command printed, both streams in the order in which they were written."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where things are while the rehearsal runs; nothing of it is left in the end.

    Attributes:
        folder: for all that the tools write.
        authority: signs the certificates of all that is played.
        variables: what the commands find in their environment.
    """

    folder: Path
    authority: trustme.CA
    variables: dict[str, str]

    def certificate(self, *names: str) -> ssl.SSLContext:
        """For a server that answers under these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context

    async def run(self, command: str, *, cwd: Path = ROOT, terminal: bool = False) -> Output:
        """Run a line of shell as a person would.

        Args:
            command: the line, or several.
            cwd: where.
            terminal: whether it has one, for what asks to press a key.

        Raises:
            Failed: it does not end in time.
        """
        if terminal:
            command = f"script --quiet --return --command {_quoted(command)} /dev/null"
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", command),
            cwd=cwd,
            env=self.variables,
            stdin=asyncio.subprocess.PIPE if terminal else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                text, _ = await process.communicate(b"\n" if terminal else None)
        except TimeoutError:
            raise Failed(f"`{command}` did not end within {COMMAND_SECONDS} seconds.") from None
        finally:
            await _end(process)
        return Output(process.returncode or 0, text.decode(errors="replace"))

    async def fetch(self, folder: Path, command: str) -> None:
        """Have a command fill a folder, unless it is there; half of one is never taken for it."""
        if folder.exists():
            return
        half = folder.with_name(f"{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        await self.must(f"cd {half}; {command}")
        half.rename(folder)

    async def must(self, command: str) -> str:
        """What a command of our own prints.

        Raises:
            Failed: it ends with another code than 0.
        """
        done = await self.run(command)
        if done.code:
            last = done.text.strip().splitlines()[-5:]
            raise Failed(f"`{command}` ended with {done.code}: " + " | ".join(last))
        return done.text.strip()


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it has.

    Raises:
        Failed: it does not within a minute and a half.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while not await happened():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Failed(f"It did not happen that {what}.") from None


@asynccontextmanager
async def opened() -> AsyncGenerator[Workshop]:
    """The folder, with nothing in it of a rehearsal before this one.

    Raises:
        Failed: another rehearsal is running; they would share ports and networks.
    """
    if os.geteuid() != 0:
        raise Failed("It makes containers and mounts: run it as root.")
    authority = trustme.CA(organization_name="The rehearsal's own authority")
    with _alone():
        workshop = Workshop(FOLDER, authority, _variables(FOLDER))
        # One that was killed could not clear away what it had.
        if FOLDER.exists():
            await _clear(workshop)
        _furnish(FOLDER, authority)
        try:
            yield workshop
        finally:
            for number in STOPPING:
                asyncio.get_running_loop().add_signal_handler(number, lambda: None)
            await _clear(workshop)


@contextmanager
def _alone() -> Generator[None]:
    with FOLDER.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failed("Another rehearsal is running.") from None
        yield


async def _clear(workshop: Workshop) -> None:
    """Remove all containers of this storage, its networks, mounts and the folder."""
    for command in (
        "podman rm --all --force --depend --time 2",
        "buildah rm --all",
        "podman network prune --force",
    ):
        done = await workshop.run(command, cwd=Path("/"))
        if done.code:
            print(f"`{command}` ended with {done.code}: {done.text}", flush=True)
    for place in _mounts():
        await workshop.run(f"umount --lazy {place}", cwd=Path("/"))
    shutil.rmtree(FOLDER)


def _mounts() -> list[str]:
    """What is mounted below the folder, the innermost first."""
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [
        place
        for place in sorted(places, key=len, reverse=True)
        if Path(place).is_relative_to(FOLDER)
    ]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it and what it started to end; a build that is killed leaves its steps running."""
    if process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _furnish(folder: Path, authority: trustme.CA) -> None:
    """Write what the tools read."""
    folder.mkdir(mode=0o700)
    home = folder / "home"
    home.mkdir()
    # The clone is root's, and the repository that it is made of need not be.
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


def _variables(folder: Path) -> dict[str, str]:
    programs = (
        Path(__file__).parent / "programs",
        ROOT / ".venv/bin",
        CLI_FOLDER / "node_modules/.bin",
    )
    return {
        "PATH": os.pathsep.join([*map(str, programs), os.environ["PATH"]]),
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "CONTAINERS_CONF": str(folder / "containers.conf"),
        "REGISTRY_AUTH_FILE": str(folder / "registries.json"),
        "NODE_EXTRA_CA_CERTS": str(folder / "authorities.pem"),
        "SSL_CERT_FILE": str(folder / "authorities.pem"),
        "BROWSER": str(Path(__file__).parent / "programs/browser"),
        "REHEARSAL_BROWSER": str(folder / "browser"),
        # Heroku's registry takes no OCI manifest.
        "BUILDAH_FORMAT": "docker",
        # The CLI neither looks for a newer self nor tells home what it does.
        "HEROKU_DISABLE_AUTOUPDATE": "1",
        "DISABLE_TELEMETRY": "true",
    }


async def install_cli(workshop: Workshop) -> None:
    """Fetch the Heroku CLI, unless it was fetched before.

    Raises:
        Failed: this machine's Node.js is too old for it.
    """
    version = await workshop.must("node --version")
    if int(version.removeprefix("v").partition(".")[0]) < NODE:
        raise Failed(
            f"The Heroku CLI needs Node.js {NODE}, and here is {version}: see "
            "https://nodejs.org/en/download"
        )
    await workshop.fetch(CLI_FOLDER, f"npm install --silent --no-audit --no-fund --prefix . {CLI}")


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"
