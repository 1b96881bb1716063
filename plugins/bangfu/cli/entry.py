"""Start of the command line: finds the command, and turns every failure into one clear message.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.
"""

import importlib
import inspect
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from bangfu.cli.commands import COMMANDS
from bangfu.cli.failures import explain

__all__ = ["main"]

_HELP = """bangfu (帮扶): find union members in expenditure-type hardship who are not registered.

Everything of one installation lives in BANGFU_HOME (default .bangfu/).

\b
Example:
  bangfu demo                          the whole chain on this machine
  bangfu receive civil_affairs list.xlsx
  bangfu run                           standardise, link, screen, publish
"""


class _Lazy(TyperGroup):
    """The group of all commands; a command's module is imported when it is called, not for `--help`."""

    _known = {item.name: item for item in COMMANDS}  # noqa: RUF012

    def list_commands(self, _ctx: Any) -> list[str]:
        return list(self._known)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self._known:
            return None
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self._known:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self._known)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(item.name, item.summary) for item in COMMANDS])


def _load(name: str) -> Any:
    """The command of this name, from its module."""
    command = _Lazy._known[name]
    module = importlib.import_module(command.path)
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        function = getattr(module, name)
        app.command(name, help=_help(function))(function)
    loaded = get_command(app)
    loaded.name = name
    return loaded


def _help(function: Any) -> str:
    """The docstring as help: without its Args, and with its example line by line."""
    text = (inspect.getdoc(function) or "").split("\nArgs:")[0]
    return text.replace("Example:", "\b\nExample:")


def _root(
    context: typer.Context,
    debug: bool = typer.Option(False, "--debug", help="Show the traceback of a failure."),
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    context.ensure_object(dict)["debug"] = debug
    if version:
        from importlib.metadata import version as installed

        print(f"bangfu {installed('bangfu')}")  # noqa: T201
        raise typer.Exit
    if context.invoked_subcommand is None:
        context.fail("Missing command. `bangfu --help` lists them.")


def command_line() -> Any:
    """The whole command line as one command object."""
    app = typer.Typer(
        cls=_Lazy,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        invoke_without_command=True,
        help=_HELP,
    )
    app.callback(help=_HELP)(_root)
    return get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        The exit code; a failure has been told on standard error.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command_line().main(args=given, prog_name="bangfu")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "--debug" in given:
            raise
        print(explain(error), file=sys.stderr)  # noqa: T201
        return getattr(error, "exit_code", 1)
    return 0
