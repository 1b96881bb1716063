"""Accounts of the demonstration (演示账号): officers of all three levels, with generated passwords."""

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

__all__ = ["LogIn", "ensure_officers"]


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
        counties: Division codes of the counties that get an officer; the first one's prefecture gets
            one as well, and so does the province.

    Returns:
        The log-ins: the province, the prefecture, the counties.
    """
    from bangfu.db.models import Role
    from bangfu.db.users import User, create_user, get_user, set_password
    from schemas.reference import divisions

    names = divisions()
    levels = [(Role.PROVINCE_OFFICER, "53")]
    levels += [(Role.PREFECTURE_OFFICER, code[:4]) for code in counties[:1]]
    levels += [(Role.COUNTY_OFFICER, code) for code in counties]
    wanted = [User(f"demo{area}", f"{_name(names, area)} 演示", role, area) for role, area in levels]
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


def _name(names: Mapping[str, "Division"], code: str) -> str:
    return f"{names[code.ljust(6, '0')].name}总工会"


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
