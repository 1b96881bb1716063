"""`bangfu agreement`: made by the federation, signed by both departments, verified by anybody."""

from pathlib import Path

import pytest

from bangfu.cli.entry import main
from bangfu.federation.signing import new_identity
from matching.encoding.shared_key import SharedKey
from schemas.agreement import Role
from schemas.agreement_file import read_agreement


def made(folder: Path, *more: str) -> int:
    keys = {role: new_identity(folder / f"{role}.id").public_key for role in Role}
    parties = ["--union", f"省总工会 {keys[Role.UNION]}", "--department", f"省医保中心 {keys[Role.DEPARTMENT]}"]
    parties += [
        "--unit",
        f"省大数据中心 {keys[Role.MATCHING_UNIT]}",
        "--key-check",
        SharedKey(bytes(32), 1).check_value(),
    ]
    told = ["--month", "settled_on", "--band", "personal_amount:3000,10000,26000", "--until", "2028-06-30"]
    out = ["--id", "yb-2027", "--out", str(folder / "a.json")]
    return main(["agreement", "new", "medical_settlement", *parties, *told, *out, *more])


def test_an_agreement_is_made_signed_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(tmp_path) == 0
    agreement = read_agreement((tmp_path / "a.json").read_bytes()).agreement
    assert (agreement.encoding["profile"], agreement.digest) == ("strict", "sm3")
    assert agreement.legal_basis.number == "示例〔2025〕3号"
    assert main(["agreement", "verify", str(tmp_path / "a.json")]) == 1
    assert "signature_missing" in capsys.readouterr().err
    for role, source, target in ((Role.UNION, "a", "b"), (Role.DEPARTMENT, "b", "c")):
        files = [str(tmp_path / f"{source}.json"), "--out", str(tmp_path / f"{target}.json")]
        assert main(["agreement", "sign", *files, "--identity", str(tmp_path / f"{role}.id")]) == 0
    assert main(["agreement", "verify", str(tmp_path / "c.json")]) == 0
    assert main(["agreement", "show", str(tmp_path / "c.json")]) == 0
    assert "signed by: union, department" in capsys.readouterr().out


@pytest.mark.parametrize(
    "more",
    [
        ("--reason", "癌症"),
        ("--month", "birth_date"),
        ("--band", "personal_amount:x"),
        ("--until", "2020-01-01"),
        ("--unit", "省总工会 " + "0" * 64),
    ],
)
def test_what_cannot_be_agreed_is_not_written(tmp_path: Path, more: tuple[str, ...]) -> None:
    assert made(tmp_path, *more) == 1
    assert not (tmp_path / "a.json").exists()
