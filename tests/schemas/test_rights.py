"""The table of rights: what must never be in one hand."""

from itertools import combinations

import pytest

from schemas.rights import AREA_DIGITS, RIGHTS, Permission, Role, may, roles_with

P, R = Permission, Role

TABLE = {
    R.COUNTY_OFFICER: {
        P.SEE_PERSONS,
        P.SEE_COUNTIES,
        P.REVEAL_FIELD,
        P.REVIEW_CASES,
        P.PAIR_HOUSEHOLDS,
        P.EXPORT_LISTS,
    },
    R.APPROVER: {
        P.SEE_PERSONS,
        P.SEE_COUNTIES,
        P.REVEAL_FIELD,
        P.PAIR_HOUSEHOLDS,
        P.APPROVE_CASES,
        P.APPROVE_EXPORTS,
        P.DECIDE_POLICY,
    },
    R.PREFECTURE_OFFICER: {P.SEE_PERSONS, P.SEE_COUNTIES, P.SEE_ASSESSMENT, P.APPROVE_CASES, P.EXPORT_LISTS},
    R.PROVINCE_OFFICER: {
        P.SEE_PERSONS,
        P.SEE_COUNTIES,
        P.SEE_ASSESSMENT,
        P.APPROVE_CASES,
        P.EXPORT_LISTS,
        P.DECIDE_POLICY,
    },
    R.AUDITOR: {P.READ_LOG, P.SEE_ASSESSMENT},
    R.SYSTEM_ADMINISTRATOR: {P.PROPOSE_ACCOUNTS},
    R.SECURITY_ADMINISTRATOR: {P.APPROVE_ACCOUNTS, P.END_SESSIONS},
    R.DEPARTMENT: {P.SEND_DATA},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(role: Role) -> None:
    """The table a second time, by role: a right that is given by mistake stands out here."""
    assert {permission for permission in Permission if may(role, permission)} == TABLE[role] | {P.OWN_ACCOUNT}


def test_every_permission_is_held_by_somebody_and_no_role_holds_all() -> None:
    assert set(RIGHTS) == set(Permission)
    assert all(RIGHTS.values())
    assert all(any(role not in RIGHTS[permission] for permission in Permission) for role in Role)


def test_the_three_administrators_share_nothing_and_see_nobody() -> None:
    keepers = (R.SYSTEM_ADMINISTRATOR, R.SECURITY_ADMINISTRATOR, R.AUDITOR)
    for one, other in combinations(keepers, 2):
        assert TABLE[one] & TABLE[other] == set()
    for permission in (P.SEE_PERSONS, P.REVEAL_FIELD, P.REVIEW_CASES, P.EXPORT_LISTS, P.DECIDE_POLICY):
        assert RIGHTS[permission].isdisjoint(keepers)


@pytest.mark.parametrize(
    ("first", "second"),
    [(P.REVIEW_CASES, P.APPROVE_CASES), (P.EXPORT_LISTS, P.APPROVE_EXPORTS), (P.PROPOSE_ACCOUNTS, P.APPROVE_ACCOUNTS)],
)
def test_who_begins_does_not_approve(first: Permission, second: Permission) -> None:
    assert RIGHTS[first].isdisjoint(RIGHTS[second])


def test_every_role_but_the_department_has_an_area_of_the_country() -> None:
    assert set(AREA_DIGITS) == set(Role) - {R.DEPARTMENT}
    assert roles_with(P.SEND_DATA) == [R.DEPARTMENT]
