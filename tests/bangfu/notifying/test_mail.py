"""Mail goes to a real server: encrypted as asked for, with the right codes where it is not taken."""

import datetime as dt
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bangfu.notice_settings import NoticeSettings, SmtpSettings
from bangfu.notifying.failure import SendError
from bangfu.notifying.mail import send_letter
from bangfu.notifying.telling import letter
from schemas.notices import Notice, NoticeKind
from tests.bangfu.notifying.servers import PASSWORD, USER, mailing

NOTICE = Notice(
    "ntc_1", "530102", NoticeKind.LIST, 3, {"new": 1200, "continuing": 40, "withdrawn": 2},
    dt.date(2026, 12, 2), dt.datetime(2026, 11, 30, 2, tzinfo=dt.UTC), dt.date(2026, 12, 21),
)  # fmt: skip
PORTAL = NoticeSettings("https://portal.example/b&f")
MAIL = letter(NOTICE, "msg_1", "wuhua@union.example", "bangfu@union.example", PORTAL)


def server(port: int, security: str = "none", **values: Any) -> SmtpSettings:
    return SmtpSettings("127.0.0.1", port, security, "bangfu@union.example", **values)


def failure(settings: SmtpSettings) -> tuple[str, bool, bool]:
    with pytest.raises(SendError) as refused:
        send_letter(settings, MAIL)
    return refused.value.code, refused.value.permanent, refused.value.down


def test_what_the_letter_says() -> None:
    text = MAIL.get_body(("plain",)).get_content()
    assert text.splitlines() == [
        "五华区总工会：",
        "新的线索名单（第3版）",
        "新增线索：1,200",
        "仍在名单：40",
        "移出名单：2",
        "请于 2026-12-02 前签收。",
        "入户核查结果请于 2026-12-21 前回报。",
        "请登录核查门户办理：https://portal.example/b&f/cases",
        "本邮件由系统自动发送，不含个人信息，请勿回复。",
        "",
        "To 五华区总工会:",
        "New list of clues, version 3",
        "new clues: 1,200",
        "still on the list: 40",
        "no longer on the list: 2",
        "Please acknowledge by 2026-12-02.",
        "Please report the visits by 2026-12-21.",
        "Log in to the portal: https://portal.example/b&f/cases",
        "Sent by a machine; no personal data is in it. Please do not answer.",
    ]
    assert MAIL["Subject"] == "【帮扶】新的线索名单（第3版） New list of clues, version 3"
    assert (MAIL["Message-ID"], MAIL["Auto-Submitted"]) == ("<msg_1@union.example>", "auto-generated")
    page = MAIL.get_body(("html",)).get_content()
    assert 'href="https://portal.example/b&amp;f/cases"' in page
    assert not {"<img", "<script", "<link", "src="} & set(page.replace("=", "= ").split())
    assert "src=" not in page
    assert "http" not in page.replace("https://portal.example", "")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_logged_in(security: str, trusted: Path) -> None:
    with mailing(security, trusted, passwords=True) as mails:
        send_letter(server(mails.port, security, user=USER, password=PASSWORD), MAIL)
        assert failure(server(mails.port, security, user=USER, password="wrong")) == ("smtp_535", False, True)
        assert failure(server(mails.port, security)) == ("smtp_530", False, True)
    [mail] = mails.mails
    assert mail["Message-ID"] == "<msg_1@union.example>"
    assert mail.get_body(("plain",)).get_content().splitlines() == MAIL.get_body(("plain",)).get_content().splitlines()
    assert mails.encrypted == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for(security: str, certificate: Path) -> None:
    with mailing(security, certificate) as mails:
        assert failure(server(mails.port, security)) == ("tls_failed", False, True)
    assert mails.mails == []


def test_urgent_clues_are_told_with_the_hour_in_china() -> None:
    hour = dt.datetime(2026, 12, 1, 2, 30, tzinfo=dt.UTC)
    hurry = replace(NOTICE, kind=NoticeKind.URGENT, counts={"urgent": 2}, acknowledge_by=dt.date(2026, 12, 1), due_on=None, due_at=hour)  # fmt: skip
    mail = letter(hurry, "msg_1", "wuhua@union.example", "bangfu@union.example", PORTAL)
    text = mail.get_body(("plain",)).get_content()
    assert "抢先线索：2\n请于 2026-12-01 前签收。\n请于 2026-12-01 10:30 前联系到人，节假日照常计时。" in text
    assert "Please contact them by 2026-12-01 10:30, China time; holidays count." in text
    assert mail["Subject"] == "【帮扶】抢先线索，24小时内联系（第3版） Urgent clues: contact within 24 hours, version 3"


def test_encryption_is_never_given_up(trusted: Path) -> None:
    """A server, or somebody in between, that does not offer STARTTLS gets nothing."""
    with mailing("none") as mails:
        assert failure(server(mails.port, "starttls", user=USER, password=PASSWORD)) == (
            "smtp_not_supported",
            False,
            True,
        )
    assert mails.mails == []


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"recipient": ["550 no such user"]}, ("smtp_550", True, False)),
        ({"recipient": ["450 mailbox busy"]}, ("smtp_450", False, False)),
        ({"sender": ["550 not you"]}, ("smtp_550", False, True)),
        ({"data": ["554 refused"]}, ("smtp_554", True, False)),
        ({"data": ["451 try later"]}, ("smtp_451", False, False)),
        ({"data": ["421 shutting down"]}, ("smtp_421", False, True)),
    ],
)
def test_what_the_server_answers(answers: dict[str, list[str]], told: tuple[str, bool, bool]) -> None:
    with mailing("none") as mails:
        for name, values in answers.items():
            setattr(mails, name, values)
        assert failure(server(mails.port)) == told
        send_letter(server(mails.port), MAIL)
    assert len(mails.mails) == 1


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert failure(server(free.getsockname()[1])) == ("unreachable", False, True)


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bangfu.notifying.mail._SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert failure(server(silent.getsockname()[1])) == ("unreachable", False, True)
