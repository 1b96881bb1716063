"""What the encoder writes: tokens, random ids and a payload; what it refuses, and that nothing of a person is in it."""

import io
import os
from pathlib import Path

import polars as pl
import pytest

from bangfu.encoder.encoding import Writing, encode_rows, role_of, write_package
from bangfu.encoder.preparing import prepare
from bangfu.errors import Refused
from bangfu.federation.keyfile import new_key
from bangfu.federation.packages import DATA, open_package
from bangfu.federation.rows import open_rows
from bangfu.federation.signing import new_identity
from schemas.agreement import Role
from tests.bangfu.federation.parties import PEOPLE, TODAY, Parties, encoded, make_parties, roster, settlements


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return make_parties(tmp_path_factory.mktemp("parties"))


def test_what_is_recognised_is_said_and_what_is_not_agreed_stays(parties: Parties, tmp_path: Path) -> None:
    prepared = prepare(settlements(tmp_path / "a.csv"), parties.held, Role.DEPARTMENT)
    assert prepared.encoded == {"birth_date": "brdy", "id_number": "certno", "name": "psn_name", "phone": "tel"}
    assert prepared.told == {"settled_on": "setl_time", "personal_amount": "psn_part_amt"}
    assert prepared.kept == ("setl_id", "医保卡余额说明")
    assert "address" in prepared.absent
    assert prepared.rows.height == 10
    assert "settlement_ref" not in prepared.rows.columns
    assert prepared.payload is not None
    assert prepared.payload.unique().rows() == [("illness", "2026-03", 2)]


def test_a_forbidden_column_refuses_the_file(parties: Parties, tmp_path: Path) -> None:
    path = settlements(tmp_path / "a.csv")
    path.write_text(path.read_text("utf-8").replace("医保卡余额说明", "出院诊断"), "utf-8")
    with pytest.raises(Refused, match="出院诊断") as refused:
        prepare(path, parties.held, Role.DEPARTMENT)
    assert refused.value.code == "forbidden_columns"


def test_a_file_without_the_agreed_payload_is_refused(parties: Parties, tmp_path: Path) -> None:
    path = settlements(tmp_path / "a.csv")
    path.write_text(path.read_text("utf-8").replace("psn_part_amt", "别的金额"), "utf-8")
    with pytest.raises(Refused, match="payload_column_missing"):
        prepare(path, parties.held, Role.DEPARTMENT)
    with pytest.raises(Refused, match="file_not_found"):
        prepare(tmp_path / "none.csv", parties.held, Role.DEPARTMENT)


def test_a_wrong_key_writes_nothing(parties: Parties, tmp_path: Path) -> None:
    prepared = prepare(settlements(tmp_path / "a.csv"), parties.held, Role.DEPARTMENT)
    wrong = new_key(tmp_path / "wrong.key", 1, parties.key.partners)
    writing = Writing(tmp_path / "out" / "p", tmp_path / "out" / "p.rows", None, TODAY)
    with pytest.raises(Refused, match="key_wrong"):
        write_package(prepared, parties.held, wrong, writing)
    assert not (tmp_path / "out").exists()


def test_who_encodes_is_who_signs(parties: Parties, tmp_path: Path) -> None:
    assert role_of(parties.held, parties.identities[Role.UNION]) is Role.UNION
    assert role_of(parties.held, None) is Role.DEPARTMENT
    with pytest.raises(Refused, match="role_wrong"):
        role_of(parties.held, parties.identities[Role.MATCHING_UNIT])
    with pytest.raises(Refused, match="role_wrong"):
        role_of(parties.held, parties.identities[Role.UNION], Role.DEPARTMENT)
    with pytest.raises(Refused, match="not_a_party"):
        role_of(parties.held, new_identity(tmp_path / "x.id"))


def test_equal_records_have_equal_tokens_and_never_the_same_id(parties: Parties, tmp_path: Path) -> None:
    prepared = prepare(settlements(tmp_path / "a.csv"), parties.held, Role.DEPARTMENT)
    one, rows = encode_rows(prepared, parties.held, parties.key)
    again, rows_again = encode_rows(prepared, parties.held, parties.key)
    assert not set(one["own_id"]) & set(again["own_id"])
    assert rows["own_id"].to_list() == sorted(rows["own_id"])  # the order tells nothing of the file's
    theirs, _ = encode_rows(prepare(roster(tmp_path / "b.csv"), parties.held, Role.UNION), parties.held, parties.key)
    assert "reason" not in theirs.columns
    tokens = [set(frame["rule:id_number"].to_list()) - {0} for frame in (one, again, theirs)]
    assert tokens[0] == tokens[1] == tokens[2]
    assert len(tokens[0]) == len(PEOPLE)
    assert rows.join(rows_again, on="sheet_row").height == 10


def _pieces(text: str) -> set[str]:
    """Every two characters of Han text; of digits, which random numbers hold too, every six."""
    width = 2 if not text.isascii() else 6
    return {text[start : start + width] for start in range(len(text) - width + 1)}


def test_nothing_of_a_person_is_in_what_is_written(parties: Parties, tmp_path: Path) -> None:
    path, folder = settlements(tmp_path / "岩温坎章名单.csv"), tmp_path / "out" / "p"
    encoded(parties, Role.DEPARTMENT, path, folder)
    records, _ = open_package(folder, parties.held, Role.DEPARTMENT)
    written = [item.read_bytes() for item in (tmp_path / "out").rglob("*") if item.is_file()]
    written.append(_plain(records))
    written += [str(item.relative_to(tmp_path)).encode() for item in (tmp_path / "out").rglob("*")]
    cells = [cell for line in path.read_text("utf-8").splitlines()[1:] for cell in line.split(",")]
    names = ("setl_id", "certno", "psn_name", "医保卡余额说明")
    wanted = {piece for text in (*cells, *names) for piece in _pieces(text)}
    assert len(wanted) > 100
    found = {
        piece
        for piece in wanted
        for code in ("utf-8", "gb18030", "utf-16-le")
        for content in written
        if piece.encode(code) in content
    }
    assert not found


def _plain(records: pl.DataFrame) -> bytes:
    """All cells as bytes, whatever the file's compression hides."""
    whole = io.BytesIO()
    for column in records.get_columns():
        if column.dtype == pl.String:
            whole.write("\n".join(column.fill_null("").to_list()).encode())
        elif column.dtype == pl.UInt64 or isinstance(column.dtype, pl.Array):
            whole.write(column.to_numpy().tobytes())
    return whole.getvalue()


def test_the_table_of_ids_opens_with_the_key_alone(parties: Parties, tmp_path: Path) -> None:
    encoded(parties, Role.UNION, roster(tmp_path / "b.csv"), tmp_path / "p")
    rows, _ = open_rows(tmp_path / "p.rows", parties.key.key)
    assert rows["sheet_row"].sort().to_list() == [2, 3, 4, 5]
    with pytest.raises(Refused, match="rows_sealed"):
        open_rows(tmp_path / "p.rows", new_key(tmp_path / "x.key", 1, parties.key.partners).key)
    content = bytearray((tmp_path / "p.rows").read_bytes())
    content[-1] ^= 1
    (tmp_path / "p.rows").write_bytes(content)
    with pytest.raises(Refused, match="rows_sealed"):
        open_rows(tmp_path / "p.rows", parties.key.key)
    assert (tmp_path / "p.rows").stat().st_mode & 0o777 == 0o600
    assert DATA in os.listdir(tmp_path / "p")
