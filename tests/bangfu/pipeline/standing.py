"""What intake has made of what was sent, as far as it is the same for everybody to whom the same was sent.

Times are left out, and so are object keys: sealed tables are other bytes each time, with the same rows.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bangfu.db.deliveries import DeliveryRow, delivered_files, list_deliveries, standing_extracts
from bangfu.db.exchange import exchanges
from bangfu.db.intake_models import DataKey, DeliveryStatus
from bangfu.db.registry import ExtractRow, list_extracts
from bangfu.pipeline.context import Context
from bangfu.pipeline.sealed import read_sealed

_TIMES = frozenset({"received_at", "accepted_at", "retracted_at", "standardised_at"})
_KEYS = frozenset({"landing_key", "standard_key", "quarantine_key", "profile_key", "receipt_key"})
_TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[0-9:.+Z]*")


def outcome(context: Context) -> dict[str, list[Any]]:
    """Everything that must be the same: register, tables, profiles, receipts, exchange log, drop area."""
    with context.engine.connect() as connection:
        deliveries, extracts = list_deliveries(connection), list_extracts(connection)
        files = {row.delivery_id: delivered_files(connection, row.delivery_id) for row in deliveries}
        exchanged = sorted(repr(entry) for _, entry in exchanges(connection))
        standing = [(row.extract_id, row.delivery_id) for row in standing_extracts(connection)]
        keys = sorted(connection.scalars(select(DataKey.owner_id)))
    return {
        "drop area": [item.key for item in context.store.list("drop/")],
        "deliveries": sorted((_fields(row), files[row.delivery_id]) for row in deliveries),
        "extracts": sorted(_fields(row) for row in extracts),
        "tables": sorted((name, table) for row in extracts for name, table in _tables(context, row).items()),
        "profiles": sorted((row.delivery_id, _told(context, row.profile_key)) for row in deliveries),
        "receipts": sorted((row.delivery_id, _told(context, row.receipt_key)) for row in deliveries),
        "exchanges": exchanged,
        "standing": standing,
        "data keys": [key for key in keys if any(row.extract_id == key for row in extracts)],
    }


def check_sound(context: Context) -> None:
    """What holds after any fault and at any time: nothing is half there, and nothing was taken short."""
    with context.engine.connect() as connection:
        deliveries = list_deliveries(connection)
        extracts = {row.extract_id: row for row in list_extracts(connection)}
        entries = sorted(entry.delivery_id or "" for _, entry in exchanges(connection))
        files = {row.delivery_id: delivered_files(connection, row.delivery_id) for row in deliveries}
    kept = [row for row in deliveries if row.status is not DeliveryStatus.REJECTED or row.code == "turned_down"]
    assert set(entries) >= {row.delivery_id for row in kept}  # a turned-down one that came again has two
    assert len(entries) == len(set(entries))
    for row in kept:
        assert files[row.delivery_id], row.delivery_id
        for file in files[row.delivery_id]:
            extract = extracts[file.extract_id or ""]
            assert file.rows_stated in {None, extract.data_rows}
            _check_whole(context, extract)
            if row.status is DeliveryStatus.ACCEPTED:
                assert str(extract.status) == "standardised"
    for row in deliveries:
        for key in (row.profile_key, row.receipt_key):
            assert key is None or context.store.read(key)


def orphans(context: Context) -> list[str]:
    """Objects beyond the drop area that the register does not name: what killed attempts left, until retention."""
    named: set[str | None] = set()
    with context.engine.connect() as connection:
        for extract in list_extracts(connection):
            named |= {extract.landing_key, extract.standard_key, extract.quarantine_key}
        for row in list_deliveries(connection):
            named |= {row.profile_key, row.receipt_key}
            if row.receipt_key:
                named.add(json.loads(context.store.read(row.receipt_key)).get("workbook"))
    everything = [item.key for item in context.store.list("")]
    return [key for key in everything if key not in named and not key.startswith(("drop/", "certificates/"))]


def let_days_pass(context: Context, days: int) -> None:
    """Make everything in a local store so much older."""
    seconds = 86_400 * days
    for item in context.store.list(""):
        made = item.modified.timestamp() - seconds
        os.utime(context.store.get_file(item.key), (made, made))


def _check_whole(context: Context, extract: ExtractRow) -> None:
    tables = {name: read_sealed(context, key, extract.extract_id).height for name, key in _keys(extract).items()}
    if "landing_key" in tables and extract.rows_in is not None:
        assert tables["landing_key"] == extract.rows_in
    if extract.standard_key is not None:
        assert tables["standard_key"] == extract.rows_accepted
        assert tables.get("quarantine_key", 0) == extract.rows_rejected
        assert extract.rows_in == (extract.rows_accepted or 0) + (extract.rows_rejected or 0)


def _keys(extract: ExtractRow) -> dict[str, str]:
    keys = {name: getattr(extract, name) for name in ("landing_key", "standard_key", "quarantine_key")}
    return {name: key for name, key in keys.items() if key is not None}


def _tables(context: Context, extract: ExtractRow) -> dict[str, str]:
    return {
        f"{extract.extract_id} {name}": repr(sorted(read_sealed(context, key, extract.extract_id).rows(), key=repr))
        for name, key in _keys(extract).items()
    }


def _fields(row: DeliveryRow | ExtractRow) -> str:
    """A register row without times; of a key, whether there is one."""
    told = {name: str(value) for name, value in vars(row).items() if name not in _TIMES | _KEYS}
    return json.dumps({**told, **{name: bool(vars(row).get(name)) for name in _KEYS}}, sort_keys=True)


def _told(context: Context, key: str | None) -> str | None:
    """The content of a profile or receipt, and of the workbook that it names, without times."""
    if key is None:
        return None
    told = json.loads(context.store.read(key))
    workbook = told.pop("workbook", None)
    sheets = _sheets(context, workbook) if workbook else None
    return _TIME.sub("<time>", json.dumps([told, sheets], ensure_ascii=False, sort_keys=True))


def _sheets(context: Context, key: str) -> dict[str, list[list[str]]]:
    book = CalamineWorkbook.from_path(str(context.store.get_file(key)))
    return {
        name: [[str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }
