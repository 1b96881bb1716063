"""The DAG files declare: as many DAGs as declared sources and stages, each documented, each the same again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.sources import SOURCES
from tests.dags.conftest import PROJECT, Parsed, parse

STAGES = ("link", "screen", "publish", "review", "dispatch", "retire", "audit")
BY_SOURCE = ("receive", "standardise", "approve")


def inner(dag: dict[str, Any]) -> dict[str, Any]:
    return dict(dag["dag"])


def tasks_of(dag: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {task["__var"]["task_id"]: dict(task["__var"]) for task in inner(dag)["tasks"]}


def outlets(dag: dict[str, Any], task_id: str) -> str:
    return json.dumps(tasks_of(dag)[task_id].get("outlets"))


def test_files_parse_without_errors(parsed: Parsed) -> None:
    assert parsed.errors == {}


def test_every_source_has_three_dags_and_every_later_stage_one(parsed: Parsed) -> None:
    """Adding a source is adding one declaration; nobody writes a DAG for it."""
    generated = {f"{stage}_{source}" for stage in BY_SOURCE for source in SOURCES}
    assert set(parsed.dags) == generated | set(STAGES)
    assert len(parsed.dags) == 3 * len(SOURCES) + len(STAGES)


def test_every_dag_file_is_one_stage() -> None:
    assert sorted(path.stem for path in (PROJECT / "dags").glob("*.py")) == sorted((*BY_SOURCE, *STAGES))


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
        assert inner(dag)["catchup"] is False, dag_id
        if dag_id != "publish" and not dag_id.startswith("approve_"):
            assert inner(dag)["max_active_runs"] == 1, dag_id
            assert inner(dag)["dagrun_timeout"] == timedelta(hours=6).total_seconds(), dag_id


def test_every_task_is_tried_again_and_limited(parsed: Parsed) -> None:
    for dag_id, dag in parsed.dags.items():
        for task_id, task in tasks_of(dag).items():
            merged = {**inner(dag)["default_args"]["__var"], **task}
            assert merged["retries"] == 2, (dag_id, task_id)
            assert merged["execution_timeout"], (dag_id, task_id)
            assert merged["owner"] == "bangfu", (dag_id, task_id)


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
    assert f"bangfu://landing/{source}" in outlets(receive, "receive")
    assert f"bangfu://landing/{source}" in json.dumps(inner(standardise)["timetable"])
    assert f"bangfu://standard/{source}" in outlets(standardise, "standardise")
    assert f"bangfu://standard/{source}" in json.dumps(inner(parsed.dags["link"])["timetable"])


def test_assets_lead_from_links_to_the_published_list(parsed: Parsed) -> None:
    passed = {"link": "bangfu://links", "screen": "bangfu://candidates"}
    for (stage, asset), following in zip(passed.items(), ("screen", "publish"), strict=True):
        assert asset in outlets(parsed.dags[stage], stage)
        assert asset in json.dumps(inner(parsed.dags[following])["timetable"])


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_held_leads_to_a_question_and_the_answer_to_the_standard_rows(parsed: Parsed, source: str) -> None:
    standardise, approve = parsed.dags[f"standardise_{source}"], parsed.dags[f"approve_{source}"]
    assert outlets(standardise, "announce_held").count("bangfu://") == 2  # name and address of one asset
    assert f"bangfu://held/{source}" in outlets(standardise, "announce_held")
    assert f"bangfu://held/{source}" in json.dumps(inner(approve)["timetable"])
    assert tasks_of(approve)["find_held"]["downstream_task_ids"] == ["delivery.ask", "delivery.decide"]
    assert f"bangfu://standard/{source}" in outlets(approve, "delivery.decide")
    assert "outlets" not in tasks_of(approve)["find_held"]


def test_a_list_is_published_after_the_question_and_no_other_way(parsed: Parsed) -> None:
    tasks = tasks_of(parsed.dags["publish"])
    assert {name: task.get("downstream_task_ids", []) for name, task in tasks.items()} == {
        "prepare": ["ask"], "ask": ["publish"], "publish": [],
    }  # fmt: skip
    assert tasks["publish"].get("trigger_rule", "all_success") == "all_success"
    assert [name for name, task in tasks.items() if task.get("outlets")] == ["publish"]


@pytest.mark.parametrize("dag_id", ["publish", *(f"approve_{source}" for source in SOURCES)])
def test_a_question_may_stay_open_for_a_week_while_others_are_asked(parsed: Parsed, dag_id: str) -> None:
    """With one run at a time a delivery held today would not be asked about before last week's is answered."""
    dag = inner(parsed.dags[dag_id])
    assert dag["max_active_runs"] == 16
    assert dag["dagrun_timeout"] > timedelta(days=7).total_seconds()


@pytest.mark.parametrize("source", SOURCES)
def test_drop_area_is_watched(parsed: Parsed, source: str) -> None:
    text = json.dumps(inner(parsed.dags[f"receive_{source}"])["timetable"])
    assert "bangfu.airflow.trigger.DropTrigger" in text
