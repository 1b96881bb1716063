"""Texts of inbox and case, in Chinese and English (待办与案件的文案)."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["CASE_TEXTS"]

_INBOX = {
    "inbox.title": Text("待办", "Inbox"),
    "inbox.total": Text("{count} 件", "{count} cases"),
    "inbox.parts": Text("按办理情况", "By progress"),
    "inbox.all": Text("全部", "All"),
    "inbox.flow": Text("类别", "Kind"),
    "inbox.any_flow": Text("全部类别", "All kinds"),
    "inbox.state": Text("环节", "Stage"),
    "inbox.any_state": Text("全部环节", "All stages"),
    "inbox.mine": Text("只看分派给我的", "Assigned to me"),
    "inbox.due": Text("期限", "Due"),
    "inbox.ended_on": Text("办结", "Ended"),
    "inbox.no_due": Text("无期限", "no limit"),
    "inbox.days_left": Text("还有 {count} 个工作日", "{count} working days left"),
    "inbox.today": Text("今天到期", "due today"),
    "inbox.days_late": Text("逾期 {count} 个工作日", "{count} working days late"),
    "inbox.hours_left": Text("还有 {count} 小时", "{count} hours left"),
    "inbox.hours_late": Text("逾期 {count} 小时", "{count} hours late"),
    "inbox.waits": Text("等到 {day}", "waits until {day}"),
    "inbox.urgent": Text("抢先", "urgent"),
    "inbox.asked": Text("请本县接收", "asked of this county"),
    "inbox.assignee": Text("经办人", "Officer"),
    "inbox.nobody": Text("未分派", "nobody yet"),
    "inbox.caption": Text("待办案件：点击姓名办理", "Cases: follow the name to work on one"),
    "inbox.empty": Text("这里没有案件", "There is nothing here"),
    "inbox.empty_hint": Text(
        "没有符合条件的案件。可以换一个分栏，或清除条件。", "No case fits: choose another part, or clear the filter."
    ),
    "inbox.keys": Text(
        "键盘：J / K 下一条、上一条，回车打开，/ 查找姓名，? 显示按键",
        "Keys: J / K next, previous; Enter opens; / finds a name; ? shows keys",
    ),
    "sort.due": Text("期限由近到远", "due first"),
    "sort.newest": Text("最近变动", "changed last"),
}

_WORK = {
    "work.title": Text("办理", "Work on it"),
    "work.state": Text("当前环节", "Stage"),
    "work.other": Text("其他办理", "Other ways"),
    "work.only_watch": Text(
        "目前没有您可办的步骤：由{role}办理。", "There is nothing for you to do now: it is with the {role}."
    ),
    "work.ended": Text("案件已办结。", "The case has ended."),
    "work.optional": Text("选填", "optional"),
    "work.choose": Text("请选择", "choose"),
    "work.saved": Text("已保存：{step}。", "Saved: {step}."),
    "work.undo": Text("撤销上一步", "Take the last step back"),
    "work.undo_until": Text("{time} 前可以撤销", "can be taken back until {time}"),
    "work.undone": Text("已撤销上一步。", "The last step was taken back."),
    "work.entered": Text("您填写的内容（没有保存）", "What you entered (not saved)"),
    "work.refused": Text("没有保存：{why}", "Nothing was saved: {why}"),
    "work.held": Text(
        "{name} 正在办理此案（至 {time}）。您可以查看；同时提交的，以先提交的为准。",
        "{name} is working on this case (until {time}). You can read it; of two who submit, the first counts.",
    ),
    "work.outcome_only": Text("选择相应结论时填写", "with certain outcomes"),
    "draft.restored": Text("这是您上次填写、还没有提交的内容。", "This is what you entered before and did not send."),
    "draft.changed": Text("此后该案已有变动，请先看办理记录。", "The case has changed since: read its history first."),
    "draft.discard": Text("清空", "Discard"),
    "case.reduced_title": Text("本案已到保存期限", "This case was kept as long as it may be"),
    "case.reduced": Text("{day} 起已精简：{then}。", "Reduced on {day}: {then}."),
    "case.reduced_where": Text(
        "已建档的，个人情况见国家系统档案；办理过程见下方“办理记录”。",
        "Of a household with a file, the particulars are in the national system; the course of the case is under “History”.",
    ),
    "case.reduced_name": Text("（已到期精简）", "(reduced)"),
    "case.history": Text("办理记录", "History"),
    "case.by_system": Text("系统", "the system"),
    "case.taken_back": Text("已撤销", "taken back"),
    "case.opened": Text("立案", "opened"),
    "case.undo": Text("撤销", "taken back"),
    "case.reasons_came": Text("新增依据", "New reasons"),
    "case.reasons_went": Text("不再成立的依据", "Reasons no longer held"),
    "case.reasons_gone": Text("依据已不成立", "No reason is left"),
    "case.reasons_same": Text("依据不变，来源记录有更新", "The same reasons, with newer records"),
    "case.new": Text("新", "new"),
    "case.new_since": Text("您上次查看（{time}）之后有变动", "Changed since you last looked ({time})"),
    "case.gone": Text(
        "依据已不再成立：{why}。请核实后办理。", "The evidence no longer holds: {why}. Verify, then act."
    ),
    "case.files": Text("档案编号", "Archive files"),
    "case.judge_first": Text(
        "为避免先入为主，比对结果的分量在您判断“是否同一人”之后显示。请先看各项内容。",
        "So that no score sways you, how much each field tells is shown once you have judged whether it is the same person. "
        "Read the fields first.",
    ),
    "case.reveal": Text("查看完整内容", "Show in full"),
    "case.reveal_reason": Text("查看理由（将留痕）", "Reason (it is recorded)"),
    "case.revealed": Text("完整内容（本页有效，已记录）", "In full (on this page only; recorded)"),
    "reveal.contact": Text("联系本人", "to contact the person"),
    "reveal.identity": Text("入户核对身份", "to check identity at the visit"),
    "reveal.filing": Text("填写建档材料", "to fill in the file"),
    "reveal.correction": Text("核对数据错误", "to check an error in the data"),
    "keys.title": Text("按键", "Keys"),
    "keys.next": Text("下一件", "next case"),
    "keys.previous": Text("上一件", "previous case"),
    "keys.undo": Text("撤销上一步", "take the last step back"),
    "keys.choice": Text("输入结论代码，或选第几项", "type the code of an outcome, or the number of a choice"),
    "keys.submit": Text("提交", "submit"),
    "keys.close": Text("关闭", "Close"),
    "keys.back": Text("返回名单", "back to the list"),
    "case.next_case": Text("下一件", "Next"),
    "case.previous_case": Text("上一件", "Previous"),
}

_RELATED = {
    "related.title": Text("前后案件", "Cases that belong together"),
    "related.note": Text(
        "同一人或同一档案的其他案件，只列您有权查看的。",
        "Other cases about the same person or file, as far as you may see them.",
    ),
    "related.earlier": Text("前案", "Earlier case"),
    "related.following": Text("后续案件", "Case that follows"),
    "related.original": Text("申诉针对的原案", "Case appealed against"),
    "related.appeal": Text("对本案的申诉", "Appeal against this case"),
    "related.other": Text("其他案件", "Another case"),
    "appeal.said": Text("申诉内容", "What the appeal says"),
    "appeal.runs": Text("对本案的申诉正在办理。", "An appeal against this case is under review."),
    "appeal.open": Text("查看申诉", "See the appeal"),
    "appeal.lodged": Text(
        "申诉已登记，就是本案。由没有办过原案的人在时限内答复。",
        "The appeal is lodged: this is its case. Somebody who had no hand in the original answers within the limit.",
    ),
}

CASE_TEXTS: Mapping[str, Text] = MappingProxyType({**_INBOX, **_WORK, **_RELATED})
"""By key."""
