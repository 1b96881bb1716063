"""Reading what screening looks at: the rows of every source, tied to persons by one linkage run."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import link_sets
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES
from bangfu.pipeline.screening.households import SHARED, household_graph, household_members, shared_of
from bangfu.pipeline.screening.linked_tables import LinkedTables, compacted
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.standard_tables import active_extracts
from bangfu.screening.columns import READS
from bangfu.screening.material import Material, family_links
from bangfu.storage import keys
from matching import Model
from matching.memory import give_back
from schemas.sources import ROSTER

__all__ = ["LinkedRows", "link_models", "linked_extracts", "read_linked"]

_EVENTS = {"medical_settlement": "settled_on", "disaster_relief": "event_on", "civil_affairs": "started_on"}
_SETTLEMENTS, _ARCHIVE = "medical_settlement", "hardship_archive"


@dataclass(frozen=True)
class LinkedRows:
    """The rows of a linkage run.

    Attributes:
        material: Roster and linked rows, with the columns of `bangfu.screening.columns`.
        latest_event: The latest day something happened, as far as the extracts can know; None where no event has a day.
        tables: Where they were read, and more of them can be.
    """

    material: Material
    latest_event: dt.date | None
    tables: LinkedTables

    def as_of(self, given: dt.date | None) -> dt.date:
        """The last day of the window: as given, else the latest event.

        Raises:
            BangfuError: Neither is known.
        """
        day = given or self.latest_event
        if day is None:
            raise BangfuError("No event in the data carries a date: say the last day of the window with --as-of.")
        return day


def read_linked(context: Context, link_run: str, extracts: Iterable[StandingExtract]) -> LinkedRows:
    """Read the rows of some extracts through the links of a run, one source at a time.

    Args:
        context: The installation.
        link_run: Linkage run.
        extracts: From `linked_extracts`.
    """
    tables = LinkedTables(context, link_run, tuple(extracts))
    members = tables.found(f"{ROSTER}-persons")
    graph = household_graph(tables, members)
    persons = household_members(tables, graph)
    give_back()
    linked, shared, days, family = {}, {}, [], None
    for source in tables.sources:
        rows = tables.rows(source, READS[source])
        links = tables.links(source, members)
        linked[source] = compacted(rows.join(links, on="record_id", maintain_order="left"))
        if source == _SETTLEMENTS and tables.has("family-pairs"):
            family = _family(tables, rows, linked[source])
        if source in SHARED:
            own = family if source == _SETTLEMENTS else None
            shared[source] = shared_of(source, rows, linked[source], own, graph.held, persons)
        days.append(_latest_event(tables.extracts, source, rows))
        del rows, links
        give_back()
    roster = tables.rows(ROSTER, READS[ROSTER]).join(members, on="record_id", maintain_order="left")
    relatives = None if family is None else _relatives(tables)
    del members
    give_back()
    material = Material(roster, linked, family, relatives, graph.held, shared, graph.archived)
    return LinkedRows(material, max((day for day in days if day is not None), default=None), tables)


def linked_extracts(context: Context, link_run: str) -> list[StandingExtract]:
    """The extracts that were linked and have not been retracted since."""
    inputs = read_sealed(context, keys.links(link_run, "inputs"), link_run)
    linked = set(inputs["extract_id"])
    return [row for row in active_extracts(context) if row.extract_id in linked]


def link_models(context: Context, link_run: str) -> dict[str, Model]:
    """The models that the links of a run were scored with, by source."""
    with context.engine.connect() as connection:
        sets = link_sets(connection, link_run)
    model_keys = {row.source: row.model_key for row in sets if row.model_key}
    family = keys.model(link_run, "family")
    if context.store.stat(family) is not None:
        model_keys["family"] = family
    return {name: Model.load(context.store.get_file(key)) for name, key in model_keys.items()}


def _family(tables: LinkedTables, rows: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Settlements of persons whom a list of households names beside a member."""
    members, pairs = tables.found(f"{_SETTLEMENTS}-persons"), tables.found("family-pairs")
    links = family_links(members, pairs, tables.found("family"), own)
    return compacted(rows.join(links, on="record_id", maintain_order="left"))


def _relatives(tables: LinkedTables) -> pl.DataFrame:
    listed = [
        tables.found(f"{source}-persons").with_columns(pl.lit(source).alias("source"))
        for source in HOUSEHOLD_SOURCES
        if source in tables.sources
    ]
    return pl.concat(listed)


def _latest_event(extracts: Iterable[StandingExtract], source: str, rows: pl.DataFrame) -> dt.date | None:
    """The latest day something happened by the rows of a source, as far as its extracts can know."""
    if source not in _EVENTS:
        return None
    day = pl.col(_EVENTS[source]).cast(pl.Date)
    received = {row.extract_id: row.received_at.date() for row in extracts}
    arrived = pl.col("extract_id").replace_strict(received, default=None, return_dtype=pl.Date)
    latest = rows.select(day.filter(day <= arrived).max()).item()
    return latest if isinstance(latest, dt.date) else None
