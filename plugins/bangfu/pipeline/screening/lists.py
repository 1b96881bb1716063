"""The lists beside the clues (线索之外的清单), made by the same run from the same links."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from bangfu.db.list_entries import NewEntry
from bangfu.pipeline.screening.particulars import SHOWN
from bangfu.pipeline.screening.person_ids import file_id, person_ids
from bangfu.screening.archive.duplicates import duplicates
from bangfu.screening.archive.exits import exit_suggestions
from bangfu.screening.archive.files import ArchiveFiles, archive_files
from bangfu.screening.archive.returns import returns
from bangfu.screening.archive.tier_drift import tier_drift
from bangfu.screening.entitlement import referrals
from bangfu.screening.entries import Entry, household_changes, left_out
from bangfu.screening.screened import Screened

__all__ = ["Ids", "entries_of_lists", "listed_entries"]


@dataclass(frozen=True)
class Ids:
    """Opaque ids.

    Attributes:
        known: Of persons, by `cluster_id`, as far as they are made.
        key: `settings.secret("candidate-key")`, with which others are made.
    """

    known: Mapping[str, str]
    key: str


def entries_of_lists(found: Screened, still_open: Screened, decisions: pl.DataFrame) -> list[Entry]:
    """The entries of all lists that rest on evidence.

    Args:
        found: What screening found.
        still_open: The same without those whom a decision leaves out.
        decisions: Columns of `bangfu.screening.decisions.DECISION`.
    """
    return [*_entries(still_open, _files(found)), *referrals(found, decisions)]


def listed_entries(
    entries: Sequence[Entry], found: Screened, ids: Ids, describe: Callable[[pl.DataFrame], pl.DataFrame]
) -> list[NewEntry]:
    """Entries as they are written, with the particulars of whom they are about.

    Args:
        entries: Of any lists.
        found: What screening found.
        ids: Ids of persons.
        describe: `bangfu.pipeline.screening.particulars.described` of the linkage run.
    """
    files = _files(found)
    heads = {} if files is None else _heads(files)
    about = {person for entry in entries if (person := _about(entry, heads)) is not None}
    members = found.prepared.members
    members = describe(members.filter(members["cluster_id"].is_in(list(about))))
    others = members.filter(~members["cluster_id"].is_in(list(ids.known)))
    known = {**person_ids(others, ids.key), **ids.known}
    rows = {row["cluster_id"]: row for row in members.iter_rows(named=True)}
    return [_row(entry, rows.get(_about(entry, heads) or "", {}), known, ids.key) for entry in entries]


def _files(found: Screened) -> ArchiveFiles | None:
    archive = found.prepared.material.linked.get("hardship_archive")
    return None if archive is None else archive_files(archive, found.prepared.members)


def _entries(found: Screened, files: ArchiveFiles | None) -> Iterator[Entry]:
    yield from left_out(found)
    yield from household_changes(found.prepared)
    if files is not None:
        for make in (exit_suggestions, returns, tier_drift):
            yield from make(files, found)
        yield from duplicates(files)


def _heads(files: ArchiveFiles) -> dict[str, str]:
    """The member who heads each file, or another one of it."""
    ranked = files.persons.sort("file", pl.col("relation") != "0", "cluster_id")
    return dict(ranked.unique("file", keep="first", maintain_order=True).select("file", "cluster_id").iter_rows())


def _about(entry: Entry, heads: Mapping[str, str]) -> str | None:
    """The member an entry tells the particulars of."""
    return entry.person or next((heads[file] for file in entry.files if file in heads), None)


def _row(entry: Entry, member: Mapping[str, Any], ids: Mapping[str, str], key: str) -> NewEntry:
    subject = file_id(entry.files, key) if entry.person is None else ids[entry.person]
    record = None if entry.person is None else member["record_id"]
    born = member.get("birth_date")
    return NewEntry(
        entry.listing, subject, entry.county, entry.reasons, record, entry.files,
        owner_union=member.get("owner"),
        birth_year=born.year if born else None,
        **{name: member.get(name) for name in SHOWN},
    )  # fmt: skip
