"""`bangfu user` for two persons: proposals about accounts, and the decisions about them."""

from typing import TYPE_CHECKING, Annotated

import typer

from bangfu.cli.output import Json, emit, table

if TYPE_CHECKING:
    from bangfu.db.models import Role
    from bangfu.db.trust_models import ChangeKind

__all__ = ["By", "Union", "Username", "app", "known_role", "proposed"]

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

Username = Annotated[str, typer.Argument(help="Log-in name: lower-case letters, digits, dots, dashes.")]
By = Annotated[str, typer.Option("--by", help="Your own account, which is recorded.")]
Number = Annotated[int, typer.Argument(help="Number of the proposal; `bangfu user waiting` shows it.")]
Union = Annotated[
    str | None,
    typer.Option("--union", help="Industry, system or company union whose cases alone the account sees."),
]


def known_role(name: str) -> "Role":
    """The role of this name; BangfuError where there is none."""
    from bangfu.db.models import Role
    from bangfu.errors import BangfuError

    if name not in set(Role):
        raise BangfuError(f"There is no role {name!r}; the roles are {', '.join(Role)}.")
    return Role(name)


def proposed(number: int) -> str:
    """What is told of a proposal that was made."""
    return f"Proposal {number} waits for a security administrator: bangfu user approve {number} --by ..."


@app.command(
    help="""Propose other rights for an account; what is not given stays as it is.

Once a security administrator has approved it, the account's sessions end.

\b
Example:
  bangfu user change chen.jie --role approver --by root.keeper
"""
)
def change(
    username: Username,
    by: By,
    name: Annotated[str | None, typer.Option("--name", help="Name shown in the portal.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="New role; see `bangfu user create`.")] = None,
    area: Annotated[str | None, typer.Option("--area", help="New division code.")] = None,
    union: Union = None,
    territorial: Annotated[bool, typer.Option("--territorial", help="No longer of an industry union.")] = False,
    source: Annotated[list[str] | None, typer.Option("--source", help="Sources of a department, all of them.")] = None,
    json: Json = False,
) -> None:
    """Propose other rights for an account."""
    from dataclasses import replace

    from bangfu.db.account_changes import propose_account
    from bangfu.db.users import get_user
    from bangfu.errors import BangfuError
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        user = get_user(connection, username)
        if user is None:
            raise BangfuError(f"There is no account {username!r}; `bangfu user list` shows them.")
        wanted = replace(
            user,
            display_name=name or user.display_name,
            role=known_role(role) if role else user.role,
            area_code=area or user.area_code,
            union_name=None if territorial else union or user.union_name,
            sources=tuple(dict.fromkeys(source)) if source else user.sources,
        )
        if wanted == user:
            raise BangfuError("Nothing would change: say what with --role, --area, --union, --name or --source.")
        number = propose_account(connection, wanted, by=by)
    emit({"username": username, "proposal": number}, json=json, lines=[proposed(number)])


@app.command(
    help="""Propose which subject of the single sign-on is an account (统一认证绑定).

\b
Example:
  bangfu user link chen.jie 8f14e45f --by root.keeper
"""
)
def link(
    username: Username,
    subject: Annotated[str, typer.Argument(help="The provider's `sub` of this person.")],
    by: By,
    json: Json = False,
) -> None:
    """Propose which subject of the single sign-on is an account."""
    from bangfu.db.trust_models import ChangeKind

    _propose(ChangeKind.LINK, username, by, json=json, subject=subject)


@app.command(
    "reset-second-factor",
    help="""Propose to take an account's second factor away: its telephone and its recovery codes are lost.

\b
Example:
  bangfu user reset-second-factor chen.jie --by root.keeper
""",
)
def reset_second_factor(username: Username, by: By, json: Json = False) -> None:
    """Propose to take an account's second factor away."""
    from bangfu.db.trust_models import ChangeKind

    _propose(ChangeKind.RESET_SECOND_FACTOR, username, by, json=json)


@app.command(
    help="""List the proposals that wait for a security administrator.

\b
Example:
  bangfu user waiting
"""
)
def waiting(json: Json = False) -> None:
    """List the proposals that wait."""
    from bangfu.db import account_changes
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        found = account_changes.waiting(connection)
    rows = [
        (item.change_id, str(item.kind), item.username, *(item.target.get(key) for key in ("role", "area_code", "union_name")), item.proposed_by)
        for item in found
    ]  # fmt: skip
    head = ("proposal", "kind", "user", "role", "area", "union", "proposed by")
    emit({"proposals": found}, json=json, lines=table(head, rows) if rows else ["No proposal waits."])


@app.command(
    help="""Approve a proposal and carry it out; whoever proposed it may not.

\b
Example:
  bangfu user approve 12 --by safe.keeper
"""
)
def approve(number: Number, by: By, json: Json = False) -> None:
    """Approve a proposal."""
    _decide(number, by, approve=True, json=json)


@app.command(
    help="""Turn a proposal down.

\b
Example:
  bangfu user reject 12 --by safe.keeper
"""
)
def reject(number: Number, by: By, json: Json = False) -> None:
    """Turn a proposal down."""
    _decide(number, by, approve=False, json=json)


def _propose(kind: "ChangeKind", username: str, by: str, *, json: bool, subject: str | None = None) -> None:
    from bangfu.db.account_changes import propose
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        number = propose(connection, kind, username, by=by, subject=subject)
    emit({"username": username, "proposal": number}, json=json, lines=[proposed(number)])


def _decide(number: int, by: str, *, approve: bool, json: bool) -> None:
    from bangfu.db.access import Access, record_access
    from bangfu.db.account_changes import decide
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        username = decide(connection, number, by=by, approve=approve)
        done = "approved" if approve else "rejected"
        record_access(connection, Access(by.strip().lower(), f"account_{done}", subject=username))
    told = f"Proposal {number} about {username} is {done}."
    emit({"proposal": number, "username": username, "approved": approve}, json=json, lines=[told])
