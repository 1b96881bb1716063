"""What may lawfully be received (接收的合法性), decided from the source's declaration before a file is looked at."""

import datetime as dt

from bangfu.errors import Refused
from schemas.source import Source
from schemas.vocabulary import DataOrigin

__all__ = ["basis_of", "check_lawful"]


def check_lawful(source: Source, today: dt.date | None = None) -> None:
    """Refuse a source that may not be held (个人信息保护法 art. 13, 统计法 art. 28).

    Args:
        source: What the source declares.
        today: The day that counts; the clock's when absent.

    Raises:
        Refused: `data_origin`, `legal_basis_expired` or `legal_basis_not_yet_valid`.
    """
    if source.data_origin is not DataOrigin.ADMINISTRATIVE:
        raise Refused(
            "data_origin",
            "统计调查或督查取得的资料不得用于本系统",
            "Data from statistical surveys or supervision must not be used here.",
        )
    basis, today = source.legal_basis, today or dt.datetime.now(dt.UTC).date()
    if today > basis.valid_until:
        raise Refused(
            "legal_basis_expired",
            f"《{basis.document}》（{basis.number}）已于 {basis.valid_until} 到期，续签前不能接收",
            f"The legal basis of {source.code} ended on {basis.valid_until}; renew it before sending.",
        )
    if today < basis.valid_from:
        raise Refused(
            "legal_basis_not_yet_valid",
            f"《{basis.document}》（{basis.number}）自 {basis.valid_from} 起生效，此前不能接收",
            f"The legal basis of {source.code} begins on {basis.valid_from}; send from that day on.",
        )


def basis_of(source: Source) -> str:
    """The basis as the exchange log names it."""
    return f"{source.legal_basis.kind} 《{source.legal_basis.document}》 {source.legal_basis.number}"
