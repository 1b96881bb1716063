"""The start of the one-file encoder (启动程序): unpacks what it carries for this computer once, and runs it from there.

It is `__main__.py` of the file that `bangfu.encoder.building` makes, and keeps to what Python 3.6 understands, so that an
old one says what is wrong instead of failing.
"""

import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
import zipfile

LISTING = "payload.json"


def main() -> int:
    """Unpack and run."""
    archive = os.path.dirname(os.path.abspath(__file__))
    with zipfile.ZipFile(archive) as package:
        listing = json.loads(package.read(LISTING).decode())
        version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
        system = {"win32": "windows", "linux": "linux"}.get(sys.platform, sys.platform)
        machine = platform.machine().lower().replace("amd64", "x86_64")
        fits = version in listing["versions"] and system in listing["systems"] and machine == "x86_64"
        if not fits or sys.maxsize < 2**32:
            sys.exit(_unfit(listing["versions"], f"{version} {system} {machine}"))
        folder = _unpacked(package, listing, version, system)
    kept = [
        path for path in sys.path if path != archive and "site-packages" not in path and "dist-packages" not in path
    ]
    sys.path[:] = [folder, *kept]  # nothing else that is installed on this computer is looked at
    from bangfu.encoder.commands import main as run

    return run()


def _unpacked(package: zipfile.ZipFile, listing: dict, version: str, system: str) -> str:  # type: ignore[type-arg]
    """The folder with what is carried for this computer; made once, whole or not at all."""
    home = _cache()
    target = os.path.join(home, f"{listing['build'][:16]}-{version}-{system}")
    if not os.path.isdir(home):
        os.makedirs(home, mode=0o700, exist_ok=True)
    _require_own(home)
    if os.path.isdir(target):
        _require_own(target)
        return target
    sys.stderr.write("首次运行，正在解包，请稍候（约一分钟）…… First run, unpacking ...\n")
    sys.stderr.flush()
    partial = tempfile.mkdtemp(prefix=".partial-", dir=home)
    try:
        for about in listing["files"]:
            if about["for"] in ("common", system, f"{system}-{version}"):
                _unpack(package, about, partial)
        try:
            os.rename(partial, target)
        except OSError:  # somebody else was quicker
            if not os.path.isdir(target):
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _unpack(package: zipfile.ZipFile, about: dict, folder: str) -> None:  # type: ignore[type-arg]
    content = package.read(f"payload/{about['for']}/{about['name']}")
    if hashlib.sha256(content).hexdigest() != about["sha256"]:
        sys.exit("程序文件已损坏，请重新拷贝。 The program file is damaged; copy it again.")
    path = os.path.join(folder, *about["name"].split("/"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def _cache() -> str:
    given = os.environ.get("BANGFU_ENCODER_CACHE")
    if given:
        return given
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~"), "bangfu-encoder")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "bangfu-encoder")


def _require_own(folder: str) -> None:
    """Refuse a folder into which others could have put a program."""
    if sys.platform == "win32":
        return
    about = os.stat(folder)
    if about.st_uid != os.getuid() or about.st_mode & 0o022:
        sys.exit(f"缓存目录 {folder} 可被他人写入，拒绝运行。 Others may write to the cache folder; not run.")


def _unfit(versions: list, here: str) -> str:  # type: ignore[type-arg]
    wanted = ", ".join(f"{version[2]}.{version[3:]}" for version in versions)
    return (
        f"本程序需要 64 位 Windows 10 以上或 Linux（x86_64）上的 Python {wanted}；本机为 {here}。\n"
        f"This program needs CPython {wanted} on 64-bit Windows 10 or newer, or on Linux x86_64; this is {here}."
    )


if __name__ == "__main__":
    sys.exit(main())
