"""Reading what screening looks at: the rows of every source, tied to persons by one linkage run."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from bangfu.db.deliveries import StandingExtract
from bangfu.db.runs import link_sets
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.linkage.households import HOUSEHOLD_SOURCES
from bangfu.pipeline.screening.households import with_households
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.screening.material import Material, family_rows, linked_rows
from bangfu.storage import keys
from matching import Model
from schemas.fields import PERSON
from schemas.sources import ROSTER, SOURCES

__all__ = ["LinkedRows", "link_models", "linked_extracts", "read_linked"]

_EVENTS = {"medical_settlement": "settled_on", "disaster_relief": "event_on", "civil_affairs": "started_on"}
_SETTLEMENTS, _ARCHIVE = "medical_settlement", "hardship_archive"


@dataclass(frozen=True)
class LinkedRows:
    """The rows of a linkage run.

    Attributes:
        material: Roster and linked rows.
        latest_event: The latest day something happened, as far as the extracts can know; None where no event has a day.
        archive: All rows of the archive, linked or not.
    """

    material: Material
    latest_event: dt.date | None
    archive: pl.DataFrame

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
    """Read the rows of some extracts through the links of a run.

    Args:
        context: The installation.
        link_run: Linkage run.
        extracts: From `linked_extracts`.
    """
    listed = list(extracts)
    tables = {code: _read(context, listed, code) for code in SOURCES}
    material = _material(context, link_run, tables)
    persons = read_sealed(context, keys.links(link_run, "persons"), link_run)
    return LinkedRows(with_households(material, tables, persons), _latest_event(listed, tables), tables[_ARCHIVE])


def linked_extracts(context: Context, link_run: str) -> list[StandingExtract]:
    """The extracts that were linked and have not been retracted since."""
    inputs = read_sealed(context, keys.links(link_run, "inputs"), link_run)
    linked = set(inputs["extract_id"])
    return [row for row in active_extracts(context) if row.extract_id in linked]


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


def link_models(context: Context, link_run: str) -> dict[str, Model]:
    """The models that the links of a run were scored with, by source."""
    with context.engine.connect() as connection:
        sets = link_sets(connection, link_run)
    model_keys = {row.source: row.model_key for row in sets if row.model_key}
    family = keys.model(link_run, "family")
    if context.store.stat(family) is not None:
        model_keys["family"] = family
    return {name: Model.load(context.store.get_file(key)) for name, key in model_keys.items()}


def _latest_event(extracts: Iterable[StandingExtract], tables: Mapping[str, pl.DataFrame]) -> dt.date | None:
    """The latest day something happened, as far as the extracts can know."""
    received = {row.extract_id: row.received_at.date() for row in extracts}
    days = []
    for source, column in _EVENTS.items():
        events = tables[source].select("extract_id", pl.col(column).cast(pl.Date))
        arrived = pl.col("extract_id").replace_strict(received, default=None, return_dtype=pl.Date)
        days.append(events.filter(pl.col(column) <= arrived)[column].max())
    known = [day for day in days if isinstance(day, dt.date)]
    return max(known, default=None)
