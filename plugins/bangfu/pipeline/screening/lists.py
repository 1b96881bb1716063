"""The lists beside the clues (线索之外的清单), made by the same run from the same links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from bangfu.db.list_entries import NewEntry
from bangfu.pipeline.screening.person_ids import file_id, person_ids
from bangfu.screening.archive.duplicates import duplicates
from bangfu.screening.archive.exits import exit_suggestions
from bangfu.screening.archive.files import archive_files
from bangfu.screening.archive.returns import returns
from bangfu.screening.archive.tier_drift import tier_drift
from bangfu.screening.entitlement import referrals
from bangfu.screening.entries import Entry, household_changes, left_out
from bangfu.screening.screened import Screened

__all__ = ["Ids", "listed_entries"]


@dataclass(frozen=True)
class Ids:
    """Opaque ids.

    Attributes:
        known: Of persons, by `cluster_id`, as far as they are made.
        key: `settings.secret("candidate-key")`, with which others are made.
    """

    known: Mapping[str, str]
    key: str


def listed_entries(found: Screened, still_open: Screened, decisions: pl.DataFrame, ids: Ids) -> list[NewEntry]:
    """The entries of all lists.

    Args:
        found: What screening found.
        still_open: The same without those whom a decision leaves out.
        decisions: Columns of `bangfu.screening.decisions.DECISION`.
        ids: Ids of persons.
    """
    entries = [*_entries(still_open), *referrals(found, decisions)]
    about = {entry.person for entry in entries if entry.person is not None}
    members = found.prepared.members
    members = members.filter(members["cluster_id"].is_in(list(about)))
    others = members.filter(~members["cluster_id"].is_in(list(ids.known)))
    known = {**person_ids(others, ids.key), **ids.known}
    rows = dict(members.select("cluster_id", "record_id").iter_rows())
    return [_row(entry, known, rows, ids.key) for entry in entries]


def _entries(found: Screened) -> Iterator[Entry]:
    yield from left_out(found)
    yield from household_changes(found.prepared)
    archive = found.prepared.material.linked.get("hardship_archive")
    if archive is not None:
        files = archive_files(archive, found.prepared.members)
        for make in (exit_suggestions, returns, tier_drift):
            yield from make(files, found)
        yield from duplicates(files)


def _row(entry: Entry, ids: Mapping[str, str], rows: Mapping[str, str], key: str) -> NewEntry:
    subject = file_id(entry.files, key) if entry.person is None else ids[entry.person]
    record = None if entry.person is None else rows[entry.person]
    return NewEntry(entry.listing, subject, entry.county, entry.reasons, record, entry.files)
