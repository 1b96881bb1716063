"""Every text of the portal once, in Chinese and English (文案).

A template holds no words of its own; tests see to it that both languages are complete, take the same
values, and that no text is unused.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.account_texts import ACCOUNT_TEXTS
from bangfu.portal.approval_texts import APPROVAL_TEXTS
from bangfu.portal.assessment_texts import ASSESSMENT_TEXTS
from bangfu.portal.attachment_texts import ATTACHMENT_TEXTS
from bangfu.portal.case_texts import CASE_TEXTS
from bangfu.portal.delivery_texts import DELIVERY_TEXTS, Text
from bangfu.portal.languages import Language
from bangfu.portal.notice_texts import NOTICE_TEXTS
from bangfu.portal.pairing_texts import PAIRING_TEXTS
from bangfu.portal.workbook_texts import WORKBOOK_TEXTS

__all__ = ["TEXTS", "Text", "say"]


def say(key: str, language: Language, **values: object) -> str:
    """A text in a language, with its values.

    >>> say("inbox.total", "zh", count=3)
    '3 件'
    """
    return getattr(TEXTS[key], language).format(**values)  # type: ignore[no-any-return]


_COMMON = {
    "site.name": Text("困难职工线索核查", "Hardship clue review"),
    "site.owner": Text("云南省总工会 · 帮扶工作", "Yunnan Federation of Trade Unions"),
    "site.skip": Text("跳到正文", "Skip to content"),
    "site.menu": Text("主菜单", "Main menu"),
    "site.other_language": Text("English", "中文"),
    "site.log_out": Text("退出", "Log out"),
    "site.account": Text("当前账号", "Signed in as"),
    "site.overview": Text("看板", "Dashboard"),
    "site.not_a_decision": Text(
        "线索不是认定，须经入户核实。", "A clue is not a decision: it must be verified by a visit."
    ),
    "site.watermark": Text(
        "{name}（{username}） · {area} · {time} · 内部资料，请勿截图外传",
        "{name} ({username}) · {area} · {time} · internal, do not pass on",
    ),
    "role.county_officer": Text("工会经办人", "officer"),
    "role.approver": Text("复核审批人", "approver"),
    "role.prefecture_officer": Text("州（市）级工会经办人", "prefecture officer"),
    "role.province_officer": Text("省级工会经办人", "province officer"),
    "role.auditor": Text("审计员", "auditor"),
    "role.system_administrator": Text("系统管理员", "system administrator"),
    "role.security_administrator": Text("安全管理员", "security administrator"),
    "value.missing": Text("未提供", "not given"),
    "value.hidden": Text("已登记，不显示", "on record, not shown"),
}

_LOG_IN = {
    "login.title": Text("登录", "Log in"),
    "login.intro": Text(
        "供各级工会帮扶工作人员核查线索、各部门报送数据使用。",
        "For union officers who verify clues, and for departments that send data.",
    ),
    "login.username": Text("账号", "User name"),
    "login.password": Text("密码", "Password"),
    "login.submit": Text("登录", "Log in"),
    "login.failed": Text(
        "账号或密码不正确，或账号暂时锁定。连续 5 次输错后，账号锁定 1 至 15 分钟，请稍后再试。",
        "User name or password is wrong, or the account is locked for now. "
        "After 5 failures in a row an account is locked for 1 to 15 minutes: try again later.",
    ),
    "login.expired": Text("登录页面已过期，请重新输入。", "This log-in page is no longer valid: please enter again."),
    "login.idle": Text(
        "您已超过 15 分钟未操作，请重新登录。", "You were idle for more than 15 minutes: please log in again."
    ),
    "login.out": Text("您已安全退出。", "You have logged out."),
    "login.help": Text(
        "忘记密码或需要开通账号，请联系上级工会系统管理员。",
        "Lost password or new account: ask the administrator of the union above.",
    ),
    "login.duty": Text(
        "本系统涉及个人信息，仅限履行帮扶职责使用；每次查看均有记录。",
        "This system holds personal information, for assistance work only; every view is recorded.",
    ),
}

_LIST = {
    "list.filter": Text("筛选", "Filter"),
    "list.area": Text("地区", "Area"),
    "list.whole_area": Text("全部（{area}）", "All of {area}"),
    "list.strength": Text("证据强度", "Strength"),
    "list.sort": Text("排序", "Order"),
    "list.apply": Text("筛选", "Apply"),
    "list.reset": Text("清除条件", "Clear"),
    "list.name": Text("按姓名查找", "Find a name"),
    "list.name_hint": Text("姓名或其中几个字", "a name or part of it"),
    "list.find": Text("查找", "Find"),
    "list.forget": Text("取消姓名查找", "Clear the name"),
    "list.finding": Text("姓名含“{name}”", "name contains “{name}”"),
    "list.shown": Text("第 {first}–{last} 条，共 {total} 条", "{first}–{last} of {total}"),
    "list.who": Text("职工", "Worker"),
    "list.union": Text("所属工会（单位）", "Union (employer)"),
    "list.reasons": Text("线索原因", "Reasons"),
    "list.county": Text("县（市、区）", "County"),
    "list.years": Text("{age} 岁", "{age}"),
    "list.no_name": Text("（无姓名）", "(no name)"),
    "list.masked": Text(
        "名单中的个人信息已脱敏；每次查看详情均有记录。",
        "Personal information is masked here; every case that is opened is recorded.",
    ),
    "page.label": Text("翻页", "Pages"),
    "page.previous": Text("上一页", "Previous"),
    "page.next": Text("下一页", "Next"),
    "page.position": Text("第 {page} / {pages} 页", "page {page} of {pages}"),
    "sort.strength": Text("证据由强到弱", "strongest first"),
    "sort.name": Text("姓名", "name"),
    "strength.strong": Text("强", "strong"),
    "strength.medium": Text("中", "medium"),
    "strength.weak": Text("弱", "weak"),
    "strength.meaning": Text(
        "证据强度看困难证据的多少和轻重，比对把握较小的相应降低；它不是困难层级，也不能代替核对是否同一人。",
        "Strength says how much evidence of hardship there is and how grave, less where the match is less sure; "
        "it is no tier, and does not replace checking that it is the same person.",
    ),
    "strength.strong_meaning": Text(
        "强：个人负担 5 万元以上、住房倒塌两间以上、民政在册（临时救助除外），或多种证据并存。建议优先了解。",
        "Strong: 50,000 yuan or more out of pocket, two or more rooms collapsed, on a civil-affairs list (other than temporary "
        "relief), or several kinds of evidence. These come first.",
    ),
    "strength.medium_meaning": Text(
        "中：有一项较重的支出，或住房倒塌一间、严重损坏三间以上。",
        "Medium: one weighty expense, one room collapsed, or three or more severely damaged.",
    ),
    "strength.weak_meaning": Text(
        "弱：证据较轻，或比对把握较小。先核对是否同一人。",
        "Weak: light evidence, or a match that is less sure. Check first that it is the same person.",
    ),
}

_CASE = {
    "case.title": Text("线索详情", "Case"),
    "case.back": Text("返回名单", "Back to the list"),
    "case.number": Text("线索编号", "Clue"),
    "case.who": Text("基本信息", "Who"),
    "case.who_note": Text(
        "已脱敏。核对身份请在入户时当面进行。", "Masked. Identity is checked in person, at the visit."
    ),
    "case.why": Text("为什么是线索", "Why"),
    "case.window": Text("统计区间：{since} 至 {as_of}", "Period looked at: {since} to {as_of}"),
    "case.source": Text("来源", "Source"),
    "case.period": Text("时间", "When"),
    "case.no_period": Text("时间未提供", "date not given"),
    "case.quarter": Text("{year}年第{quarter}季度", "{year} Q{quarter}"),
    "case.from_to": Text("至", " to "),
    "case.bands_only": Text(
        "医疗费用只显示区间、次数和季度，不含病种和医院。",
        "Medical expenses are shown as band, count and quarter only, without illness or hospital.",
    ),
    "case.former": Text(
        "曾在困难职工档案中，状态：{status}（{when}），目前不在档。",
        "Was in the hardship archive before: {status} ({when}); not registered now.",
    ),
    "case.sure": Text("为什么认为是同一人", "Why this is held to be one person"),
    "case.sure_note": Text(
        "花名册与来源数据逐项比对。请核对是否同一人，尤其注意“不同”的项目。"
        "比对用的是完整内容，此处已脱敏：两边看起来一样的，也可能“不同”。",
        "The roster and the source, field by field. Check whether they are one person, above all where they differ. "
        "Whole values were compared and are masked here: two that look alike may differ.",
    ),
    "case.relative": Text("家庭成员（{source}）", "Household member ({source})"),
    "case.records": Text("该来源中此人的记录：{count} 条", "Records of this person in the source: {count}"),
    "case.field": Text("项目", "Field"),
    "case.member": Text("工会花名册", "Union roster"),
    "case.partner": Text("来源数据", "Source"),
    "case.finding": Text("比对结果", "Finding"),
    "case.weight": Text("说明力", "Weight"),
    "weight.for_strong": Text("有力支持为同一人", "strong evidence for one person"),
    "weight.for_moderate": Text("支持为同一人", "evidence for one person"),
    "weight.for_slight": Text("略微支持为同一人", "slight evidence for one person"),
    "weight.against_strong": Text("有力表明不是同一人", "strong evidence against"),
    "weight.against_moderate": Text("表明可能不是同一人", "evidence against"),
    "weight.against_slight": Text("略微表明不是同一人", "slight evidence against"),
    "weight.none": Text("不计", "not counted"),
    "case.weight_note": Text(
        "说明力：横条向右支持为同一人，向左不支持；横条越长，该项越能说明问题。",
        "Weight: a bar to the right speaks for one person, to the left against; "
        "the longer it is, the more the field tells.",
    ),
    "case.picture": Text("逐项累计图：{source}", "How the fields add up: {source}"),
    "case.picture_title": Text("逐项累计图", "How the fields add up"),
    "case.picture_note": Text(
        "从上往下看：每一项从上一项停下的地方接着走，实心箭头向右支持为同一人，斜纹箭头向左不支持，空心圆不计；"
        "箭头越长越能说明问题。虚线处可能性各半。",
        "Read downwards: each field goes on from where the one above stopped. A solid arrow to the right speaks for one "
        "person, a striped one to the left against, a ring is not counted; the longer, the more it tells. "
        "At the dashed line one person and two persons are equally likely.",
    ),
    "case.picture_closing": Text("仍须当面核实", "to be verified in person"),
    "case.picture_differs": Text("有“不同”的项目，须先核对", "something differs: check that first"),
    "field.county": Text("居住县（市、区）", "county of residence"),
    "field.frequency": Text("是否常见", "how common"),
    "field.members": Text("同户家庭成员", "household"),
    "case.no_match": Text("此线索没有比对说明。", "There is no explanation of a match for this clue."),
    "case.verify": Text("需入户核实", "To be verified by the visit"),
    "case.verify_note": Text(
        "以下情况系统不掌握，未知不等于没有。", "The system does not know these; unknown does not mean none."
    ),
    "case.notice": Text("线索不是认定", "A clue is not a decision"),
    "case.notice_text": Text(
        "本线索由数据比对产生，只提示需要了解情况。是否困难、属于哪一层级，由工会入户调查并按程序审核后决定；"
        "职工有权了解依据、提出异议或拒绝。",
        "Comparing data produced this clue; it only says that somebody should ask. Whether there is hardship, and "
        "which tier applies, is decided by the union after a visit and review. The worker may ask for the grounds, "
        "object or refuse.",
    ),
    "case.route": Text("派发依据", "Why your union"),
    "case.industry_owner": Text("归口{union}，暂由本县承接", "belongs to {union}; your county works on it for now"),
    "route.parent_union": Text("按上级工会所在地派发", "by the county of the parent union"),
    "route.employer": Text(
        "按同单位职工的上级工会所在地派发", "by the parent union of colleagues at the same employer"
    ),
    "route.residence": Text("按居住地派发", "by residence"),
    "route.colleagues": Text("按同一工会多数会员所在地派发", "by where most members of the same union belong"),
    "route.prefecture": Text(
        "仅知所在州（市），暂由该州（市）首县承接", "only the prefecture is known: its first county takes it"
    ),
    "route.provincial": Text(
        "所在地不明，暂由省总工会所在地承接并转派",
        "no place is known: the seat of the federation takes it and passes it on",
    ),
    "who.name": Text("姓名", "Name"),
    "who.sex": Text("性别", "Sex"),
    "who.age": Text("年龄", "Age"),
    "who.about_years": Text("约 {age} 岁", "about {age}"),
    "who.ethnic_group": Text("民族", "Ethnic group"),
    "who.id_number": Text("证件号码", "Identity number"),
    "who.phone": Text("手机号码", "Phone"),
    "who.address": Text("住址", "Address"),
    "who.union": Text("所属工会", "Union"),
    "who.employer": Text("工作单位", "Employer"),
    "absent.phone": Text("花名册中没有手机号码", "the roster has no phone number"),
    "absent.address": Text("花名册中没有住址", "the roster has no address"),
    "absent.id_number": Text("花名册中没有证件号码", "the roster has no identity number"),
    "outcome.agrees": Text("一致", "agrees"),
    "outcome.close": Text("相近", "close"),
    "outcome.differs": Text("不同", "differs"),
    "outcome.missing": Text("缺失", "missing"),
    "count.agrees": Text("{count} 项一致", "{count} agree"),
    "count.close": Text("{count} 项相近", "{count} close"),
    "count.differs": Text("{count} 项不同", "{count} differ"),
    "count.missing": Text("{count} 项缺失", "{count} missing"),
}

_KEEPER = {
    "keeper.title": Text("管理账号", "A keeper’s account"),
    "keeper.text": Text(
        "此账号用于管理或审计，不能查看线索和个人信息。",
        "This account is for keeping or auditing the system; it sees neither clues nor persons.",
    ),
    "keeper.how": Text(
        "账号由系统管理员在服务器上用命令 bangfu user 申请，由安全管理员审批。需要核查线索的，请使用本人的经办人账号登录。",
        "Accounts are proposed by the system administrator on the server, with the command bangfu user, and approved by "
        "the security administrator. To review clues, log in with your own officer’s account.",
    ),
}

_OVERVIEW = {
    "overview.title": Text("看板", "Dashboard"),
    "overview.up": Text("返回本辖区", "Back to the whole area"),
    "overview.as_of": Text("截至 {time}", "as of {time}"),
    "overview.kept": Text(
        "全省每小时统计一次，各州（市）、县为即时数",
        "the province is counted every hour, prefectures and counties at once",
    ),
    "overview.open": Text("在办", "open"),
    "overview.overdue": Text("逾期，占在办 {share}", "overdue, {share} of open"),
    "overview.overdue_only": Text("逾期", "overdue"),
    "overview.ended": Text("已有结论", "with an outcome"),
    "overview.confirmed": Text("其中属实，占 {share}", "confirmed of these, {share}"),
    "overview.confirmed_only": Text("属实", "confirmed"),
    "overview.funnel": Text("线索办到哪一步", "How far clues have come"),
    "overview.funnel_note": Text(
        "百分比以派发的线索为分母；撤回的线索不计。",
        "Shares are of the clues that were sent; withdrawn ones are left out.",
    ),
    "overview.ageing": Text("在办案件的期限", "Open cases by time limit"),
    "overview.ageing_note": Text("按到期后的自然日计。", "Counted in calendar days past the limit."),
    "overview.outcomes": Text("核查结论", "Outcomes"),
    "overview.others": Text("其他结论", "others"),
    "overview.grid": Text("各县（市、区）在办与逾期", "Open and overdue by county"),
    "overview.grid_note": Text(
        "格中为在办件数，括号内为逾期；颜色越深逾期占比越高（5%、15%、30%）。点击进入该县待办。",
        "Open cases, overdue ones in brackets; the darker, the larger the share overdue (5, 15, 30 %). Follow one to its inbox.",
    ),
    "overview.tile": Text("{county}：在办 {open}，逾期 {overdue}", "{county}: {open} open, {overdue} overdue"),
    "stage.sent": Text("已派发", "sent"),
    "stage.received": Text("已签收", "received"),
    "stage.contacted": Text("已联系", "contacted"),
    "stage.visited": Text("已入户", "visited"),
    "stage.confirmed": Text("核实属实", "confirmed"),
    "stage.filed": Text("已建档", "filed"),
    "late.0": Text("未到期", "in time"),
    "late.1": Text("逾期不足3天", "up to 3 days late"),
    "late.2": Text("逾期3至7天", "3 to 7 days late"),
    "late.3": Text("逾期7至14天", "7 to 14 days late"),
    "late.4": Text("逾期14天以上", "over 14 days late"),
}

_ERRORS = {
    "error.400": Text("无法理解这个请求", "This request cannot be read"),
    "error.400_hint": Text("请返回上一页重试。", "Go back and try again."),
    "error.403": Text("没有权限", "Not permitted"),
    "error.403_hint": Text(
        "您的账号不能进行此项操作；如果页面打开过久，请刷新后重试。",
        "Your account may not do this; where the page was open for long, reload it and try again.",
    ),
    "error.404": Text("没有找到", "Not found"),
    "error.404_hint": Text(
        "该页面不存在，或线索已撤回、不属于您的辖区。",
        "There is no such page, or the clue was withdrawn or is not of your area.",
    ),
    "error.405": Text("不支持的操作", "Not supported"),
    "error.405_hint": Text("请从名单重新进入。", "Start again from the list."),
    "error.413": Text("提交的内容过大", "Too much was sent"),
    "error.413_hint": Text("请减少内容后重试。", "Send less and try again."),
    "error.500": Text("系统出现问题", "Something went wrong"),
    "error.500_hint": Text(
        "请稍后再试；如仍有问题，请把下面的编号告诉系统管理员。",
        "Try again later; if it stays, tell the administrator the number below.",
    ),
    "error.503": Text("系统繁忙", "The system is busy"),
    "error.503_hint": Text("请稍后再试。", "Try again in a moment."),
    "error.request": Text("请求编号", "Request"),
    "error.home": Text("返回首页", "Back to the first page"),
}

TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        **_COMMON,
        **_LOG_IN,
        **_LIST,
        **_CASE,
        **CASE_TEXTS,
        **_KEEPER,
        **_OVERVIEW,
        **ASSESSMENT_TEXTS,
        **_ERRORS,
        **DELIVERY_TEXTS,
        **ACCOUNT_TEXTS,
        **APPROVAL_TEXTS,
        **NOTICE_TEXTS,
        **WORKBOOK_TEXTS,
        **ATTACHMENT_TEXTS,
        **PAIRING_TEXTS,
    }
)
"""The catalogue."""
