"""Accounts of the demonstration (演示账号): officers of all three levels and an auditor, with generated passwords."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bangfu.demonstration.province import demo_directory
from bangfu.pipeline.context import Context

if TYPE_CHECKING:
    from schemas.reference import Division
    from schemas.rights import Role

__all__ = ["APPROVES_LISTS", "LogIn", "ensure_officers"]

APPROVER_SUFFIX = "c"
APPROVES_LISTS = f"demo53{APPROVER_SUFFIX}"
"""Account that approves of lists before they are published, and of large exports."""


@dataclass(frozen=True)
class LogIn:
    """How to log in at the portal as one officer of the demonstration."""

    username: str
    password: str
    title: str


def ensure_officers(context: Context, counties: Sequence[str]) -> list[LogIn]:
    """Create the officers that are missing; passwords are made once and kept with mode 0600.

    Args:
        context: The installation.
        counties: Division codes of the counties that get an officer; the first gets the four persons who together take
            a case to its end, and its prefecture and the province get one each.

    Returns:
        The log-ins: the province, the prefecture, the counties, the others of the first county, who approves of lists, the
        auditor.
    """
    from bangfu.db.models import Role
    from bangfu.db.users import User, create_user, get_user, set_password
    from schemas.reference import divisions

    names = divisions()
    levels = [(Role.PROVINCE_OFFICER, "53", "")]
    levels += [(Role.PREFECTURE_OFFICER, code[:4], "") for code in counties[:1]]
    levels += [(Role.COUNTY_OFFICER, code, "") for code in counties]
    for code in counties[:1]:
        levels += [(Role.COUNTY_OFFICER, code, "b"), (Role.APPROVER, code, "c"), (Role.APPROVER, code, "d")]
    levels += [(Role.APPROVER, "53", APPROVER_SUFFIX), (Role.AUDITOR, "53", "audit")]
    wanted = [User(f"demo{area}{more}", _title(names, role, area, more), role, area) for role, area, more in levels]
    path = demo_directory(context.settings) / "log-ins.json"
    passwords = _read(path)
    with context.engine.begin() as connection:
        for user in wanted:
            known = get_user(connection, user.username) is not None
            if known and user.username in passwords:
                continue
            passwords[user.username] = secrets.token_urlsafe(12)
            if known:
                set_password(connection, user.username, passwords[user.username])
            else:
                create_user(connection, user, passwords[user.username])
        _write(path, passwords)  # before the commit: an account nobody has the password of is of no use
    return [LogIn(user.username, passwords[user.username], user.display_name) for user in wanted]


def _title(names: Mapping[str, "Division"], role: "Role", code: str, more: str) -> str:
    from schemas.rights import Role

    if role is Role.APPROVER and code == "53":
        return "云南省总工会 审批人 演示"
    what = {Role.APPROVER: "负责人", Role.AUDITOR: "审计员"}.get(role, "经办人")
    person = {"b": "乙", "c": "甲", "d": "乙"}.get(more, "")
    return f"{names[code.ljust(6, '0')].name}总工会 {what}{person} 演示"


def _read(path: Path) -> dict[str, str]:
    try:
        stored = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _write(path: Path, passwords: dict[str, str]) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)  # the mode below holds for a new file only
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(passwords, file)
    temporary.replace(path)
