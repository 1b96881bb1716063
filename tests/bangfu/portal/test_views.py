"""From a row to what is shown of it."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from bangfu.db.candidate_queries import CandidateRow
from bangfu.portal.views import case_of, line_of, rule_choices
from bangfu.screening.rules.shipped import shipped_screens

from .conftest import make_candidate

HIDDEN = {"name", "id_number", "phone", "address"}


def row(**changes: object) -> CandidateRow:
    """A row as the database gives it."""
    candidate = make_candidate()
    told = {field.name: getattr(candidate, field.name, None) for field in fields(CandidateRow)}
    told |= {"screened_run_id": "r1", "list_version": 1, "prefecture_code": "5301"}
    return replace(CandidateRow(**told | {"published_at": datetime(2026, 7, 1, tzinfo=UTC)}), **changes)


def test_no_view_holds_a_value_that_is_to_be_masked() -> None:
    """Templates get views only: what is not in a view cannot be on a page."""
    shown = repr([case_of(row(), language, 2026) for language in ("zh", "en")])
    assert not any(str(getattr(row(), name)) in shown for name in HIDDEN)
    assert "HY000001" not in shown
    assert "0.998" not in shown


def test_the_age_is_the_one_reached_this_year() -> None:
    assert line_of(row(birth_year=1980), "zh", 2026).age == 46
    assert line_of(row(birth_year=None), "zh", 2026).age is None


def test_the_employer_stands_in_for_a_union_that_is_not_known() -> None:
    assert line_of(row(union_name=None), "zh", 2026).union == "昆明云岭机械有限公司"
    assert line_of(row(union_name=None, employer=None), "zh", 2026).union == ""


def test_an_address_of_which_nothing_may_be_shown_is_not_missing() -> None:
    shown = {item.label: item.value for item in case_of(row(address="学府路12号"), "zh", 2026).particulars}
    assert shown["住址"] == "已登记，不显示"
    missing = case_of(row(address=None), "zh", 2026)
    assert {item.label: item.value for item in missing.particulars}["住址"] is None
    assert "花名册中没有住址" in missing.to_verify


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_band_of_every_rule_has_a_few_words(language: str) -> None:
    for rule in shipped_screens().values():
        for band in rule.bands:
            reason = {"code": rule.code, "band": band.code, "zh": "长句", "en": "a long sentence"}
            (chip,) = line_of(row(reasons=[reason]), language, 2026).chips
            assert getattr(band, language) in chip
            assert chip not in {"长句", "a long sentence"}
    assert dict(rule_choices(language)).keys() == shipped_screens().keys()
    assert not set(dict(rule_choices(language)).values()) & shipped_screens().keys()


def test_a_reason_of_a_rule_that_is_gone_keeps_its_sentence() -> None:
    reason = {"code": "S9", "band": "x", "zh": "旧规则", "en": "an old rule", "source": "gone"}
    case = case_of(row(reasons=[reason]), "zh", 2026)
    assert (case.line.chips, case.evidence[0].sentence, case.evidence[0].source) == (("旧规则",), "旧规则", "")
    assert case.evidence[0].period == "时间未提供"


def test_a_former_archive_is_told() -> None:
    former = {"status": "exited", "zh": "脱困", "en": "exited", "quarter": "2025Q4"}
    case = case_of(row(evidence={"formerly_registered": former}), "zh", 2026)
    assert case.former == "曾在困难职工档案中，状态：脱困（2025年第4季度），目前不在档。"
    assert case_of(row(evidence={}), "zh", 2026).former == ""
