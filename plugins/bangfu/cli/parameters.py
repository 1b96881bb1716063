"""`bangfu parameters`: official values by county and date, from tables to two persons' approval."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bangfu.cli.output import Json, emit, table
from bangfu.cli.policies import By, approve_version, entered

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Parameters of the rules by county and date: subsistence line, income, minimum wage, ratio (政策参数).

\b
Example:
  bangfu parameters template official/
  bangfu parameters check official/
  bangfu parameters import official/ --by li.na
  bangfu parameters approve official-1f3a5c7e9b0d --by chen.jie
  bangfu parameters show --on 2026-06-30
""",
)

Tables = Annotated[Path, typer.Argument(help="Directory with the CSV tables.", exists=True, file_okay=False)]


@app.command(
    help="""Write the empty tables to fill in; each names no value, since official ones must not be invented.

\b
Example:
  bangfu parameters template official/
"""
)
def template(
    out: Annotated[Path, typer.Argument(help="Directory to write to; made if absent.", file_okay=False)],
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Write the made-up values of the demonstration instead.")
    ] = False,
    json: Json = False,
) -> None:
    """Write the tables that come with the program."""
    from bangfu.errors import BangfuError
    from schemas.parameters import PARAMETERS, Origin
    from schemas.reference import parameter_files

    files = parameter_files(str(Origin.SYNTHETIC if synthetic else Origin.OFFICIAL))
    out.mkdir(parents=True, exist_ok=True)
    there = [name for name in files if (out / name).exists()]
    if there:
        raise BangfuError(f"{out} holds {', '.join(there)} already: name another directory.")
    for name, text in files.items():
        (out / name).write_text(text, "utf-8")
    lines = [f"{out / f'{item.code}.csv'}: {item.zh}；{item.publisher_zh}" for item in PARAMETERS.values()]
    emit({"files": [out / name for name in files]}, json=json, lines=lines)


@app.command(
    help="""Read parameter tables and list everything that is wrong: cells, units, gaps, overlaps.

\b
Example:
  bangfu parameters check official/
"""
)
def check(tables: Tables, json: Json = False) -> None:
    """Check parameter tables."""
    from bangfu.pipeline.screening.policies import parameter_tables

    found = parameter_tables(tables)
    told = {"version": found.name, "values": len(found.values), "origin": str(found.origin)}
    emit(
        told,
        json=json,
        lines=[f"{found.name}: 可用 can be used; {len(found.values):,} values, {_origin(found.origin)}"],
    )


@app.command(
    "import",
    help="""Enter parameter tables (录入). They are used once a second person has approved them.

All tables are entered together, with the values of earlier days: runs of earlier days need them.

\b
Example:
  bangfu parameters import official/ --by li.na
""",
)
def enter(tables: Tables, by: By, json: Json = False) -> None:
    """Enter parameter tables."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import enter_parameters, parameter_tables

    found = parameter_tables(tables)
    with open_context() as context:
        version = enter_parameters(context, found, by=by)
    entered("parameters", version, by, json=json)


@app.command(
    help="""Approve parameters (审批). Who entered them may not.

\b
Example:
  bangfu parameters approve official-1f3a5c7e9b0d --by chen.jie
"""
)
def approve(
    version: Annotated[str, typer.Argument(help="As `bangfu parameters list` shows it.")], by: By, json: Json = False
) -> None:
    """Approve parameters."""
    approve_version("parameters", version, by, json=json)


@app.command(
    "list",
    help="""List the versions of the parameters: who entered and who approved them.

\b
Example:
  bangfu parameters list
""",
)
def list_parameters(json: Json = False) -> None:
    """List the versions."""
    from bangfu.db.policies import PolicyKind
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import versions

    with open_context() as context:
        kept = versions(context, PolicyKind.PARAMETERS)
    names = ("version_id", "origin", "entered_by", "entered_at", "approved_by", "approved_at")
    rows = [{name: getattr(row, name) for name in names} for row in kept]
    head = ("版本 version", "来源 origin", "录入 entered by", "时间 at", "审批 approved by", "时间 at")
    cells = [tuple(_cell(value) for value in row.values()) for row in rows]
    emit(
        {"parameters": rows},
        json=json,
        lines=table(head, cells) if rows else ["尚未录入参数 no parameters are entered"],
    )


@app.command(
    help="""Show the approved values that hold on a day, by county.

\b
Example:
  bangfu parameters show --on 2026-06-30
  bangfu parameters show --county 530102 --on 2025-06-30
"""
)
def show(
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day.")],
    county: Annotated[str | None, typer.Option("--county", help="Division code of one county, 6 digits.")] = None,
    json: Json = False,
) -> None:
    """Show what holds on a day."""
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import policy_in_force
    from schemas.parameters import PARAMETERS
    from schemas.reference import counties

    names = {item.code: item.name for item in counties()}
    if county is not None and county not in names:
        raise BangfuError(f"There is no county {county!r}: give the 6 digits of its division code.")
    day = on.date()
    with open_context() as context:
        in_force = policy_in_force(context, day)
    found = in_force.policy.parameters
    if found is None:
        raise BangfuError("No parameters are approved: tiers and rules that need them are unknown.")
    wanted = [county] if county else list(names)
    rows = [
        {"county": row["county"], "name": names[row["county"]], "area_type": area, **row}
        for area in ("urban", "rural")
        for row in found.on(day, wanted, area).iter_rows(named=True)
    ]
    head = ("县区 county", "", "", *(f"{item.zh} {item.name} ({item.unit})" for item in PARAMETERS.values()))
    cells = [tuple(_cell(value) for value in row.values()) for row in rows]
    lines = [f"{in_force.parameters}: {_origin(found.origin)}", *table(head, cells)]
    emit({"version": in_force.parameters, "on": day, "values": rows}, json=json, lines=lines)


def _origin(origin: str) -> str:
    return "官方 official" if origin == "official" else "合成数据，非官方 SYNTHETIC, of no office"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
