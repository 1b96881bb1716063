"""What stops an extract: a difference that is large and more than chance, told with the column that went first."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.profiling import Drift, Finding, Measure, Profile, drift
from schemas.source import DriftLimits
from tests.bangfu.profiling.extracts import counted, field

LIMITS = DriftLimits()


def found(now: Profile, before: Profile | None) -> list[tuple[str, str | None, bool]]:
    return [(finding.measure.value, finding.field, finding.over) for finding in drift(now, before, LIMITS).findings]


def only(now: Profile, before: Profile | None) -> Finding:
    (finding,) = drift(now, before, LIMITS).findings
    return finding


def test_the_same_extract_again_differs_in_nothing() -> None:
    profile = counted(500, field("name", 500), field("sex", 480, counts={"1": 240, "2": 240}), field("phone", 400))
    told = drift(profile, profile, LIMITS)
    assert told == Drift(first=False, compared=7, findings=())
    assert told.stops is False


def test_a_first_extract_has_nothing_to_differ_from() -> None:
    told = drift(counted(500, field("phone", 3)), None, LIMITS)
    assert (told.first, told.findings, told.stops) == (True, (), False)


def test_a_first_extract_with_many_refused_rows_is_stopped() -> None:
    finding = only(counted(400, rejected=100), None)
    assert (finding.measure, finding.now, finding.over) == (Measure.REJECTED, 0.2, True)
    assert finding.zh == "500 行中拒收 100 行，占 20.0%（界限 10%）"


@pytest.mark.parametrize(("accepted", "rejected", "over"), [(17, 3, False), (13, 7, True), (1, 3, True), (0, 1, True)])
def test_refused_rows_of_small_extracts_must_be_more_than_chance(accepted: int, rejected: int, over: bool) -> None:
    assert found(counted(accepted, rejected=rejected), None) == [("rejected", None, over)]


def test_an_extract_without_a_row_is_always_stopped() -> None:
    finding = only(counted(0), counted(500, field("name", 500)))
    assert (finding.measure, finding.over) == (Measure.ROWS, True)
    assert "没有读到任何数据行" in finding.zh


def test_a_column_that_went_is_told_first_with_what_may_be_its_new_name() -> None:
    before = counted(500, field("phone", 480, header="联系电话"), field("sex", 500), unlisted=("序号",))
    now = counted(300, field("phone", 0, given=False), field("sex", 300), unlisted=("序号", "本人电话"))
    assert found(now, before) == [("column_gone", "phone", True), ("rows", None, True), ("headers", None, False)]
    first = drift(now, before, LIMITS).findings[0]
    assert first.zh == (
        "「手机号码」列不见了（上一批表头「联系电话」），上一批填写率 96.0%；本批新出现未登记的列：本人电话，请核对是否改了名"
    )
    assert first.en == (
        "the column phone is gone (headed 联系电话 before); it was 96.0% filled before; "
        "it may have been renamed to one of the new unlisted columns 本人电话"
    )


def test_a_column_that_went_and_that_others_replace_does_not_stop() -> None:
    before = counted(500, field("birth_date", 500, header="出生日期"))
    now = counted(500, field("birth_date", 495, given=False))
    assert found(now, before) == [("column_gone", "birth_date", False)]
    assert "现由其他列补出 99.0%" in only(now, before).zh


def test_a_column_that_is_there_and_empty_is_gone_too() -> None:
    finding = only(counted(500, field("phone", 0)), counted(500, field("phone", 500)))
    assert (finding.measure, finding.over) == (Measure.COLUMN_GONE, True)
    assert finding.zh == "「手机号码」整列为空，上一批填写率 100.0%"


def test_a_new_column_stops_where_it_fills_much() -> None:
    before = counted(500, field("phone", 0, given=False))
    finding = only(counted(500, field("phone", 450, header="手机")), before)
    assert (finding.measure, finding.over) == (Measure.COLUMN_NEW, True)
    assert finding.zh == "新出现「手机号码」列（表头「手机」），填写率 90.0%"
    assert found(counted(500, field("phone", 20)), before) == [("column_new", "phone", False)]


def test_a_twenty_row_roster_is_not_stopped_by_noise_but_by_a_column_that_went() -> None:
    before = counted(20, field("phone", 18), field("sex", 20, counts={"1": 10, "2": 10}))
    shaken = counted(27, field("phone", 19), field("sex", 27, counts={"1": 21, "2": 6}))
    assert found(shaken, before) == [
        ("rows", None, False),
        ("fill", "phone", False),
        ("codes", "sex", False),
    ]
    told = drift(shaken, before, LIMITS).findings[0]
    assert told.zh == (
        "数据行数由 20 变为 27，增加 35.0%（界限 30%）；数据行少，偶然出现这样的差别的概率约 38%，不拦截"
    )
    assert found(counted(20, field("phone", 0), field("sex", 20)), before) == [("column_gone", "phone", True)]


@pytest.mark.parametrize(("filled", "over"), [(425, False), (424, True), (420, True)])
def test_the_limit_of_the_fill_rate_is_a_change_beyond_fifteen_points(filled: int, over: bool) -> None:
    told = found(counted(500, field("phone", filled)), counted(500, field("phone", 500)))
    assert told == ([("fill", "phone", True)] if over else [])


def test_the_validity_of_identity_numbers_is_compared() -> None:
    before = counted(500, field("id_number", 500, counts={"full": 480, "expanded15": 10, "masked": 10}))
    now = counted(500, field("id_number", 500, counts={"full": 300, "prefix15": 200}))
    finding = only(now, before)
    assert (finding.measure, finding.before, finding.now, finding.over) == (Measure.VALIDITY, 0.98, 0.6, True)
    assert finding.zh == "「证件号码」有效率由 98.0% 变为 60.0%，下降 38.0 个百分点（界限 10）"


def test_the_validity_of_phones_is_their_being_readable() -> None:
    before = counted(500, field("phone", 300))
    finding = only(counted(500, field("phone", 250, unreadable=60)), before)
    assert (finding.measure, finding.field, finding.over) == (Measure.VALIDITY, "phone", True)


def test_amounts_in_another_unit_are_seen_by_their_bands() -> None:
    before = counted(500, field("monthly_amount", 500, counts={"below_1k": 300, "1k": 200}))
    now = counted(500, field("monthly_amount", 500, counts={"3k": 250, "10k": 250}))
    finding = only(now, before)
    assert (finding.measure, finding.change, finding.over) == (Measure.CODES, 1.0, True)
    assert finding.zh == (
        "「月保障金额」的分布与上一批相差 100.0%（界限 25%）："
        "不足 1 千元 60% → 0%、1 万元起 0% → 50%、3 千元起 0% → 50%"
    )


def test_dates_are_not_compared() -> None:
    before = counted(500, field("started_on", 500, counts={"2026-05": 500}))
    assert found(counted(500, field("started_on", 500, counts={"2026-06": 500})), before) == []


def test_a_field_that_was_not_declared_before_is_not_compared() -> None:
    assert found(counted(500, field("phone", 500), field("name", 500)), counted(500, field("name", 500))) == []


def test_profiles_of_different_sources_cannot_be_compared() -> None:
    other = Profile.from_json({**counted(1).to_json(), "source": "union_roster"})
    with pytest.raises(ValueError, match="union_roster cannot be compared with one of civil_affairs"):
        drift(other, counted(1), LIMITS)


def test_the_limits_are_the_sources_own() -> None:
    before, now = counted(500, field("phone", 500)), counted(500, field("phone", 300))
    assert drift(now, before, DriftLimits(fill=0.5)).findings == ()


profiles = st.builds(
    lambda accepted, rejected, phone, sex: counted(
        accepted,
        field("phone", min(phone, accepted)),
        field("sex", accepted, counts={code: n for code, n in zip("12", sex, strict=True) if n}),
        rejected=rejected,
    ),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(0, 80),
    st.tuples(st.integers(0, 40), st.integers(0, 40)),
)


@given(profiles, profiles)
def test_every_finding_can_be_told_and_kept(now: Profile, before: Profile) -> None:
    told = drift(now, before, LIMITS)
    assert Drift.from_json(json.loads(json.dumps(told.to_json()))) == told
    assert [finding.over for finding in told.findings] == sorted((f.over for f in told.findings), reverse=True)
    for finding in told.findings:
        assert finding.zh
        assert finding.en
        assert not finding.over or finding.large or now.accepted == 0
