"""Who may do what (角色与权限): one table of permissions and roles, read by pages, command line, database tests and documents.

No role holds everything. The three administrators of graded protection (三员分立) keep each other in check: the system
administrator proposes accounts, the security administrator approves them and ends sessions, the auditor reads the log; none of
them sees a person. Whoever enters a decision does not approve it.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["AREA_DIGITS", "RIGHTS", "UNION_ROLES", "Permission", "Role", "may", "roles_with"]


class Role(StrEnum):
    """What an account is for (角色)."""

    COUNTY_OFFICER = "county_officer"  # 工会经办人: of a county, or of an industry, system or company union
    APPROVER = "approver"  # 复核审批人: the second person
    PREFECTURE_OFFICER = "prefecture_officer"
    PROVINCE_OFFICER = "province_officer"
    AUDITOR = "auditor"  # 审计员
    SYSTEM_ADMINISTRATOR = "system_administrator"  # 系统管理员
    SECURITY_ADMINISTRATOR = "security_administrator"  # 安全管理员
    DEPARTMENT = "department"  # 报送部门


class Permission(StrEnum):
    """One thing that may be allowed (权限)."""

    SEE_PERSONS = "see_persons"  # 查看线索
    SEE_COUNTIES = "see_counties"  # 分县总览
    SEE_ASSESSMENT = "see_assessment"  # 质量评估：漏评、盲审一致性，只有数字
    REVEAL_FIELD = "reveal_field"  # 查看未脱敏的单项
    REVIEW_CASES = "review_cases"  # 核查、填报结果
    PAIR_HOUSEHOLDS = "pair_households"  # 结对帮扶：指定责任人、登记联系
    APPROVE_CASES = "approve_cases"  # 复核、审批结果
    EXPORT_LISTS = "export_lists"  # 导出名单
    APPROVE_EXPORTS = "approve_exports"  # 审批发布和导出
    DECIDE_POLICY = "decide_policy"  # 录入、审批规则和参数
    SEND_DATA = "send_data"  # 报送数据
    PROPOSE_ACCOUNTS = "propose_accounts"  # 申请账号和授权
    APPROVE_ACCOUNTS = "approve_accounts"  # 审批账号和授权
    END_SESSIONS = "end_sessions"  # 查看锁定账号、注销会话
    READ_LOG = "read_log"  # 查阅访问日志
    OWN_ACCOUNT = "own_account"  # 本人账号


_OFFICER, _APPROVER = Role.COUNTY_OFFICER, Role.APPROVER
_PREFECTURE, _PROVINCE = Role.PREFECTURE_OFFICER, Role.PROVINCE_OFFICER

RIGHTS: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.SEE_PERSONS: frozenset({_OFFICER, _APPROVER, _PREFECTURE, _PROVINCE}),
        Permission.SEE_COUNTIES: frozenset({_OFFICER, _APPROVER, _PREFECTURE, _PROVINCE}),
        Permission.SEE_ASSESSMENT: frozenset({_PREFECTURE, _PROVINCE, Role.AUDITOR}),
        Permission.REVEAL_FIELD: frozenset({_OFFICER, _APPROVER}),
        Permission.REVIEW_CASES: frozenset({_OFFICER}),
        Permission.PAIR_HOUSEHOLDS: frozenset({_OFFICER, _APPROVER}),
        Permission.APPROVE_CASES: frozenset({_APPROVER, _PREFECTURE, _PROVINCE}),
        Permission.EXPORT_LISTS: frozenset({_OFFICER, _PREFECTURE, _PROVINCE}),
        Permission.APPROVE_EXPORTS: frozenset({_APPROVER}),
        Permission.DECIDE_POLICY: frozenset({_APPROVER, _PROVINCE}),
        Permission.SEND_DATA: frozenset({Role.DEPARTMENT}),
        Permission.PROPOSE_ACCOUNTS: frozenset({Role.SYSTEM_ADMINISTRATOR}),
        Permission.APPROVE_ACCOUNTS: frozenset({Role.SECURITY_ADMINISTRATOR}),
        Permission.END_SESSIONS: frozenset({Role.SECURITY_ADMINISTRATOR}),
        Permission.READ_LOG: frozenset({Role.AUDITOR}),
        Permission.OWN_ACCOUNT: frozenset(Role),
    }
)
"""The roles that hold each permission; the area and the tree say of whom and what."""

AREA_DIGITS: Mapping[Role, frozenset[int]] = MappingProxyType(
    {
        Role.COUNTY_OFFICER: frozenset({6}),
        Role.APPROVER: frozenset({2, 4, 6}),
        Role.PREFECTURE_OFFICER: frozenset({4}),
        Role.PROVINCE_OFFICER: frozenset({2}),
        Role.AUDITOR: frozenset({2, 4}),
        Role.SYSTEM_ADMINISTRATOR: frozenset({2, 4}),
        Role.SECURITY_ADMINISTRATOR: frozenset({2, 4}),
    }
)
"""Digits of the division code a role may have; a department has the code under which it sends."""

UNION_ROLES = frozenset({Role.COUNTY_OFFICER, Role.APPROVER})
"""Roles that may belong to an industry, system or company union: its cases alone, in an area of any size."""


def may(role: Role, permission: Permission) -> bool:
    """Whether a role holds a permission.

    >>> may(Role.SYSTEM_ADMINISTRATOR, Permission.SEE_PERSONS), may(Role.COUNTY_OFFICER, Permission.SEE_PERSONS)
    (False, True)
    """
    return role in RIGHTS[permission]


def roles_with(permission: Permission) -> list[Role]:
    """The roles that hold a permission, in the order of `Role`.

    >>> roles_with(Permission.READ_LOG)
    [<Role.AUDITOR: 'auditor'>]
    """
    return [role for role in Role if role in RIGHTS[permission]]
