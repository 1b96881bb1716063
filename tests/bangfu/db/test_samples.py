"""Samples in the database: who may judge sees figures of the own area, and nobody the key's print, the units or the accounts."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from bangfu.db import portal_session_scope
from bangfu.db.samples import Answer, audited, audited_versions, keep_answers, keep_draw, number_draws
from bangfu.db.sampling_models import SecondReview
from bangfu.db.second_reviews import Pair, reviewed_pairs
from bangfu.review.drawing import record
from schemas.rights import Role

from .conftest import viewer

NOW = datetime.now(UTC)


@pytest.fixture
def sampled(published, screened, database):
    """List 1 with samples of Kunming and Dali; list 2 is screened and not published. A pair in each, one not compared."""
    first, second = published([]), screened([])
    with database.owner.begin() as connection:
        for run, version in ((first, 1), (second, None)):
            for area, frame in (("5301", 40), ("5329", 20)):
                draw = record("key", f"audit:{area}", "1", [str(number) for number in range(frame)], 2)
                keep_draw(connection, draw, area, run_id=run)
            if version:
                number_draws(connection, run, version)
        keep_draw(connection, record("key", "second_review", "", ["a"], 1), "53", share=0.1)
        answers = [Answer("a", 1, "530102", "10"), Answer("b", 1, "530103", "10"), Answer("c", 1, "532901", "03")]
        keep_answers(connection, answers, NOW)
        for case_id, county, outcome in (("a", "530102", "10"), ("b", "532901", None)):
            row = {"case_id": case_id, "first_case_id": f"f{case_id}", "county_code": county, "involved": ["li"]}
            connection.execute(insert(SecondReview).values(**row, first_outcome="10", second_outcome=outcome, drawn_at=NOW))  # fmt: skip
    return database


@pytest.mark.parametrize(
    ("area", "role", "seen"),
    [
        ("53", Role.PROVINCE_OFFICER, ["5301", "5329"]),
        ("53", Role.AUDITOR, ["5301", "5329"]),
        ("5329", Role.PREFECTURE_OFFICER, ["5329"]),
        ("5301", Role.AUDITOR, ["5301"]),
        ("5301", Role.APPROVER, []),
        ("530102", Role.COUNTY_OFFICER, []),
        ("53", Role.SECURITY_ADMINISTRATOR, []),
        ("53", Role.SYSTEM_ADMINISTRATOR, []),
    ],
)
def test_who_judges_sees_the_own_area(sampled, area: str, role: Role, seen: list[str]) -> None:
    with portal_session_scope(sampled.portal, viewer(area, role)) as connection:
        assert [item.prefecture for item in audited(connection, "53", 1)] == seen
        assert audited_versions(connection) == ([1] if seen else [])
        assert {pair.county_code[:4] for pair in reviewed_pairs(connection, "53")} == set(seen)


def test_strata_and_pairs_are_as_they_were_written(sampled) -> None:
    with sampled.owner.connect() as connection:
        kunming, dali = audited(connection, "53", 1)
        assert (kunming.frame, kunming.sample, kunming.outcomes) == (40, 2, {"10": 2})
        assert (dali.frame, dali.sample, dali.outcomes) == (20, 2, {"03": 1})
        assert audited(connection, "53", 2) == []
        assert reviewed_pairs(connection, "5301") == [Pair("530102", "10", "10", None, None)]


def test_draws_of_a_list_that_was_replaced_go_with_it(sampled, screened) -> None:
    screened([])
    with sampled.owner.connect() as connection:
        versions = connection.scalars(text("SELECT DISTINCT list_version FROM random_draw WHERE run_id IS NOT NULL")).all()  # fmt: skip
    assert versions == [1]


def test_a_case_is_reviewed_a_second_time_once(sampled) -> None:
    row = {"case_id": "z", "first_case_id": "fa", "county_code": "530102", "involved": []}
    with pytest.raises(IntegrityError), sampled.owner.begin() as connection:
        connection.execute(insert(SecondReview).values(**row, first_outcome="10", drawn_at=NOW))
