"""The encoding is the same, byte for byte, on every computer; and the encoder needs nothing that Windows lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bangfu.encoder import golden
from bangfu.encoder.building import PACKAGES, locked
from bangfu.encoder.carried import AVOIDED, LIBRARIES, carried_files, foreign_imports

ROOT = Path(__file__).parents[3]
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in set(sys.argv[1].split(",")):
            raise ModuleNotFoundError(f"blocked: {name}", name=name)
sys.meta_path.insert(0, Blocked())
import bangfu.encoder.commands, bangfu.encoder.golden, bangfu.readers.piped_child, bangfu.encoder.at_home, bangfu.encoder.results
import bangfu.readers.reading, bangfu.federation.deletion
if sys.argv[2] == "windows":
    sys.platform = "win32"  # only once the libraries are there
    import bangfu.readers.bounds, bangfu.readers.windows_job
    assert not hasattr(bangfu.readers.bounds, "resource")
else:
    assert bangfu.encoder.golden.differing() == []
"""
NOT_CARRIED = "pyarrow,numba,llvmlite,scipy,pandas,airflow,sqlalchemy,duckdb,pandera,pypinyin,opencc,typer,rich,minio,recordlinkage"
NOT_ON_WINDOWS = "resource,fcntl,pwd,grp,termios,readline"


def test_this_computer_makes_the_golden_vectors() -> None:
    assert golden.differing() == []
    assert set(golden.vectors()) == {
        "standardised",
        "key-check",
        "standard sha256",
        "standard sm3",
        "strict sha256",
        "strict sm3",
    }


def test_a_difference_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "_KEY", golden.SharedKey(bytes(32), 1))
    assert "standard sha256" in golden.differing()


def _run(*arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"}
    ended = subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_it_encodes_where_nothing_but_the_carried_libraries_can_be_imported() -> None:
    """On a department's PC there is no pyarrow, numba, database or pinyin library."""
    _run(NOT_CARRIED, "linux")


def test_all_of_it_can_be_imported_without_what_windows_lacks() -> None:
    """There is no Windows here: the modules that it does not have are made impossible to import."""
    _run(f"{NOT_CARRIED},{NOT_ON_WINDOWS}", "windows")


def test_what_is_carried_imports_what_is_carried() -> None:
    assert set(foreign_imports(ROOT)) <= {*LIBRARIES, *AVOIDED}
    files = carried_files(ROOT)
    needed = ["bangfu/encoder/golden.json", "bangfu/readers/piped_child.py", "bangfu/readers/windows_job.py"]
    needed += ["bangfu/encoder/at_home.py", "matching/reference/readings.csv", "schemas/sources/medical_settlement.py"]
    assert set(needed) <= set(files)
    assert not [
        name
        for name in files
        if name.startswith(("bangfu/db", "bangfu/portal", "bangfu/pipeline", "matching/kernels", "matching/engines"))
    ]
    assert "bangfu/readers/parser.py" not in files


def test_every_library_comes_from_the_lock_with_its_hashes() -> None:
    lines = locked((ROOT / "requirements.lock").read_text("utf-8")).splitlines()
    names = {line.partition("==")[0] for line in lines if "==" in line}
    assert set(PACKAGES) == names
    assert all("--hash=sha256:" in line or "==" in line for line in lines)
