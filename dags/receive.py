"""接收 Receive: one DAG per source lands and registers what partners put into the drop area."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import drop, landing
from bangfu.airflow.defaults import ALL_DAGS, Stage, source_documentation, woken_by
from schemas.sources import SOURCES

STAGE = Stage(
    zh="核对投递区里的报送清单,在隔离进程中读取文件,只把允许接收的列加密落地并登记;不符的整批拒收并给出回执。",
    en="Checks deliveries against their manifests, reads the files in a process apart, and lands the columns that may be "
    "held, encrypted; what does not agree is refused whole, with a receipt.",
    reads="`drop/<source>/`",
    writes="`landing/<source>/`, registry, receipts of refusals",
    again="无新报送即跳过 skipped when there is nothing new",
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
            """Take every complete delivery of the drop area."""
            from bangfu.airflow import work

            return work.receive(source_code)

        receive(source.code)
