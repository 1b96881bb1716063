"""A whole screening of hand-built rows: ranking, and what visits change."""

import polars as pl
import pytest
from hand_built import AS_OF, allowance, linked, member, roster, stay

from bangfu.screening.clues import clues
from bangfu.screening.learning import learn
from bangfu.screening.material import Material
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Prepared, prepared, screened
from schemas.outcomes import VISIT

RULES = default_rules()
SCHEMA = dict.fromkeys(VISIT, pl.String) | {"match_probability": pl.Float64}


def seen() -> Prepared:
    """Members 0 to 9 with bills of 12,000 yuan, 10 to 14 on the near-subsistence list; 3 and 12 live in another county."""
    rows = [{"of": n, **member(n, county_code="533102" if n in (3, 12) else "530102")} for n in range(20)]
    bills = [{"of": n, **stay(n, 12_000.0, "2026-03-01")} for n in range(10)]
    listed = [{"of": n, **allowance(n, "edge")} for n in range(10, 15)]
    sources = {
        "medical_settlement": linked("medical_settlement", bills),
        "civil_affairs": linked("civil_affairs", listed),
    }
    return prepared(Material(roster(rows), sources), AS_OF)


def codes(found: pl.DataFrame) -> list[str]:
    return found["cluster_id"].to_list()


def test_the_list_is_ranked_by_strength() -> None:
    found = screened(seen(), Policy(RULES))
    assert found.persons["strength"].is_sorted(descending=True)
    assert len(found.persons) == 15


def test_visits_change_the_ranking_and_never_who_has_evidence() -> None:
    told = [(f"v{n}", "S5", "edge", 1.0, "11") for n in range(200)]
    told += [(f"w{n}", "S1", "10000-26000", 1.0, "03") for n in range(40)]
    visits = pl.DataFrame(told, SCHEMA, orient="row")
    before = screened(seen(), Policy(RULES))
    after = screened(seen(), Policy(RULES, learned=learn(RULES, visits)))
    assert set(codes(before.persons)) == set(codes(after.persons))
    listed = {f"person-{n}" for n in range(10, 15)}
    assert set(codes(before.persons)[:5]) == listed, "a list is believed more than a bill of 12,000"
    assert set(codes(after.persons)[-5:]) == listed, "visits have told otherwise"


def test_a_clue_says_what_its_strength_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "bangfu.screening.clues.explained_links", lambda found, models, told: {}
    )  # there is no model here
    visits = pl.DataFrame([("v", "S1", "10000-26000", 1.0, "03")], SCHEMA, orient="row")
    for learned, basis, count in ((None, "belief", 0), (learn(RULES, visits), "visits", 1)):
        found = screened(seen(), Policy(RULES, learned=learned))
        for clue in clues(found, {}, pl.DataFrame()):
            likely = clue.evidence["likely"]
            assert (likely["basis"], likely["visits"]) == (basis, count)
            assert likely["low"] <= clue.strength <= likely["high"]


def test_every_visit_narrows_what_is_likely() -> None:
    def width(count: int) -> float:
        told = [(f"v{n}", "S1", "10000-26000", 1.0, "03" if n % 3 == 0 else "11") for n in range(count)]
        visits = pl.DataFrame(told, SCHEMA, orient="row")
        found = screened(seen(), Policy(RULES, learned=learn(RULES, visits))).persons
        own = found.filter(pl.col("cluster_id") == "person-1")
        return float((own["high"] - own["low"])[0])

    assert width(300) < width(30) < width(0)
