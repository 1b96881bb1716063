"""`bangfu source`: what is declared, how a file is understood, and the draft of a new source."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.output import Json, emit, table

if TYPE_CHECKING:
    from bangfu.pipeline.sources.check import CheckedColumn, CheckedSheet, FileCheck
    from bangfu.pipeline.sources.header_matching import Fit

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Sources: list them, check a file, draft a new one (数据源).

\b
Example:
  bangfu source list
  bangfu source check 低保名单.xlsx
  bangfu source new housing_aid --from 住房补贴.xlsx --zh 住房补贴名单 --owner 住房保障部门
""",
)

Passwords = Annotated[
    list[str] | None, typer.Option("--password", help="Opening password of the workbook; repeatable.")
]


@app.command(
    "list",
    help="""List the sources: who sends them, how often, on which legal basis until when, and how long they are kept.

\b
Example:
  bangfu source list --json
""",
)
def list_sources(json: Json = False) -> None:
    """List the declared sources."""
    import datetime as dt

    from schemas.sources import SOURCES

    today = dt.datetime.now(dt.UTC).date()
    told = [
        {
            "source": source.code,
            "zh": source.zh,
            "owner": source.owner_zh,
            "cadence": source.cadence,
            "basis": f"{source.legal_basis.document} {source.legal_basis.number}",
            "valid_from": source.legal_basis.valid_from,
            "valid_until": source.legal_basis.valid_until,
            "valid": source.legal_basis.valid_from <= today <= source.legal_basis.valid_until,
            "unannounced": source.unannounced,
            "landing_days": source.retention.landing_days,
            "standard_days": source.retention.standard_days,
            "quarantine_days": source.retention.quarantine_days,
        }
        for source in SOURCES.values()
    ]
    rows = [
        (
            item["source"],
            item["zh"],
            item["owner"],
            item["cadence"],
            item["basis"],
            f"{item['valid_until']}{'' if item['valid'] else ' 未生效或已到期 NOT IN FORCE'}",
            f"{item['landing_days']}/{item['standard_days']}/{item['quarantine_days']}",
            item["unannounced"],
        )
        for item in told
    ]
    head = (
        *("代码 source", "名称 name", "报送单位 owner", "周期 cadence", "法律依据 legal basis", "有效至 until"),
        *("保存天数 days kept", "没有清单 without manifest"),
    )
    note = "保存天数 days kept: 落地 landing/标准 standard/隔离 quarantine"
    emit({"sources": told}, json=json, lines=[*table(head, rows), "", note])


@app.command(
    help="""Tell how a file is understood, without receiving it: nothing is written, and no value of a person is shown.

Without --source the declared source that fits best is taken. Leaves with 1 when the file would be refused.

\b
Example:
  bangfu source check 低保名单.xlsx
  bangfu source check 名单.csv --source civil_affairs --json
"""
)
def check(
    file: Annotated[Path, typer.Argument(help="A file as the department sent it.", exists=True, dir_okay=False)],
    source: Annotated[str | None, typer.Option("--source", help="Source code; found by the headers if absent.")] = None,
    password: Passwords = None,
    json: Json = False,
) -> None:
    """Tell how a file is understood."""
    from bangfu.pipeline.sources.check import check_file
    from bangfu.settings import Settings

    kept = Settings.from_environment().workbook_passwords.get(source or "", ())
    found = check_file(file, source, passwords=(*(password or ()), *kept))
    emit(found, json=json, lines=_lines(found))
    if found.refusals:
        raise typer.Exit(1)


@app.command(
    help="""Draft the declaration of a new source from a sample file.

Known headers become columns, others are listed for you to decide about, and sensitive ones are forbidden. The draft's
legal basis has ended, so that nothing is received by it until you fill in the document that permits it.

\b
Example:
  bangfu source new housing_aid --from 住房补贴.xlsx --zh 住房补贴名单 --owner 住房保障部门
"""
)
def new(
    code: Annotated[str, typer.Argument(help="Name of the source: lower-case words joined by _.")],
    sample: Annotated[
        Path, typer.Option("--from", help="A file as the department sends it.", exists=True, dir_okay=False)
    ],
    zh: Annotated[str | None, typer.Option("--zh", help="Chinese name.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="The department that sends it.")] = None,
    folder: Annotated[Path | None, typer.Option("--folder", help="Where to write; schemas/sources if absent.")] = None,
    password: Passwords = None,
    json: Json = False,
) -> None:
    """Draft the declaration of a new source."""
    from bangfu.pipeline.sources.new import NewSource, new_source

    done = new_source(NewSource(code, sample, zh, owner, folder, tuple(password or ())))
    lines = [
        f"{done.path} written: {len(done.fields)} columns",
        *table(("header 表头", "field 字段"), [*done.fields.items(), *done.member_fields.items()]),
    ]
    if done.identity:
        lines.append(f"found by what the cells look like (按内容识别): {', '.join(done.identity)}")
    if done.household:
        lines.append(f"once per household, check (户内填充，待核对): {', '.join(done.household)}")
    if done.members:
        lines.append(f"members side by side, check (并排成员，待核对): {done.members}")
    lines.append(f"never taken (不接收): {'、'.join(done.forbidden)}")
    lines += [f"not taken, decide (待定): {item.header}  {item.form}" for item in done.proposals]
    lines += [
        "",
        "The legal basis is a placeholder that has ended: receiving refuses this source until you fill it in.",
        "法律依据是已到期的占位内容：填写依据文件、文号和起止日期之前，一律拒收。",
        f"Next: fill in every 待补, look at every 待核对, then `bangfu source check {sample} --source {code}`.",
    ]
    emit(done, json=json, lines=lines)


def _lines(found: "FileCheck") -> list[str]:
    from schemas.sources import SOURCES

    declared = SOURCES[found.source]
    chosen = "" if found.given else "（按表头判断 by its headers）"
    lines = [f"{declared.zh} {found.source}{chosen}"]
    if found.fits:
        close = [fit for fit in found.fits if fit.score >= _CLOSE * found.fits[0].score][:3]
        rows = [(f"{SOURCES[fit.source].zh} {fit.source}", *_fit_cells(fit)) for fit in close]
        lines += table(_FIT_HEAD, rows)
    if found.kind:
        whole = [found.kind, found.encoding, found.container]
        lines += [
            "",
            f"文件 file: {', '.join(filter(None, whole))}; 数据行 rows {found.rows:,}, 人 persons {found.persons:,}",
        ]
    for sheet in found.sheets:
        lines += ["", *_sheet_lines(sheet)]
    if found.ignored_sheets:
        lines.append(f"没有表格的工作表 sheets without a table: {'、'.join(found.ignored_sheets)}")
    if found.kind and not any(sheet.missing_required for sheet in found.sheets):
        lines += ["", f"接受 accepted {found.accepted:,}, 退回 rejected {sum(found.rejected.values()):,}"]
        lines += [f"  {count:,}  {_reason(code)}" for code, count in found.rejected.items()]
    lines += [f"注意 note: {zh} {en}" for zh, en in found.notes]
    for item in found.refusals:
        lines += [f"拒收 refused ({item.code}): {item.zh}", f"    {item.en}"]
    if not found.refusals:
        usable = "" if found.accepted else "，但没有可用的行 but no row of it could be used"
        lines.append(f"可以接收 it would be received{usable}")
    return lines


def _sheet_lines(sheet: "CheckedSheet") -> list[str]:
    from schemas.fields import FIELDS

    at = f"第 {sheet.header_row} 行" + (f"起 {sheet.header_height} 行" if sheet.header_height > 1 else "")
    kind = "户名单，各列按户编号并入成员 households, joined to their members; " if sheet.households else ""
    lines = [
        f"工作表 sheet {sheet.name or '—'}: {kind}表头 header {at}, 数据行 rows {sheet.rows:,}, 人 persons {sheet.persons:,}"
    ]
    left = [
        (sheet.blank_rows, "空行 blank rows"),
        (sheet.footer_rows, "合计等 totals"),
        (sheet.filled_cells, "向下填充的格 cells filled down"),
    ]
    if told := ", ".join(f"{name} {count:,}" for count, name in left if count):
        lines.append(f"  {told}")
    head = ("表头 header", "字段 field", "填写 filled", "可读 readable", "形态 form")
    lines += table(head, [_column_cells(column) for column in sheet.columns])
    if any(column.field is None for column in sheet.columns):
        lines.append("“—”的列不读取、不留存 columns with — are neither read nor kept")
    for name in sheet.missing_required:
        lines.append(f"! 缺少必需的列 a required column is missing: {FIELDS[name].zh} {name}")
    if sheet.missing:
        lines.append(f"没有的列 columns not sent: {'、'.join(FIELDS[name].zh for name in sheet.missing)}")
    for column in sheet.columns:
        if column.unreadable:
            lines.append(f"! {column.header}: {column.unreadable:,} {_UNREADABLE[column.coded]}")
        if column.sensitive:
            lines.append(f"! {column.header}: 不应报送的内容，请写入 forbidden must not be sent: put it into forbidden")
        if close := column.suggestion:
            lines.append(
                f"? {column.header} 可能是 may be {FIELDS[close.field].zh} {close.field}（近似 like “{close.alias}”）:"
            )
            lines.append(f"    {close.line}")
    return lines


_CLOSE = 0.2
"""Share of the best source's score from which on another one is told."""
_FIT_HEAD = (
    "像哪类数据 fits",
    "得分 score",
    "认识的列 known",
    "禁止的列 forbidden",
    "缺少的必需列 required but missing",
)
_UNREADABLE = {
    True: "个取值不在代码表内 values that are on no code list",
    False: "个取值无法识别 values that cannot be read",
}
_STATES = {
    "forbidden": "— 禁止接收 forbidden",
    "unlisted": "— 不在清单 not listed",
    "duplicated": "— 重复表头 duplicated",
}


def _fit_cells(fit: "Fit") -> tuple[object, ...]:
    from schemas.fields import FIELDS

    return f"{fit.score:.1f}", fit.found, fit.forbidden, "、".join(f"{FIELDS[name].zh} {name}" for name in fit.missing)


def _share(share: float) -> str:
    """The share of a form: little is not nothing, and nearly all is not all."""
    return "" if share == 1 else " <1%" if share < 0.01 else " >99%" if share > 0.99 else f" {share:.0%}"


def _column_cells(column: "CheckedColumn") -> tuple[str, ...]:
    from schemas.fields import FIELDS

    if column.field is None:
        return (column.header, _STATES[column.state], "", "", "")
    forms = "; ".join(f"{form.zh}{_share(form.share)}" for form in column.forms)
    readable = "" if column.readable is None else f"{column.readable:.1%}"
    name = f"{FIELDS[column.field.partition('[')[0]].zh} {column.field}"
    return (column.header, name, f"{column.filled or 0:.1%}", readable, forms)


def _reason(code: str) -> str:
    from schemas.vocabulary import REJECT_REASONS, RejectCode

    return " ".join(REJECT_REASONS[RejectCode(code)])
