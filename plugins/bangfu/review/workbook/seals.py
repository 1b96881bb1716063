"""Seals (封印): what proves that a row is of this union and batch, and that its locked cells are as they were given out.

Every message authentication code is HMAC-SHA-256 under a key derived for the union and the batch, so that a row of
another union's workbook, or of another batch, never fits. Each recipient's rows come in an order of their own: a copy
that leaks tells whose it was even without its watermark.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from bangfu.review.workbook.cell_text import same
from bangfu.review.workbook.model import Batch
from schemas.review import CASE_ID, CHECK_CODE, SCHEMA_VERSION, ReviewList

__all__ = ["Seal", "agreement", "batch_mac", "changed_columns", "is_intact", "row_order", "seal_row", "workbook_key"]

_LETTERS = str.maketrans("0123456789abcdef", "ABCDEFGHJKLMNPQR")
_TAG = 4
_CHECK = 8


@dataclass(frozen=True)
class Seal:
    """One line of the hidden sheet.

    Attributes:
        case_id: The case.
        version: The version of the case that the row shows.
        answer_key: Key of what the row held when it was made.
        tags: A short code for each sealed column, to tell which was changed.
        mac: Code over all of it.
    """

    case_id: str
    version: int
    answer_key: str
    tags: str
    mac: str

    @property
    def check_code(self) -> str:
        """What the row itself shows of the seal: letters, which no program takes for a number."""
        return self.mac[:_CHECK].translate(_LETTERS)


def workbook_key(secret: bytes, union: str, batch_id: str) -> bytes:
    """The key of one union's workbook of one batch.

    >>> workbook_key(b"secret", "530102", "b1") == workbook_key(b"secret", "530103", "b1")
    False
    """
    return _mac(secret, ["bangfu review workbook", union, batch_id])


def batch_mac(key: bytes, batch: Batch, rows: int) -> str:
    """Code over what the hidden sheet says of the batch."""
    told = {**asdict(batch), "made_at": batch.made_at.isoformat(), "rows": rows, "schema": SCHEMA_VERSION}
    return _mac(key, told).hex()


def seal_row(key: bytes, flow: ReviewList, case: tuple[str, int], values: Mapping[str, str], answer_key: str) -> Seal:
    """Seal a row.

    Args:
        key: From `workbook_key`.
        flow: Which columns are locked.
        case: The case and its version.
        values: Text of the locked columns as they are written, by code.
        answer_key: Key of what the editable columns hold.
    """
    case_id, version = case
    sealed = {**values, CASE_ID: case_id}
    tags = "".join(_tag(key, case_id, code, sealed.get(code, "")) for code in _sealed_columns(flow))
    seal = Seal(case_id, version, answer_key, tags, "")
    return replace(seal, mac=_row_mac(key, flow, seal, sealed))


def is_intact(key: bytes, flow: ReviewList, seal: Seal, values: Mapping[str, str]) -> bool:
    """Whether a seal is ours and fits the locked cells of a row; the case is the seal's."""
    expected = _row_mac(key, flow, seal, {**values, CASE_ID: seal.case_id})
    return hmac.compare_digest(expected.encode(), seal.mac.encode())


def changed_columns(key: bytes, flow: ReviewList, seal: Seal, values: Mapping[str, str]) -> tuple[str, ...]:
    """Codes of the locked columns whose text is not what was sealed."""
    columns = _sealed_columns(flow)
    parts = [seal.tags[place * _TAG : (place + 1) * _TAG] for place in range(len(columns))]
    found = [
        code for code, tag in zip(columns, parts, strict=True) if tag != _tag(key, seal.case_id, code, values[code])
    ]
    return (*found, CHECK_CODE) if not found and same(values[CHECK_CODE]) != seal.check_code else tuple(found)


def row_order(key: bytes, recipient: str, case_ids: Iterable[str]) -> list[str]:
    """The order in which a recipient is given cases: their own, and the same every time."""
    return sorted(case_ids, key=lambda case_id: _mac(key, ["order", recipient, case_id]))


def agreement(key: bytes, recipient: str, leaked: Sequence[str]) -> float:
    """Which share of the neighbours in a leaked list stand in a recipient's order: 1 for theirs, about 0.5 for others.

    Args:
        key: Of the workbook.
        recipient: Who may have had it.
        leaked: Case ids in the order of the leaked copy, or of any part of it.
    """
    places = {case_id: place for place, case_id in enumerate(row_order(key, recipient, leaked))}
    pairs = list(pairwise(leaked))
    return sum(places[first] < places[second] for first, second in pairs) / len(pairs) if pairs else 0.0


def _sealed_columns(flow: ReviewList) -> list[str]:
    return [column.code for column in flow.locked if column.code != CHECK_CODE]


def _row_mac(key: bytes, flow: ReviewList, seal: Seal, values: Mapping[str, str]) -> str:
    cells = [same(values.get(code, "")) for code in _sealed_columns(flow)]
    return _mac(key, [seal.case_id, seal.version, seal.answer_key, cells]).hex()


def _tag(key: bytes, case_id: str, code: str, text: str) -> str:
    return hmac.digest(key, f"{case_id}\0{code}\0{same(text)}".encode(), "sha256").hex()[:_TAG]


def _mac(key: bytes, told: object) -> bytes:
    return hmac.digest(key, json.dumps(told, ensure_ascii=False, sort_keys=True).encode(), "sha256")
