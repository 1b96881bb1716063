"""The forms of steps: every step of every flow has one, with the fields it needs, and a posted form says what was entered."""

import pytest
from starlette.datastructures import FormData

from bangfu.errors import Refused
from bangfu.portal.languages import Language
from bangfu.portal.step_forms import LONGEST, Colleague, check_offered, given, in_words, step_form
from bangfu.review.needs import details_of
from schemas.flow import Choice, Step
from schemas.flows import FLOWS
from schemas.flows.details import DETAILS, Entry

STEPS = [step for flow in FLOWS.values() for step in flow.steps.values()]
CLUE = FLOWS["candidate"].steps
PEOPLE = (Colleague("chen.jie", "陈洁"), Colleague("sun.li", "孙丽"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_asks_for_what_it_may_be_given(language: Language) -> None:
    """A step that a form cannot fill in could never be taken."""
    for step in STEPS:
        form = step_form(step, language, PEOPLE, primary=True)
        assert {field.code for field in form.fields} == details_of(step), step.code
        assert form.label == getattr(step, language)
        for field in form.fields:
            assert field.label
            if field.entry in {Entry.CHOICE, Entry.COUNTY, Entry.ACCOUNT, Entry.ACCOUNTS}:
                assert field.choices, (step.code, field.code)
                assert all(label.strip() for _, label in field.choices)


def test_the_choices_of_a_step_are_those_that_lead_somewhere() -> None:
    for step in STEPS:
        if isinstance(step.to, Choice) and not step.to.recorded:
            (field,) = [
                item for item in step_form(step, "zh", PEOPLE, primary=True).fields if item.code == step.to.detail
            ]
            assert {code for code, _ in field.choices} == set(step.to.to), step.code
            assert field.required


def fields(step: Step) -> dict[str, tuple[bool, set[str]]]:
    return {
        item.code: (item.required, set(item.only_with)) for item in step_form(step, "zh", PEOPLE, primary=True).fields
    }


def test_a_field_is_required_where_the_step_always_needs_it() -> None:
    assert fields(CLUE["contact"]) == {"on": (True, set()), "note": (False, set())}
    assert fields(CLUE["assign"]) == {"assignee": (True, set()), "note": (False, set())}
    assert fields(CLUE["receive"]) == {"note": (False, set())}


def test_a_field_that_an_outcome_needs_is_asked_for_with_that_outcome() -> None:
    asked = fields(CLUE["settle"])
    assert asked["outcome"] == (True, set())
    assert asked["until"] == (False, {"90"})
    assert asked["to_county"][1] == {"32"}
    assert asked["note"] == (False, set())


def test_what_decides_comes_first_and_the_note_last() -> None:
    order = [field.code for field in step_form(CLUE["settle"], "zh", PEOPLE, primary=True).fields]
    assert order[0] == "outcome"
    assert order[-1] == "note"


def test_a_form_gives_what_was_entered_and_no_more() -> None:
    form = FormData([("on", " 2026-06-01 "), ("note", ""), ("archive_no", "9"), ("csrf_token", "x"), ("version", "2")])
    assert given(CLUE["contact"], form) == {"on": "2026-06-01"}
    visitors = FormData([("visitors", "chen.jie"), ("visitors", " "), ("visitors", "sun.li"), ("form", "长" * 999)])
    assert given(CLUE["visit"], visitors) == {"visitors": ["chen.jie", "sun.li"], "form": "长" * LONGEST}


def test_what_was_entered_is_told_with_labels() -> None:
    form = FormData([("visitors", "chen.jie"), ("visitors", "sun.li"), ("form", "表7"), ("x", "y")])
    assert in_words(CLUE["visit"], form, "zh") == [
        ("入户调查表编号", "表7"),
        ("调查人（两人以上）", "chen.jie, sun.li"),
    ]


@pytest.mark.parametrize(
    "details",
    [{"same_person": "maybe"}, {"assignee": "yang.fan"}, {"visitors": ["chen.jie", "nobody"]}, {"same_person": ""}],
)
def test_a_value_that_the_form_does_not_offer_is_refused(details: dict[str, object]) -> None:
    with pytest.raises(Refused, match="from what the form offers") as refused:
        check_offered(details, PEOPLE)
    assert refused.value.code == "not_offered"


def test_what_the_form_offers_and_what_is_free_text_is_taken() -> None:
    check_offered(
        {"same_person": "no", "assignee": "sun.li", "visitors": ["chen.jie", "sun.li"], "note": "任意"}, PEOPLE
    )
    check_offered({}, ())
    assert all(DETAILS[name].codes is None for name in ("outcome", "note", "to_county"))
