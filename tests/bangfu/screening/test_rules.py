"""The screens as data: complete in both languages, ordered, and believed within reason."""

import pytest

from bangfu.screening.rules import MEDICAL, MISSING, MUTUAL_AID, RULES, Rule
from schemas.sources import PARTNERS


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_can_be_told_in_both_languages(rule: Rule) -> None:
    assert rule.source in PARTNERS
    assert "{band}" in rule.zh
    assert "{band}" in rule.en
    assert all(band.zh and band.en and 0 < band.belief < 1 for band in rule.bands.values())
    assert rule.zh.format(band="…", count=2) != rule.en.format(band="…", count=2)


def test_more_expenses_are_believed_more() -> None:
    bands = list(MEDICAL.bands.values())
    assert [band.floor for band in bands] == sorted(band.floor for band in bands)
    assert [band.belief for band in bands] == sorted(band.belief for band in bands)


def test_what_is_missing_is_told_in_both_languages() -> None:
    assert all(item.zh and item.en for item in (*MISSING, MUTUAL_AID))
