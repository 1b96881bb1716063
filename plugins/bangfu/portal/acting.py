"""As whom an account acts in review (办理身份): its role in the flows follows from its role and the size of its area."""

from collections.abc import Mapping

from bangfu.db.account import User
from bangfu.review.cases import Actor
from schemas.flow import Role as FlowRole
from schemas.rights import Role

__all__ = ["actor_of"]

_ROLES: Mapping[tuple[Role, int], FlowRole] = {
    (Role.COUNTY_OFFICER, 6): FlowRole.OFFICER,
    (Role.APPROVER, 6): FlowRole.APPROVER,
    (Role.PREFECTURE_OFFICER, 4): FlowRole.PREFECTURE,
    (Role.APPROVER, 4): FlowRole.PREFECTURE,
    (Role.PROVINCE_OFFICER, 2): FlowRole.PROVINCE,
    (Role.APPROVER, 2): FlowRole.PROVINCE,
}


def actor_of(user: User, county: str = "") -> Actor | None:
    """Who acts; None for an account that works on no cases.

    Args:
        user: The account.
        county: County the case is with: an officer of an industry, system or company union acts there for its own cases,
            which are all that the account sees.
    """
    area = county if user.union_name and county else user.area_code
    role = _ROLES.get((user.role, len(area)))
    return Actor(user.username, role, area) if role else None
