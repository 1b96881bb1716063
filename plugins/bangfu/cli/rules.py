"""`bangfu rules`: the screening rules, from a file to two persons' approval, and what other rules would change."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bangfu.cli.output import Json, emit, table
from bangfu.cli.policies import By, approve_version, entered

if TYPE_CHECKING:
    from bangfu.pipeline.screening.what_if import Comparison
    from bangfu.screening.rules.rule_set import RuleSet

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Screening rules: check, show, enter, approve, compare, repeat a run (筛查规则).

\b
Example:
  bangfu rules show > rules.txt
  bangfu rules check yn-hardship-2026.2.toml
  bangfu rules import yn-hardship-2026.2.toml --by li.na
  bangfu rules compare yn-hardship-2026.1 yn-hardship-2026.2.toml --out changes.csv
  bangfu rules approve yn-hardship-2026.2 --by chen.jie
""",
)

RuleFile = Annotated[Path, typer.Argument(help="Rule file, TOML.", exists=True, dir_okay=False)]
RuleName = Annotated[str, typer.Argument(help="A rule file (.toml), or a version that `bangfu rules list` shows.")]


@app.command(
    "list",
    help="""List the rule sets: what came with the program, and what was entered and approved by whom.

\b
Example:
  bangfu rules list
""",
)
def list_rules(json: Json = False) -> None:
    """List the rule sets."""
    from bangfu.db.policies import PolicyKind
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import versions
    from bangfu.screening.rules.shipped import shipped_rules

    with open_context() as context:
        kept = versions(context, PolicyKind.RULES)
    rows = [
        {
            "version": row.version_id,
            "origin": row.origin,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
            "entered_by": row.entered_by,
            "approved_by": row.approved_by,
            "digest": row.digest,
        }
        for row in kept
    ]
    known = {row["version"] for row in rows}
    rows = [_shipped(item) for name, item in shipped_rules().items() if name not in known] + rows
    head = ("版本 version", "来源 origin", "自 from", "至 until", "录入 entered by", "审批 approved by", "摘要 digest")
    cells = [(*(str(value or "") for value in list(row.values())[:-1]), str(row["digest"])[:12]) for row in rows]
    emit({"rules": rows}, json=json, lines=table(head, cells))


def _shipped(rules: "RuleSet") -> dict[str, Any]:
    return {
        "version": rules.name,
        "origin": "shipped",
        "valid_from": rules.valid_from,
        "valid_to": rules.valid_to,
        "entered_by": None,
        "approved_by": None,
        "digest": rules.digest,
    }


@app.command(
    help="""Read a rule file and say what is wrong with it, if anything.

\b
Example:
  bangfu rules check yn-hardship-2026.2.toml
"""
)
def check(file: RuleFile, json: Json = False) -> None:
    """Check a rule file."""
    from bangfu.pipeline.screening.policies import rule_file

    rules = rule_file(file)
    told = {"version": rules.name, "digest": rules.digest, "tiers": len(rules.tiers), "screens": len(rules.screens)}
    line = (
        f"{rules.name}: 可用 can be used; {len(rules.tiers)} tiers, {len(rules.screens)} screens, {rules.digest[:12]}"
    )
    emit(told, json=json, lines=[line])


@app.command(
    help="""Show a rule set in words: every rule, its condition and how much each band is believed.

\b
Example:
  bangfu rules show
  bangfu rules show yn-hardship-2026.2.toml
  bangfu rules show --evidence
"""
)
def show(
    name: Annotated[str | None, typer.Argument(help="A rule file or version; the one in use today if absent.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Show what rules may read instead.")] = False,
    json: Json = False,
) -> None:
    """Show a rule set."""
    from bangfu.china_time import CHINA
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import policy_in_force, rules_named

    if evidence:
        emit({"evidence": _evidence()}, json=json, lines=_evidence_lines())
        return
    with open_context() as context:
        rules = (
            rules_named(context, name) if name else policy_in_force(context, datetime.now(CHINA).date()).policy.rules
        )
    emit({"version": rules.name, "digest": rules.digest, "content": rules.content}, json=json, lines=_lines(rules))


@app.command(
    "import",
    help="""Enter a rule set (录入). It is used once a second person has approved it.

\b
Example:
  bangfu rules import yn-hardship-2026.2.toml --by li.na
  bangfu rules import yn-hardship-2026.1 --by li.na
""",
)
def enter(name: RuleName, by: By, json: Json = False) -> None:
    """Enter a rule set."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import enter_rules, rules_named

    with open_context() as context:
        version = enter_rules(context, rules_named(context, name), by=by)
    entered("rules", version, by, json=json)


@app.command(
    help="""Approve a rule set (审批). Who entered it may not.

\b
Example:
  bangfu rules approve yn-hardship-2026.2 --by chen.jie
"""
)
def approve(
    version: Annotated[str, typer.Argument(help="As `bangfu rules list` shows it.")], by: By, json: Json = False
) -> None:
    """Approve a rule set."""
    approve_version("rules", version, by, json=json)


@app.command(
    help="""Apply two rule sets to the same links: clues kept, gained and lost by county. Changes no list.

Numbers of 1 to 4 are not told, nor those they could be had from.

\b
Example:
  bangfu rules compare yn-hardship-2026.1 yn-hardship-2026.2.toml --out changes.csv
"""
)
def compare(
    before: RuleName,
    after: RuleName,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day of the window; else the last event in the data."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV file to write as well.", dir_okay=False)] = None,
    json: Json = False,
) -> None:
    """Compare two rule sets."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.what_if import compare_rules, write_comparison

    with open_context() as context:
        found = compare_rules(context, before, after, as_of=as_of.date() if as_of else None)
    if out is not None:
        write_comparison(found, out)
    emit(found, json=json, lines=[*_compared(found), *([f"written to {out}"] if out else [])])


@app.command(
    help="""Do an earlier screening once more with its own rules, parameters and links (重放), and tell whether it is the same.

\b
Example:
  bangfu rules replay 20261130T070512345-1a2b3c4d
"""
)
def replay(
    run: Annotated[str, typer.Argument(help="Screening run, as `bangfu status` shows it.")], json: Json = False
) -> None:
    """Repeat a screening."""
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.what_if import replay as work

    with open_context() as context:
        done = work(context, run)
    if not done.same:
        raise BangfuError(
            f"Run {run} had {done.candidates:,} candidates, and has {done.candidates_now:,} now: an extract it read was "
            "retracted or retired since, or the program has changed."
        )
    line = f"{run}: 一致 the same {done.candidates:,} candidates, rules {done.rule_set}, parameters {done.parameters or 'none'}"
    emit(done, json=json, lines=[line])


def _compared(found: "Comparison") -> list[str]:
    from schemas.reference import divisions

    rows = [(_name(divisions(), row.county), row.kept, row.gained, row.lost) for row in (*found.counties, found.total)]
    head = ("县区 county", "保留 kept", "新增 gained", "减少 lost")
    return [
        f"{found.before} -> {found.after}, as of {found.as_of}, parameters {found.parameters or 'none'}",
        *table(head, rows),
        "<5: 1 to 4; *: not told, since a small number could be had from it",
    ]


def _name(names: Any, code: str) -> str:
    return f"{code} {names[code.ljust(6, '0')].name}"


def _lines(rules: "RuleSet") -> list[str]:
    lines = [
        f"{rules.zh} {rules.en}",
        f"版本 version {rules.name}   自 from {rules.valid_from} 至 to {rules.valid_to or '—'}   {rules.digest[:12]}",
        f"依据 standard: {rules.standard}",
        "",
        "导出值 derived values",
        *(f"  {item.name} = {item.value.text}   {item.zh} ({item.unit})" for item in rules.derived),
        "",
        "层级 tiers: only where income and household size are known; the first that holds",
    ]
    for tier in rules.tiers:
        lines += [f"  {tier.code}   {tier.tier}   {tier.zh}", f"      {tier.when.text}"]
    weight = f"每个判断相当于 {rules.belief_weight:g} 次走访 each belief is worth so many visits"
    lines += ["", "筛查 screens: a strength, never a tier", f"  {weight}"]
    for screen in rules.screens:
        adds = "" if screen.alone else "   只加强其他线索 only adds to others"
        lines += [
            f"  {screen.code}   {screen.name_zh} {screen.name_en}{adds}",
            f"      读取 reads: {_reads(screen.reads)}",
        ]
        lines += [f"      {band.belief:.2f}  {band.zh}: {band.when.text}" for band in screen.bands]
    return lines


def _reads(names: frozenset[str]) -> str:
    from schemas.evidence import EVIDENCE

    return ", ".join(f"{name} {EVIDENCE[name].zh}" for name in EVIDENCE if name in names)


def _evidence() -> list[dict[str, Any]]:
    from dataclasses import asdict

    from schemas.evidence import EVIDENCE

    return [asdict(column) for column in EVIDENCE.values()]


def _evidence_lines() -> Sequence[str]:
    rows = [
        (row["name"], row["zh"], row["unit"], ", ".join(row["sources"]) or "入户 visit", row["meaning"])
        for row in _evidence()
    ]
    return table(("名称 name", "术语 term", "单位 unit", "来源 sources", "含义 meaning"), rows)
