"""`bangfu tokens`: tokens of unions' own systems."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bangfu.china_time import in_china
from bangfu.cli.output import Json, emit, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Tokens with which unions' own systems read and acknowledge notices (接口令牌).

\b
Example:
  bangfu tokens create 530102 --name OA --by li.na
  bangfu tokens list
  bangfu tokens revoke 0a1b2c3d4e5f
""",
)


@app.command(
    help="""Make a token for a union. It is printed once and cannot be shown again.

\b
Example:
  bangfu tokens create 530102 --name OA --by li.na
  bangfu tokens create 530102 --name OA --days 90 --scope notices:read --by li.na
"""
)
def create(
    union: Annotated[str, typer.Argument(help="Division code of a federation, or the name of a union with a desk.")],
    name: Annotated[str, typer.Option("--name", help="What it is for.")],
    by: Annotated[str, typer.Option("--by", help="Who makes it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="notices:read or notices:acknowledge; repeat it; both where absent."),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="Days until it ends.")] = 365,
    json: Json = False,
) -> None:
    """Make a token."""
    from bangfu.db.outbox.tokens import SCOPES, create_token
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        made = create_token(connection, union, name, by=by, days=days, scopes=scope or tuple(SCOPES))
    lines = [
        made.token,
        f"编号 id {made.token_id}，有效至 valid until {in_china(made.expires_at)}。只显示这一次 shown this once.",
    ]
    emit(made, json=json, lines=lines)


@app.command(
    "list",
    help="""List the tokens: whose, for what, until when, last used.

\b
Example:
  bangfu tokens list
""",
)
def list_all(json: Json = False) -> None:
    """List the tokens."""
    from bangfu.db.outbox.tokens import list_tokens
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.connect() as connection:
        rows = list_tokens(connection)
    now = datetime.now(UTC)

    def state(revoked: datetime | None, expires: datetime) -> str:
        return "已撤销 revoked" if revoked else "已过期 over" if expires <= now else "有效 valid"

    head = ("id", "union", "name", "scopes", "state", "until", "last used")
    cells = [
        (
            row.token_id,
            row.union_code,
            row.name,
            " ".join(row.scopes),
            state(row.revoked_at, row.expires_at),
            in_china(row.expires_at),
            in_china(row.last_used_at) if row.last_used_at else "",
        )
        for row in rows
    ]
    emit({"tokens": rows}, json=json, lines=table(head, cells) if rows else ["没有令牌 there is no token"])


@app.command(
    help="""End a token at once.

\b
Example:
  bangfu tokens revoke 0a1b2c3d4e5f
"""
)
def revoke(
    token_id: Annotated[str, typer.Argument(help="Its id, as `bangfu tokens list` shows it.")], json: Json = False
) -> None:
    """End a token."""
    from bangfu.db.outbox.tokens import revoke_token
    from bangfu.pipeline.context import open_context

    with open_context() as context, context.engine.begin() as connection:
        revoke_token(connection, token_id)
    emit({"revoked": token_id}, json=json, lines=[f"已撤销 revoked: {token_id}"])
