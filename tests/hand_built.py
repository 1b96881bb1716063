"""A small hand-built province: standard tables registered as extracts, without files or standardisers.

People are numbered; `person(7)` is always the same human being. Their identity numbers lie in the region
block 539xxx, which does not exist.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import tempfile
from pathlib import Path
from typing import Any, Protocol

import polars as pl
from sqlalchemy import Engine

from bangfu.db.deliveries import DeliveredFile, Statement, decide, record_delivery
from bangfu.db.intake_models import Announcement, DeliveryStatus
from bangfu.db.registry import Landed, Standardised, claim_extract, extract_id, register_extract
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.standardise import arrow_schema
from bangfu.pipeline.sealed import ensure_data_key, file_digest
from bangfu.settings import Settings
from bangfu.storage import keys, open_store
from bangfu.vault import TableWriter
from schemas.sources import SOURCES


class Database(Protocol):
    """What the fixture `database` gives."""

    @property
    def settings(self) -> Settings: ...

    @property
    def owner(self) -> Engine: ...


AS_OF = dt.date(2026, 6, 30)

_SURNAMES = "李王张杨刘陈赵段董罗周马普何白朱黄徐吴孙高胡郭和木余施苏字尹"
_GIVEN = "明华芳丽英军平建国强文辉云红梅玉珍燕春秀兰桂琼芬会仙勇伟波涛超磊鹏飞斌浩宇杰俊志荣光庆福"
_COUNTIES = ("530102", "530103", "530302", "530402", "530602", "532301", "532901", "533102")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TYPES: dict[str, Any] = {
    "string": pl.String,
    "date": pl.Date,
    "int": pl.Int64,
    "decimal": pl.Decimal(14, 2),
}


def identity_number(region: str, birth: dt.date, order: int) -> str:
    """A complete number with a right check digit; `order` is odd for men."""
    digits = f"{region}{birth:%Y%m%d}{order:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def person(number: int, **changes: Any) -> dict[str, Any]:
    """The canonical particulars of one human being, as every source would know them."""
    rng = random.Random(number)
    county = rng.randrange(len(_COUNTIES))
    birth = dt.date(rng.randrange(1962, 2003), 1, 1) + dt.timedelta(days=rng.randrange(365))
    sex = rng.choice("12")
    return {
        "name": rng.choice(_SURNAMES) + rng.choice(_GIVEN) + rng.choice(_GIVEN),
        "id_number": identity_number(f"539{county:03d}", birth, rng.randrange(1, 499) * 2 + (sex == "1")),
        "id_form": "full",
        "birth_date": birth,
        "birth_precision": "day",
        "sex": sex,
        "ethnic_group": "01",
        "phone": f"13{rng.randrange(10**9):09d}",
        "county_code": _COUNTIES[county],
        **changes,
    }


def member(number: int, **changes: Any) -> dict[str, Any]:
    """A roster row of the person: a current, employed member."""
    defaults = {
        "person_ref": f"HY{number:06d}",
        "union_name": f"第{number % 20}公司工会",
        "union_county_code": None,
        "membership_status": "normal",
        "employment_status": "employed",
    }
    return {**person(number), **defaults, **changes}


def stay(number: int, amount: float, day: str, **changes: Any) -> dict[str, Any]:
    """A hospital settlement (住院结算) of the person: out of pocket `amount` yuan, settled on `day`."""
    defaults = {
        "person_ref": f"P{number}",
        "settlement_ref": f"S{number}-{day}-{amount}",
        "settled_on": dt.date.fromisoformat(day),
        "personal_amount": amount,
        "refunded": "0",
        "valid": "1",
    }
    return {**person(number), **defaults, **changes}


def allowance(number: int, category: str = "subsistence_urban", **changes: Any) -> dict[str, Any]:
    """A row of a civil-affairs list (民政名单) with the person as head of the household."""
    defaults = {
        "household_ref": f"JZ{number}",
        "relation": "0",
        "relief_category": category,
        "started_on": dt.date(2026, 1, 1),
    }
    return {**person(number), **defaults, **changes}


def relief(number: int, day: str, **changes: Any) -> dict[str, Any]:
    """A disaster-relief payment (受灾救助) to the person for an event on `day`."""
    defaults = {"event_kind": "flood", "event_on": dt.date.fromisoformat(day), "relief_amount": 600}
    return {**person(number), **defaults, **changes}


def archived(number: int, status: str | None = "active", **changes: Any) -> dict[str, Any]:
    """An archive row (困难职工档案) of the person as head of the household."""
    defaults = {"person_ref": f"DA{number}", "household_ref": f"DA{number}", "relation": "0", "archive_status": status}
    return {**person(number), **defaults, **changes}


def frame(source: str, rows: list[dict[str, Any]], extract_id: str = "extract") -> pl.DataFrame:
    """Rows as a standard table of the source; what a row does not name is missing."""
    whole = [
        {
            "record_id": f"{extract_id}:{place}",
            "source": source,
            "extract_id": extract_id,
            "row_number": place,
            **row,
        }
        for place, row in enumerate(rows, 1)
    ]
    schema = {field.name: _TYPES[field.type] for field in SOURCES[source].fields}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in whole], schema=schema, strict=False)


def opened(database: Database) -> Context:
    """The installation of a test."""
    return Context(database.settings, open_store(database.settings), database.owner)


def add(
    context: Context,
    source: str,
    rows: list[dict[str, Any]],
    *,
    period: str | None = None,
    slot: str | None = None,
    revision: int = 1,
) -> str:
    """Register rows as a delivery in use of one standardised extract, and return the extract's id.

    A delivery of the same slot and a higher revision takes the place of the one before; without a slot it has its own.
    """
    digest = hashlib.sha256(repr((source, period, rows)).encode()).hexdigest()
    identity = extract_id(source, digest)
    delivery = f"{source}-d-{digest[:16]}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard.parquet"
        with TableWriter(path, arrow_schema(SOURCES[source]), ensure_data_key(context, identity)) as writer:
            writer.write(frame(source, rows, identity))
        key = keys.standard(source, identity, file_digest(path))
        context.store.put(key, path)
    statement = Statement(
        delivery, source, slot or f"file/{digest}", Announcement.OPERATOR, period=period, revision=revision
    )
    with context.engine.begin() as connection:
        register_extract(connection, Landed(source, digest, 1, len(rows), f"landing/{source}/{digest}"))
        record_delivery(connection, statement, [DeliveredFile("hand-built", digest, 1, len(rows), identity)])
        decide(connection, delivery, DeliveryStatus.ACCEPTED)
    with claim_extract(context.engine, identity) as claim:
        assert claim is not None
        claim.complete(Standardised(len(rows), len(rows), 0, key))
    return identity


def linked(source: str, rows: list[dict[str, Any]], probability: float = 0.95) -> pl.DataFrame:
    """Rows of a source as linkage ties them to roster persons: a row says `of` whom (a number), and may

    name the `partner` it belongs to and the `probability` of its link.
    """
    ties = [
        {
            "cluster_id": f"person-{row['of']}",
            "roster_id": f"person-{row['of']}",
            "partner_id": str(row.get("partner", f"{source}-{row['of']}")),
            "match_probability": float(row.get("probability", probability)),
            "match_weight": 5.0,
            "pattern": 0,
            "frequency_weight": 0.0,
        }
        for row in rows
    ]
    return frame(source, rows).hstack(pl.DataFrame(ties))


def roster(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Roster rows as linkage ties them to persons: a row says `of` whom."""
    ids = [f"person-{row['of']}" for row in rows]
    return frame("union_roster", rows).with_columns(
        pl.Series("person_id", ids, pl.String), pl.Series("cluster_id", ids, pl.String)
    )
