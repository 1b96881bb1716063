"""Packages are what their makers signed, there as a whole or not at all."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from bangfu.errors import Refused
from bangfu.federation.packages import DATA, MANIFEST, Package, open_package
from bangfu.federation.rows import open_rows
from bangfu.federation.signing import new_identity
from schemas.agreement import Role
from tests.bangfu.federation.parties import Parties, encoded, make_parties, settlements


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def original(parties: Parties) -> Path:
    encoded(parties, Role.DEPARTMENT, settlements(parties.folder / "a.csv"), parties.folder / "package")
    return parties.folder / "package"


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    for name in (DATA, MANIFEST):
        (folder / name).write_bytes((original / name).read_bytes())
    return folder


def test_what_is_opened_is_what_was_written(parties: Parties, original: Path) -> None:
    records, package = open_package(original, parties.held, Role.DEPARTMENT)
    assert sorted(os.listdir(original)) == [DATA, MANIFEST]
    assert records.height == package.counts["records"] == 10
    assert records["own_id"].to_list() == sorted(records["own_id"].to_list())
    assert records["own_id"].str.contains("^[0-9a-f]{32}$").all()
    rows, sha256 = open_rows(parties.folder / "package.rows", parties.key.key)
    assert sha256 == package.sha256
    assert sorted(rows["sheet_row"].to_list()) == list(range(2, 12))
    assert set(rows["own_id"]) <= set(records["own_id"])


def _edit(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        value = json.loads((folder / MANIFEST).read_text("utf-8"))
        change(value)
        (folder / MANIFEST).write_text(json.dumps(value), "utf-8")

    return edit


def _flip(folder: Path) -> None:
    content = bytearray((folder / DATA).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / DATA).write_bytes(content)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_flip, "package_changed"),
        (lambda folder: (folder / DATA).unlink(), "package_changed"),
        (lambda folder: (folder / MANIFEST).unlink(), "file_not_found"),
        (_edit(lambda value: value["manifest"]["counts"].update(records=9)), "package_changed"),
        (_edit(lambda value: value["manifest"].update(made_on="2020-01-01")), "package_changed"),
        (_edit(lambda value: value.update(signature="0" * 128)), "package_changed"),
        (_edit(lambda value: value.update(public_key="0" * 64)), "package_changed"),
        (_edit(lambda value: value.update(signature=None)), "package_changed"),
        (_edit(lambda value: value.update(signature=None, public_key=None)), "package_unsigned"),
        (_edit(lambda value: value["manifest"].update(surplus=1)), "wrong_file"),
        (_edit(lambda value: value["manifest"].pop("epoch")), "wrong_file"),
        (_edit(lambda value: value["manifest"].update(role="matching_unit")), "package_changed"),
    ],
)
def test_a_changed_package_is_refused(
    parties: Parties, package: Path, change: Callable[[Path], None], code: str
) -> None:
    change(package)
    with pytest.raises(Refused, match=code):
        open_package(package, parties.held, Role.DEPARTMENT)


def test_a_package_of_another_agreement_or_party_is_refused(parties: Parties, package: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="package_changed"):
        open_package(package, parties.held, Role.UNION)  # signed by the department's key
    other = make_parties(tmp_path / "other")
    with pytest.raises(Refused, match="package_changed"):
        open_package(package, other.held, Role.DEPARTMENT)


def test_who_replaces_both_data_and_digest_lacks_the_signing_key(
    parties: Parties, package: Path, tmp_path: Path
) -> None:
    """The whole forged anew, signed with a key that is not the agreement's."""
    records, _ = open_package(package, parties.held, Role.DEPARTMENT)
    records.head(3).write_parquet(package / DATA)
    import hashlib

    def forge(value: dict) -> None:
        content = (package / DATA).read_bytes()
        value["manifest"].update(size=len(content), sha256=hashlib.sha256(content).hexdigest(), counts={"records": 3})
        value["signature"] = new_identity(tmp_path / "x.id").sign(
            "bangfu-encoded", json.dumps(value["manifest"]).encode()
        )

    _edit(forge)(package)
    with pytest.raises(Refused, match="package_changed"):
        open_package(package, parties.held, Role.DEPARTMENT)


KILLED = """
import os, signal, sys
from pathlib import Path
import bangfu.federation.packages as packages, bangfu.federation.files as files
folder, step = Path(sys.argv[1]), int(sys.argv[2])
from tests.bangfu.federation.parties import *
from bangfu.federation.agreements import open_agreement
from bangfu.federation.keyfile import open_key
from bangfu.federation.signing import open_identity
count = 0
def dying(descriptor):
    global count
    count += 1
    if count == step:
        os.kill(os.getpid(), signal.SIGKILL)
packages.on_disk = files.on_disk = packages._folder_on_disk = dying
identities = {Role.DEPARTMENT: open_identity(folder / "department.id")}
parties = Parties(folder, identities, open_key(folder / "shared.key"), hold(open_agreement(folder / "agreement.json"), TODAY))
encoded(parties, Role.DEPARTMENT, folder / "a.csv", folder / "out" / "package")
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_a_killed_encoder_leaves_no_partial_package(
    parties: Parties, original: Path, tmp_path: Path, step: int
) -> None:
    """Killed after the data, after the manifest, within the table of ids, and once all is there."""
    assert original.exists()
    for name in ("department.id", "shared.key", "agreement.json", "a.csv"):
        (tmp_path / name).write_bytes((parties.folder / name).read_bytes())
        (tmp_path / name).chmod(0o600)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(step)]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    out = tmp_path / "out"
    assert (out / "package").exists() == (step == 4)
    assert (out / "package.rows").exists() == (step == 4)
    if step == 4:
        assert open_package(out / "package", parties.held, Role.DEPARTMENT)[0].height == 10
        return
    assert isinstance(encoded(parties, Role.DEPARTMENT, parties.folder / "a.csv", out / "package"), Package)
    assert sorted(os.listdir(out)) == ["package", "package.rows"]


def test_what_is_there_is_not_written_over(parties: Parties, original: Path) -> None:
    before = pl.read_parquet(original / DATA)
    with pytest.raises(Refused, match="file_exists"):
        encoded(parties, Role.DEPARTMENT, parties.folder / "a.csv", original)
    assert pl.read_parquet(original / DATA).equals(before)
