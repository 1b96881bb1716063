"""Which modules of ours the one-file encoder carries (打包清单): all that the program reaches, and the tables beside them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AVOIDED", "LIBRARIES", "carried_files", "foreign_imports"]

LIBRARIES = ("polars", "numpy", "python_calamine", "cryptography", "msoffcrypto", "olefile")
"""What the modules may import besides each other and the standard library."""
AVOIDED = {"pypinyin": "the encoding folds sounds by a table of its own; a test encodes where it cannot be imported"}
"""Libraries that a carried module imports within functions which the encoder never calls, and why it does not."""
_START = (
    "bangfu.encoder.__main__",
    "bangfu.encoder.commands",
    "bangfu.readers.piped_child",
    "bangfu.readers.windows_job",
)
_LISTED = "schemas.sources"
"""A package whose modules are found by listing its folder."""
_OURS = ("bangfu", "matching", "schemas")
_TABLES = (".csv", ".json")


def carried_files(root: Path) -> dict[str, Path]:
    """Our files by their place in the program.

    Args:
        root: The source tree.
    """
    files: dict[str, Path] = {}
    folders: set[Path] = set()
    for name in sorted(_reached(root)):
        path = _file(root, name)
        assert path is not None
        files[_place(name, path)] = path
        folders.add(path.parent)
    for folder in folders:
        for path in sorted(folder.rglob("*") if folder.name == "reference" else folder.iterdir()):
            if path.suffix in _TABLES:
                base = root / "plugins" if root / "plugins" in path.parents else root
                files[path.relative_to(base).as_posix()] = path
    return files


def foreign_imports(root: Path) -> dict[str, set[str]]:
    """What each carried module imports that is neither ours nor of the standard library, by the library's name."""
    import sys

    found: dict[str, set[str]] = {}
    for name in _reached(root):
        for module in _imports(_file(root, name), name):
            top = module.partition(".")[0]
            if top not in _OURS and top not in sys.stdlib_module_names:
                found.setdefault(top, set()).add(name)
    return found


def _reached(root: Path) -> set[str]:
    """Modules reached from the program's start, functions' own imports among them; not what only types need."""
    reached: set[str] = set()
    waiting = [*_START, *(f"{_LISTED}.{path.stem}" for path in (root / _LISTED.replace(".", "/")).glob("[a-z]*.py"))]
    while waiting:
        name = waiting.pop()
        path = _file(root, name)
        if name in reached or path is None:
            continue
        reached.add(name)
        waiting.extend(name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1))
        waiting.extend(module for module in _imports(path, name) if module.partition(".")[0] in _OURS)
    return reached


def _imports(path: Path | None, name: str) -> Iterator[str]:
    """Modules that a file imports when it runs."""
    assert path is not None
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _running(ast.parse(path.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                module = ".".join(filter(None, (package, module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)  # a module of a package, perhaps


def _running(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            continue
        yield statement
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from _running([child])


def _file(root: Path, name: str) -> Path | None:
    """The file of one of our modules; None where there is no such module."""
    base = root / "plugins" if name.partition(".")[0] == "bangfu" else root
    plain = base / Path(*name.split("."))
    for path in (plain.with_name(f"{plain.name}.py"), plain / "__init__.py"):
        if path.is_file():
            return path
    return None


def _place(name: str, path: Path) -> str:
    parts = name.split(".")
    return "/".join([*parts, "__init__.py"] if path.name == "__init__.py" else [*parts[:-1], f"{parts[-1]}.py"])
