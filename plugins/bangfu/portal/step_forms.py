"""The forms of steps (办理表单): which fields a step asks for, and what a posted form says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from bangfu.errors import Refused
from bangfu.portal.languages import Language
from bangfu.review.needs import details_of
from schemas.code_list import CodeList
from schemas.flow import Choice, Step
from schemas.flows.details import DETAILS, Entry
from schemas.reference import counties

__all__ = ["LONGEST", "Colleague", "Field", "StepForm", "check_offered", "given", "in_words", "step_form"]

LONGEST = 500
"""Characters of a text that is entered."""

_ORDER = tuple(DETAILS)
_FIRST, _LAST = ("outcome", "finding", "deliberation", "decision", "ruling", "same_person"), ("reason", "note")


@dataclass(frozen=True)
class Colleague:
    """An account of the same union: `username, name`."""

    username: str
    name: str


@dataclass(frozen=True)
class Field:
    """A field of a form.

    Attributes:
        code: Of the detail.
        entry: How it is entered; an `Entry`.
        label: What it is.
        hint: What to write.
        choices: Value, label, and the group it is shown under.
        required: Whether the browser may not send it empty.
        only_with: Values of the step's choice that it is asked for with; empty: with all.
    """

    code: str
    entry: Entry
    label: str
    hint: str
    choices: Sequence[tuple[str, str]]
    required: bool
    only_with: Sequence[str]


@dataclass(frozen=True)
class StepForm:
    """A step as a form: `primary` is the usual way on, the others are ways aside."""

    code: str
    label: str
    fields: Sequence[Field]
    primary: bool


def step_form(step: Step, language: Language, colleagues: Sequence[Colleague], primary: bool) -> StepForm:
    """The form of a step.

    Args:
        step: The step.
        language: Language of the page.
        colleagues: Who may be named.
        primary: Whether it is the usual way on.
    """
    always = {need.what for need in step.needs}
    by_choice: dict[str, list[str]] = {}
    if isinstance(step.to, Choice):
        for value, needs in step.to.needs.items():
            for need in needs:
                if value in step.to.to:
                    by_choice.setdefault(need.what, []).append(value)
    names = sorted(details_of(step), key=lambda name: (name not in _FIRST, name in _LAST, _ORDER.index(name)))
    fields = []
    for name in names:
        detail = DETAILS[name]
        only = () if name in always or name == "note" else tuple(by_choice.get(name, ()))
        chooses = isinstance(step.to, Choice) and step.to.detail == name
        fields.append(
            Field(
                code=name,
                entry=detail.entry,
                label=str(getattr(detail, language)),
                hint=str(getattr(detail, f"hint_{language}")),
                choices=_choices(name, step, language, colleagues),
                required=name in always or chooses,
                only_with=only,
            )
        )
    return StepForm(step.code, str(getattr(step, language)), fields, primary)


def given(step: Step, form: FormData) -> dict[str, Any]:
    """The details that a posted form gives for a step; what is left empty is not given."""
    made: dict[str, Any] = {}
    for name in sorted(details_of(step)):
        values = [value.strip()[:LONGEST] for value in form.getlist(name) if isinstance(value, str) and value.strip()]
        if values:
            made[name] = values if DETAILS[name].entry is Entry.ACCOUNTS else values[0]
    return made


def check_offered(details: Mapping[str, Any], colleagues: Sequence[Colleague]) -> None:
    """See that codes and accounts are among those the form offers; what a step's choice may be is the flow's to say.

    Raises:
        Refused: `not_offered`.
    """
    accounts = {person.username for person in colleagues}
    for name, value in details.items():
        detail = DETAILS[name]
        of_accounts = detail.entry in {Entry.ACCOUNT, Entry.ACCOUNTS}
        offered = accounts if of_accounts else {item.code for item in detail.codes.codes} if detail.codes else None
        if offered is not None and not offered.issuperset(value if isinstance(value, list) else [value]):
            raise Refused(
                "not_offered",
                f"“{detail.zh}”请从列出的选项中选择。",
                f"{detail.en}: choose from what the form offers.",
            )


def in_words(step: Step, form: FormData, language: Language) -> list[tuple[str, str]]:
    """What a posted form says, with labels, for who could not save it."""
    told = given(step, form).items()
    return [
        (str(getattr(DETAILS[name], language)), ", ".join(value) if isinstance(value, list) else value)
        for name, value in told
    ]


def _choices(name: str, step: Step, language: Language, colleagues: Sequence[Colleague]) -> list[tuple[str, str]]:
    detail = DETAILS[name]
    if detail.entry is Entry.COUNTY:
        return [(county.code, county.short_name) for county in counties()]
    if detail.entry in {Entry.ACCOUNT, Entry.ACCOUNTS}:
        return [(person.username, person.name) for person in colleagues]
    if isinstance(step.to, Choice) and step.to.detail == name:
        return _labels(step.to.labels, language, step.to.to)
    return _labels(detail.codes, language) if detail.codes else []


def _labels(codes: CodeList, language: Language, among: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    return [(item.code, str(getattr(item, language))) for item in codes.codes if among is None or item.code in among]
