"""The commands around deliveries: stating, dropping, addresses for uploading, receipts, departments' accounts."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hand_built import Database, opened

from bangfu.cli import main
from bangfu.db.models import Role
from bangfu.db.users import get_user
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from schemas.manifest import MANIFEST, read_manifest
from tests.bangfu.pipeline.sending import roster_text
from tests.bangfu.storage.conftest import ACCESS_KEY, SECRET_KEY, rclone

__all__ = ["rclone"]

STATED = ["--sender", "530102", "--period", "2026Q2"]


@pytest.fixture
def installation(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The environment of a shell that uses the test's database."""
    monkeypatch.setenv("BANGFU_DATABASE_URL", database.settings.database_url or "")
    monkeypatch.setenv("BANGFU_PORTAL_DATABASE_URL", database.settings.portal_database_url or "")
    monkeypatch.setenv("BANGFU_QUIET_SECONDS", "0")
    return database


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "花名册.csv"
    path.write_bytes(roster_text("李娜", "王芳"))
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


def result(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    return json.loads(told(capsys, *arguments, "--json"))


class TestManifest:
    def test_lies_beside_the_files_and_asks_for_its_rows_to_be_checked(
        self, roster: Path, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It needs no database: a department may run it on its own machine."""
        printed = told(capsys, "manifest", "union_roster", roster, *STATED)
        assert "请先与本部门的数据核对" in printed
        manifest = read_manifest((roster.parent / MANIFEST).read_bytes())
        assert [(file.name, file.rows) for file in manifest.files] == [("花名册.csv", 2)]
        assert not (home / "postgres").exists()

    def test_takes_the_sender_s_own_count(self, roster: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        printed = told(capsys, "manifest", "union_roster", roster, *STATED, "--rows", "7", "--revision", "3")
        assert "核对" not in printed
        manifest = read_manifest((roster.parent / MANIFEST).read_bytes())
        assert (manifest.files[0].rows, manifest.revision) == (7, 3)

    def test_names_the_files_as_they_are_uploaded(
        self, roster: Path, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = result(capsys, "manifest", "union_roster", roster, *STATED, "--uploaded")
        assert [file["name"] for file in made["files"]] == ["data-01"]

    def test_is_of_one_folder(
        self, roster: Path, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        elsewhere = tmp_path / "b" / "二.csv"
        elsewhere.parent.mkdir()
        elsewhere.write_bytes(roster_text("岩罕"))
        assert main(["manifest", "union_roster", str(roster), str(elsewhere), *STATED]) == 1
        assert "one folder" in capsys.readouterr().err


class TestDrop:
    def test_a_delivery_is_received_under_its_statement(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        dropped = result(capsys, "drop", "union_roster", roster, *STATED)
        [receipt] = receive_dropped(opened(installation), "union_roster")
        assert (receipt.outcome, receipt.delivery_id, receipt.rows) == ("registered", dropped["delivery_id"], 2)

    def test_a_folder_goes_as_it_is(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told(capsys, "manifest", "union_roster", roster, *STATED)
        roster.parent.joinpath("delivery").mkdir()
        for name in ("花名册.csv", MANIFEST):
            (roster.parent / name).rename(roster.parent / "delivery" / name)
        printed = told(capsys, "drop", "union_roster", roster.parent / "delivery")
        assert "drop/union_roster/delivery-" in printed
        [receipt] = receive_dropped(opened(installation), "union_roster")
        assert receipt.outcome == "registered"

    def test_a_bare_file_goes_for_itself(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert result(capsys, "drop", "union_roster", roster) == {"source": "union_roster", "files": 1}
        assert [item.key for item in opened(installation).store.list("")] == ["drop/union_roster/花名册.csv"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--sender", "530102"], "together"),
            (["--rows", "2"], "--sender and --period as well"),
            (["--revision", "2"], "--sender and --period as well"),
            ([*STATED, "--rows", "1", "--rows", "2"], "once for each of the 1"),
        ],
    )
    def test_half_a_statement_is_none(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str],
        options: list[str], message: str,
    ) -> None:  # fmt: skip
        assert main(["drop", "union_roster", str(roster), *options]) == 1
        assert message in capsys.readouterr().err
        assert list(opened(installation).store.list("")) == []

    def test_a_folder_has_its_own_statement(
        self, installation: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["drop", "union_roster", str(tmp_path), *STATED]) == 1
        assert "A folder goes alone" in capsys.readouterr().err

    def test_a_manifest_among_bare_files_would_close_nothing(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told(capsys, "manifest", "union_roster", roster, *STATED)
        assert main(["drop", "union_roster", str(roster), str(roster.parent / MANIFEST)]) == 1
        assert "give the folder instead" in capsys.readouterr().err
        assert list(opened(installation).store.list("")) == []


class TestReceive:
    def test_without_files_takes_what_lies_in_the_drop_area(
        self, installation: Database, roster: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        dropped = result(capsys, "drop", "union_roster", roster, *STATED)
        assert told(capsys, "receive", "union_roster") == f"{dropped['delivery_id']}  已登记 registered\n"
        assert told(capsys, "receive", "union_roster") == "Nothing complete lies in drop/union_roster/.\n"

    def test_a_statement_without_files_is_refused(
        self, installation: Database, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["receive", "union_roster", *STATED]) == 1
        assert "name them" in capsys.readouterr().err


class TestUpload:
    def test_prints_a_line_to_copy_for_each_file(
        self, installation: Database, rclone: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("BANGFU_OBJECT_STORE", "s3://bangfu/upload-command")
        monkeypatch.setenv("BANGFU_S3_ENDPOINT", f"http://{rclone}")
        monkeypatch.setenv("BANGFU_S3_ACCESS_KEY", ACCESS_KEY)
        monkeypatch.setenv("BANGFU_S3_SECRET_KEY", SECRET_KEY)
        lines = told(capsys, "upload", "civil_affairs", "--files", "2").splitlines()
        commands = [line for line in lines if not line.startswith("#")]
        assert [line.split()[:3] for line in commands] == [
            ["curl", "-fT", "FILE"], ["curl", "-fT", "FILE"], ["curl", "-fT", "manifest.json"],
        ]  # fmt: skip
        assert all(f"'http://{rclone}/bangfu/upload-command/drop/civil_affairs/" in line for line in commands)
        made = result(capsys, "upload", "civil_affairs", "--hours", "1")
        assert (len(made["data"]), made["manifest"]["name"]) == (1, MANIFEST)

    def test_without_s3_names_the_other_ways(self, installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["upload", "civil_affairs"]) == 1
        assert "the portal's upload page" in capsys.readouterr().err


class TestReceipt:
    def test_is_printed_in_both_languages_and_written_for_the_sender(
        self, installation: Database, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        dropped = result(capsys, "drop", "union_roster", roster, *STATED)
        context = opened(replace(installation, settings=replace(installation.settings, quiet_seconds=0)))
        receive_dropped(context, "union_roster")
        settle_pending(context)
        out = tmp_path / "回执.xlsx"
        printed = told(capsys, "receipt", dropped["delivery_id"], "--out", out)
        assert "已接收：共读到 2 行，全部可用。" in printed
        assert "Accepted: rows read: 2, all usable." in printed
        assert "王芳" not in printed
        assert openpyxl.load_workbook(io.BytesIO(out.read_bytes())).sheetnames[0] == "回执"
        assert result(capsys, "receipt", dropped["delivery_id"])["outcome"] == "accepted"

    def test_of_nothing_is_refused(self, installation: Database, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["receipt", "union_roster-d-00"]) == 1
        assert "bangfu status --source" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["530100", "11530100MB00000004"])
def test_a_department_gets_an_account(
    installation: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    arguments = ["--role", "department", "--area", code, "--source", "civil_affairs", "--source", "death_record"]
    made = result(capsys, "user", "create", "km.minzheng", "--name", "昆明市民政局", *arguments)
    assert made["sources"] == ["civil_affairs", "death_record"]
    with installation.owner.connect() as connection:
        user = get_user(connection, "km.minzheng")
    assert user is not None
    assert (user.role, user.area_code, user.sources) == (Role.DEPARTMENT, code, ("civil_affairs", "death_record"))
    assert "civil_affairs death_record" in told(capsys, "user", "list")
