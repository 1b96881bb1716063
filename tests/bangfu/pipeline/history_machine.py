"""Everything a department and an officer may do, in any order, compared with a simple model after each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import text

from bangfu.db.deliveries import list_deliveries, standing_extracts
from bangfu.db.intake_models import DeliveryStatus
from bangfu.pipeline.intake.approve import approve, turn_down
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.intake.settle import settle_pending
from schemas.manifest import MANIFEST
from tests.bangfu.pipeline.history_model import Content, Model, Standing, Stated
from tests.bangfu.pipeline.history_world import BARE, LARGE, PERIODS, POOL, ROSTER, World, digest, put, sending_of

__all__ = ["PERIOD", "REVISION", "History"]

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
        return f"civil_affairs-d-{digest(POOL[stated.contents[0]])[:16]}"

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
