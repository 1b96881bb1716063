"""Where the chain stands: read from the database and the drop area, stage by stage."""

import io
from pathlib import Path

import polars as pl
import pytest
from hand_built import Database, add, member, opened

from bangfu.db import candidates, runs
from bangfu.db.deliveries import Statement, record_delivery
from bangfu.db.intake_models import Announcement
from bangfu.demonstration.standing import Standing, standing
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.drop import drop
from bangfu.storage import keys


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


def link(context: Context, *extracts: str) -> str:
    """A linkage run that has read the extracts."""
    with context.engine.begin() as connection:
        run_id = runs.start_run(connection, "link")
        runs.finish_run(connection, run_id, {})
    buffer = io.BytesIO()
    pl.DataFrame({"extract_id": list(extracts)}).write_parquet(buffer)
    context.store.put(keys.links(run_id, "inputs"), buffer.getvalue())
    return run_id


def screen(context: Context) -> str:
    with context.engine.begin() as connection:
        run_id = runs.start_run(connection, "screen")
        candidates.replace_screened(connection, run_id, [])
        runs.finish_run(connection, run_id, {})
    return run_id


def publish(context: Context, run_id: str) -> None:
    with context.engine.begin() as connection:
        candidates.publish(connection, run_id)


def test_nothing_received_is_nothing_to_do(context: Context) -> None:
    stand = standing(context)
    assert stand == Standing((), (), None)
    assert stand.done
    assert stand.outstanding == ()


def test_dropped_files_wait_for_their_receiver(context: Context, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("x")
    drop(context, "civil_affairs", tmp_path / "list.csv")
    stand = standing(context)
    assert not stand.done
    assert stand.outstanding == ("receive_civil_affairs",)


def test_received_deliveries_wait_for_standardisation(context: Context) -> None:
    with context.engine.begin() as connection:
        statement = Statement("union_roster-d-0", "union_roster", "530102/2026Q2", Announcement.MANIFEST)
        record_delivery(connection, statement, [])
    assert standing(context).outstanding == ("standardise_union_roster",)


def test_stages_follow_each_other_until_the_list_is_published(context: Context) -> None:
    extract = add(context, "union_roster", [member(1)])
    assert standing(context).outstanding == ("link",)
    link(context, extract)
    assert standing(context).outstanding == ("screen",)
    run_id = screen(context)
    assert standing(context).outstanding == ("publish",)
    publish(context, run_id)
    assert standing(context).done


def test_a_later_extract_makes_the_published_list_out_of_date(context: Context) -> None:
    link(context, add(context, "union_roster", [member(1)]))
    publish(context, screen(context))
    add(context, "union_roster", [member(2)])
    assert standing(context).next_stage == "link"


def test_a_later_linkage_makes_the_screening_out_of_date(context: Context) -> None:
    extract = add(context, "union_roster", [member(1)])
    link(context, extract)
    publish(context, screen(context))
    link(context, extract)
    assert standing(context).next_stage == "screen"


def test_what_lies_before_comes_first(context: Context, tmp_path: Path) -> None:
    """Linking while files are still being received would only have to be done again."""
    add(context, "union_roster", [member(1)])
    (tmp_path / "list.csv").write_text("x")
    drop(context, "civil_affairs", tmp_path / "list.csv")
    stand = standing(context)
    assert stand.next_stage == "link"
    assert stand.outstanding == ("receive_civil_affairs",)
