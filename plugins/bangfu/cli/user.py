"""`bangfu user`: portal accounts of officers and departments."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.output import Json, emit, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Portal accounts of local union officers and of departments that send data (账号).

\b
Example:
  bangfu user create chen.jie --name 陈洁 --role county_officer --area 530102
  bangfu user create km.minzheng --name 昆明市民政局 --role department --area 530100 --source civil_affairs
  bangfu user list
""",
)


Username = Annotated[str, typer.Argument(help="Log-in name: lower-case letters, digits, dots, dashes.")]


@app.command(
    help="""Create an account; the password is asked for, or read from standard input.

\b
Example:
  bangfu user create chen.jie --name 陈洁 --role county_officer --area 530102
  bangfu user create km.minzheng --name 昆明市民政局 --role department --area 530100 --source civil_affairs
"""
)
def create(
    username: Username,
    name: Annotated[str, typer.Option("--name", help="Name shown in the portal.")],
    role: Annotated[
        str,
        typer.Option(
            "--role", help="county_officer, prefecture_officer, province_officer, administrator or department."
        ),
    ],
    area: Annotated[
        str,
        typer.Option(
            "--area",
            help="Division code: 6 digits county, 4 prefecture, 2 province; of a department the code under which it "
            "sends: a division code of 6 digits, or its credit code.",
        ),
    ],
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Source that a department sends; repeat it for several.")
    ] = None,
    json: Json = False,
) -> None:
    """Create an account."""
    from bangfu.db.models import Role
    from bangfu.db.users import User, create_user
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context

    if role not in set(Role):
        raise BangfuError(f"There is no role {role!r}; the roles are {', '.join(Role)}.")
    sources = tuple(dict.fromkeys(source or ()))
    user = User(username, name, Role(role), area, sources=sources)
    password = _password()
    with open_context() as context, context.engine.begin() as connection:
        create_user(connection, user, password)
    made = {"username": username, "role": role, "area": area, "sources": sources}
    emit(made, json=json, lines=[f"Account {username} created."])


@app.command(
    help="""Give an account a new password, unlock it and end its sessions.

\b
Example:
  bangfu user password chen.jie
"""
)
def password(username: Username, json: Json = False) -> None:
    """Give an account a new password."""
    from bangfu.db.users import set_password

    new = _password()
    _change(username, lambda connection: set_password(connection, username, new))
    emit({"username": username}, json=json, lines=[f"Account {username} has a new password."])


@app.command(
    help="""Close an account and end its sessions; its history stays.

\b
Example:
  bangfu user close chen.jie
"""
)
def close(username: Username, json: Json = False) -> None:
    """Close an account."""
    from bangfu.db.users import set_active

    _change(username, lambda connection: set_active(connection, username, active=False))
    emit({"username": username, "active": False}, json=json, lines=[f"Account {username} is closed."])


@app.command(
    "open",
    help="""Open a closed account again.

\b
Example:
  bangfu user open chen.jie
""",
)
def open_again(username: Username, json: Json = False) -> None:
    """Open a closed account again."""
    from bangfu.db.users import set_active

    _change(username, lambda connection: set_active(connection, username, active=True))
    emit({"username": username, "active": True}, json=json, lines=[f"Account {username} is open."])


@app.command(
    "list",
    help="""List the accounts.

\b
Example:
  bangfu user list --json
""",
)
def list_accounts(json: Json = False) -> None:
    """List the accounts."""
    from bangfu.db.users import list_users
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        users = list_users(connection)
    rows = [
        (u.username, u.display_name, str(u.role), u.area_code, " ".join(u.sources), "yes" if u.active else "no")
        for u in users
    ]
    emit({"users": users}, json=json, lines=table(("user", "name", "role", "area", "sources", "active"), rows))


def _change(username: str, change: "Callable[[Connection], None]") -> None:
    """Change an account that exists.

    Raises:
        BangfuError: There is no such account.
    """
    from bangfu.db.users import get_user
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        if get_user(connection, username) is None:
            raise BangfuError(f"There is no account {username!r}; `bangfu user list` shows them.")
        change(connection)


def _password() -> str:
    """The password: asked for twice without echo on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
