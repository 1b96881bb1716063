"""The guide to review says what the flows declare: states, owners, limits, the diagram, where outcomes lead."""

import re
from pathlib import Path

import pytest

from bangfu.review.inbox import BUCKETS
from bangfu.review.outcomes import where_outcomes_lead
from bangfu.review.wording import limit_in_words, owner_in_words
from schemas.flow import ESCALATION, REMINDERS, ROLES, UNDO_MINUTES, Step
from schemas.flows import FLOWS
from schemas.outcomes import OUTCOMES

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = {"zh": (DOCS / "review.zh.md").read_text("utf-8"), "en": (DOCS / "review.md").read_text("utf-8")}
CANDIDATE = FLOWS["candidate"]
both = pytest.mark.parametrize("language", ["zh", "en"])


@both
@pytest.mark.parametrize("flow", FLOWS)
def test_every_state_is_told_with_owner_and_limit(flow: str, language: str) -> None:
    place = 0 if language == "zh" else 1
    for state in FLOWS[flow].states.values():
        if state.ended:
            assert getattr(state, language) in GUIDES[language]
        else:
            words = owner_in_words(state)[place], limit_in_words(FLOWS[flow], state)[place]
            assert f"| {getattr(state, language)} | {' | '.join(words)} |" in GUIDES[language]


@both
def test_the_diagram_draws_declared_steps(language: str) -> None:
    text = GUIDES[language]
    names = dict(re.findall(r'state "(.+)" as (\w+)', text))
    arrows = re.findall(r"^ +(\w+) --> (\w+) : (.+)$", text, re.MULTILINE)
    assert {getattr(CANDIDATE.states[code], language): code for code in names.values()} == names
    assert {begin for begin, *_ in arrows} | {end for _, end, _ in arrows} == set(names.values())
    for begin, end, name in arrows:
        assert any(_is(step, begin, end, name, language) for step in CANDIDATE.steps.values()), name


def _is(step: Step, begin: str, end: str, name: str, language: str) -> bool:
    return begin in step.after and end in step.targets and getattr(step, language) == name


@both
def test_every_outcome_is_told_with_where_it_leads(language: str) -> None:
    ways = [where_outcomes_lead(CANDIDATE, "assigned")["settle"], where_outcomes_lead(CANDIDATE, "visited")["verify"]]
    for code, outcome in OUTCOMES.items():
        cells = [getattr(CANDIDATE.states[way[code]], language) if code in way else "—" for way in ways]
        assert f"| {' | '.join([code, getattr(outcome, language), *cells])} |" in GUIDES[language]


@both
def test_numbers_and_roles_are_those_of_the_program(language: str) -> None:
    text = GUIDES[language]
    assert all(code.zh in text for code in ROLES.codes)
    assert str(UNDO_MINUTES) in text
    assert (REMINDERS, [days for days, _ in ESCALATION]) == ((3, 7), [0, 3, 7])
    assert all(re.search(rf"^\| .*{code.zh} \|", text, re.MULTILINE) for code in BUCKETS.codes)
