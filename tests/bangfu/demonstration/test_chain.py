"""The demonstration from dropped extracts to the report, with the pipeline called where Airflow would call it."""

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_built import Database, opened
from sqlalchemy import func, select

from bangfu.db import registry, runs
from bangfu.db.models import Candidate, CandidateStatus
from bangfu.demonstration import chain
from bangfu.demonstration.chain import Outcome, run_chain
from bangfu.demonstration.province import demo_directory
from bangfu.demonstration.report import report
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.receive import receive_dropped
from bangfu.pipeline.review.candidates import read_candidates
from bangfu.services.supervisor import RunningInstallation
from bangfu.synth import SynthRequest, synthesise
from bangfu.synth.truth import score_candidates
from schemas.manifest import MANIFEST
from schemas.sources import SOURCES
from tests.approving import run

MEMBERS = 2_000


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province, made once."""
    out = tmp_path_factory.mktemp("demonstration") / "province"
    synthesise(SynthRequest(members=MEMBERS, seed=3, out=out))
    return out


def airflow(_installation: Any, context: Context, _since: Any, _say: Any) -> None:
    """What the DAGs do, without a scheduler."""
    for source in SOURCES:
        receive_dropped(context, source)
    run(context)


@pytest.fixture
def installation(database: Database, made: Path, monkeypatch: pytest.MonkeyPatch) -> RunningInstallation:
    demo_directory(database.settings).mkdir(parents=True)
    (demo_directory(database.settings) / "province").symlink_to(made)
    monkeypatch.setattr(chain, "follow", airflow)
    return RunningInstallation(database.settings, ())


def extracts(made: Path) -> list[Path]:
    """The data files of all deliveries."""
    return [path for path in (made / "extracts").glob("*/*/*") if path.name != MANIFEST]


def check_report(outcome: Outcome, database: Database, made: Path) -> None:
    """Every figure of the report against what the database and the truth say."""
    result = outcome.report
    context = opened(database)
    with context.engine.connect() as connection:
        known = registry.list_extracts(connection)
        linked = runs.latest_run(connection, "link")
        assert linked
        pairs = {
            row.source: (row.pairs_scored, row.pairs_accepted) for row in runs.link_sets(connection, linked.run_id)
        }
        rows = connection.execute(
            select(Candidate.county_code, func.count())
            .where(Candidate.status == CandidateStatus.PUBLISHED)
            .group_by(Candidate.county_code)
        )
        published = dict(iter(rows))
    assert Counter(path.parts[-3] for path in extracts(made)) == {item.source: item.files for item in result.sources}
    for item in result.sources:
        own = [extract for extract in known if extract.source == item.source]
        assert item.files == len(own)
        assert item.rows_in == sum(extract.rows_in or 0 for extract in own)
        assert item.rows_in == item.rows_accepted + item.rows_rejected > 0
        assert (item.pairs_scored, item.matches) == pairs[item.source]
    assert {item.county_code: item.candidates for item in result.counties} == published
    assert result.candidates == sum(published.values()) > 0
    assert [item.candidates for item in result.counties] == sorted(published.values(), reverse=True)
    listed = pl.DataFrame(pl.from_arrow(read_candidates(opened(database))))
    score = score_candidates(listed, made / "truth")
    assert (result.recall, result.precision) == (score.recall, score.precision)
    assert score.candidates == result.candidates


def test_extracts_become_a_published_list_with_a_true_report(
    installation: RunningInstallation, database: Database, made: Path
) -> None:
    said: list[str] = []
    outcome = run_chain(installation, said.append)
    assert (
        said[0]
        == f"{len({path.parent for path in extracts(made)})} deliveries put into the drop area; Airflow takes them from there"
    )
    check_report(outcome, database, made)
    counties = [item.county_code for item in outcome.report.counties[: chain.OFFICERS]]
    assert [item.username for item in outcome.log_ins[2 : 2 + len(counties)]] == [f"demo{code}" for code in counties]

    again = run_chain(installation, said.append)  # a second time in the same installation
    assert said[2].startswith("0 deliveries put")
    assert again == outcome


def test_report_of_an_empty_installation_says_so(installation: RunningInstallation, database: Database) -> None:
    from bangfu.errors import BangfuError

    with pytest.raises(BangfuError, match="no list to export"):
        report(opened(database))
