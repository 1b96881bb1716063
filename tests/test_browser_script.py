"""`make browser`: silent where everything is there, apt where it may, one clear line otherwise; never a failure of `make`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "browser"


def run(folder: Path, *, user: int, there: bool, apt: int = 0) -> tuple[int, str, list[str]]:
    """Run it on a machine made of stubs; its exit code, what it says, and what apt was asked for."""
    asked = folder / "asked"
    stubs = {"id": f"echo {user}", "apt-get": f'echo "$@" >>{asked}; exit {apt}'}
    if there:
        stubs |= {"chromium": "exit 0", "fc-list": "echo NotoSansCJK"}
    for name, body in stubs.items():
        (folder / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [str(shutil.which("bash")), str(SCRIPT)],
        env={**os.environ, "PATH": str(folder)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr, asked.read_text().splitlines() if asked.exists() else []


def test_where_everything_is_there_it_does_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, user=0, there=True) == (0, "", [])


def test_as_root_it_installs_what_is_missing(tmp_path: Path) -> None:
    code, said, asked = run(tmp_path, user=0, there=False)
    assert code == 0
    assert said.endswith("installing ...\n")
    assert asked[-1].split()[-3:] == ["chromium", "fontconfig", "fonts-noto-cjk"]


@pytest.mark.parametrize(("user", "apt"), [(1000, 0), (0, 100)], ids=["not root", "apt fails"])
def test_otherwise_one_line_says_what_to_install(tmp_path: Path, user: int, apt: int) -> None:
    code, said, _ = run(tmp_path, user=user, there=False, apt=apt)
    assert code == 0
    assert said.splitlines()[-1].endswith("sudo apt-get install chromium fontconfig fonts-noto-cjk")
