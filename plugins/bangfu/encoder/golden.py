"""Golden vectors (标准样例): cells whose encoding is known byte for byte, so that any computer can be checked.

A few made-up people of the region 539xxx, which does not exist, are standardised and encoded under fixed keys; the digests of
all columns stand in `golden.json`. `python -m bangfu.encoder.golden` prints it anew, which only a new version of the encoding
or of the standardisers may need.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from importlib import resources

import numpy as np
import polars as pl

from matching.encoding.encode import encode
from matching.encoding.parameters import PROFILES
from matching.encoding.shared_key import SharedKey
from matching.standardise import standardise_frame
from schemas.sources import SOURCES

__all__ = ["differing", "vectors"]

_KEY = SharedKey(hashlib.sha256(b"a key that everybody knows").digest(), 1)
_CELLS = {
    "name": ["李娜", "岩•温（户主）", "买买提·艾力", "单 雄信", "欧阳娜娜（曾用名：欧阳兰）", "𠮷野家", "李娜", None],
    "id_number": [
        "539210199003070036",
        "53921019900307003x",
        "539210********0036",
        "5.39210199003070e+17",
        "539210900307003",
        None,
        "５３９２１０１９９００３０７００３６",
        "无",
    ],
    "birth_date": [
        "1990-03-07",
        "1990年3月7日",
        "199003",
        "32939",
        "二〇〇〇年一月一日",
        None,
        "1990/3/7 0:00:00",
        "1988.12.31",
    ],
    "sex": ["女", "1", "男性", None, "F", "女", "女", "男"],
    "ethnic_group": ["汉", "傣族", "维吾尔族", None, "01", "汉族", "汉", "彝"],
    "phone": [
        "13800001111",
        "+86 138-0000-2222",
        None,
        "0871-6312345",
        "138 0000 3333",
        "1234",
        "13800001111",
        "13900004444",
    ],
    "address": [
        "云南省昆明市五华区华山西路1号",
        None,
        "景洪市嘎洒镇曼占宰村委会3组",
        "五华区",
        "昆明盘龙区",
        "x",
        "五华区华山西路一号",
        None,
    ],
    "employer": [
        "云南某某集团有限公司",
        "云南某某集团公司（本部）",
        None,
        "个体",
        "第一小学",
        "无",
        "云南某某集团有限公司",
        None,
    ],
}


class _Stream:
    """Random bytes that everybody knows."""

    def __init__(self) -> None:
        self._count = 0

    def bytes(self, length: int, /) -> bytes:
        self._count += 1
        return hashlib.shake_256(self._count.to_bytes(8, "little")).digest(length)


def vectors() -> dict[str, str]:
    """The digest of each vector as this computer makes it; a digest that its Python lacks is left out."""
    found = {"standardised": _digest(_people()), "key-check": _KEY.check_value()}
    for profile, parameters in PROFILES.items():
        for digest in ("sha256", "sm3"):
            if digest not in hashlib.algorithms_available:
                continue
            made = encode(_people(), parameters, _KEY.field_keys("golden"), digest, _Stream())
            found[f"{profile} {digest}"] = _digest(made)
    return found


def differing() -> list[str]:
    """Names of the vectors that come out otherwise here."""
    known = json.loads(resources.files("bangfu.encoder").joinpath("golden.json").read_text("utf-8"))
    return sorted(name for name, digest in vectors().items() if known.get(name) != digest)


@cache
def _people() -> pl.DataFrame:
    cells = {name: pl.Series(values, dtype=pl.String) for name, values in _CELLS.items()}
    raw = pl.DataFrame(cells).with_row_index("row_number").with_columns(pl.col("row_number").cast(pl.Int64))
    repeated = pl.concat([raw] * 40).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("row_number"))
    varied = repeated.with_columns(pl.concat_str("address", pl.col("row_number").cast(pl.String)))  # no row is repeated
    rows = standardise_frame(varied, SOURCES["union_roster"], "golden").accepted
    return rows.drop("source", "extract_id", "record_id")


def _digest(table: pl.DataFrame) -> str:
    """sha256 over all columns, names and values, whatever the machine's byte order."""
    whole = hashlib.sha256()
    for column in table.get_columns():
        whole.update(f"{column.name}\0{column.len()}\0".encode())
        if column.dtype == pl.UInt64 or isinstance(column.dtype, pl.Array):
            whole.update(np.ascontiguousarray(column.to_numpy()).astype("<u8").tobytes())
        else:
            whole.update(json.dumps([None if value is None else str(value) for value in column.to_list()]).encode())
    return whole.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(vectors(), indent=1) + "\n")
