"""An account (账号) without its secrets: who it is, what it is for, and where."""

from dataclasses import dataclass

from schemas.rights import Permission, Role, may

__all__ = ["User"]


@dataclass(frozen=True)
class User:
    """An account without its secrets.

    Attributes:
        username: Log-in name, lower case.
        display_name: Name shown.
        role: What it may do.
        area_code: Division code it is responsible for (辖区): 2, 4 or 6 digits; of a department (报送部门) the code
            under which it sends: a division code of 6 digits or its credit code (统一社会信用代码).
        active: Whether it may log in.
        sources: Codes of the sources a department sends; empty for everybody else.
        union_name: Industry, system or company union (产业、系统、公司工会) whose cases alone it sees; None for an account of
            the territorial tree, which sees all cases of its area.
    """

    username: str
    display_name: str
    role: Role
    area_code: str
    active: bool = True
    sources: tuple[str, ...] = ()
    union_name: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether its role holds a permission; see `schemas.rights`."""
        return may(self.role, permission)
