"""What a receipt says (回执内容): the verdict in one sentence, the counts, what to do next; never a value of a person."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bangfu.china_time import in_china
from bangfu.db.deliveries import DeliveredFile, DeliveryRow
from bangfu.db.intake_models import Announcement, DeliveryStatus
from bangfu.db.registry import ExtractRow
from bangfu.readers import ReadReport
from bangfu.readers.raw import SheetReport
from schemas.fields import FIELDS
from schemas.sources import SOURCES
from schemas.vocabulary import RejectCode

__all__ = ["ReceiptFile", "RejectedRow", "Standing", "account_of", "column_of", "correction_of"]
__all__ += ["label_of", "rejected_row"]

_MEMBER = re.compile(r"(?P<field>\w+)\[(?P<member>\d+)\]")
_SAME_REVISION_TAKEN = frozenset({"revision_taken"})
_NOT_FOR_THE_SENDER = frozenset({"data_origin", "legal_basis_expired", "legal_basis_not_yet_valid"})


@dataclass(frozen=True)
class ReceiptFile:
    """One file of a delivery with what became of it.

    Attributes:
        file: What was sent.
        extract: The extract it is; None where the delivery was refused before landing.
        reading: How it was understood; None where that is not known (any more).
    """

    file: DeliveredFile
    extract: ExtractRow | None = None
    reading: ReadReport | None = None


@dataclass(frozen=True)
class Standing:
    """How a delivery stands among the others of its sender and period.

    Attributes:
        replaces: The highest lower revision in use; None where there is none.
        superseded_by: The highest higher revision in use; None where there is none.
    """

    replaces: int | None = None
    superseded_by: int | None = None


@dataclass(frozen=True)
class RejectedRow:
    """Where a rejected row stands and why it was rejected.

    Attributes:
        file: The sender's name of the file.
        sheet: Name of the sheet; empty for a text file.
        row: Row of the sheet, from 1, or line of the text.
        member: Number of the member beside the row's own person; 0 for that person.
        column: The sender's own header of the column that matters; empty where it is no single one.
        code: Reason code.
        field: Canonical field of the column, or None.
    """

    file: str
    sheet: str
    row: int
    member: int
    column: str
    code: RejectCode
    field: str | None = None


def account_of(delivery: DeliveryRow, files: Sequence[ReceiptFile], standing: Standing) -> dict[str, Any]:
    """Everything a receipt says apart from the single rows, as values that JSON can hold.

    Args:
        delivery: The delivery as decided.
        files: Its files.
        standing: How it stands among the others of its sender and period.
    """
    source = SOURCES[delivery.source]
    reason_zh, _, reason_en = (delivery.reason or "").partition("\n")
    verdict, steps = _verdict(delivery, files, standing), _next_steps(delivery, files, standing)
    return {
        "version": 1,
        "delivery_id": delivery.delivery_id,
        "source": delivery.source,
        "source_zh": source.zh,
        "source_en": source.en,
        "sender": delivery.sender,
        "period": delivery.period,
        "revision": delivery.revision,
        "announced": str(delivery.announced),
        "received_at": delivery.received_at.isoformat(timespec="seconds"),
        "retracted_at": delivery.retracted_at.isoformat(timespec="seconds") if delivery.retracted_at else None,
        "outcome": str(delivery.status),
        "code": delivery.code,
        "reason_zh": reason_zh or None,
        "reason_en": reason_en or None,
        "verdict_zh": verdict[0],
        "verdict_en": verdict[1],
        "next_zh": [zh for zh, _ in steps],
        "next_en": [en for _, en in steps],
        "replaces": None if delivery.status is DeliveryStatus.RETRACTED else standing.replaces,
        "superseded_by": standing.superseded_by,
        "files": [_file(item) for item in files],
    }


def column_of(reading: ReadReport | None, sheet: str, member: int, field: str | None) -> str:
    """The sender's own header of a field in a sheet; its Chinese name where the header is not known.

    Args:
        reading: How the file was understood.
        sheet: Name of the sheet.
        member: Number of the member beside the row's own person.
        field: Canonical field, or None where the reason is about no single column.
    """
    if field is None:
        return ""
    name = f"{field}[{member}]" if member else field
    for report in reading.sheets if reading else ():
        if report.name == sheet and name in report.columns:
            return report.columns[name]
    return label_of(name)[0]


def label_of(name: str) -> tuple[str, str]:
    """A canonical field, or `field[2]` for the second member beside a row's person, in Chinese and English.

    >>> label_of("name"), label_of("name[2]")
    (('姓名', 'name'), ('姓名（第 2 名成员）', 'name (member 2)'))
    """
    found = _MEMBER.fullmatch(name)
    field = FIELDS.get(found["field"] if found else name)
    zh, en = (field.zh, field.en) if field else (name, name)
    return (f"{zh}（第 {found['member']} 名成员）", f"{en} (member {found['member']})") if found else (zh, en)


def correction_of(row: RejectedRow) -> tuple[str, str]:
    """What to do about a rejected row, in Chinese and English."""
    zh, en = _CORRECTIONS[row.code]
    form = _FORMS.get(FIELDS[row.field].type) if row.field and row.field in FIELDS else None
    if form and row.code in {RejectCode.UNREADABLE_VALUE, RejectCode.SCHEMA}:
        zh, en = f"{zh}；{form[0]}", f"{en}; {form[1]}"
    return zh.format(column=row.column), en.format(column=row.column)


def rejected_row(item: ReceiptFile, values: tuple[str | None, int | None, int | None, str, str | None]) -> RejectedRow:
    """One row of a quarantine table, of which sheet, row, member, code and field are given."""
    sheet, row, member, code, field = values
    plain = RejectedRow(item.file.name, sheet or "", row or 0, member or 0, "", RejectCode(code), field)
    return replace(plain, column=column_of(item.reading, plain.sheet, plain.member, field))


_CORRECTIONS = {
    RejectCode.NAME_MISSING: ("在“{column}”列填写本人姓名", "fill in the person's name in column “{column}”"),
    RejectCode.NO_IDENTIFIER: (
        "至少补填证件号码、出生日期、手机号码、住址中的一项",
        "fill in at least one of identity number, birth date, phone and address",
    ),
    RejectCode.REQUIRED_MISSING: ("填写“{column}”列", "fill in column “{column}”"),
    RejectCode.UNREADABLE_VALUE: ("更正“{column}”列的内容", "correct the value in column “{column}”"),
    RejectCode.DUPLICATE_ROW: ("无需更正，系统只保留一行", "nothing to correct: one of the two rows is kept"),
    RejectCode.SCHEMA: ("核对“{column}”列的内容", "check the value in column “{column}”"),
}
_FORMS = {
    "date": ("日期写成 2026-06-30 的样子", "write a date as 2026-06-30"),
    "decimal": ("只填数字，单位为元", "write digits alone, in yuan"),
    "int": ("只填整数", "write a whole number"),
}


def _file(item: ReceiptFile) -> dict[str, Any]:
    extract = item.extract
    return {
        "name": item.file.name,
        "sha256": item.file.sha256 or None,
        "byte_size": item.file.byte_size,
        "rows_stated": item.file.rows_stated,
        "rows_read": extract.data_rows if extract else None,
        "persons": extract.rows_in if extract else None,
        "accepted": extract.rows_accepted if extract else None,
        "rejected": extract.rows_rejected if extract else None,
        "reject_counts": dict(sorted(extract.reject_counts.items())) if extract else {},
        "left_empty": dict(sorted(extract.defects.items())) if extract else {},
        "reading": _reading(item.reading) if item.reading else None,
    }


def _reading(reading: ReadReport) -> dict[str, Any]:
    return {
        "kind": reading.kind,
        "encoding": reading.encoding,
        "container": reading.container,
        "ignored_sheets": list(reading.ignored_sheets),
        "private_use_characters": reading.private_use_characters,
        "control_characters": reading.control_characters,
        "sheets": [_sheet(sheet) for sheet in reading.sheets],
    }


def _sheet(sheet: SheetReport) -> dict[str, Any]:
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(sheet).items()}
    return {**told, "columns": dict(sheet.columns)}


def _totals(files: Sequence[ReceiptFile]) -> tuple[int, int, int, int]:
    """Rows, persons, accepted and rejected of all files."""
    extracts = [item.extract for item in files if item.extract]
    return (
        sum(extract.data_rows or 0 for extract in extracts),
        sum(extract.rows_in or 0 for extract in extracts),
        sum(extract.rows_accepted or 0 for extract in extracts),
        sum(extract.rows_rejected or 0 for extract in extracts),
    )


def _verdict(delivery: DeliveryRow, files: Sequence[ReceiptFile], standing: Standing) -> tuple[str, str]:
    if delivery.status is DeliveryStatus.REJECTED:
        if delivery.code == "turned_down":
            return "未采用：经人工审核退回，不参加比对。", "Not used: it was turned down after review."
        if delivery.code == "expired":
            return (
                "未采用：保存期满仍未审核，数据已销毁。",
                "Not used: nobody had reviewed it before its time was over, and its data is deleted.",
            )
        return "整份拒收：文件内容没有留存。", "Refused as a whole: nothing of the files was kept."
    if delivery.status is DeliveryStatus.RETRACTED:
        at = "" if delivery.retracted_at is None else in_china(delivery.retracted_at)
        return f"已于 {at}（北京时间）撤回，不再参加比对。", f"Retracted on {at} (China time); it is no longer used."
    rows, persons, accepted, rejected = _totals(files)
    read_zh = f"共读到 {rows:,} 行" + (f"（{persons:,} 人）" if persons != rows else "")
    read_en = f"rows read: {rows:,}" + (f" ({persons:,} persons)" if persons != rows else "")
    if not rejected:
        found = f"{read_zh}，全部可用。", f"{read_en}, all usable."
    elif not accepted:
        found = f"{read_zh}，没有一行可用，全部退回。", f"{read_en}, none usable."
    else:
        found = (
            f"{read_zh}，可用 {accepted:,}，退回 {rejected:,}。",
            f"{read_en}, usable: {accepted:,}, returned: {rejected:,}.",
        )
    if delivery.status is DeliveryStatus.HELD:
        return (
            f"已收到，等待人工审核：{found[0]}审核通过前不参加比对，此前报送的数据继续有效。",
            f"Received, waiting for approval: {found[1]} Until it is approved, what was sent before stays in use.",
        )
    if standing.superseded_by is not None:
        return (
            f"已接收，但不参加比对：第 {standing.superseded_by} 版已在用。{found[0]}",
            f"Received and not used, since revision {standing.superseded_by} is in use. {found[1]}",
        )
    return f"已接收：{found[0]}", f"Accepted: {found[1]}"


def _next_steps(delivery: DeliveryRow, files: Sequence[ReceiptFile], standing: Standing) -> list[tuple[str, str]]:
    if delivery.status is DeliveryStatus.REJECTED:
        return _after_a_refusal(delivery)
    if delivery.status is DeliveryStatus.RETRACTED:
        return _after_a_retraction(delivery, standing)
    steps = []
    held = delivery.status is DeliveryStatus.HELD
    if held:
        steps.append(
            (
                "如果数据没有报错，不用做什么：审核后会有新的回执。",
                "If the data is right there is nothing to do: a new receipt follows the review.",
            )
        )
    if _totals(files)[3]:
        steps.append(
            (
                "按“退回行”逐行更正；退回的行不参加比对" + ("。" if held else "，其余行照常使用。"),
                "Correct the rows that are listed under 退回行; they are not used"
                + ("." if held else ", the others are."),
            )
        )
    if any(item.extract and item.extract.defects for item in files):
        steps.append(
            (
                "“留空的值”是无法识别、按空白处理的内容；能补正的请一并补正。",
                "Values that could not be read were left empty; correct them as well where you can.",
            )
        )
    if standing.replaces is not None and not held:
        steps.append(
            (
                f"本版已替换第 {standing.replaces} 版，旧版不再使用。",
                f"This revision replaces revision {standing.replaces}, which is no longer used.",
            )
        )
    if not _replaceable(delivery):
        steps.append(
            (
                "本次没有报送清单，行数未经核对，更正的文件也不会自动顶替它；今后请附报送清单 manifest.json。",
                "It came without a manifest: its rows are not verified and a correction does not replace it by itself; "
                "send a manifest.json from now on.",
            )
        )
    else:
        following = _following(delivery, standing)
        steps.append(
            (
                f"更正的办法：改好后把这一期的全部文件作为第 {following} 版重新报送，新版自动替换本版。",
                f"To correct it, send all files of the period again as revision {following}, which replaces this one.",
            )
        )
    return steps


def _replaceable(delivery: DeliveryRow) -> bool:
    """Whether a later revision takes its place: it says whose it is, and for which period."""
    return delivery.sender is not None and delivery.announced not in {Announcement.NONE, Announcement.MARKER}


def _following(delivery: DeliveryRow, standing: Standing) -> int:
    """The revision as which a correction is sent."""
    return max(delivery.revision, standing.superseded_by or 0) + 1


def _after_a_retraction(delivery: DeliveryRow, standing: Standing) -> list[tuple[str, str]]:
    if not _replaceable(delivery):
        return [
            (
                "如需重新报送，请改好后附报送清单 manifest.json 报送；同样的文件不会再收。",
                "To send it again, correct it and add a manifest.json; the same files are not taken once more.",
            )
        ]
    following = _following(delivery, standing)
    again = (
        f"如需重新报送，请把改好的全部文件作为第 {following} 版报送；撤回的版次不能再用。",
        f"To send it again, send all files as revision {following}; a retracted revision is not taken once more.",
    )
    if standing.replaces is None or standing.superseded_by is not None:
        return [again]
    return [(f"第 {standing.replaces} 版重新使用。", f"Revision {standing.replaces} is in use again."), again]


def _after_a_refusal(delivery: DeliveryRow) -> list[tuple[str, str]]:
    if delivery.code in _NOT_FOR_THE_SENDER:
        return [
            (
                "请先与省总工会数据管理员联系，依据更新后再报送。",
                "Talk to the federation's data office first; send again once the legal basis holds.",
            )
        ]
    if delivery.code in _SAME_REVISION_TAKEN:
        return [
            (
                "如果这是更正，请把版次加一后重新报送；如果是重复报送，不用再做什么。",
                "If it is a correction, send it under the next revision; if it is a repetition, there is nothing to do.",
            )
        ]
    if delivery.code == "expired":
        return [
            (
                f"如仍需使用，请把这一期的全部文件重新报送；版次不变，仍是第 {delivery.revision} 版。",
                f"If it is still needed, send all files of the period again, still as revision {delivery.revision}.",
            )
        ]
    return [
        (
            f"按上面的原因处理后，把这一期的全部文件重新报送；版次不变，仍是第 {delivery.revision} 版。",
            f"Put it right and send all files of the period again, still as revision {delivery.revision}.",
        )
    ]
