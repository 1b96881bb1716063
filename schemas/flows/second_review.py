"""The flow of a blind second review (盲审复核): somebody else visits without knowing the first outcome; the prefecture decides disputes.

Who reviews is named when the case is drawn: from then on they see nothing of the first case, and who judged that sees nothing of
the review, until both outcomes are compared.
"""

from __future__ import annotations

from types import MappingProxyType

from schemas.code_list import Code, CodeList
from schemas.flow import STAY, Choice, Limit, Need, NeedKind, Role, State, Step, flow
from schemas.flows.outcome_choice import OTHER_NOTE, OUTCOME_LABELS
from schemas.flows.shared import ABOVE, COUNTY, REASON, TO_WHOM, VISIT_NEEDS
from schemas.outcomes import OUTCOMES

__all__ = ["NAMES", "NOT_HELD", "NO_SECOND_VISIT", "SECOND_REVIEW"]

NO_SECOND_VISIT = frozenset({"32", "40", "41", "50", "90"})
"""First outcomes after which nobody is sent once more: moved, refused, dead, put off."""

NOT_HELD = frozenset({"31", *NO_SECOND_VISIT})
"""Outcomes that are no second finding: the review was not held, and is recorded so."""

NAMES = ("second_review", "name")
"""Flow and step that name who reviews."""

_ANOTHER = Need(
    NeedKind.ANOTHER,
    "original",
    "办理过原案的人不能复核，请由另一人办理。",
    "Who had a hand in the case cannot review it.",
)
_ASSIGNED = Need(
    NeedKind.ASSIGNED,
    "assignee",
    "由指定的复核人登记；还没有指定或需要换人的，由没有办过原案的负责人点“指定复核人”。",
    "The named reviewer records it; where nobody is named, or another is needed, an approver without a hand in the case names one.",
)
_OTHER_REVIEWER = Need(
    NeedKind.OTHERS,
    "assignee",
    "办理过原案的人不能复核，请另选一人。",
    "Who had a hand in the case cannot review it: choose another.",
    than="original",
)
_OTHER_VISITORS = Need(
    NeedKind.OTHERS,
    "visitors",
    "办理过原案的人不能作为复核的调查人，请另派两人。",
    "Who had a hand in the case cannot visit once more: send two others.",
    than="original",
)

SECOND_REVIEW = flow(
    "second_review",
    "盲审复核",
    "blind second review",
    ("drawn",),
    (
        State("drawn", "待复核", "to be reviewed", Role.OFFICER, Limit(15)),
        State("answered", "待比对", "to be compared", Role.SYSTEM, Limit(1)),
        State("disputed", "结论不一，待州（市）裁定", "in dispute, for the prefecture to decide", Role.PREFECTURE, Limit(10)),
        State("agreed", "结论一致", "in agreement"),
        State("first_stands", "以原结论为准", "the first outcome stands"),
        State("second_stands", "以复核结论为准，重新办理", "the second outcome stands, reviewed anew", opens=("candidate", "assigned")),
        State("not_held", "未能复核", "not held"),
    ),
    (
        Step(
            "name",
            "指定复核人",
            "name the reviewer",
            ("drawn",),
            STAY,
            (Role.APPROVER,),
            (_ANOTHER, TO_WHOM, _OTHER_REVIEWER),
        ),
        Step(
            "answer",
            "登记复核结果",
            "record the second outcome",
            ("drawn",),
            Choice(
                "outcome",
                MappingProxyType({code: "answered" for code in OUTCOMES if code not in NOT_HELD}),
                OUTCOME_LABELS,
                MappingProxyType({"99": (OTHER_NOTE,)}),
            ),
            COUNTY,
            (
                _ANOTHER,
                _ASSIGNED,
                Need(NeedKind.GIVEN, "informed", "再次入户也须本人同意，请登记。", "A second visit needs the person's consent as well: record it."),
                *VISIT_NEEDS,
                _OTHER_VISITORS,
            ),
        ),
        Step(
            "compare",
            "比对",
            "compare",
            ("answered",),
            Choice(
                "agreement",
                MappingProxyType({"same": "agreed", "differs": "disputed"}),
                CodeList("agreement", (Code("same", "一致", "the same"), Code("differs", "不一致", "different"))),
            ),
            (Role.SYSTEM,),
        ),
        Step(
            "rule",
            "裁定",
            "decide",
            ("disputed",),
            Choice(
                "ruling",
                MappingProxyType({"first": "first_stands", "second": "second_stands"}),
                CodeList("ruling", (Code("first", "以原结论为准", "the first"), Code("second", "以复核结论为准", "the second"))),
            ),
            ABOVE,
            (REASON,),
        ),
        Step("give_up", "登记未能复核", "record that it was not held", ("drawn",), "not_held", (*COUNTY, *ABOVE), (_ANOTHER, REASON), aside=True),
    ),
)  # fmt: skip
"""States and steps of a second review. One that was not held is counted as such and never as an agreement;
where everybody of the county had a hand in the case, the prefecture records that."""
