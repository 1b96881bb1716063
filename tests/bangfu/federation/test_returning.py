"""Results hold the recipient's own ids and what may be told, and what did not match is deleted and signed for."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

from bangfu.encoder.encoding import encode_rows
from bangfu.encoder.preparing import prepare
from bangfu.errors import Refused
from bangfu.federation.deletion import RECEIPT, delete_unmatched, verify_receipt
from bangfu.federation.packages import ENCODED, Package, open_package, publish
from bangfu.federation.returning import LINKS, RESULT_COLUMNS, open_results, return_results
from schemas.agreement import Role
from tests.bangfu.federation.parties import TODAY, Parties, encoded, make_parties, settlements

UNION = [f"{n:032x}" for n in range(12)]
DEPARTMENT = [f"{n + 100:032x}" for n in range(12)]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("parties"))


@pytest.fixture(scope="module")
def package(parties: Parties) -> Path:
    encoded(parties, Role.DEPARTMENT, settlements(parties.folder / "a.csv"), parties.folder / "package")
    return parties.folder / "package"


def _department(months: list[str]) -> pl.DataFrame:
    count = len(months)
    return pl.DataFrame(
        {
            "own_id": DEPARTMENT[:count],
            "reason": ["illness"] * count,
            "month": months,
            "band": pl.Series([2] * count, dtype=pl.Int8),
        }
    )


def _links(count: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"union_id": UNION[:count], "department_id": DEPARTMENT[:count], "confidence": [0.9731] * count}, schema=LINKS
    )


def test_the_union_gets_its_own_ids_and_no_other(parties: Parties, tmp_path: Path) -> None:
    unit = parties.identities[Role.MATCHING_UNIT]
    made = return_results(
        tmp_path / "r", _links(8), _department(["2026-03"] * 12), parties.held, (Role.MATCHING_UNIT, unit), TODAY
    )
    results, package = open_results(tmp_path / "r", parties.held)
    assert results.columns == list(RESULT_COLUMNS)
    assert results["own_id"].to_list() == UNION[:8]
    assert set(results["confidence"]) == {0.95}  # in steps, so that it tells no two records apart
    assert package == made
    everything = b"".join(path.read_bytes() for path in (tmp_path / "r").iterdir())
    assert not any(other.encode() in everything for other in DEPARTMENT)


def test_what_few_matched_share_is_not_told(parties: Parties, tmp_path: Path) -> None:
    """Five of the department's records may be one of the matched ones: it is counted anew."""
    maker = (Role.MATCHING_UNIT, parties.identities[Role.MATCHING_UNIT])
    return_results(
        tmp_path / "r", _links(9), _department(["2026-03"] * 6 + ["2026-04"] * 6), parties.held, maker, TODAY
    )
    months = open_results(tmp_path / "r", parties.held)[0]["month"].to_list()
    assert months == [None] * 9  # 6 and 3: the three would be told apart by what is left
    return_results(tmp_path / "s", _links(3), _department(["2026-03"] * 12), parties.held, maker, TODAY)
    assert open_results(tmp_path / "s", parties.held)[0].select("reason", "month", "band").null_count().row(0) == (
        3,
        3,
        3,
    )


def test_nobody_but_the_unit_or_the_department_signs_results(parties: Parties, tmp_path: Path) -> None:
    maker = (Role.UNION, parties.identities[Role.UNION])
    return_results(tmp_path / "r", _links(8), _department(["2026-03"] * 12), parties.held, maker, TODAY)
    with pytest.raises(Refused, match=r"package_changed|package_foreign"):
        open_results(tmp_path / "r", parties.held)


def test_encoded_records_are_no_results(parties: Parties, package: Path) -> None:
    with pytest.raises(Refused, match=r"package_changed|package_foreign"):
        open_results(package, parties.held)


def test_unmatched_records_are_deleted_and_signed_for(parties: Parties, tmp_path: Path) -> None:
    unit = parties.identities[Role.MATCHING_UNIT]
    encoded(parties, Role.DEPARTMENT, settlements(tmp_path / "a.csv"), tmp_path / "p")
    records, stated = open_package(tmp_path / "p", parties.held, Role.DEPARTMENT)
    matched = records["own_id"].head(3)
    with pytest.raises(Refused, match="not_matching_unit"):
        delete_unmatched(tmp_path / "p", Role.DEPARTMENT, matched, parties.held, parties.identities[Role.UNION], TODAY)
    receipt = delete_unmatched(tmp_path / "p", Role.DEPARTMENT, matched, parties.held, unit, TODAY)
    assert (receipt.records, receipt.deleted, receipt.kept) == (10, 7, 3)
    assert receipt.package_sha256 == stated.sha256
    assert verify_receipt(tmp_path / "p" / RECEIPT, parties.held) == receipt
    left = b"".join((tmp_path / "p" / name).read_bytes() for name in os.listdir(tmp_path / "p"))
    assert not any(own_id.encode() in left for own_id in records["own_id"].tail(7))
    (tmp_path / "p" / RECEIPT).unlink()  # killed before it was written: done again, the same is said
    assert delete_unmatched(tmp_path / "p", Role.DEPARTMENT, matched, parties.held, unit, TODAY) == receipt
    stated_receipt = json.loads((tmp_path / "p" / RECEIPT).read_text("utf-8"))
    stated_receipt["receipt"]["deleted"] = 10
    (tmp_path / "p" / RECEIPT).write_text(json.dumps(stated_receipt), "utf-8")
    with pytest.raises(Refused, match="receipt_changed"):
        verify_receipt(tmp_path / "p" / RECEIPT, parties.held)


def test_a_clear_text_column_is_no_encoded_record(parties: Parties, tmp_path: Path) -> None:
    """Whoever packs names beside the tokens, by whatever program, is refused by the matching unit."""
    prepared = prepare(settlements(tmp_path / "a.csv"), parties.held, Role.DEPARTMENT)
    records, _ = encode_rows(prepared, parties.held, parties.key)
    agreement = parties.held.agreement
    about = Package(
        ENCODED, agreement.id, parties.held.digest, Role.DEPARTMENT, "medical_settlement", 1, agreement.key_check, "sha256", 1,
        agreement.document()["encoding"], (), {"records": records.height}, TODAY, "1",
    )  # fmt: skip
    publish(
        tmp_path / "p",
        records.with_columns(pl.lit("岩温坎章").alias("name")),
        about,
        parties.identities[Role.DEPARTMENT],
    )
    with pytest.raises(Refused, match="package_clear"):
        open_package(tmp_path / "p", parties.held, Role.DEPARTMENT)
