"""The shape of a flow of review (核查流程): its states, its steps, who may take them, what they need and by when.

A flow is a declaration; `bangfu.review` takes the steps, `schemas.flows` holds the flows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from schemas.code_list import Code, CodeList

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AREA_DIGITS", "BACK", "ESCALATION", "LADDER", "REMINDERS", "RENEW", "ROLES", "SOON", "STAY", "UNDO_MINUTES", "URGENT_ESCALATION", "Choice", "Flow", "Limit",
    "Need", "NeedKind", "Role", "State", "Step", "Unit", "flow",
]  # fmt: skip

RENEW = "renew"
"""Step of the system: a later list says something else of the same person, and the case stays where it is."""

STAY, BACK = "(stay)", "(back)"
"""Instead of a next state: the case stays where it is; it goes back to where it came from. After a waiting state the clock stood
still meanwhile, after another (a transfer that is declined) it did not."""

UNDO_MINUTES = 10
"""How long the last step may be taken back by who took it (撤销)."""

REMINDERS = (3, 7)
"""Working days after which a list that nobody acknowledged is brought to mind (催签)."""


class Role(StrEnum):
    """Who takes a step. One account may have several roles, none has all."""

    OFFICER = "officer"
    APPROVER = "approver"
    PREFECTURE = "prefecture"
    PROVINCE = "province"
    SYSTEM = "system"


ROLES = CodeList(
    "review_role",
    (
        Code(Role.OFFICER, "县级经办人", "county officer"),
        Code(Role.APPROVER, "县级负责人", "county approver"),
        Code(Role.PREFECTURE, "州（市）总工会", "prefecture federation"),
        Code(Role.PROVINCE, "省总工会", "provincial federation"),
        Code(Role.SYSTEM, "系统", "the system"),
    ),
)

AREA_DIGITS: Mapping[Role, int] = MappingProxyType(
    {Role.OFFICER: 6, Role.APPROVER: 6, Role.PREFECTURE: 4, Role.PROVINCE: 2}
)
"""Length of the division code that each role is responsible for."""

LADDER = (Role.OFFICER, Role.APPROVER, Role.PREFECTURE, Role.SYSTEM, Role.PROVINCE)
"""Who is above whom; what the system leaves undone is told to the province."""

ESCALATION: tuple[tuple[int, Role], ...] = ((0, Role.APPROVER), (3, Role.PREFECTURE), (7, Role.PROVINCE))
"""Who above the owner is told of an overdue case, from how many working days past its due date on (逾期升级)."""

URGENT_ESCALATION: tuple[tuple[int, Role], ...] = ((0, Role.PREFECTURE), (24, Role.PROVINCE))
"""The same in hours, where the limit is one of hours (抢先线索)."""


class Unit(StrEnum):
    """What a limit counts."""

    WORKING_DAYS = "working_days"  # 工作日; stands still in a freeze
    HOURS = "hours"  # 小时, day and night, holidays included
    MONTHS = "months"  # 月
    STATED_DAY = "stated_day"  # 写明的日期


SOON: Mapping[Unit, int] = MappingProxyType({Unit.WORKING_DAYS: 1, Unit.HOURS: 6})
"""How long before its end a limit is due soon; other units are told in working days as well."""


@dataclass(frozen=True)
class Limit:
    """A time limit (时限).

    Attributes:
        count: How many; 0 for a stated day.
        unit: Of what.
        since: State whose last beginning starts the clock; empty: the state that has the limit. For a stated day the
            detail that states it.
        least, most: Between what an installation may set `count`; 0 where it may not.
    """

    count: int
    unit: Unit = Unit.WORKING_DAYS
    since: str = ""
    least: int = 0
    most: int = 0


@dataclass(frozen=True)
class State:
    """Where a case stands.

    Attributes:
        code: Stable code.
        zh, en: Name.
        owner: Whose inbox it is in; None where the case has ended.
        limit: By when it must have left; counted from the end of `waits` where there is one.
        urgent: The limit of an urgent clue (抢先), where it is another.
        waits: How long nothing can be done but wait.
        no_limit: Why there is no limit, in Chinese and English.
        asked: The county that is asked owns the case, not the one it came from.
        opens: Flow and state of the case that follows when this one has ended so.
    """

    code: str
    zh: str
    en: str
    owner: Role | None = None
    limit: Limit | None = None
    urgent: Limit | None = None
    waits: Limit | None = None
    no_limit: tuple[str, str] | None = None
    asked: bool = False
    opens: tuple[str, str] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the case."""
        return self.owner is None


class NeedKind(StrEnum):
    """How a need is checked; one plain function for each in `bangfu.review.needs`."""

    GIVEN = "given"  # the detail is given
    DAY = "day"  # the detail is a day that is not in the future
    FUTURE_DAY = "future_day"  # the detail is a day to come, within half a year
    COUNTY = "county"  # the detail is a county, another than the present one
    PERSONS = "persons"  # the detail names at least so many different accounts
    RECORDED = "recorded"  # the detail was given in an earlier step
    NOT_BEFORE = "not_before"  # the day is not before the earlier given day `than`
    DAYS_TAKEN = "days_taken"  # the step `what` was taken on at least so many days
    ANOTHER = "another"  # who acts has not had a hand in the step `what`
    OTHERS = "others"  # none of the accounts the detail names has had a hand in the step `than`
    ASSIGNED = "assigned"  # who acts is who the case is assigned to
    WAITED = "waited"  # the waiting of the state is over, or `limit` is


@dataclass(frozen=True)
class Need:
    """What a step needs.

    Attributes:
        kind: How it is checked.
        what: Detail or step it is about.
        zh, en: What to do, shown where it is lacking.
        at_least: How many.
        than: For `NOT_BEFORE`: the detail given earlier; for `OTHERS`: the step.
        limit: For `WAITED`: what must have passed instead of the waiting of the state.
    """

    kind: NeedKind
    what: str
    zh: str
    en: str
    at_least: int = 1
    than: str = ""
    limit: Limit | None = None


@dataclass(frozen=True)
class Choice:
    """A next state that depends on a detail.

    Attributes:
        detail: Name of the detail, such as `outcome`.
        to: Next state for each value it may have.
        labels: Names of the values.
        needs: What a value needs beside what the step does.
        recorded: The value given in an earlier step decides.
    """

    detail: str
    to: Mapping[str, str]
    labels: CodeList
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    recorded: bool = False


@dataclass(frozen=True)
class Step:
    """What can be done with a case.

    Attributes:
        code: Stable code.
        zh, en: Name, a verb.
        after: States in which it may be taken.
        to: Next state, `STAY`, `BACK`, or a choice.
        roles: Who may take it.
        needs: What it needs.
        asked: Taken by the county that is asked.
        moves: The case moves to the county `to_county`.
        opens: Flow of the case that is opened with it; then it is taken by opening that case alone, and not taken back.
        aside: It leads off the usual way; pages show it below the others.
        after_lot: Taken only once the lot has said whether the case is looked at a second time (盲审抽取).
    """

    code: str
    zh: str
    en: str
    after: tuple[str, ...]
    to: str | Choice
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    asked: bool = False
    moves: bool = False
    opens: str = ""
    aside: bool = False
    after_lot: bool = False

    @property
    def targets(self) -> frozenset[str]:
        """Every next state there can be, `STAY` and `BACK` among them."""
        return frozenset(self.to.to.values()) if isinstance(self.to, Choice) else frozenset({self.to})


@dataclass(frozen=True)
class Flow:
    """A flow.

    Attributes:
        code, zh, en: Code and name.
        entries: States in which a case may begin; the first is the usual one.
        states, steps: By code.
    """

    code: str
    zh: str
    en: str
    entries: tuple[str, ...]
    states: Mapping[str, State]
    steps: Mapping[str, Step]


def flow(
    code: str, zh: str, en: str, entries: tuple[str, ...], states: tuple[State, ...], steps: tuple[Step, ...]
) -> Flow:
    """A flow of its states and steps; `RENEW` can be taken wherever a case is open."""
    working = tuple(item.code for item in states if not item.ended)
    steps = (*steps, Step(RENEW, "更新线索依据", "bring the evidence up to date", working, STAY, (Role.SYSTEM,)))
    return Flow(
        code,
        zh,
        en,
        entries,
        MappingProxyType({item.code: item for item in states}),
        MappingProxyType({item.code: item for item in steps}),
    )
