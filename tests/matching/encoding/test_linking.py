"""The engine over encoded tables: the same pairs as in clear text, and refusals where two tables do not fit."""

from __future__ import annotations

import random
from dataclasses import replace
from importlib import resources

import pyarrow as pa
import pytest

from matching.encoding.parameters import STRICT
from matching.errors import LinkError
from matching.explanation import explain
from matching.linkage import LinkOptions, LinkResult, link
from matching.model import Conflict, Model
from matching.persons import PersonSource, form_persons
from tests.matching.encoding.encoded import BARE, frame, table
from tests.matching.people import damaged, people


@pytest.fixture(scope="module")
def model() -> Model:
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        return Model.load(path)


@pytest.fixture(scope="module")
def sides() -> list[list[dict[str, object]]]:
    rng, made = random.Random(4), people(900, 4)
    return [[damaged(person, rng, harsh=harsh) for person in made] for harsh in (False, True)]


def linked(tables: list[pa.Table], model: Model) -> LinkResult:
    return link(*tables, model, assignment="one_to_one", options=LinkOptions(random_pairs=200_000))


def accepted(result: LinkResult) -> set[tuple[str, str]]:
    rows = result.pairs.filter(result.pairs["accepted"])
    return set(zip(rows["left_id"].to_pylist(), rows["right_id"].to_pylist(), strict=True))


@pytest.fixture(scope="module")
def clear(sides: list[list[dict[str, object]]], model: Model) -> set[tuple[str, str]]:
    tables = [frame(rows).to_arrow() for rows in sides]
    tables = [
        item.append_column("record_id", pa.array([f"{side}{place:05d}" for place in range(len(item))]))
        for item, side in zip(tables, "ab", strict=True)
    ]
    return accepted(linked(tables, model))


@pytest.mark.parametrize("parameters", [BARE, replace(STRICT, dummies=0.0)], ids=["standard", "strict"])
def test_encoded_records_are_linked_as_clear_ones(
    sides: list[list[dict[str, object]]], model: Model, clear: set[tuple[str, str]], parameters: object
) -> None:
    result = linked([table(rows, side, parameters) for rows, side in zip(sides, "ab", strict=True)], model)  # type: ignore[arg-type]
    found = accepted(result)
    right = {pair for pair in found if pair[0][1:] == pair[1][1:]}
    assert len(clear) > 850
    assert len(right) >= len(clear) - 4
    assert len(found) - len(right) <= 2
    finding = explain(result.pairs["pattern"][0].as_py(), result.model)[1]
    assert (finding.comparison, finding.sentence_zh) == ("identity_number", "身份证号相同（15位号码先换算为18位）。")
    assert [rule.rule for rule in result.report.rules][-1] == "similar"


def test_damaged_keys_are_found_by_likeness(model: Model) -> None:
    """No identity number, a name that sounds otherwise, another day of birth: no exact key is left."""
    one = {"name": "王小芳", "birth_date": "1962-03-07", "sex": "2", "county_code": "530102", "phone": "13912345678"}
    other = one | {"name": "王大芳", "birth_date": "1962-03-11", "phone": "13812345678"}
    rng = random.Random(1)
    crowd = [damaged(person, rng, harsh=False) for person in people(60, 3)]
    result = link(
        table([one, *crowd], "a"), table([other, *crowd], "b"), model, options=LinkOptions(keep_probability=0.0)
    )
    made = set(zip(result.pairs["left_id"].to_pylist(), result.pairs["right_id"].to_pylist(), strict=True))
    assert ("a00000", "b00000") in made


def test_tables_that_do_not_fit_are_refused(sides: list[list[dict[str, object]]], model: Model) -> None:
    rows = sides[0][:20]
    plain = frame(rows).to_arrow().append_column("record_id", pa.array([str(place) for place in range(20)]))
    for other, told in (
        (plain, "clear text"),
        (table(rows, "b", secret="another"), "different keys"),
        (table(rows, "b", STRICT), "different parameters"),
    ):
        with pytest.raises(LinkError, match=told):
            link(table(rows, "a"), other, model)


def test_encoded_and_clear_sources_meet_in_persons(sides: list[list[dict[str, object]]]) -> None:
    """A token contradicts no clear number, but another token under the same key does."""
    ours = frame(sides[0][:2]).to_arrow().append_column("record_id", pa.array(["r0", "r1"]))
    theirs = table(sides[0][:2], "x")
    pairs = [pa.table({"left_id": ["r0"], "right_id": ["x00000"], "match_weight": [9.0]})]
    conflict = [Conflict("id_number", "identity_number")]
    joined = form_persons([PersonSource("roster", ours), PersonSource("relief", theirs)], pairs, conflict)
    assert joined.refused.num_rows == 0
    numbers = [person | {"id_number": number} for person, number in zip(sides[0][:2], _TWO, strict=True)]
    both = [PersonSource("roster", table(numbers[:1], "r")), PersonSource("relief", table(numbers[1:], "x"))]
    pairs = [pa.table({"left_id": ["r00000"], "right_id": ["x00000"], "match_weight": [9.0]})]
    assert form_persons(both, pairs, conflict).refused["column"].to_pylist() == ["id_number"]


_TWO = ("539102199003070030", "539102199003070073")
"""Two numbers with a right check character."""
