"""The truth of a synthetic province (真值): its tables, and scoring against them. The pipeline never reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from bangfu.synth.world import World

RECORD_COLUMNS = (
    "source", "delivery", "file", "sheet", "row", "record_key", "person_id", "household_id", "errors", "late",
)  # fmt: skip

README = """# Truth of a synthetic province

Nobody here is real: identity numbers carry a region block (539xxx) that no division has ever had.
The pipeline never reads this directory; scoring does.

- `persons.parquet`: every person with true values.
- `households.parquet`: every household with what it earned and bore in the twelve months before the day of the extracts,
  its archive, `why` it is in hardship, `is_unregistered_hardship`, and for those `hard_to_see`.
- `records.parquet`: every row of every extract: `delivery` (its folder, empty for a file without a manifest), `file`, `sheet`,
  `row` (1-based in the sheet), `record_key`, the person, and the `errors` that were made in it (joined by `+`).
  `late`: the row is in `later/`, which arrives after the extracts: settlements of the following months, the second
  revision of one civil-affairs delivery, and a further relief payment that comes as a bare file.

`record_key` is what the extract itself says: the membership card number (union_roster), the settlement id
(medical_settlement), household number and name (civil_affairs, hardship_archive), name, payment in fen and
date of the event (disaster_relief), identity number and name (disability_certificate), the application (education_aid), name and
day of death (death_record) or of the accident (work_accident), the person's number (contribution_base), joined by `|`.
The person of an education_aid row is the parent who applied.

## Who is in hardship (支出型困难)

Any of these, for the household, in the twelve months before the day of the extracts:

- `medical`: it bore at least 10,000 yuan of hospital bills itself, and that is at least half of its yearly income or leaves less
  than twice the (synthetic) subsistence line of 720 yuan per person and month;
- `disaster`: rooms collapsed or were severely damaged, and the loss net of relief is at least half of its yearly income;
- `listed`: civil affairs pays it now as a low-income family (temporary relief does not count).

It is *unregistered* when its archive is not open (在档 or 返困) and a member in good standing who has not retired lives there.

## Why it is hard to see (`hard_to_see`)

`none`; `bad_id`: an identity number is missing or wrong on the roster or at the source; `alias`: the source knows the person by another
name; `spouse_illness`: the patient is not a member; `other_prefecture_hospital`: treated elsewhere, under another person number;
`late_reimbursement`: settled three to six months later, partly after the extracts; `no_data`: no source knows anything, but for
contributions and deaths.
"""


def person_table(world: World) -> pl.DataFrame:
    """`persons.parquet` of one part."""
    homes = world.addresses.with_row_index("household").select(
        pl.col("household").cast(pl.Int64), pl.col("current").alias("address")
    )
    return world.people.join(homes, on="household", how="left", maintain_order="left").select(
        "person_id",
        "household_id",
        "name",
        "former_name",
        "nickname",
        pl.col("ethnic_style"),
        pl.when("female").then(pl.lit("2")).otherwise(pl.lit("1")).alias("sex"),
        pl.col("birth").cast(pl.Date).alias("birth_date"),
        pl.col("group").alias("ethnic_group"),
        "id_number",
        "phone",
        "address",
        pl.lit(world.place.division.code).alias("county_code"),
        pl.col("member").alias("is_member"),
        pl.col("died").alias("died_on"),
        "disability_type",
    )


def household_table(world: World) -> pl.DataFrame:
    """`households.parquet` of one part; amounts in yuan."""
    yuan = [(pl.col(name) / 100).alias(name.removesuffix("_fen")) for name in ("income_fen", "medical_fen", "loss_fen")]
    return world.households.select(
        "household_id",
        "county_code",
        "size",
        *yuan,
        pl.col("why").list.join("+"),
        "in_hardship",
        "archive_status",
        "is_unregistered_hardship",
        "hard_to_see",
    )


@dataclass(frozen=True)
class CandidateScore:
    """Candidates against the truth, counted by household.

    Attributes:
        true_households: unregistered households in hardship.
        found: of these, with at least one candidate.
        candidates: candidate rows; candidate_households: their households.
        unknown: candidates whose person identifier is on no roster.
        recall, precision: found of true households, and true of candidate households.
        recall_by_reason: by ``hard_to_see``.
        recall_by_why: by what put the household in hardship.
        recall_of_visible: recall without ``no_data``.
        registered: candidate households that have an open archive: false alarms of the worst kind.
    """

    true_households: int
    found: int
    candidates: int
    candidate_households: int
    unknown: int
    recall: float
    precision: float
    recall_by_reason: dict[str, float]
    recall_by_why: dict[str, float]
    recall_of_visible: float
    registered: int


def score_candidates(candidates: pl.DataFrame, truth_dir: Path) -> CandidateScore:
    """Scores a candidate list.

    Args:
        candidates: with ``roster_person_id``, the membership card number as received.
        truth_dir: ``OUT/truth``.
    """
    truth_dir = Path(truth_dir)
    roster = (
        pl.scan_parquet(truth_dir / "records.parquet")
        .filter(pl.col("source") == "union_roster")
        .select(pl.col("record_key").alias("roster_person_id"), "household_id")
        .unique()
        .collect()
    )
    households = pl.read_parquet(truth_dir / "households.parquet")
    listed = candidates.select(pl.col("roster_person_id").cast(pl.String)).join(
        roster, on="roster_person_id", how="left"
    )
    found = listed["household_id"].drop_nulls().unique()
    judged = households.with_columns(pl.col("household_id").is_in(found.implode()).alias("found"))
    true = judged.filter("is_unregistered_hardship")
    suspected = judged.filter("found")
    visible = true.filter(pl.col("hard_to_see") != "no_data")
    by_why = true.with_columns(pl.col("why").str.split("+")).explode("why")
    return CandidateScore(
        true_households=true.height,
        found=int(true["found"].sum()),
        candidates=candidates.height,
        candidate_households=suspected.height,
        unknown=listed["household_id"].null_count(),
        recall=_share(true["found"]),
        precision=_share(suspected["is_unregistered_hardship"]),
        recall_by_reason=_by(true, "hard_to_see"),
        recall_by_why=_by(by_why, "why"),
        recall_of_visible=_share(visible["found"]),
        registered=suspected.filter(pl.col("archive_status").is_in(["active", "returned"])).height,
    )


def _share(flags: pl.Series) -> float:
    return round(float(flags.sum()) / len(flags), 4) if len(flags) else 0.0


def _by(frame: pl.DataFrame, column: str) -> dict[str, float]:
    return {
        str(key[0]): _share(group["found"])
        for key, group in sorted(frame.group_by(column), key=lambda item: str(item[0]))
    }


@dataclass(frozen=True)
class PairScore:
    """Linked pairs against the truth, counted by pair of records."""

    true_pairs: int
    pairs: int
    correct: int
    recall: float
    precision: float
    same_household: int


_KEYS = {
    "union_roster": ("person_ref",),
    "medical_settlement": ("settlement_ref",),
    "disaster_relief": ("name", "relief_amount", "event_on"),
    "disability_certificate": ("id_number", "name"),
    "education_aid": ("aid_ref",),
    "death_record": ("name", "died_on"),
    "work_accident": ("name", "accident_on"),
    "contribution_base": ("person_ref",),
    "civil_affairs": ("household_ref", "name"),
    "hardship_archive": ("household_ref", "name"),
}
"""What `record_key` consists of, in the columns of a standardised table."""


def record_keys(standard: pl.DataFrame) -> pl.Series:
    """The ``record_key`` of each row of a standardised table, as in the truth."""
    source = str(standard["source"][0]) if standard.height else "union_roster"
    parts = [_key_part(standard, name) for name in _KEYS[source]]
    return standard.select(pl.concat_str(parts, separator="|").alias("record_key"))["record_key"]


def _key_part(standard: pl.DataFrame, name: str) -> pl.Expr:
    if name not in standard.columns:
        return pl.lit(None, dtype=pl.String)
    column, kind = pl.col(name), standard.schema[name]
    if kind == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if kind == pl.String:
        return column.fill_null("") if name == "id_number" else column
    return (column.cast(pl.Float64) * 100).round().cast(pl.Int64).cast(pl.String)


def score_pairs(pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, truth_dir: Path) -> PairScore:
    """Scores links between two standardised tables.

    Args:
        pairs: left_id, right_id, and ``accepted`` where some are only candidates.
        left, right: standardised tables with record_id.
        truth_dir: ``OUT/truth``.
    """
    if "accepted" in pairs.columns:
        pairs = pairs.filter("accepted")
    sides = [_persons(table, Path(truth_dir)) for table in (left, right)]
    true_pairs = sides[0].join(sides[1], on="person_id").height
    judged = (
        pairs.select("left_id", "right_id")
        .join(sides[0].rename({"record_id": "left_id"}), on="left_id", how="left")
        .join(sides[1].rename({"record_id": "right_id"}), on="right_id", how="left")
    )
    correct = judged.filter(pl.col("person_id") == pl.col("person_id_right")).height
    return PairScore(
        true_pairs=true_pairs,
        pairs=pairs.height,
        correct=correct,
        recall=round(correct / true_pairs, 4) if true_pairs else 0.0,
        precision=round(correct / pairs.height, 4) if pairs.height else 0.0,
        same_household=judged.filter(
            (pl.col("person_id") != pl.col("person_id_right"))
            & (pl.col("household_id") == pl.col("household_id_right"))
        ).height,
    )


def _persons(standard: pl.DataFrame, truth_dir: Path) -> pl.DataFrame:
    """record_id, person_id, household_id of the rows that the truth knows."""
    source = str(standard["source"][0]) if standard.height else ""
    records = (
        pl.scan_parquet(truth_dir / "records.parquet")
        .filter(pl.col("source") == source)
        .select("record_key", "person_id", "household_id")
        .with_columns(_comparable("record_key"))
        .unique("record_key", keep="any")
        .collect()
    )
    keyed = standard.select("record_id", record_keys(standard)).with_columns(_comparable("record_key"))
    return keyed.join(records, on="record_key").select("record_id", "person_id", "household_id")


def _comparable(column: str) -> pl.Expr:
    """A key without what standardisation changes in a name: interpuncts and spaces."""
    return pl.col(column).str.replace_all(r"[•‧．・.·⸱\s]", "")
