"""Lists of candidates: written whole, published whole, replaced whole."""

import time
from dataclasses import asdict

import pytest
from sqlalchemy import text

from bangfu.db import candidates, runs
from bangfu.db.candidate_queries import counts_by_county
from bangfu.db.models import RunStatus
from bangfu.errors import BangfuError
from tests.published import published_rows


def test_a_published_candidate_reads_as_it_was_written(database, published, candidate) -> None:
    written = candidate(1)
    run = published([written])
    with database.owner.connect() as connection:
        (row,) = published_rows(connection)
    read = {name: value for name, value in row._mapping.items() if name in asdict(written)}
    assert read == asdict(written)
    assert (row.screened_run_id, row.list_version, row.prefecture_code) == (run, 1, "5301")


def test_a_new_list_takes_the_place_of_the_old(database, published, candidate) -> None:
    published([candidate(1, strength=0.2), candidate(2)])
    published([candidate(1, strength=0.9), candidate(3)])
    with database.owner.connect() as connection:
        rows = published_rows(connection)
    assert [(row.candidate_id, row.strength, row.list_version) for row in rows] == [
        ("c000001", 0.9, 2),
        ("c000003", 0.5, 2),
    ]


def test_publishing_again_gives_the_same_version(database, published, candidate) -> None:
    run = published([candidate(1)])
    with database.owner.begin() as connection:
        assert candidates.publish(connection, run) == 1


def test_a_list_that_a_later_screening_replaced_cannot_be_published(database, screened, candidate) -> None:
    """Else a late click would publish an empty list and withdraw everything."""
    old = screened([candidate(1)])
    screened([candidate(2)])
    with database.owner.begin() as connection, pytest.raises(BangfuError, match="later screening"):
        candidates.publish(connection, old)


def test_an_empty_list_may_be_published(database, published, candidate) -> None:
    published([candidate(1)])
    published([])
    with database.owner.connect() as connection:
        assert published_rows(connection) == []


def test_the_list_of_a_failed_run_cannot_be_published(database, candidate) -> None:
    with database.owner.begin() as connection:
        run = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run, [candidate(1)])
        runs.finish_run(connection, run, {}, status=RunStatus.FAILED)
        with pytest.raises(BangfuError, match="failed"):
            candidates.publish(connection, run)


def test_a_run_writes_its_list_again_until_it_is_published(database, screened, candidate) -> None:
    run = screened([candidate(1), candidate(2)])
    with database.owner.begin() as connection:
        assert candidates.replace_screened(connection, run, [candidate(3)]) == 1
        assert candidates.publish(connection, run) == 1
        assert [row.candidate_id for row in published_rows(connection)] == ["c000003"]
        with pytest.raises(BangfuError, match="is published"):
            candidates.replace_screened(connection, run, [])
        with pytest.raises(BangfuError, match="not registered"):
            candidates.replace_screened(connection, "no-run", [])


def test_what_postgresql_cannot_hold_is_replaced(database, published, candidate) -> None:
    """A crafted workbook yields NUL; one such cell must not stop the list."""
    published([candidate(1, name="张\x00三", address="\ud800路", evidence={"\x00": ["\udfff"]})])
    with database.owner.connect() as connection:
        (row,) = published_rows(connection)
        assert (row.name, row.address, row.evidence) == ("张\ufffd三", "\ufffd路", {"\ufffd": ["\ufffd"]})


def test_a_row_that_breaks_a_rule_stops_the_list_and_is_not_printed(database, screened, candidate) -> None:
    screened([candidate(1)])
    with pytest.raises(Exception, match="ck_candidate_strength_range") as caught:
        screened([candidate(2, strength=1.5, name="不应出现")])
    assert "不应出现" not in str(caught.value)
    with database.owner.begin() as connection:
        assert connection.scalar(text("SELECT candidate_id FROM candidate")) == "c000001"


def test_a_row_without_a_county_stops_the_list_and_is_not_printed(screened, candidate) -> None:
    """PostgreSQL's message for it holds the whole row."""
    with pytest.raises(BangfuError, match="SQLSTATE 23502, column county_code") as caught:
        screened([candidate(1), candidate(2, county_code=None, name="不应出现")])
    assert caught.value.__cause__ is None
    assert "不应出现" not in str(caught.value)


def test_published_candidates_are_counted_by_county(database, published, screened, candidate) -> None:
    published([*(candidate(n, "530102") for n in range(1, 6)), candidate(9, "530103"), candidate(8, "532901")])
    screened([candidate(7, "530103")])
    with database.owner.connect() as connection:
        assert counts_by_county(connection, "5301") == {"530102": 5, "530103": 1}
        assert counts_by_county(connection, "532901") == {"532901": 1}
        assert sum(counts_by_county(connection, "53").values()) == 7


def test_a_list_of_a_province_is_written_in_seconds(database, screened, candidate) -> None:
    """20,000 rows here: a hundred thousand take five times as long."""
    begin = time.monotonic()
    run = screened([candidate(number) for number in range(20_000)])
    with database.owner.begin() as connection:
        candidates.publish(connection, run)
        assert counts_by_county(connection, "53") == {"530102": 20_000}
    assert time.monotonic() - begin < 20
