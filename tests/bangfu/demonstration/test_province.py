"""The demonstration's data: made once, whole or not at all, and never among real people."""

import json
import shutil
import socket
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bangfu.synth
from bangfu.db import embedded
from bangfu.demonstration import province
from bangfu.demonstration.province import DemoRequest, demo_directory, prepare, requested
from bangfu.errors import BangfuError
from bangfu.services import processes
from bangfu.services.ports import HOST
from bangfu.settings import Settings
from bangfu.synth import SynthRequest

REQUEST = DemoRequest(members=500, seed=2)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A fresh installation, as the command leaves it when it has taken the lock, on ports of its own."""
    settings.home.mkdir(parents=True)
    (settings.home / "up.lock").write_text("process 1")
    with socket.create_server((HOST, 0)) as one, socket.create_server((HOST, 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
    return replace(settings, portal_port=ports[0], airflow_port=ports[1])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[SynthRequest]:
    """Requests for provinces; each is made of one file."""
    requests: list[SynthRequest] = []

    def synthesise(request: SynthRequest, _progress: Any) -> None:
        requests.append(request)
        (request.out / "extracts").mkdir()
        (request.out / "extracts" / "whole").write_text(f"{request.members} {request.seed}")

    monkeypatch.setattr(bangfu.synth, "synthesise", synthesise)
    return requests


def prepared(settings: Settings, request: DemoRequest = REQUEST) -> list[str]:
    said: list[str] = []
    prepare(settings, request, said.append)
    return said


def content(settings: Settings) -> str:
    return (demo_directory(settings) / "province" / "extracts" / "whole").read_text()


def files(settings: Settings) -> set[str]:
    return {path.relative_to(settings.home).as_posix() for path in settings.home.rglob("*")}


def refused(settings: Settings, request: DemoRequest, message: str) -> None:
    """Preparing fails with the message and leaves everything as it was."""
    before = files(settings)
    with pytest.raises(BangfuError, match=message):
        prepared(settings, request)
    assert files(settings) == before


def test_province_is_made_as_requested(settings: Settings, made: list[SynthRequest]) -> None:
    assert requested(settings) is None
    said = prepared(settings)
    assert [(request.members, request.seed) for request in made] == [(500, 2)]
    assert content(settings) == "500 2"
    assert requested(settings) == REQUEST
    assert "500 members (seed 2)" in said[0]


def test_second_time_uses_what_is_there(settings: Settings, made: list[SynthRequest]) -> None:
    prepared(settings)
    said = prepared(settings)
    assert len(made) == 1
    assert said == ["the synthetic province is there: 500 members, seed 2"]


@pytest.mark.parametrize("other", [DemoRequest(600, 2), DemoRequest(500, 3)])
def test_other_members_or_seed_are_refused_with_both_ways_out(
    settings: Settings, made: list[SynthRequest], other: DemoRequest
) -> None:
    prepared(settings)
    refused(settings, other, r"demonstration of 500 members with seed 2: use --members 500 --seed 2, or add --fresh")
    assert content(settings) == "500 2"


def test_fresh_replaces_the_former_demonstration(
    settings: Settings, made: list[SynthRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Path] = []
    monkeypatch.setattr(processes, "end_left_over", ended.append)
    monkeypatch.setattr(embedded, "stop", lambda settings: ended.append(settings.home / "postgres"))
    prepared(settings)
    (settings.home / "objects" / "landing" / "union_roster").mkdir(parents=True)
    (settings.home / "airflow.cfg").write_text("old")
    prepared(settings, DemoRequest(600, 3, fresh=True))
    assert ended == [settings.home, settings.home / "postgres"]
    assert content(settings) == "600 3"
    assert files(settings) == {
        "up.lock", "demo", "demo/request.json", "demo/province", "demo/province/extracts", "demo/province/extracts/whole",
    }  # fmt: skip


def test_fresh_does_not_remove_what_was_never_a_demonstration(settings: Settings, made: list[SynthRequest]) -> None:
    """--fresh on the directory of a real installation must not cost a union its data."""
    (settings.home / "objects" / "landing" / "union_roster").mkdir(parents=True)
    refused(settings, DemoRequest(500, 2, fresh=True), "not the demonstration's: set BANGFU_HOME")


def test_extracts_of_others_are_refused(settings: Settings, made: list[SynthRequest]) -> None:
    (settings.home / "objects" / "landing" / "union_roster").mkdir(parents=True)
    refused(settings, REQUEST, "not the demonstration's: set BANGFU_HOME")
    assert made == []


@pytest.mark.parametrize(
    "change", [{"database_url": "postgresql://bangfu@db.example/bangfu"}, {"object_store": "s3://bucket/prefix"}]
)
@pytest.mark.parametrize("again", [False, True], ids=["first time", "after a demonstration"])
def test_real_services_are_refused(
    settings: Settings, made: list[SynthRequest], change: dict[str, str], again: bool
) -> None:
    """Synthetic people in a real database would be visited.

    A demonstration that went well once is no licence: the variables may have been set since.
    """
    if again:
        prepared(settings)
    real = replace(settings, **change)  # type: ignore[arg-type]
    refused(real, REQUEST, "unset BANGFU_DATABASE_URL and BANGFU_OBJECT_STORE")


def test_taken_port_is_found_before_the_work(settings: Settings, made: list[SynthRequest]) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        refused(replace(settings, portal_port=port), REQUEST, rf"Port {port}.*BANGFU_PORTAL_PORT")
    assert made == []


def test_small_disk_is_found_before_the_work(
    settings: Settings, made: list[SynthRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**12, 10**12, 505_000_000))
    refused(settings, REQUEST, r"500 members needs about 506 MB .* 505 MB are free")
    assert made == []


def test_interrupted_making_is_done_again(
    settings: Settings, made: list[SynthRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a province would go through the chain as if it were whole, and the recall would be told of it."""

    def interrupted(request: SynthRequest, _progress: Any) -> None:
        (request.out / "extracts").mkdir()
        (request.out / "extracts" / "half").write_text("")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bangfu.synth, "synthesise", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepared(settings)
    assert not (demo_directory(settings) / "province").exists()
    prepared(settings)
    assert content(settings) == "500 2"
    assert not list(demo_directory(settings).rglob("half"))


def test_after_an_interruption_another_size_may_be_asked_for(
    settings: Settings, made: list[SynthRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(request: SynthRequest, _progress: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bangfu.synth, "synthesise", interrupted)
        with pytest.raises(KeyboardInterrupt):
            prepared(settings)
    prepared(settings, DemoRequest(600, 3))
    assert content(settings) == "600 3"
    assert requested(settings) == DemoRequest(600, 3)


@pytest.mark.parametrize("note", ["", "{", "[1]", '"x"', '{"members": 500}', "null"])
def test_unreadable_note_is_no_demonstration(settings: Settings, note: str) -> None:
    demo_directory(settings).mkdir()
    (demo_directory(settings) / "request.json").write_text(note)
    assert requested(settings) is None


def test_wanted_disk_grows_with_the_members() -> None:
    """Measured at 100,000 members; a machine with 2 GB free must not be told that it can hold ten million."""
    assert province.BYTES_PER_MEMBER * 10_000_000 > 50_000_000_000


def test_note_says_what_was_asked_for(settings: Settings, made: list[SynthRequest]) -> None:
    prepared(settings)
    stored = json.loads((demo_directory(settings) / "request.json").read_text())
    assert (stored["members"], stored["seed"]) == (500, 2)
