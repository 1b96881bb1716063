"""Encoded columns compare with the levels of clear text, pair by pair."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

from matching.columns import Columns
from matching.comparisons import comparer
from matching.encoding.parameters import STRICT, EncodingParameters
from matching.model import Model
from matching.standardise.identity import check_character
from tests.matching.encoding.encoded import BARE, frame, table

START = "53921019900307003"
VALID = START + check_character(START)
WRONG = "539210199003080036"
SWAPPED = VALID[:11] + VALID[12] + VALID[11] + VALID[13:]

PAIRS: dict[str, list[tuple[dict[str, str | None], dict[str, str | None]]]] = {
    "identity_number": [
        ({"id_number": one}, {"id_number": other})
        for one, other in (
            (VALID, VALID),
            (VALID, VALID[:15] + "***"),
            (VALID, WRONG),
            (SWAPPED, VALID),
            (VALID, "539210********" + VALID[14:]),
            (WRONG[:14] + "1110", VALID[:12] + "081116"),
            ("539210199003080050", "539210199003081110"),
            (VALID, "539210198812120018"),
            (VALID, "530102********1234"),
            (VALID, "539210**********36"),
            ("E1234567", "e1234567"),
            ("E1234567", "E7654321"),
            ("E1234567", VALID),
            (VALID, None),
            ("539210900307003", VALID),
        )
    ],
    "name": [
        ({"name": one, "former_name": former}, {"name": other})
        for one, other, former in (
            ("王小芳", "王小芳", None),
            ("王小芳", "王曉芳", None),
            ("岩·罕", "岩罕", None),
            ("張偉", "张伟", None),
            ("李明华", "李鸣华", None),
            ("刘建国", "牛建国", None),
            ("单小芳", "善小芳", None),
            ("岩罕香", "岩旱香", None),
            ("李未", "李末", None),
            ("罕勇", "旱勇", None),
            ("王小芳", "李大明", "李大明"),
            ("王小芳", "王小强", None),
            ("王小明芳", "王小芳", None),
            ("小芳", "王小芳", None),
            ("玉罕", "玉罕叫香", None),
            ("王小?", "王小芳", None),
            ("王小芳", "李大明", None),
            ("王芳", "王强", None),
            ("王yan", "王艳", None),
            ("王小芳", None, None),
        )
    ],
    "birth_date": [
        ({"birth_date": one, "birth_precision": precision}, {"birth_date": other, "birth_precision": "day"})
        for one, other, precision in (
            ("1962-03-07", "1962-03-07", "day"),
            ("1962-03-01", "1962-03-07", "month"),
            ("1962-03-07", "1962-07-03", "day"),
            ("1962-03-07", "1962-03-08", "day"),
            ("1962-03-12", "1962-03-21", "day"),
            ("1962-03-07", "1962-04-12", "day"),
            ("1962-12-20", "1963-01-28", "day"),
            ("1962-01-01", "1962-03-07", "year"),
            ("1962-03-07", "1962-11-25", "day"),
            ("1962-03-07", "1975-11-25", "day"),
            ("1962-03-07", None, "day"),
        )
    ],
    "sex": [({"sex": "1"}, {"sex": other}) for other in ("1", "2", None)],
    "phone": [
        ({"phone": "13912345678"}, {"phone": other}) for other in ("13912345678", "13912345679", "13900000000", None)
    ],
    "county": [({"county_code": "530102"}, {"county_code": other}) for other in ("530102", "530103", "532901", "530100")],
    "address": [
        ({"address": one}, {"address": other})
        for one, other in (
            ("上溪街道忠坡社区团结路12号3栋401室", "五华区上溪街道办事处忠坡社区团结路12号3幢401"),
            ("上溪街道忠坡社区团结路12号3栋401室", "团结路12号5栋"),
            ("上溪街道忠坡社区团结路12号", "上溪街道忠坡社区"),
            ("上溪街道忠坡社区团结路12号", "上溪街道新村社区"),
            ("上溪街道忠坡社区", "大营镇新村社区"),
            ("黄泉乡云场村委会黑井村5组12号", "黄泉乡云场村公所黑井村12号"),
            ("黄泉乡云场村委会黑井村5组", "黑井村47号"),
            ("上溪街道", "忠坡社区"),
        )
    ],
    "employer": [
        ({"employer": one, "employer_code": code}, {"employer": other, "employer_code": "A"})
        for one, other, code in (
            ("昆明钢铁厂", "大理纸业", "A"),
            ("昆明钢铁厂", "昆明钢铁厂", "B"),
            ("云南滇西水泥股份有限公司", "云南滇西水泥股份公司", None),
            ("昆明钢铁厂", "大理纸业", None),
            (None, "大理纸业", None),
        )
    ],
}  # fmt: skip
"""By comparison, pairs that reach every level that its kind has."""

ALSO = {"name": "王小芳", "birth_date": "1962-03-07", "birth_precision": "day"}
"""What both records of a pair say besides, so that they agree in the companions of a strict encoding."""


@pytest.fixture(scope="module")
def model() -> Model:
    with resources.as_file(resources.files("matching") / "models" / "person_zh.json") as path:
        return Model.load(path)


def levels(model: Model, name: str, columns: Columns) -> list[str]:
    """The level of each row with the same row of the other side."""
    comparison = model.comparisons[model.position(name)]
    rows = np.arange(len(columns.left), dtype=np.int32)
    patterns = np.zeros(len(rows), np.int64)
    comparer(comparison, 0, columns)(rows, rows, patterns)
    known = ["missing", *(level.name for level in comparison.levels)]
    return [known[code] for code in patterns.tolist()]


def both(model: Model, name: str, parameters: EncodingParameters) -> tuple[list[str], list[str]]:
    """Levels in clear text, and encoded."""
    sides = [[{**ALSO, **pair[side]} for pair in PAIRS[name]] for side in (0, 1)]
    clear = Columns(*(frame(rows).to_arrow() for rows in sides))
    return levels(model, name, clear), levels(
        model, name, Columns(*(table(rows, side, parameters) for rows, side in zip(sides, ("a", "b"), strict=True)))
    )


@pytest.mark.parametrize("name", PAIRS)
def test_encoded_pairs_have_the_levels_of_clear_text(model: Model, name: str) -> None:
    clear, encoded = both(model, name, BARE)
    assert encoded == clear
    declared = {level.name for level in model.comparisons[model.position(name)].levels}
    assert declared <= set(clear)


@pytest.mark.parametrize("name", PAIRS)
def test_strict_encoding_tells_the_same_where_a_companion_agrees(model: Model, name: str) -> None:
    """Noise apart: names are compared beside equal birth dates, dates beside names that sound alike."""
    clear, encoded = both(model, name, replace(STRICT, dummies=0.0, flip=0.0))
    assert encoded == clear


def test_strict_encoding_tells_nothing_frequent_of_strangers(model: Model) -> None:
    """Sex, county and likeness are not told of two records that share neither birth date nor sound of name."""
    parameters = replace(STRICT, dummies=0.0)
    one = {"name": "王小芳", "birth_date": "1962-03-07", "sex": "2", "county_code": "530102", "ethnic_group": "01"}
    other = one | {"name": "李大明", "birth_date": "1962-03-08"}
    columns = Columns(table([one], "a", parameters), table([other], "b", parameters))
    assert [levels(model, name, columns) for name in ("sex", "county", "ethnic_group", "birth_date")] == [
        ["missing"], ["missing"], ["missing"], ["differs"],
    ]  # fmt: skip
