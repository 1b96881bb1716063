"""One supervisor per installation; starting everything for real is in tests/end_to_end."""

import subprocess
import sys

import pytest

from bangfu.errors import BangfuError
from bangfu.services import supervisor
from bangfu.services.supervisor import exclusive, running_installation
from bangfu.settings import Settings


def test_second_supervisor_is_told_who_runs(settings: Settings) -> None:
    import os

    with exclusive(settings), pytest.raises(BangfuError, match=rf"already running .*process {os.getpid()}"):
        exclusive(settings).__enter__()


def test_installation_is_free_again_after_its_supervisor_was_killed(settings: Settings) -> None:
    program = (
        "import os, signal\n"
        "from bangfu.services.supervisor import exclusive\n"
        "from bangfu.settings import Settings\n"
        "with exclusive(Settings.from_environment()): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    with exclusive(settings):
        assert (settings.home / "up.lock").exists()


def test_full_disk_is_told_before_anything_starts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FREE_BYTES", 10**18)
    lines: list[str] = []
    with (
        exclusive(settings),
        pytest.raises(BangfuError, match=r"nearly full.*set BANGFU_HOME"),
        running_installation(settings, lines.append),
    ):
        pass
    assert not (settings.home / "postgres").exists()
