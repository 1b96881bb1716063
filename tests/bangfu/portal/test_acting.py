"""As whom an account acts: by role and size of its area; whoever keeps or audits the system acts on no case."""

import pytest

from bangfu.db.account import User
from bangfu.portal.acting import actor_of
from bangfu.review.cases import Actor
from schemas.flow import AREA_DIGITS, LADDER
from schemas.flow import Role as FlowRole
from schemas.rights import AREA_DIGITS as AREAS
from schemas.rights import Permission, Role, may

ACTS = {
    (Role.COUNTY_OFFICER, 6): FlowRole.OFFICER,
    (Role.APPROVER, 6): FlowRole.APPROVER,
    (Role.PREFECTURE_OFFICER, 4): FlowRole.PREFECTURE,
    (Role.APPROVER, 4): FlowRole.PREFECTURE,
    (Role.PROVINCE_OFFICER, 2): FlowRole.PROVINCE,
    (Role.APPROVER, 2): FlowRole.PROVINCE,
}


@pytest.mark.parametrize("role", AREAS)
def test_an_account_acts_for_its_level_or_not_at_all(role: Role) -> None:
    for digits in AREAS[role]:
        area = "530102"[:digits]
        flow_role = ACTS.get((role, digits))
        assert actor_of(User("li", "李", role, area)) == (flow_role and Actor("li", flow_role, area))
        assert flow_role is None or AREA_DIGITS[flow_role] == digits


def test_whoever_may_decide_about_cases_acts_and_nobody_else() -> None:
    acting = {role for role, _ in ACTS}
    deciding = {role for role in Role if may(role, Permission.REVIEW_CASES) or may(role, Permission.APPROVE_CASES)}
    assert acting == deciding
    assert set(ACTS.values()) == set(LADDER) - {FlowRole.SYSTEM}


def test_a_department_acts_on_nothing() -> None:
    assert actor_of(User("km", "民政局", Role.DEPARTMENT, "530100", sources=("civil_affairs",))) is None


def test_an_officer_of_an_industry_union_acts_where_the_case_is() -> None:
    officer = User("jy", "王", Role.COUNTY_OFFICER, "53", union_name="云南省教育工会")
    assert actor_of(officer, "532901") == Actor("jy", FlowRole.OFFICER, "532901")
    assert actor_of(User("li", "李", Role.COUNTY_OFFICER, "530102"), "532901") == Actor(
        "li", FlowRole.OFFICER, "530102"
    )
