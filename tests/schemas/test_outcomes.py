"""Outcome codes: closed, labelled in both languages, and nothing is learnt from who refused."""

from schemas.outcomes import OUTCOMES, Says


def test_labels_are_there_and_different() -> None:
    assert all(item.zh and item.en and code == item.code for code, item in OUTCOMES.items())
    assert len({item.zh for item in OUTCOMES.values()}) == len({item.en for item in OUTCOMES.values()}) == len(OUTCOMES)


def test_what_teaches_the_rules() -> None:
    """Wrong matches are for linkage, refusals for nobody: neither says that there is no hardship."""
    teaching = {code: item.says for code, item in OUTCOMES.items() if item.says is not Says.NOTHING}
    assert {code for code, says in teaching.items() if says is Says.CONFIRMED} == {"01", "02", "03", "04"}
    assert {code for code, says in teaching.items() if says is Says.REFUTED} == {"10", "11", "12", "13"}
