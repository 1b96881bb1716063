"""Linkage on the synthetic province: standardised by the pipeline, judged by the truth it never reads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow as pa
from quality_splink import PROVINCE, best_of_each_right, mutual_best, splink_pairs

from bangfu.pipeline.context import open_context
from bangfu.pipeline.intake.drop import drop_delivery
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import settle_pending
from bangfu.pipeline.linkage.persons import collapse
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.settings import Settings
from bangfu.synth import SynthRequest, synthesise
from bangfu.synth.truth import record_keys
from matching.linkage import LinkOptions, link
from matching.model import Model
from schemas.fields import PERSON
from schemas.sources import PARTNERS, ROSTER, SOURCES


@dataclass(frozen=True)
class Province:
    """Persons of every source as linkage sees them, and who each record is.

    `tables`: by source, one row per person: record_id and the canonical person columns.
    `truth`: by source, record_id, person_id, household_id. `people`: person_id, ethnic_group, county_code.
    """

    tables: Mapping[str, pl.DataFrame]
    truth: Mapping[str, pl.DataFrame]
    people: pl.DataFrame


def province(members: int, seed: int) -> Province:
    """Synthesise, receive and standardise a province of `members` on the roster."""
    with TemporaryDirectory(prefix="bangfu-quality-") as home:
        settings = Settings.from_environment({"BANGFU_HOME": home})
        try:
            return _standardised(settings, Path(home) / "province", members, seed)
        finally:
            from bangfu.db import embedded

            embedded.stop(settings)


def _standardised(settings: Settings, out: Path, members: int, seed: int) -> Province:
    synthesise(SynthRequest(members=members, seed=seed, out=out))
    tables, truth = {}, {}
    with open_context(settings) as context:
        for source in SOURCES:
            for folder in sorted((out / "extracts" / source).iterdir()):
                drop_delivery(context, source, folder)
            receive_dropped(context, source)
        list(settle_pending(context))
        extracts = active_extracts(context)
        for source, declared in SOURCES.items():
            names = [field.name for field in declared.fields]
            wanted = dict.fromkeys(
                ("record_id", "source", *names, *(field.name for field in PERSON), *declared.person_key)
            )
            rows = read_standard(context, [row for row in extracts if row.source == source], list(wanted))
            if len(rows):
                tables[source] = collapse(rows, declared.person_key).table
                truth[source] = _persons(rows, out / "truth" / "records.parquet", source)
    people = pl.read_parquet(out / "truth" / "persons.parquet")
    return Province(tables, truth, people.select("person_id", "ethnic_group", "county_code"))


def _persons(rows: pl.DataFrame, records: Path, source: str) -> pl.DataFrame:
    """Who each row is; what the truth does not know is left out."""
    known = (
        pl.scan_parquet(records)
        .filter(pl.col("source") == source)
        .select(_comparable("record_key"), "person_id", "household_id")
        .unique(["record_key", "person_id"])
        .unique("record_key", keep="none")
        .collect()
    )
    keyed = rows.select("record_id", record_keys(rows)).with_columns(_comparable("record_key"))
    return keyed.join(known, on="record_key").select("record_id", "person_id", "household_id")


def _comparable(column: str) -> pl.Expr:
    """A key without what standardising changes in a name: interpuncts and spaces."""
    return pl.col(column).str.replace_all(r"[•‧．・.·⸱\s]", "")


Linker = Callable[[str, pa.Table, pa.Table], pl.DataFrame]
"""Links a source's table with the roster: candidate pairs with left_id (roster), right_id, accepted."""


def linked(source: str, roster: pa.Table, table: pa.Table) -> pl.DataFrame:
    """As the pipeline links, with the shipped model."""
    options = LinkOptions(keep_probability=0.0)
    result = link(roster, table, _model(), assignment=SOURCES[source].assignment, options=options)
    return pl.DataFrame(result.pairs.select(["left_id", "right_id", "accepted"]))


def linked_by_splink(source: str, roster: pa.Table, table: pa.Table) -> pl.DataFrame:
    """With Splink: the best of both records, or of the source's record where a member may stand in it several times."""
    pairs, _ = splink_pairs((roster, table), PROVINCE)
    best = mutual_best(pairs, 0.5) if SOURCES[source].assignment == "one_to_one" else best_of_each_right(pairs, 0.5)
    return best.select("left_id", "right_id", accepted=True)


def judged(made: Province, linker: Linker = linked) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    """For every partner source: its records that are of a roster member, and the accepted links.

    Yields:
        source; due: record_id, person_id, ethnic_group, county_code, by_number (the identity numbers are the same text),
        blocked (some rule made a pair with the member), found (linked with the member); links: person_id and
        household_id of the member, person_id_right and household_id_right of the record.
    """
    roster, left = made.tables[ROSTER], made.truth[ROSTER]
    listed = left.join(roster.select("record_id"), on="record_id", how="semi").select("person_id")
    for source in (code for code in PARTNERS if code in made.tables):
        table = made.tables[source]
        right = made.truth[source].join(table.select("record_id"), on="record_id", how="semi")
        pairs = (
            linker(source, roster.to_arrow(), table.to_arrow())
            .join(left, left_on="left_id", right_on="record_id", how="left")
            .join(right, left_on="right_id", right_on="record_id", how="left")
        )
        by_number = (
            table.select("record_id", "id_number")
            .join(right, on="record_id")
            .join(
                roster.select("record_id", "id_number").join(left, on="record_id"),
                on=["person_id", "id_number"],
                how="semi",
            )
        )
        true = pairs.filter(pl.col("person_id") == pl.col("person_id_right"))
        due = (
            right.join(listed, on="person_id", how="semi")
            .join(made.people, on="person_id", how="left")
            .with_columns(
                by_number=pl.col("record_id").is_in(by_number["record_id"].implode()),
                blocked=pl.col("record_id").is_in(true["right_id"].implode()),
                found=pl.col("record_id").is_in(true.filter("accepted")["right_id"].implode()),
            )
        )
        yield source, due, pairs.filter("accepted").filter(pl.col("person_id_right").is_not_null())


def _model() -> Model:
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        return Model.load(path)
