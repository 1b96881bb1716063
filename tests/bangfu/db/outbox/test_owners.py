"""Whom a list concerns: counts of clues that come, stay and go, for each owner."""

from sqlalchemy import text

from bangfu.db.outbox.channels import open_desk
from bangfu.db.outbox.owners import counts_by_owner
from tests.conftest import Database

EDUCATION = "昆明市教育工会"
OWNED = {"owner": {"tree": "industry", "union": EDUCATION}}


def counted(database: Database, version: int) -> list[tuple[object, ...]]:
    with database.owner.connect() as connection:
        return [tuple(vars(row).values()) for row in counts_by_owner(connection, version)]


def test_the_first_list_is_all_new(database: Database, published, candidate) -> None:
    published([candidate(1), candidate(2), candidate(3, "532901")])
    assert counted(database, 1) == [("530102", 2, 0, 0, 0), ("532901", 1, 0, 0, 0)]


def test_what_comes_stays_goes_and_moves(database: Database, published, candidate) -> None:
    published([candidate(1), candidate(2), candidate(3), candidate(4, "530103")])
    published([candidate(1), candidate(2, "530103"), candidate(5), candidate(4, "530103")])
    assert counted(database, 2) == [("530102", 1, 1, 2, 0), ("530103", 1, 1, 0, 0)]


def test_an_empty_list_takes_everything_away(database: Database, published, candidate) -> None:
    published([candidate(1)])
    published([])
    assert counted(database, 2) == [("530102", 0, 0, 1, 0)]
    published([])
    assert counted(database, 3) == []


def test_a_union_of_the_other_tree_is_told_once_it_has_a_desk(database: Database, published, candidate) -> None:
    rows = [candidate(1, evidence=OWNED), candidate(2)]
    published(rows)
    assert counted(database, 1) == [("530102", 2, 0, 0, 0)]
    with database.owner.begin() as connection:
        open_desk(connection, EDUCATION, "5301")
    published(rows)
    assert counted(database, 2) == [("530102", 0, 1, 0, 0), (EDUCATION, 0, 1, 0, 0)]


def retract(database: Database, source: str, when: str = "clock_timestamp()") -> None:
    statement = (
        "INSERT INTO delivery (delivery_id, source, slot, announced, status, accepted_at, retracted_at) "
        f"VALUES ('d' || random(), '{source}', random()::text, 'none', 'retracted', now(), {when})"
    )
    with database.owner.begin() as connection:
        connection.execute(text(statement))


def test_clues_that_rested_on_retracted_data(database: Database, published, candidate) -> None:
    """Those that moved to another union are not lost, and a retraction before the former list explains nothing."""
    relief = [{"code": "S4", "source": "disaster_relief"}]
    retract(database, "disaster_relief", "now() - interval '1 day'")
    published([candidate(1), candidate(2), candidate(3), candidate(4, reasons=relief)])
    retract(database, "medical_settlement")
    published([candidate(1), candidate(2, "530103")])
    assert counted(database, 2) == [("530102", 0, 1, 3, 1), ("530103", 1, 0, 0, 0)]


def test_large_lists_take_no_longer_than_their_size(database: Database, published, candidate) -> None:
    """Publication holds a lock meanwhile: a plan that compares every clue with every other would stop the service."""
    fill = text(
        """
        INSERT INTO candidate (candidate_id, screened_run_id, status, list_version, county_code, prefecture_code,
                               roster_record_id, reasons, evidence, match, strength)
        SELECT 'x' || number + :shift, :run, 'withdrawn', :version, '530102', '5301', 'r',
               '[{"source": "medical_settlement"}]', '{}', '[]', 0.5 FROM generate_series(1, 20000) AS number
        """
    )
    runs = [published([candidate(1)]), published([candidate(1)])]
    retract(database, "medical_settlement")
    with database.owner.begin() as connection:
        connection.execute(text("UPDATE delivery SET retracted_at = retracted_at + interval '1 hour'"))
        for version, run in enumerate(runs, 1):
            connection.execute(fill, {"shift": 1000 * version, "run": run, "version": version})
        connection.execute(text("SET LOCAL statement_timeout = '10s'"))
        [counts] = counts_by_owner(connection, 2)
    assert (counts.new, counts.continuing, counts.withdrawn, counts.retracted) == (1000, 19001, 1000, 1000)
