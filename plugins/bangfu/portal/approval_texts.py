"""The texts of approvals by a second person (审批文案); see `bangfu.portal.texts`."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["APPROVAL_TEXTS"]

APPROVAL_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "approval.nav": Text("审批", "Approvals"),
        "approval.title": Text("发布与导出审批", "Approvals"),
        "approval.intro": Text(
            "清单发布、一次导出人数较多的名单，须由第二人同意。这里只显示数量，不显示个人。",
            "A list to publish and a file of many persons need a second person. Counts alone are shown, no person.",
        ),
        "approval.counts": Text("待办数量", "Counts"),
        "approval.waiting": Text("待答复", "waiting"),
        "approval.none": Text("没有待答复的申请。", "Nothing waits for an answer."),
        "approval.decided": Text("近期已办", "Lately"),
        "approval.none_decided": Text("近期没有。", "None lately."),
        "approval.asked_by": Text(
            "{name} 申请 · {time} · 有效至 {until}", "asked by {name} · {time} · open until {until}"
        ),
        "approval.schedule": Text("定时任务", "the schedule"),
        "approval.to": Text("用途：{purpose} · 接收：{recipient}", "For: {purpose} · to: {recipient}"),
        "approval.approve": Text("同意", "Approve"),
        "approval.reject": Text("不同意", "Do not approve"),
        "approval.reason": Text(
            "不同意的理由（申请人会看到，不写个人信息）", "Why not (who asked reads it; no particulars of a person)"
        ),
        "approval.not_answered": Text("没有办理：{why}", "Nothing was done: {why}"),
        "approval.unknown": Text("没有这样的答复", "there is no such answer"),
        "approval.persons": Text("{count} 人", "{count} persons"),
        "approval.of_publication": Text("发布清单", "List to publish"),
        "approval.of_workbook": Text("工作簿 {listing}", "Workbook, {listing}"),
        "approval.of_forms": Text("入户调查表 {listing}", "Visit forms, {listing}"),
        "approval.of_file": Text("数据文件 {listing}", "Data file, {listing}"),
        "approval.only_mine": Text("（分派给我的）", " (own)"),
        "approval.state_waiting": Text("待第二人答复", "waiting for a second person"),
        "approval.state_approved": Text("已同意", "approved"),
        "approval.state_rejected": Text("未同意", "not approved"),
        "approval.state_expired": Text("已过期", "over"),
        "approval.state_used": Text("已使用", "used"),
        "approval.told_waiting": Text(
            "{asked} 提出，{until} 前有效；同意后在本页照常领取。",
            "Asked {asked}, open until {until}; once approved, take the file on this page as usual.",
        ),
        "approval.told_approved": Text(
            "{by} 同意（{way}）；{until} 前可领取一次，之后须重新申请。",
            "Approved by {by} ({way}); good once until {until}, then ask again.",
        ),
        "approval.told_rejected": Text("{by}（{way}）：{reason}", "{by} ({way}): {reason}"),
        "approval.told_expired": Text("{until} 已过，请重新申请。", "It was over at {until}: ask again."),
        "approval.told_used": Text(
            "{by} 同意；{used} 已使用（编号 {used_as}）。", "Approved by {by}; used {used} ({used_as})."
        ),
        "approval.way_portal": Text("门户", "portal"),
        "approval.way_airflow": Text("Airflow 页面", "Airflow"),
        "approval.way_command_line": Text("命令行", "command line"),
        "approval.ask": Text("申请第二人同意", "Ask a second person"),
        "approval.ask_note": Text(
            "一次或一日内导出超过 {alone} 人，须由本级或上级审批人同意；同意后一日内可领取一次。",
            "More than {alone} persons at once or within a day need an approver of the area or above; an approval is good once within a day.",
        ),
        "approval.purpose": Text("用途", "What for"),
        "approval.purpose_example": Text("例如：9月集中入户核查", "such as: visits in September"),
        "approval.send": Text("提出申请", "Ask"),
        "approval.own": Text("我的导出申请", "What I asked for"),
        "action.approvals": Text("看审批", "approvals page"),
        "action.publication_asked": Text("申请发布清单", "asked to publish"),
        "action.publication_approved": Text("同意发布清单", "publication approved"),
        "action.publication_rejected": Text("不同意发布清单", "publication not approved"),
        "action.export_asked": Text("申请导出", "asked to export"),
        "action.export_approved": Text("同意导出", "export approved"),
        "action.export_rejected": Text("不同意导出", "export not approved"),
    }
)
"""Chinese first."""
