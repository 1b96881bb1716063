"""Screening (筛查): from the latest links to a list of clues in the database, not yet visible to anybody."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from bangfu.db.candidates import NewCandidate, candidate_id, replace_screened
from bangfu.db.deliveries import StandingExtract
from bangfu.db.models import CandidateList
from bangfu.db.runs import Run, finish_run, latest_run, link_sets
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context, Progress, silent
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.stage import alone, digest_of, registered_run
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.screening.clues import Clue, Screened, clues, screened
from bangfu.screening.material import Material, family_rows, linked_rows
from bangfu.screening.rules import RULE_SET
from bangfu.storage import keys
from matching import Model
from schemas.fields import PERSON
from schemas.sources import ROSTER, SOURCES

__all__ = ["ScreenSummary", "screen"]

STAGE = "screen"
_EVENTS = {"medical_settlement": "settled_on", "disaster_relief": "event_on", "civil_affairs": "started_on"}
_SETTLEMENTS = "medical_settlement"
_STEPS = 4


@dataclass(frozen=True)
class ScreenSummary:
    """Counts of one screening.

    Attributes:
        run_id: The run; a former one when `unchanged`.
        unchanged: Whether the same links were screened before and that list still stands.
        link_run_id: Links that were read.
        as_of: Last day of the twelve months.
        rule_set: Screens that were applied.
        candidates: Persons on the list.
        by_reason: Persons by reason; a person may have several.
        by_county: Persons by county of the owner.
        suppressed: Persons with evidence who are not on the list, by reason.
        routes: Persons by the rule that gave them their county.
    """

    run_id: str
    unchanged: bool
    link_run_id: str
    as_of: dt.date
    rule_set: str
    candidates: int
    by_reason: Mapping[str, int]
    by_county: Mapping[str, int]
    suppressed: Mapping[str, int]
    routes: Mapping[str, int]


def screen(context: Context, *, as_of: dt.date | None = None, progress: Progress | None = None) -> ScreenSummary:
    """Find members with evidence of expenditure-type hardship who are not registered.

    Args:
        context: The installation.
        as_of: Last day of the window; None takes the latest event in the data, so that old data replays.
            An event dated after its extract arrived is an error and never moves the window.
        progress: Told after each step.

    Raises:
        BangfuError: Nothing has been linked yet, or another screening is going on.
    """
    progress = progress or silent
    with alone(context, STAGE):
        with context.engine.connect() as connection:
            linkage = latest_run(connection, "link")
        if linkage is None:
            raise BangfuError("There are no links to screen: run `bangfu link` first.")
        extracts = _extracts_of(context, linkage.run_id)
        inputs = {
            "links": linkage.run_id,
            "extracts": sorted(row.extract_id for row in extracts),
            "as_of": as_of and as_of.isoformat(),
            "rules": RULE_SET,
        }
        input_hash = digest_of(inputs)
        with context.engine.connect() as connection:
            former = _standing(connection, latest_run(connection, STAGE, input_hash=input_hash))
        if former is not None:
            return replace(_summary_of(former.summary), unchanged=True)
        with registered_run(context, STAGE, input_hash) as run_id:
            progress("screen", 0, _STEPS)
            tables = {code: _read(context, extracts, code) for code in SOURCES}
            material = _material(context, linkage.run_id, tables)
            progress("screen", 1, _STEPS)
            found = screened(material, as_of or _latest_event(extracts, tables))
            progress("screen", 2, _STEPS)
            rows = _candidates(clues(found, _models(context, linkage.run_id)), context.settings.secret("candidate-key"))
            progress("screen", 3, _STEPS)
            summary = _summary(run_id, linkage.run_id, found)
            with context.engine.begin() as connection:
                replace_screened(connection, run_id, rows)
                finish_run(connection, run_id, {**asdict(summary), "as_of": summary.as_of.isoformat()})
            progress("screen", _STEPS, _STEPS)
            return summary


def _extracts_of(context: Context, link_run: str) -> list[StandingExtract]:
    """The extracts that were linked and have not been retracted since."""
    inputs = read_sealed(context, keys.links(link_run, "inputs"), link_run)
    linked = set(inputs["extract_id"])
    return [row for row in active_extracts(context) if row.extract_id in linked]


def _standing(connection: Connection, run: Run | None) -> Run | None:
    """The run, if its list is still the latest one."""
    newest = connection.scalar(select(CandidateList.run_id).order_by(CandidateList.run_id.desc()).limit(1))
    return run if run is not None and run.run_id == newest else None


def _summary_of(stored: Mapping[str, Any]) -> ScreenSummary:
    return ScreenSummary(**{**stored, "as_of": dt.date.fromisoformat(stored["as_of"])})


def _read(context: Context, extracts: Iterable[StandingExtract], source: str) -> pl.DataFrame:
    own = [row for row in extracts if row.source == source]
    return read_standard(context, own, [field.name for field in SOURCES[source].fields])


def _material(context: Context, link_run: str, tables: Mapping[str, pl.DataFrame]) -> Material:
    """The linked rows of every source, read through the objects of the linkage run."""

    def stored(name: str) -> pl.DataFrame:
        return read_sealed(context, keys.links(link_run, name), link_run)

    roster_persons = stored(f"{ROSTER}-persons")
    with context.engine.connect() as connection:
        sources = [row.source for row in link_sets(connection, link_run) if row.source != ROSTER]
    linked = {
        source: linked_rows(tables[source], stored(f"{source}-persons"), stored(f"{source}-pairs"), roster_persons)
        for source in sources
        if not tables[source].is_empty()
    }
    roster = tables[ROSTER].join(roster_persons, on="record_id", maintain_order="left")
    if context.store.stat(keys.links(link_run, "family-pairs")) is None or _SETTLEMENTS not in linked:
        return Material(roster, linked)
    members = stored(f"{_SETTLEMENTS}-persons")
    family = family_rows(tables[_SETTLEMENTS], members, stored("family-pairs"), stored("family"), linked[_SETTLEMENTS])
    columns = ["record_id", *(field.name for field in PERSON)]
    listed = [
        tables[source].select(columns).join(stored(f"{source}-persons"), on="record_id", maintain_order="left")
        for source in HOUSEHOLD_SOURCES
        if source in linked
    ]
    return Material(roster, linked, family, pl.concat(listed, how="vertical_relaxed"))


def _models(context: Context, link_run: str) -> dict[str, Model]:
    with context.engine.connect() as connection:
        sets = link_sets(connection, link_run)
    model_keys = {row.source: row.model_key for row in sets if row.model_key}
    family = keys.model(link_run, "family")
    if context.store.stat(family) is not None:
        model_keys["family"] = family
    return {name: Model.load(context.store.get_file(key)) for name, key in model_keys.items()}


def _latest_event(extracts: Iterable[StandingExtract], tables: Mapping[str, pl.DataFrame]) -> dt.date:
    """The latest day something happened, as far as the extracts can know."""
    received = {row.extract_id: row.received_at.date() for row in extracts}
    days = []
    for source, column in _EVENTS.items():
        events = tables[source].select("extract_id", pl.col(column).cast(pl.Date))
        arrived = pl.col("extract_id").replace_strict(received, default=None, return_dtype=pl.Date)
        days.append(events.filter(pl.col(column) <= arrived)[column].max())
    known = [day for day in days if isinstance(day, dt.date)]
    if not known:
        raise BangfuError("No event in the data carries a date: say the last day of the window with --as-of.")
    return max(known)


def _candidates(found: Iterable[Clue], key: str) -> list[NewCandidate]:
    """Clues as rows of the list, each with its opaque id."""
    listed = list(found)
    return [
        NewCandidate(
            candidate_id=candidate_id(key, person),
            county_code=clue.county,
            roster_record_id=clue.member["record_id"],
            reasons=clue.reasons,
            strength=clue.strength,
            match_probability=clue.match_probability,
            evidence=clue.evidence,
            match=clue.match,
            roster_person_id=clue.member["person_ref"],
            birth_year=clue.member["birth_date"].year if clue.member["birth_date"] else None,
            **{name: clue.member[name] for name in _SHOWN},
        )
        for clue, person in zip(listed, person_keys([clue.member for clue in listed]), strict=True)
    ]


_SHOWN = ("union_name", "name", "sex", "ethnic_group", "id_number", "phone", "address", "employer")


def person_keys(members: Iterable[Mapping[str, Any]]) -> list[str]:
    """What identifies each member independently of the run, all different.

    The roster's own identifier with the name; where a roster has none, or two members share both (numbers
    of an enterprise are unique within it only), identity number, birth date and employer as well; at last
    the roster's row.
    """
    listed = list(members)
    forms = (
        ("person_ref", "name"),
        ("person_ref", "name", "id_number", "birth_date", "employer"),
        ("person_ref", "name", "id_number", "birth_date", "employer", "record_id"),
    )
    made: list[str] = []
    for number, form in enumerate(forms):
        candidates = ["|".join(str(member[name] or "") for name in form) for member in listed]
        if number == 0:
            made = [key if member["person_ref"] else "" for key, member in zip(candidates, listed, strict=True)]
            continue
        times = Counter(made)
        made = [new if times[old] > 1 or not old else old for old, new in zip(made, candidates, strict=True)]
    return made


def _summary(run_id: str, link_run: str, found: Screened) -> ScreenSummary:
    def counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
        return dict(frame.group_by(column).len().sort(column).iter_rows())

    return ScreenSummary(
        run_id=run_id,
        unchanged=False,
        link_run_id=link_run,
        as_of=found.window.as_of,
        rule_set=RULE_SET,
        candidates=len(found.persons),
        by_reason=counts(found.hits, "code"),
        by_county=counts(found.persons, "county"),
        suppressed=counts(found.left_out, "why"),
        routes=counts(found.persons, "route"),
    )
