"""Deaths (死亡、火化): who died and when, so that nobody is sent to the dead and their households are seen as changed.

The cause of death and the relatives who signed are not taken.
"""

from __future__ import annotations

import datetime as dt

from schemas.shared import ACCOUNTS, BIRTH_DATE, COUNTY, ETHNIC_GROUP, IDENTITY
from schemas.source import Column, DriftLimits, LegalBasis, Source

SOURCE = Source(
    code="death_record",
    zh="死亡火化登记",
    en="death and cremation records",
    owner_zh="民政部门（殡葬管理）",
    cadence="monthly",
    sender_level="province",
    legal_basis=LegalBasis(
        "信息共享协议", "工会与民政部门殡葬信息共享协议", "示例〔2025〕8号", dt.date(2025, 1, 1), dt.date(2028, 12, 31)
    ),
    purpose="death_suppression",
    catalogue_id="示例-530000-MZ-002",
    natural_key=("id_number", "name", "died_on"),
    person_key=("id_number", "name", "birth_date", "address"),
    drift=DriftLimits(rows=0.5),
    forbidden=(
        *ACCOUNTS,
        "家属",
        "家属姓名",
        "家属电话",
        "家属联系电话",
        "经办人",
        "经办人电话",
        "与逝者关系",
        "死亡原因",
        "死因",
        "费用合计",
    ),
    columns=(
        Column("name", ("逝者姓名", "姓名", "死者姓名", "死亡人员姓名"), required=True),
        Column(
            "id_number",
            ("逝者身份证号", "逝者证件号码", "死者身份证号", *IDENTITY),
        ),
        Column("sex", ("性别", "逝者性别")),
        ETHNIC_GROUP,
        BIRTH_DATE,
        Column("county_code", ("户籍县区", "户籍区划", *COUNTY)),
        Column("address", ("生前住址", "户籍地址", "住址", "家庭住址", "户口所在地")),
        Column("died_on", ("死亡日期", "死亡时间", "逝世日期", "去世日期"), required=True),
        Column("cremated_on", ("火化日期", "火化时间", "殡葬日期")),
    ),
)
