"""Splink's side of the quality table: settings a practised user would write, nothing looked up in the truth."""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

SEED = 20_260_101


@dataclass(frozen=True)
class Recipe:
    """A Splink model: comparisons, blocking rules, rules of EM, and sure rules with the recall they are thought to have."""

    comparisons: Callable[[Any], Sequence[Any]]
    blocking: Sequence[Sequence[str]]
    training: Sequence[Sequence[str]]
    sure: Sequence[Sequence[str]]
    recall: float
    derived: Callable[[pl.DataFrame], pl.DataFrame] = lambda table: table


def _full_name(given: str, surname: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda table: table.with_columns(pl.concat_str(given, surname, separator=" ").alias("full_name_joined"))


CENSUS = Recipe(
    lambda cl: [
        cl.JaroWinklerAtThresholds("first_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("last_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("middle_initial"),
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.ExactMatch("sex"),
        cl.ExactMatch("street_number"),
        cl.JaroWinklerAtThresholds("street_name", [0.9]),
        cl.ExactMatch("race_ethnicity"),
    ],
    blocking=(
        ("date_of_birth",),
        ("first_name", "last_name"),
        ("street_name", "street_number"),
        ("first_name", "substr(date_of_birth, 7, 4)"),
        ("last_name", "substr(date_of_birth, 7, 4)"),
    ),
    training=(("date_of_birth",), ("first_name", "last_name")),
    sure=(("first_name", "last_name", "date_of_birth"),),
    recall=0.7,
)

HISTORICAL = Recipe(
    lambda cl: [
        cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="full_name_joined"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ],
    blocking=(
        ("first_name", "surname"),
        ("surname", "dob"),
        ("first_name", "dob"),
        ("postcode_fake", "first_name"),
        ("postcode_fake", "surname"),
        ("dob", "birth_place"),
        ("substr(postcode_fake, 1, 3)", "dob"),
        ("substr(postcode_fake, 1, 3)", "first_name"),
        ("substr(postcode_fake, 1, 3)", "surname"),
        ("substr(first_name, 1, 2)", "substr(surname, 1, 2)", "substr(dob, 1, 4)"),
    ),
    training=(("first_name", "surname"), ("dob",)),
    sure=(("first_name", "surname", "dob"), ("first_name", "surname", "postcode_fake"), ("dob", "postcode_fake")),
    recall=0.6,
    derived=_full_name("first_name", "surname"),
)

VOTERS = Recipe(
    lambda cl: [
        cl.JaroWinklerAtThresholds("givenname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("suburb", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ],
    blocking=(
        ("givenname", "surname"),
        ("surname", "suburb"),
        ("surname", "postcode"),
        ("givenname", "postcode"),
        ("givenname", "suburb"),
        ("substr(givenname, 1, 2)", "substr(surname, 1, 2)"),
        ("substr(surname, 1, 3)", "substr(postcode, 1, 3)"),
        ("postcode", "substr(surname, 1, 1)"),
    ),
    training=(("givenname", "surname"), ("postcode",)),
    sure=(("givenname", "surname", "postcode"), ("givenname", "surname", "suburb")),
    recall=0.6,
)

GERMAN = Recipe(
    lambda cl: [
        cl.JaroWinklerAtThresholds("first_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("last_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
    ],
    blocking=(
        ("birth_date",),
        ("first_name", "last_name"),
        ("first_name", "substr(birth_date, 1, 4)"),
        ("last_name", "substr(birth_date, 1, 4)"),
        ("first_name", "substr(birth_date, 6, 5)"),
        ("last_name", "substr(birth_date, 6, 5)"),
    ),
    training=(("birth_date",), ("first_name", "last_name")),
    sure=(("first_name", "last_name", "birth_date"),),
    recall=0.5,
)

FAKE = Recipe(
    lambda cl: [
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ],
    blocking=(("first_name", "city"), ("surname",), ("dob",), ("email",), ("first_name",)),
    training=(("first_name", "surname"), ("dob",)),
    sure=(("first_name", "dob"), ("email",)),
    recall=0.7,
)


def _febrl_comparisons(cl: Any) -> list[Any]:
    return [
        cl.JaroWinklerAtThresholds("given_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.ExactMatch("street_number"),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
    ]


_FEBRL_BLOCKING = (
    ("given_name", "surname"),
    ("date_of_birth",),
    ("surname", "postcode"),
    ("given_name", "postcode"),
    ("address_1", "street_number"),
)

FEBRL_WITHOUT_NUMBER = Recipe(
    _febrl_comparisons, _FEBRL_BLOCKING, (("date_of_birth",), ("postcode",)), (("given_name", "surname", "date_of_birth"),), 0.6
)  # fmt: skip
FEBRL = Recipe(
    lambda cl: [*_febrl_comparisons(cl), cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2])],
    (("soc_sec_id",), *_FEBRL_BLOCKING),
    (("date_of_birth",), ("postcode",)),
    (("soc_sec_id",), ("given_name", "surname", "date_of_birth")),
    0.8,
)


PROVINCE = Recipe(
    lambda cl: [
        cl.DamerauLevenshteinAtThresholds("id_number", [1, 2]),
        cl.JaroWinklerAtThresholds("name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("birth_text", [1]),
        cl.ExactMatch("sex"),
        cl.ExactMatch("phone"),
        cl.ExactMatch("county_code"),
        cl.JaroWinklerAtThresholds("address", [0.9]),
    ],
    blocking=(
        ("id_number",),
        ("name", "birth_text"),
        ("name", "county_code"),
        ("phone",),
        ("birth_text", "sex", "county_code"),
        ("substr(name, 1, 1)", "birth_text", "sex"),
    ),
    training=(("name", "county_code"), ("birth_text", "county_code")),
    sure=(("id_number",), ("name", "birth_text")),
    recall=0.9,
    derived=lambda table: table.with_columns(pl.col("birth_date").cast(pl.String).alias("birth_text")),
)


def recipe_of(columns: Sequence[str]) -> Recipe:
    """The recipe for a table, by the columns only its kind has."""
    kinds = {
        "race_ethnicity": CENSUS,
        "postcode_fake": HISTORICAL,
        "givenname": VOTERS,
        "second_last_name": GERMAN,
        "email": FAKE,
        "soc_sec_id": FEBRL,
        "address_2": FEBRL_WITHOUT_NUMBER,
    }
    return next(recipe for column, recipe in kinds.items() if column in columns)


def splink_pairs(
    tables: Sequence[pa.Table], recipe: Recipe, cluster_at: Sequence[float] = ()
) -> tuple[pl.DataFrame, dict[float, pl.DataFrame]]:
    """Train and predict with Splink: pairs with left_id, right_id, match_probability, and clusters by threshold."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    api = DuckDBAPI()
    names = ("file_a", "file_b")
    frames = [
        api.register(_derived(table, recipe), dataset_display_name=name)
        for table, name in zip(tables, names, strict=False)
    ]
    settings = SettingsCreator(
        link_type="link_only" if len(tables) == 2 else "dedupe_only",
        unique_id_column_name="record_id",
        comparisons=list(recipe.comparisons(cl)),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in recipe.blocking],
    )
    linker = Linker(frames if len(frames) == 2 else frames[0], settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in recipe.sure], recall=recipe.recall
    )
    training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in recipe.training:
        training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    predictions = linker.inference.predict(threshold_match_probability=0.01)
    columns = "record_id_l as left_id, record_id_r as right_id, match_probability"
    pairs = pl.from_arrow(api.query_sql(f"select {columns} from {predictions.physical_name}").as_pyarrow_table())
    clusters = {
        threshold: pl.from_arrow(
            linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
            .as_pyarrow_table()
            .select(["record_id", "cluster_id"])
        )
        for threshold in cluster_at
    }
    return pairs, clusters


def _derived(table: pa.Table, recipe: Recipe) -> pa.Table:
    return recipe.derived(pl.from_arrow(table)).to_arrow()


def mutual_best(pairs: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Pairs from the threshold on that are the best of both their records; of equal ones the first by ids."""
    order = ["match_probability", "left_id", "right_id"]
    ranked = pairs.filter(pl.col("match_probability") >= threshold).sort(order, descending=[True, False, False])
    return ranked.filter(pl.col("left_id").is_first_distinct() & pl.col("right_id").is_first_distinct())


def best_of_each_right(pairs: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """For each right record its best pair from the threshold on; of equal ones the first by ids."""
    order = ["match_probability", "left_id", "right_id"]
    ranked = pairs.filter(pl.col("match_probability") >= threshold).sort(order, descending=[True, False, False])
    return ranked.filter(pl.col("right_id").is_first_distinct())
