"""One installation in which every content of a small pool has been read, so that histories of it take no reading."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from bangfu.db.deliveries import get_delivery
from bangfu.db.registry import list_extracts
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.intake.settle import profile_of, settle_pending
from bangfu.profiling import Profile, drift
from schemas.manifest import Manifest
from schemas.sources import SOURCES
from tests.bangfu.pipeline.history_model import Content, Stated
from tests.bangfu.pipeline.sending import Sending, roster_text

__all__ = ["BARE", "LARGE", "PERIODS", "POOL", "ROSTER", "World", "digest", "put", "sending_of"]

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
        self.names = {extracts[digest(content)]: name for name, content in POOL.items()}
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


def digest(content: bytes) -> str:
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
