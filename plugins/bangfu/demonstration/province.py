"""The demonstration's data (合成省份): made once per installation, and used again."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Progress, silent
from bangfu.services.ports import check_free, service_ports
from bangfu.settings import Settings

__all__ = ["DemoRequest", "demo_directory", "prepare", "requested"]

Say = Callable[[str], None]

BYTES_PER_MEMBER = 12_000
"""Disk an installation takes per member, all stages together; measured at 100,000 and rounded up."""


@dataclass(frozen=True)
class DemoRequest:
    """What to demonstrate.

    Attributes:
        members: Union members of the synthetic province.
        seed: The same seed makes the same province.
        fresh: Whether a former demonstration is removed first.
    """

    members: int
    seed: int
    fresh: bool = False


def demo_directory(settings: Settings) -> Path:
    """Where the demonstration keeps its own things."""
    return settings.home / "demo"


def prepare(settings: Settings, request: DemoRequest, say: Say, progress: Progress = silent) -> None:
    """Make the synthetic province of an installation, or find it there.

    Args:
        settings: The installation.
        request: What to demonstrate.
        say: Takes lines of progress.
        progress: Told how far the making is.

    Raises:
        BangfuError: The installation holds another demonstration or real extracts or uses real services, a port
            is taken, or the disk is too small. Nothing has been changed then, except that a former demonstration is
            removed where that was asked for.
    """
    check_free(service_ports(settings))  # before the minute of work, not after it
    _refuse_real_services(settings)
    found = requested(settings)
    province = demo_directory(settings) / "province"
    if found is None:
        _refuse_real_data(settings)
    elif request.fresh:
        _clear(settings)
        say("removed the former demonstration")
    elif (found.members, found.seed) != (request.members, request.seed) and (
        province.exists() or _has_extracts(settings)
    ):
        raise BangfuError(
            f"{settings.home} holds a demonstration of {found.members:,} members with seed {found.seed}: "
            f"use --members {found.members} --seed {found.seed}, or add --fresh to replace it."
        )
    if province.exists():
        say(f"the synthetic province is there: {request.members:,} members, seed {request.seed}")
        return
    _check_disk(settings, request.members)
    begun = time.monotonic()
    say(f"making a synthetic province of {request.members:,} members (seed {request.seed}) ...")
    _synthesise(settings, request, province, progress)
    say(f"the province is made ({time.monotonic() - begun:.0f} s)")


def requested(settings: Settings) -> DemoRequest | None:
    """Return what the demonstration of an installation was asked for; None when there was none."""
    try:
        stored = json.loads(_note(settings).read_text("utf-8"))
        return DemoRequest(members=stored["members"], seed=stored["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(settings: Settings) -> Path:
    return demo_directory(settings) / "request.json"


def _synthesise(settings: Settings, request: DemoRequest, province: Path, progress: Progress) -> None:
    """Make the province whole or not at all."""
    from bangfu.synth import SynthRequest, synthesise

    unfinished = province.with_name("province-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _note(settings).write_text(json.dumps(asdict(request)), "utf-8")
    synthesise(SynthRequest(members=request.members, seed=request.seed, out=unfinished), progress)
    unfinished.rename(province)


def _refuse_real_services(settings: Settings) -> None:
    """Synthetic people must not get among real ones, whatever was demonstrated in this directory before."""
    if settings.database_url is not None or not settings.object_store.startswith("file:"):
        raise BangfuError(
            "The demonstration runs on the embedded database and a local object store only: unset "
            "BANGFU_DATABASE_URL and BANGFU_OBJECT_STORE, so that synthetic people never get among real ones."
        )


def _refuse_real_data(settings: Settings) -> None:
    """Extracts in an installation that never was a demonstration are somebody's real ones."""
    if _has_extracts(settings):
        raise BangfuError(
            f"{settings.home} holds extracts that are not the demonstration's: set BANGFU_HOME to another directory."
        )


def _has_extracts(settings: Settings) -> bool:
    landing = settings.home / "objects" / "landing"
    return landing.exists() and any(landing.iterdir())


def _clear(settings: Settings) -> None:
    """Remove everything of an installation that a demonstration made, except the lock that is being held."""
    from bangfu.db import embedded
    from bangfu.services.processes import end_left_over

    end_left_over(settings.home)
    embedded.stop(settings)
    for path in settings.home.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "up.lock":
            path.unlink()


def _check_disk(settings: Settings, members: int) -> None:
    wanted = 500_000_000 + members * BYTES_PER_MEMBER
    free = shutil.disk_usage(settings.home).free
    if free < wanted:
        raise BangfuError(
            f"A demonstration of {members:,} members needs about {wanted // 1_000_000:,} MB under {settings.home}, "
            f"{free // 1_000_000:,} MB are free: free some space, use fewer --members, or set BANGFU_HOME."
        )
