"""Tables the linkage carries; licences and how each was made: see NOTICE."""

import csv
from importlib import resources


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table, by column name; lines that begin with # are remarks."""
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
