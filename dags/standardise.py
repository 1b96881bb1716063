"""标准化 Standardise: one DAG per source turns registered extracts into typed, checked rows."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import held, landing, standard
from bangfu.airflow.defaults import ALL_DAGS, Stage, source_documentation, woken_by
from schemas.sources import SOURCES

STAGE = Stage(
    zh="读懂部门文件(表头、合并单元格、编码),逐列标准化并校验;不合格的行连同原因进入隔离区。",
    en="Reads the department's files, standardises and checks every column; rejected rows go to quarantine "
    "with their reasons.",
    reads="`landing/<source>/`",
    writes="`standard/<source>/`, `quarantine/<source>/`",
    again="已标准化的批次不再处理 extracts already standardised are left alone",
)

for source in SOURCES.values():
    with DAG(
        f"standardise_{source.code}",
        dag_display_name=f"标准化 {source.zh}",
        schedule=woken_by(landing(source.code), "37 3 * * *"),
        doc_md=source_documentation(source, STAGE),
        tags=["bangfu", "standardise", source.code],
        **ALL_DAGS,
    ):
        # Updates its asset even when nothing was pending: linkage may have waited for an extract
        # that came to nothing, and finds by itself that its inputs have not changed.
        @task(outlets=[standard(source.code)])
        def standardise(source_code: str) -> dict[str, object]:
            """Standardise every extract that is registered and pending."""
            from bangfu.airflow import work

            return work.standardise(source_code)

        @task(outlets=[held(source.code)])
        def announce_held(
            source_code: str, done: dict[str, object], outlet_events: dict[object, object] | None = None
        ) -> None:
            """Wake the approval of what has just been held; skipped when nothing was."""
            from bangfu.airflow import asking

            outlet_events[held(source_code)].extra = {"deliveries": asking.newly_held(source_code, done)}

        announce_held(source.code, standardise(source.code))
