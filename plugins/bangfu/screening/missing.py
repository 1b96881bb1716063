"""What only a visit can tell (需入户核实)."""

from dataclasses import dataclass

__all__ = ["MISSING", "MUTUAL_AID", "Missing"]


@dataclass(frozen=True)
class Missing:
    """Something only a visit can tell (需入户核实)."""

    code: str
    zh: str
    en: str


MISSING = (
    Missing("income", "家庭收入未知", "household income is unknown"),
    Missing("household", "共同生活家庭成员未知", "members of the household are unknown"),
    Missing(
        "family_bills",
        "无从归入家庭的配偶、子女的医疗支出未计入",
        "hospital bills of relatives whom nothing ties to the member are not counted",
    ),
)
"""What no source tells for anybody yet."""
MUTUAL_AID = Missing(
    "mutual_aid", "参加医疗互助，赔付金额未扣除", "payments of the medical mutual aid are not deducted"
)
