"""Building the one-file encoder (打包): our modules, and the locked libraries for both systems and each Python.

`make encoder` runs it. The libraries are installed by uv from the project's lock, hash by hash, into a folder for each system
and Python; what is the same in several is carried once. The same lock and tree give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from bangfu.encoder.bootstrap import LISTING
from bangfu.encoder.carried import AVOIDED, LIBRARIES, carried_files, foreign_imports

__all__ = ["build", "main"]

VERSIONS = ("3.11", "3.12", "3.13")
SYSTEMS = {"windows": "x86_64-pc-windows-msvc", "linux": "x86_64-manylinux_2_28"}
PACKAGES = (
    "polars",
    "polars-runtime-32",
    "numpy",
    "python-calamine",
    "cryptography",
    "cffi",
    "pycparser",
    "msoffcrypto-tool",
    "olefile",
)
_FOLDERS_LEFT_OUT = {"tests", "test", "include", "f2py", "bin", "Scripts", "pkgconfig", "__pycache__", "_examples"}
_ENDINGS_LEFT_OUT = (".pyi", ".pyx", ".pxd", ".lib", ".a", ".h", ".c", ".cpp", ".pyc")
_DIST_INFO_KEPT = re.compile(r"(?i)licen[cs]e|notice|copying|authors|METADATA$")
_DAY = (2026, 1, 1, 0, 0, 0)


def build(root: Path, out: Path, *, quick: bool = False) -> tuple[int, str]:
    """Build the file.

    Args:
        root: The source tree with its `requirements.lock`.
        out: The file to write.
        quick: Whether to compress less, for a trial.

    Returns:
        Its size and sha256.

    Raises:
        RuntimeError: A carried module imports a library that is not carried.
    """
    if outside := {
        name: sorted(by) for name, by in foreign_imports(root).items() if name not in (*LIBRARIES, *AVOIDED)
    }:
        raise RuntimeError(f"the encoder would need libraries that it does not carry: {outside}")
    files: dict[tuple[str, str], bytes] = {
        ("common", name): path.read_bytes() for name, path in carried_files(root).items()
    }
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "encoder.lock"
        lock.write_text(locked((root / "requirements.lock").read_text("utf-8")), "utf-8")
        trees = {
            (system, version): _installed(lock, Path(folder) / f"{system}-{version}", version, target)
            for system, target in SYSTEMS.items()
            for version in VERSIONS
        }
        files |= _shared(trees)
    _write(out, files, (root / "plugins/bangfu/encoder/bootstrap.py").read_bytes(), quick=quick)
    content = out.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


def locked(lock: str) -> str:
    """The lines of the lock that the encoder needs, with their hashes.

    >>> locked("a==1 \\\\\\n    --hash=sha256:00\\npolars==2 \\\\\\n    --hash=sha256:11\\n    # via x\\n").splitlines()
    ['polars==2 \\\\', '    --hash=sha256:11']
    """
    entries = re.findall(r"^[a-z0-9._-]+==.*(?:\n    --hash.*)*", lock, re.MULTILINE)
    return "".join(f"{entry}\n" for entry in entries if re.split("==", entry)[0] in PACKAGES)


def _installed(lock: Path, target: Path, version: str, platform: str) -> dict[str, bytes]:
    """The files of the libraries for one system and Python, but for what no program needs."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--requirement", str(lock), "--target", str(target)]
    command += ["--python-version", version, "--python-platform", platform]
    subprocess.run(command, check=True)
    files = {path.relative_to(target).as_posix(): path for path in sorted(target.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if _is_needed(PurePosixPath(name))}


def _is_needed(path: PurePosixPath) -> bool:
    if any(part.endswith(".dist-info") for part in path.parts):
        return _DIST_INFO_KEPT.search(path.as_posix()) is not None
    if path.name == ".lock" or _FOLDERS_LEFT_OUT & set(path.parts[:-1]):
        return False
    return not path.name.endswith(_ENDINGS_LEFT_OUT)


def _shared(trees: dict[tuple[str, str], dict[str, bytes]]) -> dict[tuple[str, str], bytes]:
    """Every file once for whom it is the same: for all, for a system, or for one Python of it."""
    found: dict[tuple[str, str], bytes] = {}
    for name in sorted({name for tree in trees.values() for name in tree}):
        held = {place: tree[name] for place, tree in trees.items() if name in tree}
        if len(held) == len(trees) and len(set(held.values())) == 1:
            found["common", name] = next(iter(held.values()))
            continue
        for system in SYSTEMS:
            own = {version: content for (of, version), content in held.items() if of == system}
            if len(own) == len(VERSIONS) and len(set(own.values())) == 1:
                found[system, name] = next(iter(own.values()))
            else:
                found |= {(f"{system}-cp{version.replace('.', '')}", name): content for version, content in own.items()}
    return found


def _write(out: Path, files: dict[tuple[str, str], bytes], start: bytes, *, quick: bool) -> None:
    listed: dict[str, list[dict[str, str]]] = {}
    for (place, name), content in sorted(files.items()):
        listed.setdefault(name, []).append({"for": place, "sha256": hashlib.sha256(content).hexdigest()})
    stated = [{"name": name, **about} for name, places in sorted(listed.items()) for about in places]
    build_id = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
    listing = {
        "build": build_id,
        "versions": [f"cp{version.replace('.', '')}" for version in VERSIONS],
        "systems": list(SYSTEMS),
        "files": stated,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    with partial.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as package:
            _add(package, "__main__.py", start, zipfile.ZIP_DEFLATED)
            _add(package, LISTING, json.dumps(listing).encode(), zipfile.ZIP_DEFLATED)
            for (place, name), content in sorted(files.items()):
                _add(package, f"payload/{place}/{name}", content, zipfile.ZIP_DEFLATED if quick else zipfile.ZIP_LZMA)
    partial.chmod(0o755)
    partial.replace(out)


def _add(package: zipfile.ZipFile, name: str, content: bytes, how: int) -> None:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.external_attr, entry.compress_type = 0o644 << 16, how
    package.writestr(entry, content)


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--out", type=Path, default=Path("dist/bangfu-encoder.pyz"))
    parser.add_argument("--quick", action="store_true", help="compress less, for a trial")
    given = parser.parse_args()
    size, digest = build(given.root, given.out, quick=given.quick)
    sys.stdout.write(f"{given.out}: {size / 1e6:.0f} MB, sha256 {digest}\n")


if __name__ == "__main__":
    main()
