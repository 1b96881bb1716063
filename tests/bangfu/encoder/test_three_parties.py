"""Three processes with folders and environments of their own: department, matching unit, union.

The unit has no key anywhere, the union receives its own ids alone, and nothing of a person stands in any output or log.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from bangfu.federation.deletion import RECEIPT, verify_receipt
from schemas.agreement import Role
from tests.bangfu.federation.parties import PEOPLE, Parties, make_parties, roster, settlements

ROOT = Path(__file__).parents[3]
STRANGERS = tuple(
    (f"生客{chr(0x5F20 + n)}", f"5392101991030700{n:02d}", "1991-03-07", f"137001380{n:02d}") for n in range(3)
)
UNIT = """
import sys
from pathlib import Path
import polars as pl
from bangfu.encoder.at_home import links_by_tokens
from bangfu.federation.agreements import hold, open_agreement
from bangfu.federation.deletion import delete_unmatched
from bangfu.federation.packages import open_package
from bangfu.federation.returning import return_results
from bangfu.federation.roles import require_matching_unit
from bangfu.federation.signing import open_identity
from bangfu.encoder.commands import _today
from schemas.agreement import Role

held = hold(open_agreement(Path("agreement.json")), _today())
unit = open_identity(Path("matching_unit.id"))
require_matching_unit(held, unit)
union, _ = open_package(Path("from-union"), held, Role.UNION)
department, _ = open_package(Path("from-department"), held, Role.DEPARTMENT)
links = links_by_tokens(union, department)
return_results(Path("for-union"), links, department, held, (Role.MATCHING_UNIT, unit), _today())
for folder, role, ids in (("from-union", Role.UNION, "union_id"), ("from-department", Role.DEPARTMENT, "department_id")):
    delete_unmatched(Path(folder), role, links[ids], held, unit, _today())
print(f"{links.height} links")
"""


@dataclass
class Place:
    """One party's computer: a folder, an environment, and what its processes have said."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def run(self, *arguments: str, code: int = 0, program: tuple[str, ...] = ("-m", "bangfu.encoder")) -> str:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
        environment["PYTHONPATH"] = f"{ROOT / 'plugins'}{os.pathsep}{ROOT}"
        command = [sys.executable, *program, *arguments]
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.said += [ended.stdout, ended.stderr]
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout

    def give(self, name: str, other: "Place", new: str) -> None:
        """Hand over a file or a folder, as on a disk that is carried."""
        source, target = self.folder / name, other.folder / new
        if source.is_dir():
            target.mkdir()
        for path in [source] if source.is_file() else source.iterdir():
            copy = target if source.is_file() else target / path.name
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o600)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parties, dict[Role, Place]]:
    """The whole protocol once."""
    parties = make_parties(tmp_path_factory.mktemp("ceremony"))
    places = {role: Place(tmp_path_factory.mktemp(str(role))) for role in Role}
    ceremony = Place(parties.folder)
    for role, place in places.items():
        ceremony.give("agreement.json", place, "agreement.json")
        ceremony.give(f"{role}.id", place, f"{role}.id")
        if role is not Role.MATCHING_UNIT:
            ceremony.give("shared.key", place, "shared.key")
    union, department, unit = (places[role] for role in (Role.UNION, Role.DEPARTMENT, Role.MATCHING_UNIT))
    settlements(department.folder / "住院结算.csv")
    roster(union.folder / "花名册.csv", (*STRANGERS, *PEOPLE))
    common = ("--agreement", "agreement.json", "--key", "shared.key", "--out", "package")
    department.run("encode", "住院结算.csv", *common, "--identity", "department.id")
    union.run("encode", "花名册.csv", *common, "--identity", "union.id", "--lang", "en")
    department.give("package", unit, "from-department")
    union.give("package", unit, "from-union")
    unit.run(UNIT, program=("-c",))
    unit.give("for-union", union, "results")
    for one, name in ((department, "from-department"), (union, "from-union")):
        unit.give(f"{name}/{RECEIPT}", one, RECEIPT)
    results = ("results", "results", "--agreement", "agreement.json", "--key", "shared.key", "--out", "matched.csv")
    union.run(*results, "--rows", "keep-package.rows")
    return parties, places


def test_the_union_finds_its_members(places: tuple[Parties, dict[Role, Place]]) -> None:
    matched = pl.read_csv(places[1][Role.UNION].folder / "matched.csv")
    assert matched["sheet_row"].to_list() == [5, 6, 7, 8]
    assert matched["confidence"].min() >= 0.9
    assert set(matched["band"]) == {None}  # four persons matched: what is told of so few would tell who


def test_the_unit_has_no_key_anywhere(places: tuple[Parties, dict[Role, Place]]) -> None:
    parties, computers = places
    unit = computers[Role.MATCHING_UNIT]
    held = [path.read_bytes() for path in unit.folder.rglob("*") if path.is_file()] + [
        text.encode() for text in unit.said
    ]
    key = parties.key.key
    secrets = [key.secret, key.sealing_key(parties.held.agreement.id)]
    secrets += [key.field_keys(parties.held.agreement.id)(name) for name in parties.held.parameters.key_names]
    for secret in secrets:
        assert not [content for content in held if secret in content or secret.hex().encode() in content]


def test_the_union_receives_its_own_ids_alone(places: tuple[Parties, dict[Role, Place]]) -> None:
    union, department = places[1][Role.UNION].folder, places[1][Role.DEPARTMENT].folder
    own = set(pl.read_parquet(union / "package" / "encoded.parquet")["own_id"])
    theirs = pl.read_parquet(department / "package" / "encoded.parquet")["own_id"].to_list()
    results = pl.read_parquet(union / "results" / "encoded.parquet")
    assert results.columns == ["own_id", "reason", "month", "band", "confidence"]
    assert set(results["own_id"]) <= own
    received = b"".join(path.read_bytes() for path in (union / "results").iterdir())
    assert not [other for other in theirs if other.encode() in received]


def test_what_did_not_match_is_gone_and_signed_for(places: tuple[Parties, dict[Role, Place]]) -> None:
    parties, computers = places
    for role, total in ((Role.UNION, 7), (Role.DEPARTMENT, 10)):
        receipt = verify_receipt(computers[role].folder / RECEIPT, parties.held)
        assert (receipt.role, receipt.records, receipt.kept, receipt.deleted) == (role, total, 4, total - 4)
    unit = computers[Role.MATCHING_UNIT].folder
    left = b"".join(path.read_bytes() for path in unit.rglob("*") if path.is_file())
    kept = pl.read_csv(computers[Role.UNION].folder / "matched.csv").height
    sent = pl.read_parquet(computers[Role.UNION].folder / "package" / "encoded.parquet")["own_id"]
    assert sum(own_id.encode() in left for own_id in sent) <= kept


def test_nothing_of_a_person_is_in_any_output_or_log(places: tuple[Parties, dict[Role, Place]]) -> None:
    """Of the matching unit and of what is handed over, every file; of all three, every line that was said."""
    texts = {text for person in (*PEOPLE, *STRANGERS) for text in person} | {
        "机密备注",
        "鑫垚磊社",
        "H00001",
        "S000001",
    }
    pieces = {
        text[at : at + (6 if text.isascii() else 2)]
        for text in texts
        for at in range(len(text) - (5 if text.isascii() else 1))
    }
    for role, place in places[1].items():
        files = [path for path in place.folder.rglob("*") if path.is_file()]
        if role is not Role.MATCHING_UNIT:
            files = [
                path for path in files if path.parent.name in {"package", "results", "home"} or path.name == RECEIPT
            ]
        written = [path.read_bytes() for path in files] + [text.encode() for text in place.said]
        found = {
            piece for piece in pieces for code in ("utf-8", "gb18030") for text in written if piece.encode(code) in text
        }
        assert not found


def test_a_wrong_key_is_refused_and_nothing_is_written(
    places: tuple[Parties, dict[Role, Place]], tmp_path: Path
) -> None:
    """Refusal, not silence: an encoding under another key would match nobody, and nobody would notice."""
    other = make_parties(tmp_path / "other")
    department = places[1][Role.DEPARTMENT]
    arguments = ("--agreement", "agreement.json", "--key", str(other.folder / "shared.key"), "--out", "second")
    said = department.run("encode", "住院结算.csv", *arguments, "--identity", "department.id", code=1)
    assert "key_wrong" in said
    assert not (department.folder / "second").exists()


def test_the_department_matches_at_home(places: tuple[Parties, dict[Role, Place]]) -> None:
    """Mode A: flags and bands alone come back, signed by the department; no record of it leaves."""
    parties, computers = places
    union, department = computers[Role.UNION], computers[Role.DEPARTMENT]
    union.give("package", department, "union-package")
    arguments = ("--agreement", "agreement.json", "--key", "shared.key", "--identity", "department.id")
    department.run("match", "住院结算.csv", "--union", "union-package", *arguments, "--out", "flags")
    department.give("flags", union, "flags")
    results = (
        "results",
        "flags",
        "--agreement",
        "agreement.json",
        "--key",
        "shared.key",
        "--rows",
        "keep-package.rows",
    )
    union.run(*results, "--out", "flagged.csv")
    assert pl.read_csv(union.folder / "flagged.csv")["sheet_row"].to_list() == [5, 6, 7, 8]
    assert sorted(os.listdir(department.folder / "flags")) == ["encoded.parquet", "manifest.json"]
    assert parties.held.agreement.id in (department.folder / "flags" / "manifest.json").read_text("utf-8")
