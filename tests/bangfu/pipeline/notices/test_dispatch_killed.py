"""Dispatchers are killed (kill -9) before and after each of their commits, and at any moment: nothing is lost."""

import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from bangfu.pipeline.context import Context
from schemas.notices import Channel
from tests.bangfu.notifying.servers import mailing, receiving
from tests.bangfu.pipeline.installing import Installations, attempt
from tests.bangfu.pipeline.killing import Killer
from tests.bangfu.pipeline.notices.conftest import ids, let_time_pass, notices_for, stand

LOCAL = {"BANGFU_NOTICE_PRIVATE": "true", "BANGFU_SMTP_HOST": "127.0.0.1", "BANGFU_SMTP_SECURITY": "none"}
LOCAL["BANGFU_MAIL_FROM"] = "bangfu@union.example"
MESSAGES = 5


def check(context: Context, received: list[str], kills: int) -> Counter[str]:
    """Everything arrived; every further copy is owed to a kill between sending and recording."""
    counts = Counter(received)
    assert set(counts) == set(ids(context))
    assert {status for status, *_ in stand(context)} == {"sent"}
    assert len(received) <= len(counts) + kills
    return counts


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("channel", [Channel.WEBHOOK, Channel.EMAIL])
def test_at_every_commit(killer: Killer, installations: Installations, channel: Channel, moment: str) -> None:
    """Commits of a round: give up, then claim and record for each message, and a look that finds nothing."""
    context = installations()
    with receiving() as receiver, mailing("none") as mails:
        notices_for(context, MESSAGES, (channel, receiver.url if channel is Channel.WEBHOOK else "a@union.example"))
        environment = {**LOCAL, "BANGFU_SMTP_PORT": str(mails.port)}
        kills = 0
        for commit in range(1, 3 * MESSAGES):
            ended = attempt(killer, context, "dispatch", environment=environment, **{moment: commit})
            let_time_pass(context)
            if ended.completed:
                break
            kills += 1
        received = receiver.ids or [mail["Message-ID"].strip("<>").partition("@")[0] for mail in mails.mails]
    counts = check(context, received, kills)
    assert kills >= 4
    if moment == "before":
        assert max(counts.values()) > 1  # it was killed between sending and recording, else this tests nothing


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_at_any_moment(killer: Killer, installations: Installations, seed: int) -> None:
    """Some time after any commit: often while the receiver thinks about its answer, which has the message already."""
    context, rng, kills = installations(), random.Random(seed), 0
    with receiving() as receiver:
        notices_for(context, 30, (Channel.WEBHOOK, receiver.url))
        receiver.answers += [0.05] * 100
        while kills < 60 and len(set(receiver.ids)) < 20:
            moment = {"after": rng.randrange(9), "seconds": rng.uniform(0.001, 0.12)}
            ended = attempt(killer, context, "dispatch", environment=LOCAL, **moment)
            kills += not ended.completed
            let_time_pass(context)
        assert attempt(killer, context, "dispatch", environment=LOCAL).completed
        check(context, receiver.ids, kills)
    assert kills >= 3


def test_real_dispatchers_side_by_side(installations: Installations) -> None:
    """Processes of the command line: each message is sent by one of them, once."""
    context = installations()
    with receiving() as receiver:
        notices_for(context, 60, (Channel.WEBHOOK, receiver.url))
        receiver.answers += [0.01] * 60
        environment = {
            **os.environ, **LOCAL, "BANGFU_SMTP_HOST": "", "BANGFU_HOME": str(context.settings.home),
            "BANGFU_DATABASE_URL": context.settings.database_url or "", "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip
        command = [
            sys.executable,
            "-c",
            "import sys; from bangfu.cli import main; sys.exit(main())",
            "dispatch",
            "--once",
        ]
        running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        told = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert all(line.startswith("dispatch: ") for line in told)
    assert sorted(receiver.ids) == sorted(ids(context))
