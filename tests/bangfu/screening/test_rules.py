"""The shipped rules as data: complete in both languages, ordered, and believed within reason."""

import pytest

from bangfu.screening.missing import MISSING, MUTUAL_AID
from bangfu.screening.rules.rule_set import Screen
from bangfu.screening.rules.shipped import default_rules, shipped_rules, shipped_screens
from schemas.evidence import EVIDENCE
from schemas.parameters import PARAMETERS
from schemas.sources import PARTNERS, SOURCES


@pytest.mark.parametrize("screen", shipped_screens().values(), ids=lambda screen: screen.code)
def test_every_screen_can_be_told_in_both_languages(screen: Screen) -> None:
    assert screen.source in PARTNERS
    assert all(band.zh != band.en for band in screen.bands)
    for zh, en in ((screen.zh, screen.en), (screen.chip_zh, screen.chip_en)):
        assert zh.format(band="…", count=2) != en.format(band="…", count=2)


def test_all_screens_of_the_reference_are_there() -> None:
    assert {screen.screen[:2] for screen in default_rules().screens} == {"S1", "S2", "S3", "S4", "S5", "S6"}
    assert {tier.tier for tier in default_rules().tiers} == {1, 2, 3}


def test_more_expenses_are_believed_more() -> None:
    beliefs = [band.belief for band in default_rules().screen("S1").bands]
    assert beliefs == sorted(beliefs)


def test_the_bills_of_the_household_are_banded_like_the_members_and_believed_no_less() -> None:
    own, family = (default_rules().screen(code).bands for code in ("S1", "S1F"))
    assert [(band.code, band.zh) for band in own] == [(band.code, band.zh) for band in family]
    assert all(of_all.belief >= of_one.belief for of_one, of_all in zip(own, family, strict=True))


def test_the_file_states_its_own_name() -> None:
    from schemas.reference import rule_files

    assert [f"{name}.toml" for name in shipped_rules()] == list(rule_files())


def test_what_is_missing_is_told_in_both_languages() -> None:
    assert all(item.zh and item.en for item in (*MISSING, MUTUAL_AID))


def test_evidence_and_parameters_are_declared_once_and_completely() -> None:
    """A formula sees one name space: a parameter named like a piece of evidence would hide it."""
    for column in EVIDENCE.values():
        assert column.zh
        assert column.en
        assert column.meaning.endswith(".")
        assert set(column.sources) <= set(SOURCES)
    assert not set(EVIDENCE) & {table.name for table in PARAMETERS.values()}
    assert len({column.zh for column in EVIDENCE.values()}) == len(EVIDENCE)
