"""Texts of pairing (结对帮扶的文案), in Chinese and English."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["PAIRING_TEXTS"]

_LIST = {
    "pairing.title": Text("结对帮扶", "Pairing"),
    "pairing.intro": Text(
        "每户一名责任人：至少每 {visit} 个月走访一次、每 {any} 个月联系一次。",
        "One responsible person for each household: visited every {visit} months, heard of every {any} month at least.",
    ),
    "pairing.parts": Text("按结对情况", "By pairing"),
    "pairing.part_unpaired": Text("未结对", "Nobody yet"),
    "pairing.part_confirmed": Text("属实待结对", "Confirmed, nobody yet"),
    "pairing.part_out_of_touch": Text("待走访联系", "Due"),
    "pairing.part_mine": Text("我负责的", "Mine"),
    "pairing.part_all": Text("全部", "All"),
    "pairing.coverage": Text("覆盖率", "Coverage"),
    "pairing.find": Text("查找", "Find"),
    "pairing.find_hint": Text("姓名、档案编号、工会或责任人", "name, file, union or person"),
    "pairing.caption": Text("帮扶户：点击姓名查看和登记", "Households: follow the name to see and record"),
    "pairing.household": Text("帮扶户", "Household"),
    "pairing.person": Text("责任人", "Responsible"),
    "pairing.nobody": Text("未结对", "nobody"),
    "pairing.closed": Text("账号已停用，请交接", "account closed: hand over"),
    "pairing.from": Text("{day} 起", "since {day}"),
    "pairing.visited": Text("最近走访", "Visited"),
    "pairing.heard": Text("最近联系", "Heard of"),
    "pairing.never": Text("尚无", "never"),
    "pairing.until": Text("{day} 前", "by {day}"),
    "pairing.late": Text("应于 {day} 前", "was due by {day}"),
    "pairing.file": Text("档案", "file"),
    "pairing.clue": Text("线索", "clue"),
    "pairing.filed_on": Text("{day} 建档", "filed on {day}"),
    "pairing.confirmed_on": Text("{day} 核实属实", "confirmed on {day}"),
    "pairing.pick": Text("选中：{name}", "pick {name}"),
    "pairing.pick_all": Text("选中本页全部", "Pick all of this page"),
    "pairing.batch": Text("批量结对", "Several to one person"),
    "pairing.batch_note": Text(
        "为选中的户指定同一名责任人；已有责任人的，从起始日起交接。",
        "One person for all that are picked; who was responsible before hands over on the first day.",
    ),
    "pairing.batch_submit": Text("为选中的户指定责任人", "Assign"),
    "pairing.batch_done": Text("已为 {count} 户指定责任人。", "{count} households have got a responsible person."),
    "pairing.batch_refused": Text(
        "{count} 户没有保存，已保留勾选；已保存 {written} 户。",
        "{count} households were not saved and stay picked; {written} were.",
    ),
    "pairing.empty": Text("这里没有帮扶户", "There is nothing here"),
    "pairing.empty_hint": Text(
        "没有符合条件的户。在档户随名单发布更新。",
        "No household fits. Registered households come with each published list.",
    ),
    "pairing.masked": Text(
        "姓名已脱敏，按档案编号在国家系统查对。在档户随名单发布更新；核实属实的线索当天列入。",
        "Names are masked: find a household in the national system by its file number. Registered households are renewed by "
        "each published list; a clue that is confirmed is listed the same day.",
    ),
}

_ONE = {
    "pairing.back": Text("返回清单", "Back to the list"),
    "pairing.to_case": Text("查看线索", "the clue"),
    "pairing.left": Text("{why}（{day}）", "{why} ({day})"),
    "pairing.left_note": Text(
        "该户已不在帮扶范围：{left}。结对记录保留 {months} 个月。",
        "The household is not helped any more: {left}. Its record is kept for {months} months.",
    ),
    "pairing.record_contact": Text("登记联系", "Record a contact"),
    "pairing.on": Text("联系日期", "Day"),
    "pairing.way": Text("方式", "How"),
    "pairing.contact_note": Text("只登记日期和方式，不写谈话内容。", "Day and way alone, nothing of what was said."),
    "pairing.pair": Text("指定责任人", "Make somebody responsible"),
    "pairing.hand_over": Text("交接给他人", "Hand over to somebody else"),
    "pairing.account": Text("本单位账号", "Account of your desk"),
    "pairing.named": Text("或：没有账号的责任人", "Or somebody without an account"),
    "pairing.named_hint": Text("姓名（单位），不写电话", "name (employer), no telephone"),
    "pairing.first": Text("从哪天起", "From"),
    "pairing.end": Text("结束结对", "End the pairing"),
    "pairing.last": Text("最后一天", "Last day"),
    "pairing.why": Text("原因", "Why"),
    "pairing.end_note": Text(
        "该户退出帮扶的不用在这里办：退出审批后自动结束。",
        "Not for an exit: once that is approved, the pairing ends by itself.",
    ),
    "pairing.record": Text("结对和联系记录", "Record"),
    "pairing.no_record": Text("还没有记录。", "There is no record yet."),
    "pairing.entry_paired": Text("{day} 起结对", "responsible from {day}"),
    "pairing.entry_released": Text("结对至 {day}", "responsible until {day}"),
    "pairing.entry_contacted": Text("{day} 联系", "contact on {day}"),
    "pairing.entry_taken_back": Text("撤销", "taken back"),
    "pairing.of_entry": Text("第 {number} 条", "entry {number}"),
    "pairing.entry_number": Text("第 {number} 条", "No. {number}"),
    "pairing.take_back": Text("撤销这一条", "Take this back"),
    "pairing.saved": Text("已保存：{what}。", "Saved: {what}."),
    "pairing.watch_only": Text("由本县或所属工会登记。", "The county or its own union records here."),
    "pairing.case_nobody": Text(
        "本户已核实属实，还没有帮扶责任人。", "Hardship is confirmed, and nobody is responsible yet."
    ),
    "pairing.case_pair": Text("去结对", "Pair"),
    "pairing.case_person": Text("帮扶责任人：{name}", "Responsible: {name}"),
}

_COVERAGE = {
    "coverage.title": Text("结对帮扶覆盖率", "Coverage of pairing"),
    "coverage.area": Text("地区", "Area"),
    "coverage.households": Text("帮扶户", "households"),
    "coverage.paired": Text("已结对，覆盖率 {share}", "paired, {share}"),
    "coverage.paired_only": Text("已结对", "paired"),
    "coverage.share": Text("覆盖率", "share"),
    "coverage.unpaired": Text("未结对", "nobody"),
    "coverage.in_touch": Text("联系及时，占 {share}", "in touch, {share}"),
    "coverage.in_touch_only": Text("联系及时", "in touch"),
    "coverage.touch_share": Text("及时率", "in touch, share"),
    "coverage.confirmed": Text("属实待结对", "confirmed, nobody yet"),
    "coverage.chart": Text("各地结对覆盖率", "Share with a responsible person"),
    "coverage.bar": Text("{share}（{paired}/{all}）", "{share} ({paired}/{all})"),
    "coverage.note": Text(
        "帮扶户 = 在档户和已核实属实的线索；结对覆盖率 = 有责任人的户 ÷ 帮扶户；联系及时 = {visit} 个月内走访过且 {any} 个月内联系过，"
        "新列入的户自列入之日起算。",
        "Households: registered ones and confirmed clues. Share: those with a responsible person. In touch: visited within "
        "{visit} months and heard of within {any}; a new household has as long from its first day.",
    ),
    "coverage.empty": Text("还没有帮扶户。", "There are no households yet."),
    "overview.unpaired": Text("属实待结对", "confirmed, nobody responsible"),
}

_ACTIONS = {
    "action.households": Text("看帮扶户清单", "households"),
    "action.household": Text("看帮扶户", "household"),
    "action.household_refused": Text("看帮扶户被拒", "household refused"),
    "action.household_entry": Text("登记结对或联系", "recorded a pairing or contact"),
    "action.households_paired": Text("批量结对", "paired several households"),
    "action.coverage": Text("看结对覆盖率", "coverage of pairing"),
}

PAIRING_TEXTS: Mapping[str, Text] = MappingProxyType({**_LIST, **_ONE, **_COVERAGE, **_ACTIONS})
"""By key."""
