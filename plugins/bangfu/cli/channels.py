"""`bangfu channels`: how each union is told of new lists."""

from typing import Annotated

import typer

from bangfu.cli.output import Json, emit, table

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="""Channels by which unions are told: portal inbox, e-mail, webhook, none (通知渠道).

\b
Example:
  bangfu channels set 530102 --inbox --email bangfu@wuhua.example --by li.na
  bangfu channels set 昆明市教育工会 --above 5301 --webhook https://union.example/bangfu --by li.na
  bangfu channels list
""",
)

Union = Annotated[str, typer.Argument(help="Division code of a federation (2, 4, 6 digits), or the name of a union.")]
By = Annotated[str, typer.Option("--by", help="Who sets it.")]


@app.command(
    "list",
    help="""List the channels; a union without any is told in the portal's inbox.

\b
Example:
  bangfu channels list --json
""",
)
def list_all(json: Json = False) -> None:
    """List the channels."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.notices.channels import list_channels

    with open_context() as context:
        rows = list_channels(context)
    head = ("工会 union", "", "渠道 channel", "地址 address", "密钥版次 secret")
    lines = (
        table(head, [tuple(row.values()) for row in rows]) if rows else ["尚未设置 none is set: inbox for everybody"]
    )
    emit({"channels": rows}, json=json, lines=lines)


@app.command(
    "set",
    help="""Set the channels of a union, in place of those before.

--above opens a desk for an industry, system or company union: from the next list on its clues are told to it, and
no longer to the county. The name is the one in the rosters.

\b
Example:
  bangfu channels set 530102 --inbox --email bangfu@wuhua.example --by li.na
  bangfu channels set 昆明市教育工会 --above 5301 --webhook https://union.example/bangfu --by li.na
  bangfu channels set 532901 --none --by li.na
""",
)
def set_union(
    union: Union,
    by: By,
    inbox: Annotated[bool, typer.Option("--inbox", help="In the portal.")] = False,
    email: Annotated[str | None, typer.Option("--email", help="By mail to this address.")] = None,
    webhook: Annotated[str | None, typer.Option("--webhook", help="By a signed webhook to this https address.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Not at all.")] = False,
    above: Annotated[str | None, typer.Option("--above", help="Federation above a union of the other tree.")] = None,
    json: Json = False,
) -> None:
    """Set the channels of a union."""
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.notices.channels import set_channels
    from schemas.notices import Channel

    given: dict[Channel, str | bool | None] = {
        Channel.INBOX: inbox,
        Channel.EMAIL: email,
        Channel.WEBHOOK: webhook,
        Channel.NONE: none,
    }
    wanted = [(channel, value if isinstance(value, str) else None) for channel, value in given.items() if value]
    with open_context() as context:
        set_channels(context, union, wanted, by=by, above=above)
    told = {"union": union, "channels": [str(channel) for channel, _ in wanted]}
    emit(told, json=json, lines=[f"{union}: {', '.join(told['channels'])}"])


@app.command(
    help="""Print the secret that signs a union's webhooks, or replace it (密钥轮换).

Hand it over by a safe way. While it is replaced, both secrets sign for the days of --overlap.

\b
Example:
  bangfu channels secret 530102
  bangfu channels secret 530102 --rotate --overlap 7
"""
)
def secret(
    union: Union,
    rotate: Annotated[bool, typer.Option("--rotate", help="Replace it.")] = False,
    overlap: Annotated[int, typer.Option("--overlap", min=0, max=90, help="Days for which both sign.")] = 7,
    json: Json = False,
) -> None:
    """Print or replace the secret of a union's webhooks."""
    from datetime import timedelta

    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.notices.channels import rotate_secret, webhook_secret

    with open_context() as context:
        found = rotate_secret(context, union, timedelta(days=overlap)) if rotate else webhook_secret(context, union)
    emit({"union": union, "secret": found}, json=json, lines=[found])
