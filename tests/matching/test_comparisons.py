"""What each comparison finds in a pair, by example, and the laws all of them obey."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.columns import Columns
from matching.comparisons import compare_pairs, comparer
from matching.levels import KINDS, levels_of
from matching.model import Comparison


def level(kind, a, b, **options):
    """Name of the level of two values; a value with several columns is a tuple."""
    return levels(kind, [(a, b)], **options)[0]


def levels(kind, pairs, **options):
    sides = [[value if isinstance(value, tuple) else (value,) for value in side] for side in zip(*pairs, strict=True)]
    columns = tuple(f"c{place}" for place in range(len(sides[0][0])))
    left, right = (
        pa.table({name: pa.array([row[place] for row in side], pa.string()) for place, name in enumerate(columns)})
        for side in sides
    )
    rows = np.arange(len(pairs), dtype=np.int32)
    codes = compare_pairs([comparer(Comparison("it", kind, columns, options), 0, Columns(left, right))], rows, rows)
    names = ["missing", *(item.name for item in levels_of(kind, options))]
    return [names[code] for code in codes]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("李明华", "李明华", "exact"),
        ("张建國", "张建国", "folded"),
        ("阿依·古丽", "阿依古丽", "folded"),
        ("李明华", "李鸣华", "same_tones"),
        ("单建国", "善建国", "same_tones"),  # 单 is shàn as a surname
        ("岩罕", "艾罕", "same_sound"),  # 岩 is ái as the first character of a Dai name
        ("刘建国", "牛建国", "same_sound"),  # n/l
        ("张英", "张音", "same_sound"),  # -ng/-n
        ("黄芳", "方芳", "same_sound"),  # h/f
        ("余明", "衣明", "same_sound"),  # ü/i
        ("周未", "周末", "look_alike"),
        ("李建国", "李建军", "one_character"),
        ("李□国", "李建国", "part"),
        ("玉罕香", "玉罕", "part"),
        ("王芳", "王强", "differs"),
        ("王", "王芳", "differs"),
        ("", "王芳", "missing"),
        (None, "王芳", "missing"),
        ("□□", "□□", "missing"),
        ("𠮷明", "𠮷明", "exact"),
    ],
)
def test_chinese_names(a, b, expected):
    assert level("chinese_name", a, b) == expected


def test_a_former_name_is_an_alias():
    assert level("chinese_name", ("岩罕", "李文学"), ("李文学", None)) == "alias"
    assert level("chinese_name", ("岩罕", None), ("李文学", "岩罕")) == "alias"


NUMBER = "539102199003070030"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (NUMBER, "exact"),
        ("539102199003070***", "nearly_complete"),
        ("539102900307003", "nearly_complete"),  # 15 digits
        ("539102********0030", "consistent"),
        ("539102199003071030", "one_slip"),
        ("539102199003700030", "one_slip"),  # neighbours swapped
        ("539102199003079939", "same_birth_sex_region"),
        ("539102199003070073", "differs"),  # right checksum, so another person's
        ("539102********0035", "differs"),
        ("53910219900307****", "nearly_complete"),
        ("539102************", "missing"),
        ("E12345678", "missing"),
        (None, "missing"),
    ],
)
def test_identity_numbers(other, expected):
    assert level("identity_number", NUMBER, other) == expected


def test_other_documents_compare_among_themselves():
    assert levels("identity_number", [("E1234", "E1234"), ("E1234", "G9")]) == ["exact", "differs"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("1962-03-07", "1962-03-07", "exact"),
        ("1962-03-07", "19620307", "exact"),
        ("1962-03-07", "1962-07-03", "one_slip"),
        ("1962-03-07", "1963-03-07", "one_slip"),
        ("1962-03-12", "1962-03-21", "one_slip"),
        ("1962-03-07", "1962-02-13", "near"),
        ("1962-03-07", "1961-12-31", "differs"),
        ("1962-03-07", "1962-03", "month_known"),
        ("1962-03-07", "1962", "year_known"),
        ("1962-03-07", "1962-11-29", "same_year"),
        ("1962-03-07", "1984-11-29", "differs"),
        ("1962-03-07", "unknown", "missing"),
    ],
)
def test_dates(a, b, expected):
    assert level("date", a, b) == expected


def test_a_date_is_no_more_precise_than_stated():
    assert level("date", ("1962-01-01", "year"), ("1962-03-07", "day")) == "year_known"
    assert level("date", ("1962-03-01", "month"), ("1962-03-07", "day")) == "month_known"


@pytest.mark.parametrize(
    ("kind", "a", "b", "options", "expected"),
    [
        ("phone", "13900001111", "139-0000-1111", {}, "exact"),
        ("phone", "13900001111", "13900001112", {}, "one_digit"),
        ("phone", "13900001111", "13800002222", {}, "differs"),
        ("phone", "110", "13800002222", {}, "missing"),
        ("place", "530102", "530102", {}, "same_county"),
        ("place", "530102", "530103", {}, "same_prefecture"),
        ("place", "530102", "532901", {}, "differs"),
        ("place", "昆明", "532901", {}, "missing"),
        ("exact", "José", "jose", {}, "exact"),
        ("exact", "a", "b", {}, "differs"),
        ("exact", "김", "강", {}, "differs"),  # syllables of Hangul are taken apart by Unicode, but are letters here
        ("exact", "ﬁ", "f", {}, "differs"),
        ("exact", "Đặng", "đang", {}, "exact"),
        ("text", "Martha", "MARTHA", {}, "exact"),
        ("text", "martha", "marhta", {}, "similar_0.92"),
        ("text", "dixon", "dicksonx", {}, "similar_0.75"),
        ("text", "昆明钢铁公司", "昆明钢铁厂", {}, "similar_0.85"),
        ("text", "abc", "xyz", {}, "differs"),
        ("levenshtein", "smith", "smyth", {}, "edits_1"),
        ("levenshtein", "smith", "msith", {}, "edits_2"),
        ("damerau", "smith", "msith", {}, "edits_1"),
        ("damerau", "smith", "jones", {}, "differs"),
        ("prefix", "SW1A 1AA", "sw1a1aa", {}, "exact"),
        ("prefix", "650031", "650118", {"cutoffs": [4, 3]}, "first_3"),
        ("prefix", "650031", "651018", {"cutoffs": [4, 3]}, "differs"),
        ("prefix", "650031", "650018", {"cutoffs": [4, 3]}, "first_4"),
        ("prefix", "650031", "650118", {"cutoffs": [4, 2]}, "first_2"),
        ("prefix", "65", "650118", {"cutoffs": [3]}, "differs"),
        ("prefix", "SW1A 1AA", "SW1A 1BB", {"cutoffs": [-2, -3]}, "all_but_last_2"),
        ("prefix", "M1 1AA", "M1 2BB", {"cutoffs": [-2, -3]}, "all_but_last_3"),
        ("prefix", "M1 1AA", "M11 1AA", {"cutoffs": [-2, -3]}, "differs"),
        ("prefix", "--", "650118", {}, "missing"),
        ("numeric", "100", "100.0", {}, "exact"),
        ("numeric", "100", "100.5", {}, "within_1"),
        ("numeric", "100", "105", {"cutoffs": [0.1], "unit": "relative"}, "within_0.1"),
        ("numeric", "100", "n/a", {}, "missing"),
        ("numeric", "100", "inf", {"cutoffs": [0.1], "unit": "relative"}, "missing"),
        ("numeric", "34", "３６", {"cutoffs": [1, 2]}, "within_2"),  # an age in full-width digits
        ("text", "martha", "marhta", {"cutoffs": [0.95, 0.94]}, "similar_0.95"),
        ("text", "martha", "marhta", {"cutoffs": [0.95, 0.94], "measure": "jaro"}, "similar_0.94"),
    ],
)
def test_other_kinds(kind, a, b, options, expected):
    assert level(kind, a, b, **options) == expected


@pytest.mark.parametrize("kind", ["levenshtein", "damerau"])
@pytest.mark.parametrize("cutoffs", [[1], [1, 2], [1, 3]])
def test_short_texts_are_told_apart_by_edits_as_long_ones_are(kind, cutoffs):
    """Texts of up to 16 characters of few kinds are compared as machine words, unless a longer one is among them."""
    texts = ["".join(letters) for size in range(1, 6) for letters in product("abc", repeat=size)]
    pairs = list(product(texts, texts))
    long = ("abcdefghijklmnopq", "x")
    assert levels(kind, pairs, cutoffs=cutoffs) == levels(kind, [*pairs, long], cutoffs=cutoffs)[:-1]


def test_employers_by_code_then_name():
    assert level("employer", ("91A", "甲公司"), ("91A", "乙公司")) == "same_code"
    assert level("employer", (None, "昆明甲公司"), ("91A", "昆明甲公司")) == "same_name"
    assert level("employer", (None, "昆明甲机械有限公司"), (None, "昆明甲机械公司")) == "similar_name"
    assert level("employer", ("91A", None), ("91B", None)) == "differs"
    assert level("employer", ("91A", None), (None, "甲公司")) == "missing"


def test_a_telephone_number_shared_by_many_says_nothing():
    pairs = [("13900001111", "13900001111")] * 4
    assert set(levels("phone", pairs, shared_by=3)) == {"missing"}
    assert set(levels("phone", pairs, shared_by=4)) == {"exact"}


def test_jaro_and_jaro_winkler_are_the_toolkits_by_character():
    from jellyfish import jaro_similarity, jaro_winkler_similarity

    from matching.columns import code_points
    from matching.kernels.text import jaro, jaro_winkler

    for a, b in [
        ("dwayne", "duane"),
        ("martha", "marhta"),
        ("昆明钢铁公司", "昆明市钢铁厂"),
        ("abcvwxyz", "zabcvwxy"),
        ("a", "b"),
    ]:
        texts = code_points(pa.array([a, b]))
        found = jaro_winkler(texts.points, 0, len(a), len(a), len(a) + len(b))
        assert found == pytest.approx(jaro_winkler_similarity(a, b))
        plain = jaro(texts.points, 0, len(a), len(a), len(a) + len(b))
        assert plain == pytest.approx(jaro_similarity(a, b))


VALUES = st.one_of(
    st.none(),
    st.text(alphabet="岩罕玉香李里王汪明鸣末未·? aé", max_size=5),
    st.from_regex(r"539102(19|\*\*)[0-9]{6}[0-9*]{3}[0-9X*]", fullmatch=True),
    st.dates().map(str),
    st.integers(0, 10**6).map(str),
)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20))
def test_comparisons_are_symmetric_reflexive_and_neutral_on_missing(kind, pairs):
    options = {"separator": "·"} if kind == "array" else {}
    if kind == "geographic":
        pairs = [((a, a), (b, b)) for a, b in pairs]
    forward = levels(kind, pairs, **options)
    assert forward == levels(kind, [(b, a) for a, b in pairs], **options)
    for (a, b), found in zip(pairs, forward, strict=True):
        if not (a and b and all(a) and all(b) and "".join(a).strip() and "".join(b).strip()):
            assert found == "missing"
    if kind != "phone":
        best = {"missing", "nearly_complete", "consistent", "part", "same_name", "initial", levels_of(kind, {})[0].name}
        coarse = {"month_known", "year_known", "consistent"}
        assert set(levels(kind, [(a, a) for a, _ in pairs], **options)) <= best | coarse
