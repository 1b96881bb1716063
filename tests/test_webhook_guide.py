"""The guide for receivers works as it stands: its code is run, and notices are sent to it."""

import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hand_built import Database, opened

from bangfu.notice_settings import NoticeSettings
from bangfu.notifying.failure import SendError
from bangfu.notifying.webhook import post, signed
from bangfu.pipeline.notices.channels import webhook_secret
from bangfu.pipeline.notices.dispatch import DispatchSummary, dispatch_due
from schemas.notices import Channel
from tests.bangfu.pipeline.notices.conftest import notices_for

GUIDE = Path(__file__).parents[1] / "docs" / "webhooks.md"


def code_of(guide: Path) -> str:
    [code] = re.findall(r"```python\n(.+?)```", guide.read_text("utf-8"), re.DOTALL)
    return str(code)


def test_both_languages_show_the_same_code() -> None:
    assert code_of(GUIDE) == code_of(GUIDE.with_name("webhooks.zh.md"))


def test_its_receiver_takes_notices_once_and_nothing_else(database: Database, tmp_path: Path) -> None:
    code = code_of(GUIDE)
    (tmp_path / "receiver.py").write_text(code, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    context = opened(database)
    context = replace(context, settings=replace(context.settings, notices=NoticeSettings(private=True)))
    notices_for(context, 1, (Channel.WEBHOOK, url))
    secret = webhook_secret(context, "530102")
    environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port)}
    receiver = subprocess.Popen(
        [sys.executable, str(tmp_path / "receiver.py")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        wait_for(port)
        assert dispatch_due(context) == DispatchSummary(sent=1)
        content = {"type": "notice.list", "data": {"counts": {"new": 9}}}
        post(url, content, "msg_1", [secret], private=True)
        post(url, content, "msg_1", [secret], private=True)
        with pytest.raises(SendError, match="http_401"):
            post(url, content, "msg_2", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], private=True)
        post(url, content, "msg_3", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secret], private=True)
    finally:
        receiver.terminate()
        told, _ = receiver.communicate(timeout=10)
    assert told.splitlines() == ["notice.list {'new': 1}", "notice.list {'new': 9}", "notice.list {'new': 9}"]


def test_its_receiver_refuses_what_is_played_again(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    names: dict[str, object] = {"__name__": "receiver"}
    exec(code_of(GUIDE), names)
    now = datetime.now(UTC)
    for minutes, right in ((0, True), (-4, True), (4, True), (-6, False), (6, False)):
        headers = signed("{}", "msg_1", now + timedelta(minutes=minutes), [secret])
        assert names["verified"](headers, b"{}") is right  # type: ignore[operator]
        assert names["verified"](headers, b"{ }") is False  # type: ignore[operator]


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the receiver does not listen")
