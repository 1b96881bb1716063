"""接收 Receive: one DAG per source lands and registers what partners put into the drop area."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import drop, landing
from bangfu.airflow.defaults import ALL_DAGS, Stage, source_documentation, woken_by
from schemas.sources import SOURCES

STAGE = Stage(
    zh="把投递区里的新文件按原样落地并登记,给出回执;同一文件再次投递不会重复登记。",
    en="Lands new files of the drop area byte for byte, registers them and leaves a receipt.",
    reads="`drop/<source>/`",
    writes="`landing/<source>/<sha256>`, registry",
    again="无新文件即跳过 skipped when there is no file",
)

LOOK = {"daily": "7 * * * *", "monthly": "7 3 * * *", "quarterly": "7 3 * * *"}
"""When to look by the clock, by the source's cadence, should the watcher have missed a file."""

for source in SOURCES.values():
    with DAG(
        f"receive_{source.code}",
        dag_display_name=f"接收 {source.zh}",
        schedule=woken_by(drop(source.code), LOOK[source.cadence]),
        doc_md=source_documentation(source, STAGE),
        tags=["bangfu", "receive", source.code],
        **ALL_DAGS,
    ):

        @task(outlets=[landing(source.code)])
        def receive(source_code: str) -> dict[str, object]:
            """Land and register everything that lies in the drop area."""
            from bangfu.airflow import work

            return work.receive(source_code)

        receive(source.code)
