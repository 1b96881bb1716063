"""The DAG files declare: as many DAGs as declared sources and stages, each documented, each the same again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.sources import SOURCES
from tests.dags.conftest import PROJECT, Parsed, parse

STAGES = ("link", "screen", "publish")


def inner(dag: dict[str, Any]) -> dict[str, Any]:
    return dict(dag["dag"])


def task_of(dag: dict[str, Any]) -> dict[str, Any]:
    (task,) = inner(dag)["tasks"]
    return dict(task["__var"])


def test_files_parse_without_errors(parsed: Parsed) -> None:
    assert parsed.errors == {}


def test_every_source_has_two_dags_and_every_later_stage_one(parsed: Parsed) -> None:
    """Adding a source is adding one declaration; nobody writes a DAG for it."""
    generated = {f"{stage}_{source}" for stage in ("receive", "standardise") for source in SOURCES}
    assert set(parsed.dags) == generated | set(STAGES)
    assert len(parsed.dags) == 2 * len(SOURCES) + len(STAGES)


def test_every_dag_file_is_one_stage() -> None:
    assert sorted(path.stem for path in (PROJECT / "dags").glob("*.py")) == [
        "link",
        "publish",
        "receive",
        "screen",
        "standardise",
    ]


def test_parsing_again_gives_the_same_dags(parsed: Parsed, tmp_path: Path) -> None:
    """A DAG that differs from parse to parse gets a new version each time, and history becomes unreadable.

    The second parse has another hash seed and another home, so that neither set order nor paths leak in.
    """
    again = parse(tmp_path, hash_seed=2, BANGFU_HOME=str(tmp_path / "elsewhere"), BANGFU_PORTAL_PORT="9999")
    assert json.dumps(again.dags, sort_keys=True) == json.dumps(parsed.dags, sort_keys=True)


def test_parsing_imports_nothing_heavy(parsed: Parsed) -> None:
    """DAG files are parsed again and again in small processes; the libraries belong into the tasks."""
    assert parsed.heavy == []
    assert parsed.seconds < 10


def test_every_dag_waits_its_turn_and_gives_up_in_time(parsed: Parsed) -> None:
    for dag_id, dag in parsed.dags.items():
        assert inner(dag)["max_active_runs"] == 1, dag_id
        assert inner(dag)["catchup"] is False, dag_id
        assert inner(dag)["dagrun_timeout"] == timedelta(hours=6).total_seconds(), dag_id


def test_every_task_is_tried_again_and_limited(parsed: Parsed) -> None:
    for dag_id, dag in parsed.dags.items():
        merged = {**inner(dag)["default_args"]["__var"], **task_of(dag)}
        assert merged["retries"] == 2, dag_id
        assert merged["execution_timeout"], dag_id
        assert merged["owner"] == "bangfu", dag_id


def test_every_dag_is_tagged_with_its_stage(parsed: Parsed) -> None:
    for dag_id, dag in parsed.dags.items():
        assert {"bangfu", parsed.files[dag_id].removesuffix(".py")} <= set(inner(dag)["tags"]), dag_id


@pytest.mark.parametrize("source", SOURCES)
def test_documentation_tells_owner_legal_basis_and_what_is_never_taken(parsed: Parsed, source: str) -> None:
    declared = SOURCES[source]
    page = parsed.doc[f"receive_{source}"]
    assert declared.owner_zh in page
    assert declared.legal_basis.document in page
    assert declared.legal_basis.valid_until.isoformat() in page
    for header in declared.forbidden:
        assert header in page


def test_every_page_is_in_both_languages(parsed: Parsed) -> None:
    for dag_id, page in parsed.doc.items():
        assert "不传任何个人信息" in page, dag_id
        assert "never personal values" in page, dag_id


@pytest.mark.parametrize("source", SOURCES)
def test_assets_lead_from_the_drop_area_to_the_standard_rows(parsed: Parsed, source: str) -> None:
    receive, standardise = parsed.dags[f"receive_{source}"], parsed.dags[f"standardise_{source}"]
    assert f"bangfu://drop/{source}" in json.dumps(inner(receive)["timetable"])
    assert f"bangfu://landing/{source}" in json.dumps(task_of(receive)["outlets"])
    assert f"bangfu://landing/{source}" in json.dumps(inner(standardise)["timetable"])
    assert f"bangfu://standard/{source}" in json.dumps(task_of(standardise)["outlets"])
    assert f"bangfu://standard/{source}" in json.dumps(inner(parsed.dags["link"])["timetable"])


def test_assets_lead_from_links_to_the_published_list(parsed: Parsed) -> None:
    passed = {"link": "bangfu://links", "screen": "bangfu://candidates"}
    for (stage, asset), following in zip(passed.items(), ("screen", "publish"), strict=True):
        assert asset in json.dumps(task_of(parsed.dags[stage])["outlets"])
        assert asset in json.dumps(inner(parsed.dags[following])["timetable"])


@pytest.mark.parametrize("source", SOURCES)
def test_drop_area_is_watched(parsed: Parsed, source: str) -> None:
    text = json.dumps(inner(parsed.dags[f"receive_{source}"])["timetable"])
    assert "bangfu.airflow.trigger.DropTrigger" in text
