"""Who may do what (职责分离): the union that receives must not be who matches, and who matches holds no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.errors import Refused
from schemas.agreement import Role

if TYPE_CHECKING:
    from bangfu.federation.agreements import Held
    from bangfu.federation.signing import Identity

__all__ = ["require_matching_unit"]


def require_matching_unit(held: Held, identity: Identity) -> None:
    """Refuse to match as anybody but the matching unit.

    What can be checked is the signing key: that the agreement's three parties differ (`schemas.agreement_file`), and that who
    signs results and receipts is the one whom both departments agreed on. That the unit's staff and computers are others than
    the union's, no program can see; the agreement says so and both sign it.

    Raises:
        Refused: `not_matching_unit`.
    """
    if identity.public_key != held.agreement.party(Role.MATCHING_UNIT).public_key:
        raise Refused(
            "not_matching_unit",
            "只有协议约定的比对单位可以比对和出具结果；工会和数据部门不得自行比对",
            "Only the matching unit of the agreement may match and give results; neither the union nor the department may.",
        )
