"""Runs a DAG that asks as Airflow does, answers its questions as a person at the page, and prints the end.

A program of its own, with a metadata database of its own: `run_approve.py DAGS DAG_ID ANSWERS`, where ANSWERS is a list of
`[option, parameters]` or `[option, parameters, user]`, given one after the other to whatever is asked.
"""

import json
import os
import sys
import time
import traceback
from threading import Thread
from types import SimpleNamespace
from typing import Any


def answer(dag_id: str, answers: list[list[Any]]) -> None:
    """Answer through the function behind the page, each time that a question is open.

    The metadata database, one file, may be busy with the run; an answer counts as given once it is stored.
    """
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from sqlalchemy.exc import OperationalError

    waiting = (
        select(TaskInstance)
        .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        .where(TaskInstance.dag_id == dag_id, TaskInstance.state == "awaiting_input", HITLDetail.responded_at.is_(None))
    )
    while answers:
        time.sleep(0.2)
        try:
            with create_session() as session:
                asked = session.scalars(waiting).first()
                if asked is None:
                    continue
                option, parameters, *user = answers[0]
                name = user[0] if user else "chen.jie"
                person = SimpleNamespace(get_id=lambda: "7", get_name=lambda name=name: name)
                payload = UpdateHITLDetailPayload(chosen_options=[option], params_input=parameters)
                where = (asked.dag_id, asked.run_id, asked.task_id)
                update_hitl_detail(*where, payload, person, session, map_index=asked.map_index)  # type: ignore[arg-type]
            answers.pop(0)
        except OperationalError:
            continue


def answer_or_end(dag_id: str, answers: list[list[Any]]) -> None:
    """Answer; where that fails, end the program with the reason, since the run would wait for ever."""
    try:
        answer(dag_id, answers)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)


def main(dags: str, dag_id: str, answers: str) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.db import initdb

    initdb()
    dag = DagBag(dag_folder=dags, bundle_name="dags-folder").dags[dag_id]
    Thread(target=answer_or_end, args=(dag_id, json.loads(answers)), daemon=True).start()
    run = dag.test()
    states = {task.task_id: str(task.state) for task in run.get_task_instances()}
    print(json.dumps({"run": str(run.state), "tasks": states}))


if __name__ == "__main__":
    main(*sys.argv[1:])
