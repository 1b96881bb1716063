"""Where the chain stands, read from our own database (进度): what is still on its way, and in which stage."""

from dataclasses import dataclass

from bangfu.pipeline.context import Context

__all__ = ["Standing", "standing"]


@dataclass(frozen=True)
class Standing:
    """What is not done yet.

    Attributes:
        dropped: Sources with files in the drop area.
        received: Sources with deliveries that are registered and not in use yet.
        next_stage: The first of `link`, `screen`, `publish` that has not seen all standardised extracts; None
            when the published list comes from all standardised extracts.
    """

    dropped: tuple[str, ...]
    received: tuple[str, ...]
    next_stage: str | None

    @property
    def done(self) -> bool:
        """Whether everything that was dropped has come out at the other end."""
        return not self.dropped and not self.received and self.next_stage is None

    @property
    def outstanding(self) -> tuple[str, ...]:
        """DAGs that have something to do."""
        if self.dropped:
            return tuple(f"receive_{source}" for source in self.dropped)
        if self.received:
            return tuple(f"standardise_{source}" for source in self.received)
        return (self.next_stage,) if self.next_stage else ()


def standing(context: Context) -> Standing:
    """Return where the chain stands."""
    from bangfu.db.deliveries import list_deliveries, standing_extracts
    from bangfu.db.intake_models import DeliveryStatus
    from bangfu.storage import keys
    from schemas.sources import SOURCES

    dropped = tuple(source for source in SOURCES if any(True for _ in context.store.list(keys.drop_prefix(source))))
    with context.engine.connect() as connection:
        received = {item.source for item in list_deliveries(connection, status=DeliveryStatus.RECEIVED)}
        standard = frozenset(item.extract_id for item in standing_extracts(connection))
    next_stage = _next_stage(context, standard) if standard else None
    return Standing(dropped, tuple(source for source in SOURCES if source in received), next_stage)


def _next_stage(context: Context, standard: frozenset[str]) -> str | None:
    """The first stage after standardisation that has not seen all of these extracts."""
    from sqlalchemy import select

    from bangfu.db.models import CandidateList
    from bangfu.db.runs import latest_run

    query = select(CandidateList.run_id, CandidateList.list_version).order_by(CandidateList.run_id.desc()).limit(1)
    with context.engine.connect() as connection:
        linked = latest_run(connection, "link")
        screened = connection.execute(query).one_or_none()
    if linked is None or _linked_extracts(context, linked.run_id) != standard:
        return "link"
    if screened is None or screened.run_id < linked.run_id:  # run ids sort by time
        return "screen"
    return "publish" if screened.list_version is None else None


def _linked_extracts(context: Context, run_id: str) -> frozenset[str]:
    """The extracts a linkage run has read."""
    from bangfu.pipeline.sealed import read_sealed
    from bangfu.storage import keys

    return frozenset(read_sealed(context, keys.links(run_id, "inputs"), run_id, ["extract_id"])["extract_id"])
