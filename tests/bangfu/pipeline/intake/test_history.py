"""Whatever is sent, in whatever order, and whatever goes wrong with it: what counts is what a simple model says.

The contents are few, so that each is read once; each sequence starts with a register in which nothing was sent.
"""

from __future__ import annotations

import itertools
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, text

from bangfu.db import DatabaseUrls
from bangfu.db.deliveries import get_delivery, list_deliveries, standing_extracts
from bangfu.db.intake_models import DeliveryStatus
from bangfu.db.registry import list_extracts
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.approve import approve, turn_down
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import profile_of, settle_pending
from bangfu.profiling import Profile, drift
from bangfu.settings import Settings
from schemas.manifest import MANIFEST, Manifest
from schemas.sources import SOURCES
from tests.bangfu.pipeline.history_model import Content, Model, Standing, Stated
from tests.bangfu.pipeline.installing import Installations
from tests.bangfu.pipeline.sending import Sending, roster_text

ROSTER = {name: roster_text(*(f"{name}{number}" for number in range(3))) for name in ("甲", "乙", "丙", "丁")}
LARGE = {"戊": roster_text(*(f"戊{number}" for number in range(60)))}
"""So many more rows that it waits for a person after any other."""
BARE = {
    name: f"低保证号,救助类别,成员姓名,成员身份证号\nJ1,农村低保,{name},539210199003070036\n".encode()
    for name in ("己", "庚")
}
"""Files without a manifest of a source that holds these until a person approves."""
POOL = {**ROSTER, **LARGE, **BARE}
PERIODS = ("2026Q1", "2026Q2")
SENDER = "530102"
STRANGER = "530199"


class World:
    """One installation in which every content has been read once.

    Attributes:
        sequences, operations: How many were tried.
        outcomes: How often each outcome was heard.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.sequences = 0
        self.operations: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.names: dict[str, Content] = {}
        self._stops: dict[tuple[frozenset[Content], frozenset[Content] | None], bool] = {}
        for name in POOL:
            self._read(Stated("2026Q1", 1, (name,), announced=name not in BARE))
        with context.engine.connect() as connection:
            extracts = {row.sha256: row.extract_id for row in list_extracts(connection)}
        self.names = {extracts[_digest(content)]: name for name, content in POOL.items()}
        rosters = [*ROSTER, *LARGE]
        pairs = [*itertools.combinations(rosters, 1), *itertools.combinations(rosters, 2)]
        self._profiles = {frozenset(contents): self._profile(contents) for contents in pairs}
        self.forget()

    def _read(self, stated: Stated) -> None:
        put(self.context, stated, folder="first")
        source = "union_roster" if stated.announced else "civil_affairs"
        [receipt] = receive_dropped(self.context, source)
        assert receipt.outcome == "registered"
        settle_pending(self.context)
        self.forget(sequence=False)

    def clear(self) -> None:
        """Begin anew, whatever lies about."""
        for item in self.context.store.list("drop/"):
            self.context.store.delete(item.key)
        self.forget()

    def forget(self, *, sequence: bool = True) -> None:
        """Begin anew: extracts and keys stay, deliveries never came."""
        self.sequences += sequence
        with self.context.engine.begin() as connection:
            for table in ("delivery_file", "delivery"):
                connection.execute(text(f"DELETE FROM {table}"))
            self.entries = self._entries(connection)
        if self.sequences % 100 == 0:
            root = self.context.settings.home / "objects"
            for area in ("receipts", "reports", ".recorded/receipts", ".recorded/reports"):
                shutil.rmtree(root / area, ignore_errors=True)

    def exchanged(self) -> int:
        """How many entries the exchange log, which nobody can shorten, has got since."""
        with self.context.engine.connect() as connection:
            return self._entries(connection) - self.entries

    def _entries(self, connection: Connection) -> int:
        query = "SELECT count(*) FROM exchange WHERE counterpart NOT LIKE :stranger"
        return int(connection.scalar(text(query), {"stranger": f"% {STRANGER}"}) or 0)

    def stops(self, now: Sequence[Content], before: Sequence[Content] | None) -> bool:
        """Whether contents differ too much from former ones, by their profiles."""
        asked = frozenset(now), None if before is None else frozenset(before)
        if asked not in self._stops:
            self._stops[asked] = drift(
                self._profiles[asked[0]],
                None if asked[1] is None else self._profiles[asked[1]],
                SOURCES["union_roster"].drift,
            ).stops
        return self._stops[asked]

    def _profile(self, contents: tuple[Content, ...]) -> Profile:
        """The profile of contents sent by somebody who never sent anything before."""
        sending = replace(sending_of(Stated("2026Q1", 1, contents)), sender=STRANGER)
        sending.put(self.context, folder="profile")
        receive_dropped(self.context, "union_roster")
        settle_pending(self.context)
        with self.context.engine.connect() as connection:
            row = get_delivery(connection, sending.delivery_id)
        assert row is not None
        profile = profile_of(self.context, row)
        assert profile is not None
        self.forget(sequence=False)
        return profile


def _digest(content: bytes) -> str:
    return Sending({"x": content}).manifest().files[0].sha256


def sending_of(stated: Stated) -> Sending:
    files = {f"{name}.csv": POOL[name] for name in stated.contents}
    rows = {f"{stated.contents[0]}.csv": 2} if stated.twist == "rows" else {}
    return Sending(files, rows, sender=SENDER, period=stated.period, revision=stated.revision)


def _other_digest(manifest: Manifest) -> Manifest:
    return replace(manifest, files=(replace(manifest.files[0], sha256="0" * 64), *manifest.files[1:]))


def put(context: Context, stated: Stated, *, folder: str, **amiss: object) -> None:
    if not stated.announced:
        context.store.put(f"drop/civil_affairs/{folder}.csv", POOL[stated.contents[0]])
    elif stated.twist == "digest":
        sending_of(stated).put(context, folder=folder, state=_other_digest, **amiss)  # type: ignore[arg-type]
    else:
        sending_of(stated).put(context, folder=folder, **amiss)  # type: ignore[arg-type]


PERIOD = st.sampled_from(PERIODS)
REVISION = st.integers(1, 3)
CONTENTS = st.lists(st.sampled_from([*ROSTER, *ROSTER, *LARGE]), min_size=1, max_size=2, unique=True).map(tuple)
SOUND = st.builds(Stated, PERIOD, REVISION, CONTENTS)
SOME = st.integers(0, 99)


class History(RuleBasedStateMachine):
    """One sequence of what a department and an officer may do."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.context = self.world.context
        self.model = Model(self.world.stops)
        self.moments: list[tuple[datetime, Standing]] = [(datetime.now(UTC), {})]
        self.folders = 0

    @rule(stated=SOUND)
    def send(self, stated: Stated) -> None:
        put(self.context, stated, folder=self.folder())
        self.heard("send", stated)

    @precondition(lambda self: self.model.status)
    @rule(which=SOME)
    def send_again(self, which: int) -> None:
        stated = self.one(which, *self.model.having("accepted", "held", "rejected", "retracted"))
        put(self.context, stated, folder=self.folder())
        self.heard("send again", stated)

    @rule(stated=SOUND, twist=st.sampled_from(["rows", "digest"]))
    def send_with_a_wrong_manifest(self, stated: Stated, twist: str) -> None:
        wrong = replace(stated, twist=twist)
        put(self.context, wrong, folder=self.folder())
        self.heard(f"wrong {twist}", wrong)

    @rule(stated=SOUND, bytes_there=st.integers(0, 60))
    def send_cut_off_and_then_whole(self, stated: Stated, bytes_there: int) -> None:
        folder, name = self.folder(), f"{stated.contents[0]}.csv"
        put(self.context, stated, folder=folder, cut={name: bytes_there})
        assert receive_dropped(self.context, "union_roster") == []
        key = f"drop/union_roster/{folder}/{name}"
        self.context.store.delete(key)
        self.context.store.put(key, sending_of(stated).files[name])
        self.heard("cut off, then whole", stated)

    @rule(stated=SOUND, late=st.sampled_from(["file", "manifest", "all files"]))
    def send_in_parts(self, stated: Stated, late: str) -> None:
        sending, folder = sending_of(stated), self.folder()
        names = tuple(sending.files)
        without = {"file": names[:1], "manifest": (MANIFEST,), "all files": names}[late]
        sending.put(self.context, folder=folder, without=without)
        if late != "manifest" and self.known(stated):
            self.heard(f"again without its {late}", stated)
            return
        assert receive_dropped(self.context, "union_roster") == []
        kept = tuple(name for name in (*names, MANIFEST) if name not in without)
        sending.put(self.context, folder=folder, without=kept)
        self.heard(f"without its {late}, then complete", stated)

    @precondition(lambda self: self.known_whole())
    @rule(which=SOME, content=st.sampled_from([*ROSTER]))
    def send_other_bytes_under_an_old_manifest(self, which: int, content: Content) -> None:
        """As long as before, so that only the digest tells."""
        stated = self.one(which, *self.known_whole())
        if content in stated.contents:
            return
        sending, folder = sending_of(stated), self.folder()
        name = next(iter(sending.files))
        replace(sending, files={**sending.files, name: POOL[content]}).put(
            self.context, folder=folder, state=lambda _: sending.manifest()
        )
        [receipt] = receive_dropped(self.context, "union_roster")
        expected = ("rejected", "digest_differs")
        assert (receipt.outcome, receipt.code) == expected
        self.done("other bytes under an old manifest", "digest_differs")

    @rule(name=st.sampled_from([*BARE]))
    def send_a_bare_file(self, name: Content) -> None:
        stated = Stated("", 1, (name,), announced=False)
        put(self.context, stated, folder=self.folder())
        self.heard("bare file", stated)

    @precondition(lambda self: self.model.having("held"))
    @rule(which=SOME, yes=st.booleans())
    def decide(self, which: int, yes: bool) -> None:
        stated = self.one(which, *self.model.having("held"))
        if yes:
            approve(self.context, self.identity(stated), by="chen.jie")
        else:
            turn_down(self.context, self.identity(stated), by="chen.jie", reason="查无此批")
        self.model.status[stated] = "accepted" if yes else "rejected"
        self.done("approve" if yes else "turn down")

    @precondition(lambda self: self.model.having("accepted", "held"))
    @rule(which=SOME)
    def retract(self, which: int) -> None:
        stated = self.one(which, *self.model.having("accepted", "held"))
        retract(self.context, self.identity(stated), "a slip", by="chen.jie")
        self.model.status[stated] = "retracted"
        self.done("retract")

    def teardown(self) -> None:
        try:
            for moment, expected in self.moments:
                assert self.standing(moment) == expected
            assert self.world.exchanged() == self.model.registered
        finally:
            self.world.clear()

    def folder(self) -> str:
        self.folders += 1
        return f"delivery-{self.folders}"

    def one(self, which: int, *those: Stated) -> Stated:
        return those[which % len(those)]

    def known_whole(self) -> list[Stated]:
        """What is registered and can be sent with other bytes of the same length."""
        known = self.model.having("accepted", "held", "retracted")
        return [one for one in known if one.announced and one.contents[0] in ROSTER]

    def identity(self, stated: Stated) -> str:
        if stated.announced:
            return sending_of(stated).delivery_id
        return f"civil_affairs-d-{_digest(POOL[stated.contents[0]])[:16]}"

    def known(self, stated: Stated) -> bool:
        return any(one.identity == stated.identity for one in self.model.having("accepted", "held", "retracted"))

    def heard(self, what: str, stated: Stated) -> None:
        """It is decided about, as the model says, and leaves the drop area."""
        expected = self.model.sent(stated)
        source = "union_roster" if stated.announced else "civil_affairs"
        [receipt] = receive_dropped(self.context, source)
        assert (receipt.outcome, receipt.code) == expected
        settle_pending(self.context, source)
        self.done(what, receipt.code or receipt.outcome)

    def done(self, what: str, outcome: str = "") -> None:
        """Compare register and model."""
        self.world.operations[what] += 1
        self.world.outcomes[outcome] += 1
        assert list(self.context.store.list("drop/")) == []
        assert self.standing() == self.model.standing()
        moment, expected = self.moments[len(self.moments) * 5 // 8]  # all of them are looked at in the end
        assert self.standing(moment) == expected
        self.moments.append((datetime.now(UTC), self.model.standing()))
        with self.context.engine.connect() as connection:
            rows = {row.delivery_id: row for row in list_deliveries(connection)}
            short = connection.execute(_SHORT).all()
        for stated, status in self.model.status.items():
            if status != "rejected" or not stated.twist:
                assert str(rows[self.identity(stated)].status) == status
        accepted = sum(row.status is DeliveryStatus.ACCEPTED for row in rows.values())
        assert accepted == len(self.model.having("accepted"))
        assert short == []

    def standing(self, at: datetime | None = None) -> Standing:
        with self.context.engine.connect() as connection:
            rows = standing_extracts(connection, at=at)
        return {self.world.names[row.extract_id]: (row.period or "", row.revision) for row in rows}


_SHORT = text(
    "SELECT delivery_id FROM delivery JOIN delivery_file USING (delivery_id) JOIN extract USING (extract_id)"
    " WHERE delivery.status <> 'rejected' AND (rows_stated <> data_rows OR rows_accepted + rows_rejected <> rows_in"
    " OR rows_stated > rows_in)"
)
"""Deliveries in the register with fewer rows than stated."""


@pytest.fixture(scope="module")
def world(server: tuple[Settings, DatabaseUrls]) -> Iterator[World]:
    """All files lie in memory where that can be: nothing here has to outlive a power cut."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(tempfile, "tempdir", folder)
        installations = Installations(server, Path(folder))
        try:
            context = installations()
            patient = replace(context.settings, incomplete_hours=24)
            yield World(replace(context, settings=patient))
        finally:
            installations.close()


QUICK = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SOAK = pytest.mark.soak, pytest.mark.timeout(3600)


@pytest.mark.parametrize(
    "sequences", [200, *(pytest.param(2_500, id=f"part {n} of 4", marks=SOAK) for n in (1, 2, 3, 4))]
)
def test_what_counts_is_what_the_model_says(world: World, sequences: int) -> None:
    """Ten thousand sequences in a soak."""
    before = world.sequences
    world.operations.clear()
    world.outcomes.clear()

    class Here(History):
        pass

    Here.world = world
    chosen = settings(max_examples=sequences, stateful_step_count=7, **QUICK)  # type: ignore[arg-type]
    run_state_machine_as_test(Here, settings=chosen)
    tried = world.sequences - before
    print(f"\n{tried} sequences, {sum(world.operations.values())} operations, 0 losses")
    print(*(f"{count:>8} {name}" for name, count in world.operations.most_common()), sep="\n")
    print(*(f"{count:>8} heard: {name}" for name, count in world.outcomes.most_common() if name), sep="\n")
    assert tried >= sequences


PLACE = st.tuples(PERIOD, REVISION)
SMALL = st.lists(st.sampled_from([*ROSTER]), min_size=1, max_size=2, unique=True).map(tuple)


def check_order(world: World, sent: Mapping[tuple[str, int], tuple[Content, ...]], luck: random.Random) -> None:
    """Send some deliveries twice over, each time in another order, some together and some again."""
    stated = [Stated(period, revision, contents) for (period, revision), contents in sent.items()]
    stands = []
    for _ in range(2):
        order = stated + luck.choices(stated, k=len(stated) // 2)
        luck.shuffle(order)
        for number, one in enumerate(order):
            put(world.context, one, folder=f"delivery-{luck.randrange(1000):03d}-{number}")
            if luck.random() < 0.4:
                receive_dropped(world.context, "union_roster")
            if luck.random() < 0.4:
                settle_pending(world.context, "union_roster")
        receive_dropped(world.context, "union_roster")
        settle_pending(world.context, "union_roster")
        with world.context.engine.connect() as connection:
            rows = standing_extracts(connection)
        stands.append([(world.names[row.extract_id], row.delivery_id, row.revision) for row in rows])
        world.forget()
    model = Model(lambda now, before: False)
    for one in stated:
        model.sent(one)
    assert stands[0] == stands[1]
    assert {content: revision for content, _, revision in stands[0]} == {
        content: revision for content, (_, revision) in model.standing().items()
    }


@pytest.mark.parametrize("examples", [30, pytest.param(500, marks=SOAK)])
def test_the_order_of_arrival_makes_no_difference(world: World, examples: int) -> None:
    """Where no two deliveries claim the same revision; of two that do, the first is taken and the sender is told."""

    @settings(max_examples=examples, **QUICK)  # type: ignore[arg-type]
    @given(sent=st.dictionaries(PLACE, SMALL, min_size=2, max_size=5), seed=st.integers(0, 2**32))
    def holds(sent: dict[tuple[str, int], tuple[Content, ...]], seed: int) -> None:
        try:
            check_order(world, sent, random.Random(seed))
        finally:
            world.clear()

    holds()
