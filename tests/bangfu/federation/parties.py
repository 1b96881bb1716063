"""Three parties with keys and an agreement, as every test of encoded matching needs them."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bangfu.encoder.encoding import Writing, write_package
from bangfu.encoder.preparing import prepare
from bangfu.federation.agreements import Held, columns_used, hold, sign
from bangfu.federation.keyfile import KeyFile, new_key
from bangfu.federation.packages import Package
from bangfu.federation.signing import Identity, new_identity
from matching.encoding.parameters import PROFILES
from schemas.agreement import NORMALISATION, Agreement, Band, Party, Payload, Role, Signed
from schemas.source import LegalBasis

TODAY = dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=8))).date()
YEAR = dt.timedelta(days=365)
NAMES = {Role.UNION: "云南省总工会", Role.DEPARTMENT: "云南省医保中心", Role.MATCHING_UNIT: "云南省大数据中心"}
SOURCES_OF = {Role.UNION: "union_roster", Role.DEPARTMENT: "medical_settlement", Role.MATCHING_UNIT: ""}

PEOPLE = (
    ("岩温坎章", "539210199003070036", "1990-03-07", "13800138111"),
    ("玉喃香菊", "539210199003070087", "1990-03-07", "13800138222"),
    ("鲁阿鹏霖", "539210199003070116", "1990-03-07", "13800138333"),
    ("尼玛央宗", "539210199003070159", "1990-03-07", "13800138444"),
)
"""Canary people of the region 539xxx, which does not exist; no two Han characters of theirs stand anywhere else."""


@dataclass(frozen=True)
class Parties:
    """What the three parties have, in one folder.

    Attributes:
        folder: Where the files lie.
        identities: Signing key by role.
        key: The departments' key; the matching unit has none.
        held: The agreement, signed by both departments.
    """

    folder: Path
    identities: Mapping[Role, Identity]
    key: KeyFile
    held: Held

    @property
    def agreement(self) -> Path:
        """The signed file."""
        return self.folder / "agreement.json"


def make_parties(folder: Path, **changes: Any) -> Parties:
    """Identities, a key of epoch 1, and an agreement with changes."""
    folder.mkdir(parents=True, exist_ok=True)
    identities = {role: new_identity(folder / f"{role}.id") for role in Role}
    key = new_key(folder / "shared.key", 1, {role: identity.public_key for role, identity in identities.items()})
    agreement = replace(_agreement(identities, key), **changes)
    signed = signed_by(Signed(agreement, {}), identities[Role.UNION], identities[Role.DEPARTMENT])
    (folder / "agreement.json").write_text(signed.to_json(), "utf-8")
    return Parties(folder, identities, key, hold(signed, TODAY))


def signed_by(signed: Signed, *identities: Identity) -> Signed:
    """An agreement with further signatures."""
    for identity in identities:
        signed = sign(signed, identity)
    return signed


def settlements(path: Path, people: Sequence[tuple[str, str, str, str]] = PEOPLE, *, more: int = 6) -> Path:
    """A department's file: one settlement for each of the people, and for strangers whose payload makes a group."""
    rows = [
        (name, number, born.replace("-", ""), phone, "20260315", "12345.67") for name, number, born, phone in people
    ]
    rows += [
        (f"外人{chr(0x4E00 + n)}", "", f"1970{n % 12 + 1:02d}11", f"139000{n:05d}", "20260301", "12000")
        for n in range(more)
    ]
    header = ("setl_id", "psn_name", "certno", "brdy", "tel", "setl_time", "psn_part_amt", "医保卡余额说明")
    lines = [(f"S{n:06d}", *row, "机密备注") for n, row in enumerate(rows)]
    return _csv(path, [header, *lines])


def roster(path: Path, people: Sequence[tuple[str, str, str, str]] = PEOPLE) -> Path:
    """The union's file of the same people; its words stand nowhere else either."""
    header = ("会员证号", "姓名", "身份证号", "出生日期", "手机号码", "所属基层工会名称")
    return _csv(path, [header, *((f"H{n:05d}", *person, "鑫垚磊社") for n, person in enumerate(people))])


def encoded(parties: Parties, role: Role, path: Path, folder: Path) -> Package:
    """The package of a party's file."""
    writing = Writing(folder, folder.with_name(f"{folder.name}.rows"), parties.identities[role], TODAY)
    return write_package(prepare(path, parties.held, role), parties.held, parties.key, writing)


def _csv(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _agreement(identities: Mapping[Role, Identity], key: KeyFile) -> Agreement:
    parameters = PROFILES["standard"]
    return Agreement(
        id="yb-gh-2026",
        parties=tuple(Party(role, NAMES[role], identities[role].public_key, SOURCES_OF[role]) for role in Role),
        purpose="hardship_screening",
        legal_basis=LegalBasis("信息共享协议", "大额支出预警协议", "示例〔2025〕3号", TODAY - YEAR, TODAY + YEAR),
        fields=tuple(sorted(columns_used(parameters))),
        normalisation=NORMALISATION,
        encoding=json.loads(parameters.to_json()),
        digest="sha256",
        key_check=key.key.check_value(),
        epoch=1,
        payload=Payload("illness", "settled_on", Band("personal_amount", (3000, 10000, 26000))),
        valid_from=TODAY - YEAR,
        valid_until=TODAY + YEAR,
    )
