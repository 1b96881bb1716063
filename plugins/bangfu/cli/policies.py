"""What `bangfu rules` and `bangfu parameters` share: two persons, one who enters a version and one who approves it."""

from typing import Annotated, Literal

import typer

from bangfu.cli.output import emit

__all__ = ["By", "approve_version", "entered"]

By = Annotated[str, typer.Option("--by", help="Account of who does it, of the province; it is kept.")]

Command = Literal["rules", "parameters"]


def entered(command: Command, version: str, by: str, *, json: bool) -> None:
    """Say that a version was entered, and what a second person does next."""
    line = f"{version}: 已录入 entered by {by}; a second person: bangfu {command} approve {version} --by ..."
    emit({"version": version, "entered_by": by}, json=json, lines=[line])


def approve_version(command: Command, version: str, by: str, *, json: bool) -> None:
    """Approve a version and say so.

    Raises:
        BangfuError: Whoever entered it may not, or there is no such version.
    """
    from bangfu.db.policies import PolicyKind
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.screening.policies import approve

    kind = {"rules": PolicyKind.RULES, "parameters": PolicyKind.PARAMETERS}[command]
    with open_context() as context:
        approve(context, version, kind, by=by)
    emit({"version": version, "approved_by": by}, json=json, lines=[f"{version}: 已批准 approved by {by}"])
