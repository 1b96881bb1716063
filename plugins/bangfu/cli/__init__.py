"""The command line `bangfu`: one module per command, loaded when it is called."""

from bangfu.cli.entry import main

__all__ = ["main"]
