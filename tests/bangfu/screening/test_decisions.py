"""Earlier outcomes: the same evidence is not sent again, new evidence is, and says what is new."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hand_built import AS_OF, allowance, linked, member, roster, stay

from bangfu.screening.decisions import DECISION, Decided, decided
from bangfu.screening.evidence_state import digest, evidence_states
from bangfu.screening.material import Material
from bangfu.screening.rules.rule_set import Periods
from bangfu.screening.rules.shipped import default_rules
from bangfu.screening.screened import Policy, Screened, prepared, screened
from schemas.outcomes import OUTCOMES


def found(*bills: tuple[float, str], listed: bool = False) -> Screened:
    """One member with some hospital bills."""
    rows = [{"of": 1, "partner": "p", **stay(1, amount, day)} for amount, day in bills]
    sources = {"medical_settlement": linked("medical_settlement", rows)}
    if listed:
        sources["civil_affairs"] = linked("civil_affairs", [{"of": 1, **allowance(1)}])
    return screened(prepared(Material(roster([{"of": 1, **member(1)}]), sources), AS_OF), Policy(default_rules()))


BILLS = ((12_000.0, "2026-01-15"), (500.0, "2026-02-15"))


def decision(outcome: str, on: str = "2026-03-01", state: str | None = None, **changes: Any) -> pl.DataFrame:
    row = {"cluster_id": "person-1", "outcome": outcome, "decided_on": dt.date.fromisoformat(on), "evidence": state}
    row |= {"evidence_digest": digest(state) if state else None, **changes}
    return pl.DataFrame([row], schema=dict(DECISION))


def state(of: Screened) -> str:
    return evidence_states(of.hits, of.tiers)["person-1"]


def why(result: Decided) -> list[str]:
    return result.found.left_out["why"].to_list()


@pytest.mark.parametrize("outcome", ["05", "10", "20", "60"])
def test_the_same_evidence_is_not_sent_again(outcome: str) -> None:
    now = found(*BILLS)
    result = decided(now, decision(outcome, state=state(now)))
    assert why(result) == ["decided"]
    assert result.found.persons.is_empty()
    assert result.found.hits.is_empty()
    assert OUTCOMES[outcome].zh in result.found.left_out["zh"][0]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (found(*BILLS, (700.0, "2026-05-02")), "“住院自付较高”在2026Q2有新的记录"),
        (found(*BILLS, (30_000.0, "2026-02-20")), "“住院自付较高”加重，现为2.6万至5万元"),
        (found(*BILLS, (300.0, "2026-02-20")), "“住院自付较高”由2次增至3次"),
    ],
)
def test_new_evidence_brings_a_clue_back_and_is_told(now: Screened, told: str) -> None:
    result = decided(now, decision("11", state=state(found(*BILLS))))
    assert result.found.persons.height == 1
    assert told in [line["zh"] for line in result.changes["person-1"]]


def test_a_new_screen_brings_a_clue_back() -> None:
    result = decided(found(*BILLS, listed=True), decision("11", state=state(found(*BILLS))))
    assert [line["zh"][:3] for line in result.changes["person-1"]] == ["新增“"]


def test_evidence_that_fell_away_does_not() -> None:
    """The window moves on by itself: less of the same is no reason to knock again."""
    assert why(decided(found(*BILLS), decision("11", state=state(found(*BILLS, listed=True))))) == ["decided"]
    more = found((13_000, "2026-01-01"), (13_500, "2026-02-15"))
    assert why(decided(found(*BILLS), decision("11", state=state(more)))) == ["decided"]


def test_where_only_the_digest_was_kept_any_difference_counts() -> None:
    now = found(*BILLS)
    kept = decision("11", evidence_digest=digest(state(now)))
    assert why(decided(now, kept)) == ["decided"]
    assert decided(found(*BILLS, listed=True), kept).changes["person-1"][0]["en"].startswith("the evidence differs")


def test_a_refusal_is_respected_for_a_period_whatever_the_evidence() -> None:
    now, before = found(*BILLS, listed=True), state(found(*BILLS))
    assert why(decided(now, decision("40", "2025-07-01", before))) == ["refused"]
    assert why(decided(now, decision("40", "2025-06-30", before))) == []
    short = replace(default_rules(), periods=Periods(refused=3))
    told = replace(now, policy=Policy(short))
    assert why(decided(told, decision("41", "2026-01-01", before))) == []


@pytest.mark.parametrize("outcome", ["31", "32", "90", "99", "unheard-of"])
def test_what_decides_nothing_stays_on_the_list(outcome: str) -> None:
    now = found(*BILLS)
    assert decided(now, decision(outcome, state=state(now))).found.persons.height == 1


def test_the_latest_decision_counts_and_none_of_the_future() -> None:
    now = found(*BILLS)
    both = pl.concat([decision("31", "2026-04-01", state(now)), decision("10", "2026-03-01", state(now))])
    assert why(decided(now, both)) == []
    assert why(decided(now, decision("10", "2026-07-01", state(now)))) == []


def test_a_state_holds_no_amount() -> None:
    assert state(found(*BILLS)) == '{"hits":[{"band":"10000-26000","code":"S1","count":2,"last":"2026Q1"}],"tier":null}'
