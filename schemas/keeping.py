"""How long everything is kept (保存期限): one table, read by the retention run, the settings and the guide.

Extracts and what is derived from them have days of their own, by source (`schemas.source.Retention`); everything else is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

__all__ = ["KEEPINGS", "Keeping"]


@dataclass(frozen=True)
class Keeping:
    """One kind of record.

    Attributes:
        code: Stable code.
        zh, en: What it is.
        time: How long; None where it is kept for as long as the installation, since no person is in it.
        since_zh, since_en: From when on.
        then_zh, then_en: What becomes of it.
        setting: Environment variable that changes the time; empty where none does.
    """

    code: str
    zh: str
    en: str
    time: timedelta | None
    since_zh: str
    since_en: str
    then_zh: str
    then_en: str
    setting: str = ""


_THREE_YEARS = timedelta(days=3 * 366)
"""A day or two more than three years, so that no leap year makes it less (网络数据安全管理条例 12)."""

_ALL = (
    Keeping(
        "cases", "办结案件的内容", "what was written in ended cases", timedelta(days=180),
        "办结并收集结论", "the end of the case, once what it teaches is collected",
        "删除姓名、号码、地址、理由、证据、匹配说明、填写的文字和附件；保留办理过程、经办账号、县和结论",
        "names, numbers, addresses, reasons, evidence, matches, papers and whatever was written go; course, accounts, county and outcome stay",
        "BANGFU_CASE_DAYS",
    ),
    Keeping(
        "former_lists", "被替换的清单", "lists that were replaced", timedelta(days=180), "被新版清单替换", "the list that replaced it",
        "逐人的行删除；版本、日期和人数保留；现行清单及其上一版始终保留",
        "the rows of persons go; version, day and number stay; the list in force and the one before always stay",
    ),
    Keeping(
        "access_log", "访问日志", "access log", _THREE_YEARS, "记录", "the entry",
        "连续删除到一个已留存的链头；链头作为锚点保留，其后的链照常可核验",
        "removed without a gap up to a head that was kept; the head stays as an anchor, and the chain after it still verifies",
    ),
    Keeping("approvals", "双人审批记录", "approvals by a second person", _THREE_YEARS, "提出", "the question", "删除", "deleted"),
    Keeping(
        "notices", "通知、发送尝试和签收", "notices, attempts to send, acknowledgements", timedelta(days=366), "最后一次发送或签收",
        "the last attempt or acknowledgement", "删除；现行清单的通知保留", "deleted; those of the list in force stay",
    ),
    Keeping(
        "uploads", "上传待导入的工作簿", "uploaded workbooks before their import", timedelta(minutes=30), "最后一次查看", "the last look",
        "删除（未删除前也不可读）", "deleted, and not to be read before either",
    ),
    Keeping("sessions", "门户会话", "sessions of the portal", timedelta(days=1), "结束", "its end", "删除", "deleted"),
    Keeping(
        "attempts", "登录尝试计数（按地址）", "counted attempts to log in, by address", timedelta(days=1), "最后一次尝试",
        "the last attempt", "删除", "deleted",
    ),
    Keeping(
        "teachings", "办结案件的结论、标注和校核单", "outcomes, labels and tickets of ended cases", None, "—", "—",
        "保留：只有编号和代码", "kept: ids and codes alone",
    ),
    Keeping(
        "ledgers", "交换、导出、销毁登记和证明", "records of exchanges, exports and deletions, certificates", None, "—", "—",
        "保留：只有数量、编号和账号", "kept: counts, ids and accounts alone",
    ),
)  # fmt: skip

KEEPINGS: Mapping[str, Keeping] = MappingProxyType({item.code: item for item in _ALL})
"""By code, in the order of the guide."""
