"""Screening (筛查): from the latest links to a list of clues in the database, not yet visible to anybody."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from bangfu.db.candidates import NewCandidate, replace_screened
from bangfu.db.case_results import results
from bangfu.db.helped_households import stage_households
from bangfu.db.list_entries import replace_entries
from bangfu.db.models import CandidateList
from bangfu.db.runs import Run, finish_run, latest_run
from bangfu.db.samples import keep_draw
from bangfu.db.visit_decisions import Decision, list_decisions
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.linkage.found import put_table
from bangfu.pipeline.screening.audit_sample import audit_sample, next_push
from bangfu.pipeline.screening.capacity import visiting_capacity
from bangfu.pipeline.screening.linked_tables import LinkedTables
from bangfu.pipeline.screening.lists import Ids, entries_of_lists, listed_entries
from bangfu.pipeline.screening.particulars import SHOWN, described, groups_told, particulars
from bangfu.pipeline.screening.person_ids import person_ids
from bangfu.pipeline.screening.policies import InForce, keep_used, policies_digest, policy_in_force
from bangfu.pipeline.screening.reading import link_models, linked_extracts, read_linked
from bangfu.pipeline.screening.registered import new_households
from bangfu.pipeline.screening.taught import taught
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.screening.capacity import within_capacity
from bangfu.screening.clues import Clue, clues
from bangfu.screening.decisions import DECISION, decided
from bangfu.screening.entitlement import gap_counts, gap_table
from bangfu.screening.explanations import PARTICULARS, rows_told_of
from bangfu.screening.screened import Screened, prepared, screened

__all__ = ["STAGE", "ScreenSummary", "screen"]

STAGE = "screen"
_STEPS = 4
_GAPS = "gaps"  # kept with the run, and told by `bangfu gaps` alone


@dataclass(frozen=True)
class ScreenSummary:
    """Counts of one screening.

    Attributes:
        run_id: The run; a former one when `unchanged`.
        unchanged: Whether the same links were screened before and that list still stands.
        link_run_id: Links that were read.
        as_of: Last day of the twelve months.
        rule_set: Version of the rules that were applied.
        rules_digest: sha256 of that rule file.
        rules_approved: Whether two persons entered and approved it; otherwise it came with the program.
        parameters: Version of the parameters; None where none are approved, and no tier can be suggested.
        parameters_origin: `official` or `synthetic`.
        candidates: Persons on the list.
        by_reason: Persons by reason; a person may have several.
        by_county: Persons by county of the owner.
        suppressed: Persons with evidence who are not on the list, by reason.
        routes: Persons by the rule that gave them their county.
        tiers: Persons on the list by the tier rule that holds for them.
        undecided: By rule, households it could not be decided for, since a value is not known.
        result_digest: The same for the same findings, before decisions and capacity were looked at.
        found: Persons found by the rules; those on the list and those left out by a decision or by capacity.
        returned: Persons on the list although they were decided about: there is new evidence.
        lists: Entries of the lists beside the clues, by list (`schemas.screening_lists`).
        capacity: By county, how many clues it can visit; a county it does not name has no limit.
        trees: Persons by the tree their union belongs to, territorial or industry.
        groups: Clue rates by group, small numbers hidden; see `bangfu.screening.fairness.clue_rates`.
    """

    run_id: str
    unchanged: bool
    link_run_id: str
    as_of: dt.date
    rule_set: str
    rules_digest: str
    rules_approved: bool
    parameters: str | None
    parameters_origin: str | None
    candidates: int
    by_reason: Mapping[str, int]
    by_county: Mapping[str, int]
    suppressed: Mapping[str, int]
    routes: Mapping[str, int]
    tiers: Mapping[str, int]
    undecided: Mapping[str, int]
    result_digest: str
    capacity: Mapping[str, int] = field(default_factory=dict)
    trees: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    found: int = 0
    returned: int = 0
    lists: Mapping[str, int] = field(default_factory=dict)


def screen(context: Context, *, as_of: dt.date | None = None, progress: Progress | None = None) -> ScreenSummary:
    """Find members with evidence of expenditure-type hardship who are not registered.

    Args:
        context: The installation.
        as_of: Last day of the window; None takes the latest event in the data, so that old data replays.
            An event dated after its extract arrived is an error and never moves the window.
        progress: Told after each step.

    Raises:
        BangfuError: Nothing has been linked yet, no approved rules or parameters hold on the day, or another screening
            is going on.
    """
    progress = progress or silent
    with alone(context, STAGE):
        with context.engine.connect() as connection:
            linkage, decisions = latest_run(connection, "link"), list_decisions(connection)
            visits, push = results(connection), next_push(connection)
        if linkage is None:
            raise BangfuError("There are no links to screen: run `bangfu link` first.")
        extracts = linked_extracts(context, linkage.run_id)
        capacity = visiting_capacity(context.settings.county_visits)
        inputs = {
            "links": linkage.run_id,
            "extracts": sorted(row.extract_id for row in extracts),
            "as_of": as_of and as_of.isoformat(),
            "policies": policies_digest(context),
            **({"capacity": dict(capacity)} if capacity else {}),
            **({"visits": digest_of([list(asdict(item).values()) for item in visits])} if visits else {}),
            **({"audit_sample": context.settings.audit_sample} if context.settings.audit_sample else {}),
            "decisions": [[str(value) for value in asdict(item).values()] for item in decisions],
        }
        input_hash = digest_of(inputs)
        with context.engine.connect() as connection:
            former = _standing(connection, latest_run(connection, STAGE, input_hash=input_hash))
        if former is not None:
            return replace(_summary_of(former.summary), unchanged=True)
        with registered_run(context, STAGE, input_hash) as run_id:
            progress("screen", 0, _STEPS)
            rows = read_linked(context, linkage.run_id, extracts)
            day = rows.as_of(as_of)
            in_force = policy_in_force(context, day)
            progress("screen", 1, _STEPS)
            found = screened(prepared(rows.material, day), taught(in_force.policy, visits))
            found = replace(found, persons=described(rows.tables, found.persons))
            progress("screen", 2, _STEPS)
            key = context.settings.secret("candidate-key")
            ids = person_ids(found.persons, key)
            made = _by_person(decisions, ids)
            open_ = decided(found, made)
            shown = within_capacity(open_.found, capacity)
            told_of = particulars(rows.tables, rows_told_of(shown), PARTICULARS)
            told = clues(shown, link_models(context, linkage.run_id), told_of, open_.changes)
            listed = [_candidate(clue, ids[clue.member["cluster_id"]]) for clue in told]
            evident = entries_of_lists(found, shown, made)
            sample = audit_sample(context, push, found, evident)
            describe = partial(described, rows.tables)
            entries = listed_entries([*evident, *sample.entries], found, Ids(ids, key), describe)
            counted = gap_counts(found)
            told_gaps = [asdict(row) for row in gap_table(counted)] if counted is not None else []
            progress("screen", 3, _STEPS)
            _keep(context, linkage.run_id, run_id, found)
            summary = _summary(run_id, linkage.run_id, shown, in_force)
            summary = replace(summary, capacity=dict(capacity), groups=_groups(shown, rows.tables))
            with context.engine.begin() as connection:
                keep_used(connection, in_force)
                replace_screened(connection, run_id, listed)
                stage_households(connection, run_id, new_households(rows.tables, found.prepared, Ids(ids, key)))
                summary = replace(
                    summary,
                    found=len(found.persons),
                    returned=len(open_.changes),
                    result_digest=found.digest,
                    lists=replace_entries(connection, run_id, entries),
                )
                for prefecture, draw in sample.draws:
                    keep_draw(connection, draw, prefecture, run_id=run_id)
                kept = {**asdict(summary), "as_of": summary.as_of.isoformat(), _GAPS: told_gaps}
                finish_run(connection, run_id, kept)
            progress("screen", _STEPS, _STEPS)
            return summary


def _keep(context: Context, link_run: str, run_id: str, found: Screened) -> None:
    """Keep what the list rests on, sealed and deleted with the links it was made of."""
    put_table(context, link_run, f"{run_id}-ledger", found.prepared.evidence.ledger)
    if found.prepared.material.held is not None:
        put_table(context, link_run, f"{run_id}-households", found.prepared.material.held)


def _standing(connection: Connection, run: Run | None) -> Run | None:
    """The run, if its list is still the latest one."""
    newest = connection.scalar(select(CandidateList.run_id).order_by(CandidateList.run_id.desc()).limit(1))
    return run if run is not None and run.run_id == newest else None


def _summary_of(stored: Mapping[str, Any]) -> ScreenSummary:
    own = {name: value for name, value in stored.items() if name != _GAPS}
    return ScreenSummary(**{**own, "as_of": dt.date.fromisoformat(stored["as_of"])})


def _by_person(decisions: Iterable[Decision], ids: Mapping[str, str]) -> pl.DataFrame:
    """Decisions about persons of a list; several persons who share an id share its decisions."""
    rows = pl.DataFrame(
        [asdict(item) for item in decisions], schema={"candidate_id": pl.String, **DECISION}, strict=True
    )
    named = pl.DataFrame({"cluster_id": list(ids), "candidate_id": list(ids.values())}, schema_overrides=_NAMED)
    return rows.drop("cluster_id").join(named, on="candidate_id", maintain_order="left").select(*DECISION)


_NAMED = {"cluster_id": pl.String, "candidate_id": pl.String}


def _candidate(clue: Clue, identity: str) -> NewCandidate:
    """A clue as a row of the list."""
    return NewCandidate(
        candidate_id=identity,
        county_code=clue.county,
        roster_record_id=clue.member["record_id"],
        reasons=clue.reasons,
        strength=clue.strength,
        match_probability=clue.match_probability,
        evidence=clue.evidence,
        match=clue.match,
        roster_person_id=clue.member["person_ref"],
        birth_year=clue.member["birth_date"].year if clue.member["birth_date"] else None,
        **{name: clue.member[name] for name in SHOWN},
    )


def _summary(run_id: str, link_run: str, found: Screened, in_force: InForce) -> ScreenSummary:
    def counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
        return dict(frame.group_by(column).len().sort(column).iter_rows())

    return ScreenSummary(
        run_id=run_id,
        unchanged=False,
        link_run_id=link_run,
        as_of=found.prepared.window.as_of,
        rule_set=in_force.policy.rules.name,
        rules_digest=in_force.policy.rules.digest,
        rules_approved=in_force.rules_approved,
        parameters=in_force.parameters,
        parameters_origin=str(in_force.policy.parameters.origin) if in_force.policy.parameters else None,
        candidates=len(found.persons),
        by_reason=counts(found.hits, "code"),
        by_county=counts(found.persons, "county"),
        suppressed=counts(found.left_out, "why"),
        routes=counts(found.persons, "route"),
        tiers=counts(found.tiers, "code"),
        undecided=found.findings.unknown,
        result_digest=found.digest,
        trees=counts(found.persons, "tree"),
    )


def _groups(found: Screened, tables: LinkedTables) -> dict[str, Any]:
    seen = found.prepared
    able = seen.members.join(seen.out, on="cluster_id", how="anti")
    return groups_told(tables, able, found.persons["cluster_id"], seen.window.as_of)
