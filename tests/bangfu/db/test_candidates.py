"""Lists of candidates: written whole, published whole, replaced whole."""

import time
from dataclasses import asdict
from itertools import islice

import pytest
from sqlalchemy import text

from bangfu.db import candidate_queries, candidates, runs
from bangfu.db.models import RunStatus
from bangfu.errors import BangfuError


def test_a_published_candidate_reads_as_it_was_written(database, published, candidate) -> None:
    written = candidate(1)
    run = published([written])
    with database.owner.connect() as connection:
        row = candidate_queries.get(connection, "c000001")
    assert row is not None
    read = {name: value for name, value in asdict(row).items() if name in asdict(written)}
    assert read == asdict(written)
    assert (row.screened_run_id, row.list_version, row.prefecture_code) == (run, 1, "5301")


def test_a_new_list_takes_the_place_of_the_old(database, published, candidate) -> None:
    published([candidate(1, strength=0.2), candidate(2)])
    published([candidate(1, strength=0.9), candidate(3)])
    with database.owner.connect() as connection:
        rows = candidate_queries.page(connection, "53").rows
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
        assert candidate_queries.page(connection, "53").total == 0


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
        assert [row.candidate_id for row in candidate_queries.each(connection, "53")] == ["c000003"]
        with pytest.raises(BangfuError, match="is published"):
            candidates.replace_screened(connection, run, [])
        with pytest.raises(BangfuError, match="not registered"):
            candidates.replace_screened(connection, "no-run", [])


def test_what_postgresql_cannot_hold_is_replaced(database, published, candidate) -> None:
    """A crafted workbook yields NUL; one such cell must not stop the list."""
    published([candidate(1, name="张\x00三", address="\ud800路", evidence={"\x00": ["\udfff"]})])
    with database.owner.connect() as connection:
        row = candidate_queries.get(connection, "c000001")
        assert row is not None
        assert (row.name, row.address, row.evidence) == ("张\ufffd三", "\ufffd路", {"\ufffd": ["\ufffd"]})
        assert candidate_queries.get(connection, "c\x00") is None


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


def test_pages_filters_and_orders(database, published, candidate) -> None:
    published(
        [candidate(n, "530102", strength=n / 10, name=f"王{n}%") for n in range(1, 6)]
        + [candidate(9, "530103", strength=1.0, name="李_", reasons=[{"code": "relief", "source": "disaster_relief"}])]
    )
    query = candidate_queries

    def ids(area: str, **values: object) -> list[str]:
        request = query.PageRequest(**{k: v for k, v in values.items() if k in ("sort", "offset", "limit")})
        filters = query.CandidateFilter(**{k: v for k, v in values.items() if k not in vars(request)})
        with database.owner.connect() as connection:
            return [row.candidate_id[-1] for row in query.page(connection, area, filters, request).rows]

    assert ids("53") == ["9", "5", "4", "3", "2", "1"]
    assert ids("53", offset=1, limit=2) == ["5", "4"]
    assert ids("53", sort=query.CandidateSort.COUNTY) == ["5", "4", "3", "2", "1", "9"]
    assert ids("530102", county_code="530103") == []
    assert ids("53", county_code="530103") == ["9"]
    assert ids("53", reason_code="relief") == ["9"]
    assert ids("53", source="medical_settlement", minimum_strength=0.4) == ["5", "4"]
    assert ids("53", name="_") == ["9"]
    assert ids("53", name="%") == ["5", "4", "3", "2", "1"]
    assert ids("53", name="\x00") == []
    with database.owner.connect() as connection:
        assert query.counts_by_county(connection, "53") == {"530102": 5, "530103": 1}
        assert query.page(connection, "53", request=query.PageRequest(limit=2)).total == 6
        assert query.page(connection, "53", request=query.PageRequest(offset=-5, limit=0)).rows[0].strength == 1.0


def test_a_list_of_a_province_is_written_in_seconds(database, screened, candidate) -> None:
    """20,000 rows here: a hundred thousand take five times as long."""
    begin = time.monotonic()
    run = screened([candidate(number) for number in range(20_000)])
    with database.owner.begin() as connection:
        candidates.publish(connection, run)
        assert len(list(islice(candidate_queries.each(connection, "53"), 3000))) == 3000
    assert time.monotonic() - begin < 20
