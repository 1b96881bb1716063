"""The whole hostile corpus: importing the modules of its files registers them."""

from __future__ import annotations

from tests.bangfu.readers.hostile import markup, other_files, packages, sheets, texts
from tests.bangfu.readers.hostile.registering import CASES

__all__ = ["CASES", "markup", "other_files", "packages", "sheets", "texts"]
