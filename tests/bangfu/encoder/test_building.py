"""The one file: it unpacks itself once, whole or not at all, and carries the libraries of both systems."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bangfu.encoder import building
from bangfu.encoder.building import VERSIONS, build

ROOT = Path(__file__).parents[3]
PROGRAM = b"import sys\ndef main():\n    print('ran', sys.argv[1:], __file__)\n    return 7\n"
BOOTSTRAP = (ROOT / "plugins/bangfu/encoder/bootstrap.py").read_bytes()


def small(path: Path, **changes: bytes) -> Path:
    """A file with a program of three modules."""
    content = {
        "bangfu/__init__.py": b"",
        "bangfu/encoder/__init__.py": b"",
        "bangfu/encoder/commands.py": PROGRAM,
        **changes,
    }
    files = {("common", name): text for name, text in content.items()}
    files["windows", "only_there.py"] = b"raise SystemExit"
    building._write(path, files, BOOTSTRAP, quick=True)
    return path


def run(file: Path, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "BANGFU_ENCODER_CACHE": str(cache), "PYTHONUTF8": "1"}
    command = [sys.executable, "-I", str(file), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    f"{sys.version_info[0]}.{sys.version_info[1]}" not in VERSIONS, reason="a Python that is not carried"
)
def test_it_unpacks_itself_once_and_runs(tmp_path: Path) -> None:
    file, cache = small(tmp_path / "a.pyz"), tmp_path / "cache"
    first = run(file, cache, "x")
    assert (first.returncode, first.stdout[:11]) == (7, "ran ['x'] /"), first.stderr
    assert "解包" in first.stderr
    again = run(file, cache, "x")
    assert (again.returncode, again.stderr) == (7, "")
    (folder,) = cache.iterdir()
    assert not (folder / "only_there.py").exists()
    cache.chmod(0o777)
    assert "可被他人写入" in run(file, cache).stderr  # others could have put a program there


def test_a_damaged_file_is_not_run(tmp_path: Path) -> None:
    file = small(tmp_path / "a.pyz")
    with zipfile.ZipFile(file) as package:
        members = {name: package.read(name) for name in package.namelist()}
    members["payload/common/bangfu/encoder/commands.py"] += b"# changed"
    with zipfile.ZipFile(file, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    ended = run(file, tmp_path / "cache")
    assert "程序文件已损坏" in ended.stderr
    assert not list((tmp_path / "cache").iterdir())


def test_another_python_or_system_is_told_so(tmp_path: Path) -> None:
    file = small(tmp_path / "a.pyz")
    with zipfile.ZipFile(file) as package:
        members = {name: package.read(name) for name in package.namelist()}
    listing = json.loads(members["payload.json"])
    members["payload.json"] = json.dumps({**listing, "versions": ["cp39"]}).encode()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    ended = run(file, tmp_path / "cache")
    assert "本程序需要 64 位 Windows 10 以上或 Linux（x86_64）上的 Python 3.9" in ended.stderr
    assert ended.returncode == 1


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    assert small(tmp_path / "a.pyz").read_bytes() == small(tmp_path / "b.pyz").read_bytes()


@pytest.mark.soak
def test_the_whole_of_it(tmp_path: Path) -> None:
    """Built from the lock, with downloads; run by a bare Python."""
    size, _ = build(ROOT, tmp_path / "encoder.pyz", quick=True)
    assert size < 250e6
    with zipfile.ZipFile(tmp_path / "encoder.pyz") as package:
        names = package.namelist()
    for version in ("311", "312", "313"):
        for place, ending in (
            ("windows", f"cp{version}-win_amd64.pyd"),
            ("linux", f"cpython-{version}-x86_64-linux-gnu.so"),
        ):
            assert [
                name
                for name in names
                if name.startswith(f"payload/{place}-cp{version}/numpy/") and name.endswith(ending)
            ]
    for place, ending in (("windows", ".pyd"), ("linux", ".so")):
        for library in ("_polars_runtime_32", "cryptography", "python_calamine"):
            assert [name for name in names if name.startswith(f"payload/{place}/{library}/") and name.endswith(ending)]
    left_out = ("/tests/", "pyarrow", "numba", "scipy/", "airflow")
    assert not [name for name in names if any(part in name for part in left_out)]
    ended = run(tmp_path / "encoder.pyz", tmp_path / "cache", "selftest")
    assert ended.returncode == 0, ended.stderr
