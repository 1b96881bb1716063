"""What the departments wrote down about one part of a county (各部门台账): true rows with errors, not yet laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth import registers
from bangfu.synth.contacts import contacts
from bangfu.synth.deliveries import PROVINCE
from bangfu.synth.writing import erred, forced, head_phones, people, repeated, seen
from schemas.reference import divisions

if TYPE_CHECKING:
    import datetime as dt

    from bangfu.synth.error_rates import ErrorRates, SourceErrors
    from bangfu.synth.world import World

_SPREADSHEET_COUNTIES = 16  # one county in so many sends a spreadsheet instead of interface rows
LATER = "later"
"""File key of settlements that arrive only after the extracts were taken."""


@dataclass(frozen=True)
class Written:
    """Rows by source, each with ``file_key`` (which file they go to), ``record_key`` and ``errors``."""

    union_roster: pl.DataFrame
    hardship_archive: pl.DataFrame
    civil_affairs: pl.DataFrame
    medical_settlement: pl.DataFrame
    disaster_relief: pl.DataFrame
    disability_certificate: pl.DataFrame
    education_aid: pl.DataFrame
    death_record: pl.DataFrame
    work_accident: pl.DataFrame
    contribution_base: pl.DataFrame


def write_down(rng: np.random.Generator, world: World, rates: ErrorRates, as_of: dt.date) -> Written:
    """Every source's rows of one part."""
    later = rng.spawn(1)[0]  # what was added to the registers later leaves the others as they were
    at_source = pl.Series(rng.random(world.households.height) < 0.5)
    flags = world.households.select(
        "household",
        pl.col("hard_to_see").fill_null(""),
        at_source.alias("at_source"),
    )
    return Written(
        union_roster=_roster(rng, world, rates.union_roster, flags),
        hardship_archive=_archive(rng, world, rates.hardship_archive, as_of),
        civil_affairs=_civil(rng, world, rates.civil_affairs, flags),
        medical_settlement=_medical(rng, world, rates.medical_settlement, flags, as_of),
        disaster_relief=_disaster(rng, world, rates.disaster_relief, flags),
        disability_certificate=registers.certificates(later, world, rates.disability_certificate, flags),
        education_aid=registers.applications(later, world, rates.education_aid, flags),
        death_record=registers.burials(later, world, rates.death_record),
        work_accident=registers.injuries(later, world, rates.work_accident, flags),
        contribution_base=registers.contributions(later, world, rates.contribution_base),
    )


def _roster(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """Members with employer and union; half of the repeated rows carry a second card number (会员证号)."""
    part = world.part
    rows = world.work.join(
        world.employers.with_row_index("employer_index").with_columns(pl.col("employer_index").cast(pl.Int64)),
        on="employer_index",
        how="left",
        maintain_order="left",
    )
    rows = rows.with_row_index("card").with_columns(
        pl.format(
            "53{}{}{}",
            pl.lit(f"{part.county:03}"),
            pl.lit(f"{part.part:03}"),
            pl.col("card").cast(pl.String).str.zfill(6),
        ).alias("record_key")
    )
    rows = repeated(rng, rows, rates.duplicate)
    renewed = pl.Series(rng.random(rows.height) < 0.5)
    rows = rows.with_columns(
        pl.when(pl.col("repeat") & renewed)
        .then(pl.col("record_key").str.replace("^53", "54"))
        .otherwise("record_key")
        .alias("record_key")
    ).sort("employer_index", "workshop", maintain_order=True)
    switchboard = pl.Series([f"1390871{index % 10_000:04d}" for index in rows["employer_index"].to_list()])
    return erred(rng, world, forced(people(world, rows), flags, source=False), rates, switchboard)


def _civil(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """One row per person of a listed household, the head first."""
    episodes = seen(world.episodes, flags).with_row_index("episode")
    code = world.place.division.code
    episodes = episodes.with_columns(
        pl.format(
            "{}{}{}", pl.lit(code), pl.lit(f"{world.part.part:02}"), pl.col("episode").cast(pl.String).str.zfill(6)
        ).alias("household_ref")
    )
    members = world.people.select("household", "person", "role")
    rows = episodes.join(members, on="household", how="left", maintain_order="left").filter(
        ~pl.col("single") | (pl.col("role") == 0)
    )
    rows = repeated(rng, rows, rates.duplicate).sort("episode", maintain_order=True).drop("role")
    heads = head_phones(world)
    rows = forced(people(world, rows), flags, source=True)
    rows = erred(
        rng, world, rows, rates, rows.join(heads, on="household", how="left", maintain_order="left")["head_phone"]
    )
    return rows.with_columns(
        file_key=pl.lit(world.place.prefecture.code),
        county_code=pl.lit(code),
        county_name=pl.lit(world.place.division.name),
        record_key=pl.col("household_ref") + "|" + pl.col("name"),
    )


def _archive(rng: np.random.Generator, world: World, rates: SourceErrors, as_of: dt.date) -> pl.DataFrame:
    """One row per person of an archived household: the worker first, then up to five others."""
    archived = world.households.filter(pl.col("archive_status").is_not_null())
    count = archived.height
    filed = np.datetime64(as_of, "D") - rng.integers(60, 2000, count).astype("timedelta64[D]")
    exited = np.datetime64(as_of, "D") - rng.integers(5, 700, count).astype("timedelta64[D]")
    exited = np.maximum(exited, filed + np.timedelta64(30, "D"))
    first_death = world.people.group_by("household").agg(pl.col("died").min().alias("first_death"))
    died = archived.join(first_death, on="household", how="left", maintain_order="left")["first_death"].to_numpy()
    died = died.astype("datetime64[D]")
    filed = np.where(np.isnat(died), filed, np.minimum(filed, died - np.timedelta64(30, "D")))
    left = archived["archive_status"].is_in(["exited", "cancelled"]).to_numpy()
    archived = archived.select("household", "household_id", "archive_status", "income_fen", "size").with_columns(
        hardship_kind=pl.Series(
            rng.choice(["深度困难", "相对困难", "意外致困"], count, p=[0.3, 0.45, 0.25]).tolist(), dtype=pl.String
        ),
        archive_level=pl.Series(
            rng.choice(["全国级", "省级", "市级", "县级"], count, p=[0.3, 0.25, 0.2, 0.25]).tolist(), dtype=pl.String
        ),
        filed_on=filed,
        exited_on=np.where(left, exited, np.datetime64("NaT")).astype("datetime64[D]"),
    )
    archived = archived.with_row_index("file").with_columns(
        pl.format(
            "DA{}{}{}",
            pl.lit(world.place.division.code),
            pl.lit(f"{world.part.part:02}"),
            pl.col("file").cast(pl.String).str.zfill(5),
        ).alias("household_ref")
    )
    workers = world.people.select("household", "person", "role", "member")
    archived = archived.join(
        world.households.select("household", "why"), on="household", how="left", maintain_order="left"
    )
    rows = archived.drop("household_id").join(workers, on="household", how="left", maintain_order="left")
    # a member heads the file; the anchor of a member household always is one
    rows = rows.sort("file", "role", maintain_order=True).drop("role", "member")
    employers = world.work.join(
        world.employers.with_row_index("employer_index").with_columns(pl.col("employer_index").cast(pl.Int64)),
        on="employer_index",
    ).select("person", "employer")
    rows = rows.join(employers.unique("person"), on="person", how="left", maintain_order="left")
    rows = people(world, rows).with_columns(forced=pl.lit(None, dtype=pl.String))
    heads = rows.join(head_phones(world), on="household", how="left", maintain_order="left")["head_phone"]
    rows = erred(rng, world, rows, rates, heads)
    return rows.with_columns(
        file_key=pl.lit(PROVINCE),
        county_code=pl.lit(world.place.division.code),
        county_name=pl.lit(world.place.prefecture.name + world.place.division.name),
        record_key=pl.col("household_ref") + "|" + pl.col("name"),
    )


def _medical(
    rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Settlements with the patient as the insurance knows him; errors are the person's, the same on all his rows."""
    place, part = world.place, world.part
    patients = world.settlements.select("person").unique(maintain_order=True)
    patients = forced(people(world, patients), flags, source=True)
    away = pl.col("hard_to_see") == "other_prefecture_hospital"
    often = pl.Series(rng.random(patients.height) < 0.35)
    patients = patients.with_columns(pl.when(away & often).then(pl.lit("bad_id")).otherwise("forced").alias("forced"))
    heads = patients.join(head_phones(world), on="household", how="left", maintain_order="left")
    lends = pl.Series(rng.random(patients.height) < 0.3) | heads["phone"].is_null()
    patients = patients.with_columns(pl.when(lends).then(heads["head_phone"]).otherwise("phone").alias("phone"))
    patients = erred(rng, world, patients, rates, heads["head_phone"])
    others = [
        item for item in divisions().values() if item.level == "prefecture" and item.code != place.prefecture.code
    ]
    other = [others[at].code for at in rng.integers(len(others), size=patients.height).tolist()]
    own_key = f"county-{place.division.code}" if part.county % _SPREADSHEET_COUNTIES == 5 else place.prefecture.code
    number = pl.col("person").cast(pl.String).str.zfill(7)
    names = [f"{divisions()[code].name}第一人民医院" for code in other]
    patients = patients.with_columns(
        pl.when(away).then(pl.Series(other)).otherwise(pl.lit(own_key)).alias("file_key"),
        pl.when(away).then(pl.Series(other)).alias("elsewhere"),
        pl.when(away).then(pl.Series(names)).alias("elsewhere_hospital"),
        pl.format(
            "{}{}{}{}",
            pl.when(away).then(pl.lit("9")).otherwise(pl.lit("5")),
            pl.lit(f"{part.county:03}"),
            pl.lit(f"{part.part:03}"),
            number,
        ).alias("psn_no"),
        home_hospital=pl.lit(f"{place.prefecture.name}第一人民医院"),
        insured_county=pl.lit(place.division.code),
        insured_name=pl.lit(place.division.name),
    ).drop("forced")
    named = contacts(rng.spawn(1)[0], world, patients.select("person", "household"))
    patients = patients.join(named, on="person", how="left", maintain_order="left")
    rows = seen(
        world.settlements.join(patients, on="person", how="left", maintain_order="left").drop("at_source"), flags
    )
    slow = (pl.col("hard_to_see") == "late_reimbursement") & pl.col("severe")
    delay = pl.Series(rng.integers(90, 200, rows.height))
    rows = rows.with_columns(
        pl.when(slow).then(pl.col("settled") + pl.duration(days=pl.lit(delay))).otherwise("settled").alias("settled")
    ).sort("settled", maintain_order=True)
    return rows.with_row_index("at").with_columns(
        pl.format(
            "{}{}{}", pl.lit(place.division.code), pl.lit(f"{part.part:03}"), pl.col("at").cast(pl.String).str.zfill(8)
        ).alias("record_key"),
        pl.when(pl.col("settled").dt.date() > as_of).then(pl.lit(LATER)).otherwise("file_key").alias("file_key"),
    )


def _disaster(rng: np.random.Generator, world: World, rates: SourceErrors, flags: pl.DataFrame) -> pl.DataFrame:
    """One row per household: a parent or the anchor or the spouse stands for it."""
    payments = seen(world.payments, flags).with_row_index("payment")
    paid = (
        world.episodes.filter(pl.col("stopped").is_null())
        .select("household", "category")
        .unique("household", keep="first", maintain_order=True)
    )
    payments = payments.join(paid, on="household", how="left", maintain_order="left")
    persons = world.people.filter(pl.col("role").is_in([0, 1, 4])).select("household", "person", "role")
    rows = payments.join(persons, on="household", how="left", maintain_order="left")
    prefers = pl.Series(rng.random(rows.height)) + pl.when(pl.col("role") == 0).then(0.35).otherwise(0.0)
    rows = rows.with_columns(prefers.alias("order")).sort(
        "payment", "order", descending=[False, True], maintain_order=True
    )
    rows = rows.unique("payment", keep="first", maintain_order=True).drop("role", "order")
    sizes = world.households.select("household", "size")
    rows = repeated(rng, rows.join(sizes, on="household", how="left", maintain_order="left"), rates.duplicate)
    rows = forced(people(world, rows.sort("payment", maintain_order=True)), flags, source=True)
    shared = pl.Series([rows["phone"][0] if rows.height else None] * rows.height, dtype=pl.String)
    rows = erred(rng, world, rows, rates, shared)
    return rows.with_columns(
        file_key=pl.lit(world.place.division.code),
        county_name=pl.lit(world.place.division.name),
        record_key=pl.format("{}|{}|{}", "name", "relief_fen", pl.col("on").dt.strftime("%Y-%m-%d")),
    )
