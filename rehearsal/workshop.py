"""A folder with the tools, and the environment variables for them."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import ssl
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import trustme

from rehearsal import configuration

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

ROOT = Path(__file__).parent.parent
# Writable by root only; in a shared folder another user could have put files there.
FOLDER = Path("/var/lib/stena-rehearsal")
# Downloads, kept for the next run.
KEPT = ROOT / ".rehearsal"
CLI = "heroku@11.10.0"
CLI_FOLDER = KEPT / CLI
NODE = 20
# For a command that hangs. Beside the tests, on two cores, building the image took five minutes.
COMMAND_SECONDS, STOP_SECONDS = 900, 10
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE = 90
CLEARING = (
    "podman rm --all --force --depend --time 2",
    "buildah rm --all",
    "podman network prune --force",
)
CLEARINGS = 10


class Failed(Exception):  # noqa: N818 -- it reads as what happened
    """One line: what differs from the page."""


@dataclass(frozen=True, slots=True)
class Output:
    """The output of a command, both streams in the order of writing."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """The environment of a rehearsal, removed at the end.

    Attributes:
        folder: for all files that the tools write.
        authority: the CA of the simulated hosts.
        variables: the environment variables of the commands.
    """

    folder: Path
    authority: trustme.CA
    variables: dict[str, str]

    def certificate(self, *names: str) -> ssl.SSLContext:
        """A certificate for these host names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context

    async def run(self, command: str, *, cwd: Path = ROOT, terminal: bool = False) -> Output:
        """Run shell commands as a person would.

        Args:
            command: one line or several.
            cwd: the working directory.
            terminal: whether it has a terminal, for commands that ask to press a key.

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
        if process.stdin:
            process.stdin.write(b"\n")
            process.stdin.close()
        assert process.stdout
        written = bytearray()
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                while part := await process.stdout.read(1 << 16):
                    written += part
                await process.wait()
        except TimeoutError:
            raise Failed(
                f"`{command}` did not end within {COMMAND_SECONDS} seconds: {_last(written)}"
            ) from None
        finally:
            await _end(process)
        return Output(process.returncode or 0, written.decode(errors="replace"))

    async def fetch(self, folder: Path, command: str) -> None:
        """Let a command fill a folder, unless it exists; a half-filled one is never used."""
        if folder.exists():
            return
        half = folder.with_name(f"{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        await self.must(f"cd {half}; {command}")
        half.rename(folder)

    async def must(self, command: str) -> str:
        """The output of a command of our own.

        Raises:
            Failed: it ends with another code than 0.
        """
        done = await self.run(command)
        if done.code:
            raise Failed(f"`{command}` ended with {done.code}: {_last(done.text.encode())}")
        return done.text.strip()


async def until(happened: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until `happened` returns True.

    Raises:
        Failed: it does not within PATIENCE seconds.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while not await happened():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Failed(f"Timed out waiting until {what}.") from None


@asynccontextmanager
async def opened() -> AsyncGenerator[Workshop]:
    """The workshop, without anything left by an earlier rehearsal.

    Raises:
        Failed: another rehearsal is running; they would share ports and networks.
    """
    if os.geteuid() != 0:
        raise Failed("The rehearsal needs root, for containers and mounts.")
    authority = trustme.CA(organization_name="The rehearsal's own authority")
    with _alone():
        workshop = Workshop(FOLDER, authority, _variables(FOLDER))
        # A rehearsal that was killed could not clean up.
        if FOLDER.exists():
            await _clear(workshop)
        configuration.write(FOLDER, authority)
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
    await asyncio.to_thread(_end_orphans, workshop.folder)
    complaints: list[str] = []
    for _ in range(CLEARINGS):
        complaints = [
            complaint for command in CLEARING if (complaint := await _complaint(workshop, command))
        ]
        # Without its files podman could not remove the network of a container that is left.
        if not complaints:
            for place in _mounts():
                await workshop.run(f"umount --lazy {place}", cwd=Path("/"))
            with suppress(OSError):
                shutil.rmtree(FOLDER)
                return
        # A container may wait for another one to be removed, and podman for its last mount.
        await asyncio.sleep(1)
    raise Failed(f"{FOLDER} cannot be removed: {' '.join(complaints)}")


async def _complaint(workshop: Workshop, command: str) -> str:
    done = await workshop.run(command, cwd=Path("/"))
    return f"`{command}` ended with {done.code}: {done.text}" if done.code else ""


def _end_orphans(folder: Path) -> None:
    """End the processes that a killed rehearsal left running, besides its containers.

    They are identified by the folder on their command line, or by their HOME. Processes that
    monitor a container end with it.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == "conmon" or process.pid == os.getpid():
                continue
            here = process.environ().get("HOME") == str(folder / "home")
            if here or str(folder / "registry.yml") in process.cmdline():
                process.kill()
                found.append(process)
    psutil.wait_procs(found, STOP_SECONDS)


def _mounts() -> list[str]:
    """The mounts below the folder, the innermost first."""
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [
        place
        for place in sorted(places, key=len, reverse=True)
        if Path(place).is_relative_to(FOLDER)
    ]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Terminate a process and its children; a killed build leaves its steps running."""
    if process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


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
        # Heroku's registry accepts no OCI manifest.
        "BUILDAH_FORMAT": "docker",
        # The CLI neither updates itself nor sends statistics.
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


def _last(output: bytes | bytearray) -> str:
    """The last lines of a command's output, in one line."""
    return " | ".join(output.decode(errors="replace").strip().splitlines()[-5:])


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"
