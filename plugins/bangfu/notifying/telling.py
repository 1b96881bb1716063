"""What a notice says (通知内容): as JSON for systems, as a letter for people. Counts, days and a link."""

import datetime as dt
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Any

from bangfu.china_time import CHINA
from bangfu.notice_settings import NoticeSettings
from schemas.notices import COUNTS, KINDS, Notice, shown_counts, union_name

__all__ = ["letter", "link_of", "payload", "told"]


def link_of(settings: NoticeSettings) -> str:
    """Where the clues are looked at; whoever follows it logs in first."""
    return f"{settings.portal_url}/cases"


def told(notice: Notice, settings: NoticeSettings) -> dict[str, Any]:
    """A notice as systems read it."""
    return {
        "id": notice.notice_id,
        "kind": str(notice.kind),
        "union": notice.union_code,
        "list_version": notice.list_version,
        "counts": {key: notice.counts[key] for key in COUNTS if key in notice.counts},
        "acknowledge_by": notice.acknowledge_by.isoformat(),
        "due_on": notice.due_on.isoformat() if notice.due_on else None,
        "due_at": _moment(notice.due_at) if notice.due_at else None,
        "about": notice.about,
        "created_at": _moment(notice.created_at),
        "link": link_of(settings),
    }


def payload(notice: Notice, settings: NoticeSettings) -> dict[str, Any]:
    """The body of a webhook, with the members that Standard Webhooks recommends: `type`, `timestamp`, `data`."""
    return {"type": f"notice.{notice.kind}", "timestamp": _moment(notice.created_at), "data": told(notice, settings)}


def letter(notice: Notice, message_id: str, recipient: str, sender: str, settings: NoticeSettings) -> EmailMessage:
    """The mail of a notice: Chinese first, English below, as text and as plain HTML that loads nothing.

    Args:
        notice: The notice.
        message_id: Id of the message: the same mail sent again has the same Message-ID.
        recipient: Mail address.
        sender: Mail address.
        settings: For the link.
    """
    kind = KINDS[notice.kind]
    mail = EmailMessage()
    mail["Subject"] = f"【帮扶】{kind.zh}（第{notice.list_version}版） {kind.en}, version {notice.list_version}"
    mail["From"] = sender
    mail["To"] = recipient
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    parts = (_chinese(notice, settings), _english(notice, settings))
    mail.set_content("\n\n".join("\n".join(lines) for lines in parts))
    mail.add_alternative(_page(parts, link_of(settings)), subtype="html")
    return mail


def _chinese(notice: Notice, settings: NoticeSettings) -> list[str]:
    days = [f"请于 {notice.acknowledge_by} 前签收。"]
    if notice.due_on:
        days.append(f"入户核查结果请于 {notice.due_on} 前回报。")
    if notice.due_at:
        days.append(f"请于 {_in_china(notice.due_at)} 前联系到人，节假日照常计时。")
    return [
        f"{union_name(notice.union_code)}：",
        f"{KINDS[notice.kind].zh}（第{notice.list_version}版）",
        *(f"{words.zh}：{count:,}" for words, count in shown_counts(notice)),
        *days,
        f"请登录核查门户办理：{link_of(settings)}",
        "本邮件由系统自动发送，不含个人信息，请勿回复。",
    ]


def _english(notice: Notice, settings: NoticeSettings) -> list[str]:
    days = [f"Please acknowledge by {notice.acknowledge_by}."]
    if notice.due_on:
        days.append(f"Please report the visits by {notice.due_on}.")
    if notice.due_at:
        days.append(f"Please contact them by {_in_china(notice.due_at)}, China time; holidays count.")
    return [
        f"To {union_name(notice.union_code)}:",
        f"{KINDS[notice.kind].en}, version {notice.list_version}",
        *(f"{words.en}: {count:,}" for words, count in shown_counts(notice)),
        *days,
        f"Log in to the portal: {link_of(settings)}",
        "Sent by a machine; no personal data is in it. Please do not answer.",
    ]


def _page(parts: tuple[list[str], ...], link: str) -> str:
    anchor = f'<a href="{escape(link)}">{escape(link)}</a>'
    blocks = (
        f'<div lang="{language}">{"".join(f"<p>{escape(line).replace(escape(link), anchor)}</p>" for line in lines)}</div>'
        for language, lines in zip(("zh-CN", "en"), parts, strict=True)
    )
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"<hr>".join(blocks)}</body></html>'


def _in_china(moment: dt.datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
