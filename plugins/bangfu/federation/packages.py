"""A package that is handed over (交换包): one Parquet file and the manifest that answers for it, in a folder.

The folder is there as a whole or not at all. Who takes it trusts nothing that the manifest does not say, and of the manifest
nothing that the sender's signature does not cover.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import sys
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bangfu.errors import Refused
from bangfu.federation.files import on_disk, read_json, wrong_file
from bangfu.federation.payload import PAYLOAD
from bangfu.federation.signing import holds
from schemas.agreement import REASONS, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bangfu.federation.agreements import Held
    from bangfu.federation.signing import Identity
    from matching.encoding.parameters import EncodingParameters

__all__ = ["DATA", "ENCODED", "MANIFEST", "RESULTS", "Package", "open_package", "publish"]

MANIFEST, DATA = "manifest.json", "encoded.parquet"
ENCODED, RESULTS = "bangfu-encoded", "bangfu-results"
"""What a package holds: encoded records on their way to the matching unit, or results on their way back."""
_PARTIAL = ".bangfu-partial-"
_HELD = "in-use"


@dataclass(frozen=True)
class Package:
    """What a manifest states.

    Attributes:
        format: `ENCODED` or `RESULTS`.
        agreement: Id of the agreement.
        agreement_sha256: Of its canonical text.
        role: Who made the package.
        source: Source code of the records; empty for results.
        epoch: Of the key.
        key_check: The key's check value.
        digest: HMAC of the tokens.
        normalisation: Version of the standardisers.
        encoding: Parameters of the encoding.
        columns: Of the Parquet file, in order.
        counts: Records and what was left out, by name.
        made_on: Day.
        program: Version of the program.
        size, sha256: Of the Parquet file.
    """

    format: str
    agreement: str
    agreement_sha256: str
    role: Role
    source: str
    epoch: int
    key_check: str
    digest: str
    normalisation: int
    encoding: Mapping[str, Any] = field(repr=False)
    columns: tuple[str, ...]
    counts: Mapping[str, int]
    made_on: dt.date
    program: str
    size: int = 0
    sha256: str = ""

    def text(self) -> bytes:
        """The canonical text that is signed."""
        return json.dumps(self.document(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def document(self) -> dict[str, Any]:
        """The manifest as JSON values."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=dt.date.isoformat))
        return {"version": 1, **told}


def publish(
    folder: Path,
    records: pl.DataFrame,
    package: Package,
    identity: Identity | None,
    before: Callable[[str], None] = lambda _sha256: None,
) -> Package:
    """Write a package.

    Args:
        folder: A folder that is not there yet.
        records: What is handed over.
        package: What is stated of it; size and digest are filled in.
        identity: Whose signature it bears.
        before: Told the sha256 of the records once they are written, before the package is there.

    Raises:
        Refused: `file_exists`.
    """
    with partial_folder(folder) as inside:
        with (inside / DATA).open("wb") as file:
            records.write_parquet(file, statistics=False)
            file.flush()
            on_disk(file.fileno())
        content = (inside / DATA).read_bytes()
        told = Package(
            **{
                **{name: getattr(package, name) for name in Package.__dataclass_fields__},
                "columns": tuple(records.columns),
                "size": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        signature = identity.sign(told.format, told.text()) if identity else None
        value = {
            "manifest": told.document(),
            "public_key": identity.public_key if identity else None,
            "signature": signature,
        }
        with (inside / MANIFEST).open("w", encoding="utf-8", newline="\n") as text:
            text.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
            text.flush()
            on_disk(text.fileno())
        before(told.sha256)
    return told


def open_package(
    folder: Path, held: Held, role: Role, kind: str = ENCODED, *, unsigned: bool = False
) -> tuple[pl.DataFrame, Package]:
    """The records of a package that is what its manifest and the agreement say.

    Args:
        folder: The package.
        held: The agreement it must be of.
        role: Who must have made it.
        kind: What it must hold.
        unsigned: Whether one without a signature is taken.

    Raises:
        Refused: `wrong_file`, `package_changed`, `package_unsigned` or `package_foreign`.
    """
    package = _read_manifest(folder / MANIFEST, held, role, unsigned=unsigned)
    agreement = held.agreement
    fits = (
        package.format == kind
        and package.agreement_sha256 == held.digest
        and package.role == role
        and package.source == (agreement.party(role).source if kind == ENCODED else "")
        and (package.epoch, package.key_check) == (agreement.epoch, agreement.key_check)
        and (package.digest, package.normalisation) == (agreement.digest, agreement.normalisation)
        and package.encoding == agreement.document()["encoding"]
    )
    if not fits:
        raise Refused(
            "package_foreign",
            "交换包与协议不符（协议、制作单位、密钥期次或编码参数不同）；请核对后重新制作",
            "The package is not of this agreement (another agreement, maker, key or encoding); have it made again.",
        )
    data = folder / DATA
    if not data.is_file() or data.stat().st_size != package.size:
        raise _changed()
    content = data.read_bytes()
    if hashlib.sha256(content).hexdigest() != package.sha256:
        raise _changed()
    records = pl.read_parquet(content)
    if tuple(records.columns) != package.columns or records.height != package.counts.get("records"):
        raise _changed()
    if kind == ENCODED:
        _require_encoded(records, held.parameters, role)
    return records, package


def _require_encoded(records: pl.DataFrame, parameters: EncodingParameters, role: Role) -> None:
    """Refuse records that hold anything but random ids, the words of the encoding, and a payload of the right shape."""
    payload = set(PAYLOAD) if role is Role.DEPARTMENT else set()
    known = {item.name for item in parameters.fields} | {f"rule:{name}" for name in parameters.rules} | {"similar"}
    known |= {f"key:{name}" for name in (*parameters.refine, *parameters.shares)}
    words = [name for name in records.columns if name not in payload and name != "own_id"]
    clear = [name for name in words if name not in known or not _is_words(records.schema[name])]
    patterns = {"own_id": "^[0-9a-f]{32}$", "month": "^[0-9]{4}-(0[1-9]|1[0-2])$", "reason": f"^({'|'.join(REASONS)})$"}
    texts = [name for name in patterns if name in records.columns]
    right = all(records[name].drop_nulls().cast(pl.String).str.contains(patterns[name]).all() for name in texts)
    if clear or not right or "own_id" not in records.columns or records["own_id"].n_unique() < records.height:
        raise Refused(
            "package_clear",
            "交换包中含有未经编码的内容，已拒收并应立即销毁；请用编码工具重新制作",
            "The package holds what is not encoded; it is refused and must be destroyed. Have it made by the encoder.",
        )


def _is_words(dtype: pl.DataType) -> bool:
    return dtype == pl.UInt64 or (isinstance(dtype, pl.Array) and dtype.inner == pl.UInt64)


def _read_manifest(path: Path, held: Held, role: Role, *, unsigned: bool) -> Package:
    value = read_json(path)
    told = value.get("manifest")
    if set(value) != {"manifest", "public_key", "signature"} or not isinstance(told, dict):
        raise wrong_file(path)
    if set(told) != {"version", *Package.__dataclass_fields__} or told["version"] != 1:
        raise wrong_file(path)
    stated = {name: told[name] for name in Package.__dataclass_fields__}
    try:
        stated |= {"columns": tuple(told["columns"]), "made_on": dt.date.fromisoformat(told["made_on"])}
        package = Package(**{**stated, "role": Role(told["role"])})
    except (TypeError, ValueError):
        raise wrong_file(path) from None
    if value["signature"] is None and value["public_key"] is None:
        if not unsigned:
            raise Refused(
                "package_unsigned",
                "交换包没有签名，无法确认是谁制作、是否被改动；请用签名密钥重新制作",
                "The package bears no signature: who made it, and whether it was changed, cannot be told. Make it again with "
                "the signing key.",
            )
        return package
    public_key = held.agreement.party(role).public_key
    if value["public_key"] != public_key or not holds(
        public_key, package.format, package.text(), str(value["signature"])
    ):
        raise _changed()
    return package


def _changed() -> Refused:
    return Refused(
        "package_changed",
        "交换包与制作时不同：数据或清单被改动、损坏，或签名无效；请勿使用，向制作单位重新索取",
        "The package is not as it was made: data or manifest were changed or damaged, or the signature does not hold. Do not "
        "use it; ask its maker again.",
    )


@contextmanager
def partial_folder(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is wanted, which becomes it at the end; after a failure nothing is left.

    What a killed process left behind is removed by the next one.

    Raises:
        Refused: `file_exists`.
    """
    if folder.exists():
        raise Refused(
            "file_exists",
            f"文件夹 {folder.name} 已经存在，不会覆盖；请换一个名称，或先把它移走",
            f"The folder {folder.name} exists and is not written over; choose another name, or move it away.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{_PARTIAL}*"):
        _remove_if_abandoned(left)
    inside = folder.parent / f"{_PARTIAL}{os.getpid()}-{os.urandom(4).hex()}"
    inside.mkdir(mode=0o700)
    mark = (inside / _HELD).open("w")
    try:
        _lock(mark.fileno())
        yield inside
        mark.close()
        (inside / _HELD).unlink()
        inside.rename(folder)  # of all who try, one succeeds
        _folder_on_disk(folder.parent)
    except BaseException:
        mark.close()
        shutil.rmtree(inside, ignore_errors=True)
        raise


def _remove_if_abandoned(left: Path) -> None:
    """Remove what nobody is writing to any more: its mark is not locked, or, on Windows, can be deleted."""
    if sys.platform == "win32":
        with suppress(FileNotFoundError):
            try:
                (left / _HELD).unlink()
            except PermissionError:
                return
        shutil.rmtree(left, ignore_errors=True)
        return
    import fcntl

    with suppress(OSError):
        if (left / _HELD).exists():
            with (left / _HELD).open() as mark:
                fcntl.flock(mark.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _folder_on_disk(folder: Path) -> None:
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
