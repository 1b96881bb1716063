"""Details: everything a step may be given has a label and a form field."""

from bangfu.review.needs import details_of
from schemas.flow import NeedKind
from schemas.flows import FLOWS
from schemas.flows.appeal import LODGE
from schemas.flows.details import DETAILS, Entry


def test_every_detail_of_every_step_is_declared_and_none_without_use() -> None:
    steps = [LODGE, *(step for flow in FLOWS.values() for step in flow.steps.values())]
    asked = {name for step in steps for name in details_of(step)}
    assert asked == set(DETAILS)


def test_days_counties_and_persons_are_entered_as_such() -> None:
    kinds = {
        NeedKind.DAY: Entry.DAY,
        NeedKind.NOT_BEFORE: Entry.DAY,
        NeedKind.FUTURE_DAY: Entry.DAY,
        NeedKind.COUNTY: Entry.COUNTY,
        NeedKind.PERSONS: Entry.ACCOUNTS,
    }
    for flow in FLOWS.values():
        for step in flow.steps.values():
            for need in step.needs:
                if need.kind in kinds:
                    assert DETAILS[need.what].entry is kinds[need.kind]


def test_both_languages_are_complete() -> None:
    assert all(item.zh and item.en and bool(item.hint_zh) == bool(item.hint_en) for item in DETAILS.values())
    assert len({item.zh for item in DETAILS.values()}) == len(DETAILS)
