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

ACCOUNT_TEXTS: Mapping[str, Text] = MappingProxyType({**_FACTOR})
