"""The texts of accounts, second factor, keepers and audit (账号与审计文案); see `bangfu.portal.texts`."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["ACCOUNT_TEXTS"]

_FACTOR = {
    "site.no_second_factor": Text(
        "本系统未启用第二因素登录，仅供演示，不得录入真实数据。",
        "Logging in takes one factor only: for demonstrations, never with real data.",
    ),
    "login.too_many": Text(
        "来自您所在网络的登录尝试过多，请 15 分钟后再试。",
        "Too many attempts to log in from your network: try again in 15 minutes.",
    ),
    "login.sso": Text("统一身份认证登录", "Log in by single sign-on"),
    "login.sso_failed": Text(
        "统一身份认证没有完成，请重试，或使用账号密码登录。",
        "The single sign-on was not completed: try again, or log in with user name and password.",
    ),
    "login.sso_unknown": Text(
        "您的统一身份尚未绑定本系统账号。请联系上级工会系统管理员。",
        "Your identity is not linked to an account here: ask the administrator of the union above.",
    ),
    "factor.title": Text("第二步验证", "Second step"),
    "factor.enrol": Text("绑定身份验证器", "Set up an authenticator"),
    "factor.intro": Text(
        "请输入手机身份验证器中账号 {username} 的 6 位动态口令。",
        "Enter the 6 digits that the authenticator on your telephone shows for {username}.",
    ),
    "factor.install": Text(
        "在手机上打开身份验证器（任何支持 TOTP 的应用均可）。",
        "Open an authenticator on your telephone (any that knows TOTP).",
    ),
    "factor.scan": Text("扫描下面的二维码。", "Scan this picture."),
    "factor.picture": Text("身份验证器密钥二维码", "QR code of the authenticator’s key"),
    "factor.type": Text("不能扫描时，手工输入密钥：", "If you cannot scan it, type the key:"),
    "factor.then": Text("输入应用显示的 6 位数字。", "Enter the 6 digits that it shows."),
    "factor.code": Text("动态口令", "Code"),
    "factor.submit": Text("验证", "Continue"),
    "factor.lost": Text(
        "手机不在身边？可输入一个恢复码。恢复码也没有的，请系统管理员申请重置、安全管理员审批。",
        "Telephone not at hand? Enter a recovery code. Without one, ask the system administrator for a reset, which the "
        "security administrator approves.",
    ),
    "factor.again": Text("换一个账号登录", "Log in with another account"),
    "factor.wrong": Text(
        "动态口令不正确或已用过。连续 5 次输错后锁定 1 至 15 分钟。",
        "The code is wrong or was used before. After 5 failures in a row it is locked for 1 to 15 minutes.",
    ),
    "codes.title": Text("恢复码", "Recovery codes"),
    "codes.once": Text(
        "请抄写或打印，锁在安全的地方。离开此页后不再显示。",
        "Write them down or print them, and lock them away: they are not shown again.",
    ),
    "codes.use": Text(
        "手机丢失时，每个恢复码可代替动态口令使用一次。",
        "When the telephone is lost, each of them replaces a code once.",
    ),
    "codes.go_on": Text("已妥善保存，继续", "They are safe: go on"),
}

_ACCOUNT = {
    "account.title": Text("本人账号", "Your account"),
    "account.back": Text("返回本人账号", "Back to your account"),
    "account.sessions": Text("已登录的会话", "Open sessions"),
    "account.since": Text("登录时间", "Since"),
    "account.client": Text("来源地址", "From"),
    "account.until": Text("无操作时失效", "Ends when idle"),
    "account.this": Text("本会话", "this one"),
    "account.end_all": Text("全部退出", "Log out everywhere"),
    "account.end_note": Text(
        "有不认识的会话时，请立即全部退出，并请系统管理员重设密码。",
        "If you do not know one of them, log out everywhere at once and have your password changed.",
    ),
    "account.factor": Text("第二步验证", "Second factor"),
    "account.factor_on": Text("已启用", "in use"),
    "account.factor_off": Text("未启用", "not in use"),
    "account.factor_since": Text("自 {date} 起", "since {date}"),
    "account.factor_why": Text(
        "启用后，只有密码不能登录您的账号。", "Once it is in use, the password alone does not open your account."
    ),
    "account.set_up": Text("启用", "Set it up"),
    "account.codes_left": Text("恢复码还剩 {count} 个", "{count} recovery codes are left"),
    "account.new_codes": Text("换一组恢复码", "New recovery codes"),
    "account.change_phone": Text("更换手机", "Change the telephone"),
    "account.change_note": Text(
        "更换手机：验证后退出全部会话，下次登录时绑定新手机。",
        "Changing the telephone logs you out everywhere; the next log-in sets up the new one.",
    ),
}

_SECURITY = {
    "security.title": Text("安全管理", "Security"),
    "security.intro": Text(
        "审批账号和授权，处理锁定和会话。此账号不能查看线索和个人信息。",
        "Accounts and rights to approve, locked accounts, sessions. This account sees neither clues nor persons.",
    ),
    "security.counts": Text("当前情况", "At present"),
    "security.waiting": Text("待审批", "to decide"),
    "security.locked_now": Text("已锁定", "locked"),
    "security.sessions_now": Text("在线会话", "sessions"),
    "security.proposals": Text("待审批的账号申请", "Proposals to decide about"),
    "security.no_proposals": Text("没有待审批的申请", "No proposal is waiting."),
    "security.approve": Text("批准", "Approve"),
    "security.reject": Text("驳回", "Reject"),
    "security.not_decided": Text(
        "没有办理：该申请已办结，或涉及您本人，或与现有账号冲突。",
        "Not done: it was decided already, is about yourself, or no longer fits the accounts.",
    ),
    "security.no_account": Text("没有这个账号", "There is no such account"),
    "security.sessions": Text("在线会话", "Open sessions"),
    "security.account": Text("账号", "Account"),
    "security.number": Text("会话数", "Sessions"),
    "security.end": Text("全部注销", "End all"),
    "security.locked": Text("锁定的账号", "Locked accounts"),
    "security.none_locked": Text("没有锁定的账号", "No account is locked."),
    "security.failures": Text("连续输错 {count} 次，锁定至 {time}", "{count} failures, locked until {time}"),
    "security.decided": Text("最近办结", "Decided lately"),
    "security.none_decided": Text("还没有办结的申请", "Nothing was decided yet."),
    "security.approved": Text("已批准", "approved"),
    "security.rejected": Text("已驳回", "rejected"),
    "security.decided_by": Text(
        "{proposer} 申请，{decider} 审批，{date}", "proposed by {proposer}, decided by {decider}, {date}"
    ),
    "proposal.create": Text("新账号", "New account"),
    "proposal.change": Text("变更权限", "Other rights"),
    "proposal.link": Text("绑定统一身份", "Link to single sign-on"),
    "proposal.reset_second_factor": Text("重置第二步验证", "Reset the second factor"),
    "proposal.by": Text("{name} 申请于 {date}", "proposed by {name}, {date}"),
    "proposal.none": Text("（无）", "(none)"),
    "proposal.display_name": Text("名称", "Name"),
    "proposal.role": Text("角色", "Role"),
    "proposal.area_code": Text("辖区", "Area"),
    "proposal.union_name": Text("所属工会", "Union"),
    "proposal.sources": Text("报送数据", "Sources"),
    "proposal.oidc_subject": Text("统一身份标识", "Subject"),
}

_AUDIT = {
    "audit.title": Text("访问日志", "Access log"),
    "audit.intro": Text(
        "谁在何时看过谁、做过什么。日志逐条相扣，改动可被发现。",
        "Who saw whom and did what, and when. The entries are chained, so that changes are found.",
    ),
    "audit.chain": Text("日志完整性", "Is the log whole?"),
    "audit.whole": Text("完整，未发现改动", "whole, nothing was changed"),
    "audit.broken": Text("发现 {count} 处异常", "{count} findings"),
    "audit.never": Text("尚未核验", "not verified yet"),
    "audit.checked": Text(
        "{date} 核验 {count} 条，比对链头 {heads} 个", "verified {date}: {count} entries against {heads} heads"
    ),
    "audit.unsealed": Text("未封存 {count} 条", "{count} not sealed yet"),
    "audit.head": Text("链头：第 {position} 条", "Head: entry {position}"),
    "audit.search": Text("查询", "Search"),
    "audit.person": Text("线索编号", "Clue"),
    "audit.user": Text("账号", "Account"),
    "audit.since": Text("从", "From"),
    "audit.until": Text("到", "To"),
    "audit.seen": Text("谁看过此人", "Who saw this person"),
    "audit.seen_by_nobody": Text("没有人看过", "Nobody has"),
    "audit.action": Text("操作", "Action"),
    "audit.times": Text("次数", "Times"),
    "audit.first": Text("首次", "First"),
    "audit.last": Text("最近", "Last"),
    "audit.at": Text("时间", "When"),
    "audit.about": Text("对象", "About"),
    "audit.shown": Text("名单 {count} 人", "list of {count}"),
    "audit.place": Text("封存序号", "Place"),
    "audit.not_sealed": Text("未封存", "not sealed"),
    "audit.nobody": Text("（未登录）", "(nobody)"),
    "audit.newer": Text("较新", "Newer"),
    "audit.older": Text("较早", "Older"),
    "audit.empty": Text("没有符合条件的记录", "No entry fits"),
    "audit.exports": Text("导出登记", "Exports"),
    "audit.no_exports": Text("没有导出记录", "Nothing was exported."),
    "audit.recipient": Text("交给", "To"),
    "audit.purpose": Text("用途", "Purpose"),
    "audit.data": Text("内容", "What"),
    "audit.rows": Text("{count} 行", "{count} rows"),
    "audit.approved_by": Text("审批人", "Approved by"),
    "audit.not_needed": Text("未经审批", "nobody"),
}

_ACTIONS = {
    "action.login": Text("登录", "log in"),
    "action.login_first_step": Text("密码正确，待第二步", "password right, second step to come"),
    "action.login_sso": Text("统一身份认证登录", "log in by single sign-on"),
    "action.login_failed": Text("登录失败", "log-in failed"),
    "action.logout": Text("退出", "log out"),
    "action.logout_everywhere": Text("全部退出", "log out everywhere"),
    "action.list": Text("看名单", "list"),
    "action.reveal": Text("查看完整内容", "saw a field in full"),
    "action.step": Text("办理一步", "took a step"),
    "action.appeal": Text("登记申诉", "lodged an appeal"),
    "action.undo": Text("撤销一步", "took a step back"),
    "action.notices": Text("看通知", "read notices"),
    "action.acknowledge": Text("签收通知", "acknowledged a notice"),
    "action.view": Text("看详情", "case"),
    "action.view_refused": Text("看详情被拒", "case refused"),
    "action.overview": Text("看分县总览", "counties"),
    "action.export": Text("导出", "export"),
    "action.deliveries": Text("看报送记录", "deliveries"),
    "action.delivery": Text("看一次报送", "delivery"),
    "action.delivery_refused": Text("看报送被拒", "delivery refused"),
    "action.receipt": Text("下载回执", "receipt"),
    "action.upload_form": Text("打开报送表", "upload form"),
    "action.upload": Text("报送", "upload"),
    "action.second_factor_failed": Text("第二步验证失败", "second step failed"),
    "action.second_factor_enrolled": Text("启用第二步验证", "second factor set up"),
    "action.second_factor_removed": Text("更换手机", "second factor removed"),
    "action.recovery_codes": Text("换恢复码", "new recovery codes"),
    "action.security": Text("看安全管理", "security page"),
    "action.sessions_ended": Text("注销会话", "sessions ended"),
    "action.account_create_proposed": Text("申请新账号", "account proposed"),
    "action.account_change_proposed": Text("申请变更权限", "other rights proposed"),
    "action.account_link_proposed": Text("申请绑定统一身份", "link proposed"),
    "action.account_reset_second_factor_proposed": Text("申请重置第二步验证", "reset proposed"),
    "action.account_created": Text("服务器上开通账号", "account made on the server"),
    "action.account_password": Text("服务器上重设密码", "password set on the server"),
    "action.account_closed": Text("服务器上停用账号", "account closed on the server"),
    "action.account_opened": Text("服务器上恢复账号", "account opened on the server"),
    "action.account_approved": Text("批准账号申请", "proposal approved"),
    "action.account_rejected": Text("驳回账号申请", "proposal rejected"),
    "action.audit_search": Text("查阅日志", "log searched"),
}

ACCOUNT_TEXTS: Mapping[str, Text] = MappingProxyType({**_FACTOR, **_ACCOUNT, **_SECURITY, **_AUDIT, **_ACTIONS})
