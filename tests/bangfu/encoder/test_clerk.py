"""The clerk's session: what is asked, what is shown, what is refused, in Chinese and in English."""

import io
import re
from pathlib import Path

import pytest

from bangfu.encoder import commands, texts
from bangfu.federation.packages import open_package
from bangfu.federation.signing import open_identity
from schemas.agreement import Role
from tests.bangfu.federation.parties import PEOPLE, Parties, make_parties, settlements


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    made = make_parties(tmp_path_factory.mktemp("parties"))
    settlements(made.folder / "住院 结算.csv")
    return made


def session(monkeypatch: pytest.MonkeyPatch, folder: Path, *answers: str, lang: str = "zh") -> tuple[int, str]:
    """The exit code and what was said."""
    said = io.StringIO()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
    monkeypatch.setattr("sys.stdout", said)
    return commands.main(["--lang", lang]), said.getvalue()


def test_a_clerk_s_session(parties: Parties, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "交换包"
    answers = (
        "不存在.json",
        "agreement.json",
        "department.id",
        "shared.key",
        "",
        '"住院 结算.csv"',
        str(folder),
        "是",
    )
    code, said = session(monkeypatch, parties.folder, *answers)
    assert code == 0, said
    records, _ = open_package(folder, parties.held, Role.DEPARTMENT, unsigned=True)
    assert records.height == 10
    assert (parties.folder / "本单位留存-交换包.rows").exists()
    for line in (
        "× 未完成：找不到文件 不存在.json，请检查路径（file_not_found）",
        "协议有效。",
        "密钥正确（第 1 期），与协议公布的校验值一致。",
        "编码单位：云南省医保中心",
        "可编码 10 条",
        "出生日期（brdy）",
        "个人负担总金额（psn_part_amt）：只给档次（3000 元以下、3000—10000 元、10000—26000 元、26000 元及以上）",
        "协议以外的列：setl_id、医保卡余额说明",
        "没有签名密钥",
        "请把这个文件夹（两个文件）交给比对单位：",
    ):
        assert line in said, line
    assert "wrong_file" in said  # the signing key, given as the key
    assert not [text for person in PEOPLE for text in person if text in said]


def test_the_same_in_english(parties: Parties, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = ("agreement.json", "shared.key", "department.id", "住院 结算.csv", str(tmp_path / "p"), "y")
    code, said = session(monkeypatch, parties.folder, *answers, lang="en")
    assert code == 0, said
    assert "The agreement holds." in said
    assert "Hand over this folder, both files:" in said
    assert not re.search("[\u4e00-\u9fff]", re.sub("云南省.{2,6}|信息共享协议 .*|住院.*|医保卡.*", "", said)), said


@pytest.mark.parametrize(
    "answers", [(), ("",), ("agreement.json", "shared.key", "department.id", "住院 结算.csv", "", "不")]
)
def test_who_says_no_writes_nothing(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, answers: tuple[str, ...]
) -> None:
    before = sorted(parties.folder.iterdir())
    code, said = session(monkeypatch, parties.folder, *answers)
    assert (code, "没有写入任何文件" in said) == (1, True)
    assert sorted(parties.folder.iterdir()) == before


def test_a_defect_is_told_without_the_cells_that_it_quotes(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("岩温坎章")

    monkeypatch.setattr("bangfu.encoder.clerk.write_package", fail)
    answers = ("agreement.json", "shared.key", "department.id", "住院 结算.csv", str(tmp_path / "p"), "是")
    code, said = session(monkeypatch, parties.folder, *answers)
    assert code == 3
    assert "ValueError" in said
    assert "岩温" not in said


def test_keys_and_signatures_by_command(
    parties: Parties, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    public = [identity.public_key for identity in parties.identities.values()]
    partners = [part for role, key in zip(Role, public, strict=True) for part in (f"--{role.replace('_', '-')}", key)]
    for share in ("1.share", "2.share"):
        assert commands.main(["key", "share", str(tmp_path / share)]) == 0
    shares = ["--shares", str(tmp_path / "1.share"), str(tmp_path / "2.share")]
    assert commands.main(["key", "combine", str(tmp_path / "a.key"), "--epoch", "2", *shares, *partners]) == 0
    assert commands.main(["key", "show", str(tmp_path / "a.key"), "--lang", "en"]) == 0
    assert commands.main(["key", "new", str(tmp_path / "b.key"), "--union", public[0]]) == 1
    assert commands.main(["identity", "new", str(tmp_path / "me.id")]) == 0
    assert open_identity(tmp_path / "me.id").public_key in capsys.readouterr().out
    assert commands.main(["agreement", "verify", str(parties.agreement)]) == 0
    signing = ["--identity", str(tmp_path / "me.id"), "--out", str(tmp_path / "signed.json")]
    assert commands.main(["agreement", "sign", str(parties.agreement), *signing]) == 1
    assert "not_a_party" in capsys.readouterr().out
    assert not (tmp_path / "signed.json").exists()
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(SystemExit) as left:
        commands.main(["岩温坎章"])
    assert left.value.code == 2
    assert "岩温" not in capsys.readouterr().err


def test_every_text_is_used_and_said_in_both_languages() -> None:
    used = "".join(
        path.read_text("utf-8") for path in Path(commands.__file__).parent.glob("*.py") if path.name != "texts.py"
    )
    for name, words in texts.TEXTS.items():
        assert f'"{name}"' in used or f"'{name}'" in used, name
        assert words.zh
        assert words.en
        assert set(re.findall(r"{\w+}", words.zh)) == set(re.findall(r"{\w+}", words.en)), name
