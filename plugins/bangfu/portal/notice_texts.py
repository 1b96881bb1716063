"""The texts of the page of notices (通知文案); see `bangfu.portal.texts`. What a notice says is in `schemas.notices`."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["NOTICE_TEXTS"]

NOTICE_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "site.notices": Text("通知", "Notices"),
        "notice.title": Text("通知", "Notices"),
        "notice.intro": Text(
            "收到名单后请签收；逾期未签收的，系统先催办，再报上级工会。",
            "Please acknowledge a list when you have it; after its day you are reminded, then the federation above is told.",
        ),
        "notice.caption": Text("通知，新的在前", "Notices, the newest first"),
        "notice.what": Text("事项", "About"),
        "notice.version": Text("第 {version} 版名单", "list version {version}"),
        "notice.union": Text("工会", "Union"),
        "notice.counts": Text("数量", "Counts"),
        "notice.count": Text("{label} {count}", "{label}: {count}"),
        "notice.days": Text("期限", "Days"),
        "notice.acknowledge_by": Text("{day} 前签收", "acknowledge by {day}"),
        "notice.due_on": Text("{day} 前回报核查结果", "report the visits by {day}"),
        "notice.due_at": Text("{time} 前联系到人", "contact by {time}"),
        "notice.state": Text("签收", "Acknowledged"),
        "notice.acknowledged": Text("已签收 {time}", "on {time}"),
        "notice.open": Text("未签收", "not yet"),
        "notice.late": Text("逾期未签收", "late"),
        "notice.acknowledge": Text("签收", "Acknowledge"),
        "notice.older": Text("更早的通知", "Older notices"),
        "notice.none": Text("还没有通知", "There is no notice yet"),
        "notice.none_hint": Text(
            "发布新的线索名单后会在这里通知。", "You are told here when a list of clues is published."
        ),
    }
)
