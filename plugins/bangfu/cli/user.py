"""`bangfu user`: portal accounts of officers, administrators and departments.

Once a system administrator and a security administrator exist, new accounts and changes of rights are proposed by the one
(`--by`) and approved by the other.
"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.output import Json, emit, table
from bangfu.cli.user_changes import By, Union, Username, known_role, proposed
from bangfu.cli.user_changes import app as changes

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
  bangfu user change chen.jie --area 530103 --by root.keeper
  bangfu user approve 12 --by safe.keeper
  bangfu user list
""",
)

app.add_typer(changes)


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
            "--role",
            help="county_officer, approver, prefecture_officer, province_officer, auditor, system_administrator, "
            "security_administrator or department.",
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
    union: Union = None,
    by: By = "",
    json: Json = False,
) -> None:
    """Create an account, or propose it where two persons are needed."""
    from bangfu.db.access import Access, record_access
    from bangfu.db.account_changes import propose_account, two_persons_needed
    from bangfu.db.users import User, create_user
    from bangfu.pipeline.context import open_context

    sources = tuple(dict.fromkeys(source or ()))
    user = User(username, name, known_role(role), area, sources=sources, union_name=union)
    password = _password()
    number = None
    with open_context() as context, context.engine.begin() as connection:
        if two_persons_needed(connection):
            number = propose_account(connection, user, by=by, password=password)
        else:
            create_user(connection, user, password)
            record_access(connection, Access(None, "account_created", subject=username))
    made = {"username": username, "role": role, "area": area, "sources": sources, "union": union, "proposal": number}
    emit(made, json=json, lines=[proposed(number) if number else f"Account {username} created."])


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
    _change(username, "account_password", lambda connection: set_password(connection, username, new))
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

    _change(username, "account_closed", lambda connection: set_active(connection, username, active=False))
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

    _change(username, "account_opened", lambda connection: set_active(connection, username, active=True))
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
        (u.username, u.display_name, str(u.role), u.area_code, u.union_name, " ".join(u.sources), "yes" if u.active else "no")
        for u in users
    ]  # fmt: skip
    emit({"users": users}, json=json, lines=table(("user", "name", "role", "area", "union", "sources", "active"), rows))


def _change(username: str, action: str, change: "Callable[[Connection], None]") -> None:
    """Change an account that exists, and say so in the access log; who works on the server has no account there.

    Raises:
        BangfuError: There is no such account.
    """
    from bangfu.db.access import Access, record_access
    from bangfu.db.users import get_user
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        if get_user(connection, username) is None:
            raise BangfuError(f"There is no account {username!r}; `bangfu user list` shows them.")
        change(connection)
        record_access(connection, Access(None, action, subject=username))


def _password() -> str:
    """The password: asked for twice without echo on a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")
