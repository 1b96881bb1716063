"""What a form asks for follows from the declaration, and what is lacking is told before anybody fills it in."""

from bangfu.review.cases import Case
from bangfu.review.deadlines import Calendar
from bangfu.review.needs import Attempt, details_of, missing, needs_of
from schemas.flow import NeedKind
from schemas.flows import FLOWS
from tests.bangfu.review.walking import TO_VISIT, begun, somebody, walked

STEPS = FLOWS["candidate"].steps


def lacking(case: Case, code: str) -> list[tuple[NeedKind, str]]:
    step = case.rules.steps[code]
    attempt = Attempt(case, step, somebody(case, step), case.history[-1].at, {}, Calendar())
    return [(need.kind, need.what) for need in missing(attempt)]


def test_what_a_form_asks_for() -> None:
    assert details_of(STEPS["receive"]) == {"note"}
    assert details_of(STEPS["visit"]) == {"note", "visitors", "visited_on", "form"}
    assert details_of(STEPS["settle"]) == {"note", "outcome", "to_county", "referral_consent", "until"}
    assert "check" in details_of(STEPS["verify"])
    assert details_of(FLOWS["appeal"].steps["settle"]) == {"note"}


def test_what_is_lacking_before_anything_is_filled_in() -> None:
    authorised = walked(begun(), *TO_VISIT[:-1])
    assert lacking(authorised, "visit") == [
        (NeedKind.PERSONS, "visitors"), (NeedKind.DAY, "visited_on"), (NeedKind.GIVEN, "form"),
    ]  # fmt: skip
    assert lacking(begun("monitor"), "finish") == [(NeedKind.WAITED, "opened")]


def test_an_outcome_adds_what_it_needs() -> None:
    step = STEPS["settle"]
    assert needs_of(step, {}) == needs_of(step, {"outcome": "05"}) == ()
    assert [need.what for need in needs_of(step, {"outcome": "60"})] == ["referral_consent", "note"]


def test_who_had_a_hand_in_the_first_case_is_not_named_as_a_visitor() -> None:
    """Whoever records it: the accounts that are named count, and one of them is enough."""
    case = begun("second_review", involved=["li", "wang"])
    step = case.rules.steps["answer"]
    for visitors, kinds in (
        (["ma", "he"], []),
        (["ma", "wang"], [NeedKind.OTHERS]),
        (["ma"], [NeedKind.PERSONS]),
        ([" li ", "he"], [NeedKind.OTHERS]),
    ):
        given = {"outcome": "10", "informed": "是", "visitors": visitors, "visited_on": "2026-06-01", "form": "B"}
        attempt = Attempt(case, step, somebody(case, step), case.history[-1].at, given, Calendar())
        assert [need.kind for need in missing(attempt)] == kinds
