"""The register of extracts: the same bytes once, one worker at a time, decisions kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bangfu.db import registry
from bangfu.db.intake_models import Extract, ExtractStatus
from bangfu.db.registry import Landed, Standardised
from bangfu.errors import BangfuError

SHA = "3fa2b10c" * 8
ROSTER = Landed("union_roster", SHA, 1234, 10, "landing/union_roster/x.parquet")
DONE = Standardised(10, 9, 1, "standard/union_roster/x.parquet", "quarantine/union_roster/x.parquet", "1")


@pytest.fixture
def roster(database) -> str:
    with database.owner.begin() as connection:
        return registry.register_extract(connection, ROSTER).extract_id


def test_an_extract_is_registered_as_received(database, roster: str) -> None:
    assert roster == "union_roster-3fa2b10c3fa2b10c"
    with database.owner.begin() as connection:
        row = registry.get_extract(connection, roster)
        assert row is not None
        assert (row.status, row.data_rows, row.byte_size) == (ExtractStatus.RECEIVED, 10, 1234)
        assert row.received_at.tzinfo is not None
        assert registry.get_extract(connection, "union_roster-0") is None


def test_of_many_who_register_the_same_bytes_the_first_counts(database) -> None:
    def register(number: int) -> str | None:
        with database.owner.begin() as connection:
            return registry.register_extract(connection, replace(ROSTER, landing_key=f"landing/{number}")).landing_key

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(register, range(16)))) == 1
    with database.owner.begin() as connection:
        assert len(registry.list_extracts(connection)) == 1


def test_other_bytes_under_the_same_id_are_refused(database, roster: str) -> None:
    other = replace(ROSTER, sha256=SHA[:16] + "0" * 48)
    with database.owner.begin() as connection, pytest.raises(BangfuError, match="other content"):
        registry.register_extract(connection, other)


def test_the_same_bytes_from_another_source_are_another_extract(database, roster: str) -> None:
    with database.owner.begin() as connection:
        row = registry.register_extract(connection, replace(ROSTER, source="hardship_archive"))
    assert row.extract_id.startswith("hardship_archive-")


def test_an_extract_is_claimed_by_one_and_completed(database, roster: str) -> None:
    with registry.claim_extract(database.owner, roster) as claim:
        assert claim is not None
        with registry.claim_extract(database.owner, roster) as second:
            assert second is None
        claim.complete(DONE)
    with registry.claim_extract(database.owner, roster) as claim:
        assert claim is not None
        assert claim.extract.status is ExtractStatus.STANDARDISED
        assert (claim.extract.rows_in, claim.extract.rows_accepted, claim.extract.rows_rejected) == (10, 9, 1)
        assert claim.extract.standard_key == DONE.standard_key
        assert claim.extract.standardised_at is not None


def test_work_that_fails_leaves_the_extract_as_it_was(database, roster: str) -> None:
    def work() -> None:
        with registry.claim_extract(database.owner, roster) as claim:
            assert claim is not None
            claim.complete(DONE)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        work()
    with database.owner.begin() as connection:
        row = registry.get_extract(connection, roster)
    assert row is not None
    assert row.status is ExtractStatus.RECEIVED


def test_what_retention_has_deleted_may_land_again(database, roster: str) -> None:
    """A standardised extract is never landed a second time; a deleted one has nothing to be read from."""
    with registry.claim_extract(database.owner, roster) as claim:
        assert claim is not None
        claim.complete(DONE)
    again = replace(ROSTER, landing_key="landing/union_roster/y.parquet")
    with database.owner.begin() as connection:
        assert registry.register_extract(connection, again).status is ExtractStatus.STANDARDISED
        connection.execute(Extract.__table__.update().values(status=ExtractStatus.EXPIRED, landing_key=None))
        row = registry.register_extract(connection, again)
    assert (row.status, row.landing_key) == (ExtractStatus.RECEIVED, again.landing_key)


def test_lists_go_by_source_and_status(database, roster: str) -> None:
    with database.owner.begin() as connection:
        registry.register_extract(connection, replace(ROSTER, source="civil_affairs"))
    with registry.claim_extract(database.owner, roster) as claim:
        assert claim is not None
        claim.complete(DONE)
    with database.owner.begin() as connection:
        assert [row.source for row in registry.list_extracts(connection, source="civil_affairs")] == ["civil_affairs"]
        done = registry.list_extracts(connection, status=ExtractStatus.STANDARDISED)
    assert [row.extract_id for row in done] == [roster]


def test_an_unknown_extract_is_named(database) -> None:
    with pytest.raises(BangfuError, match="union_roster-0"), registry.claim_extract(database.owner, "union_roster-0"):
        pass
