"""审计封存 Audit: seals the access log every hour and keeps the end of its chain in the object store."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from bangfu.airflow.defaults import ALL_DAGS, TIMEZONE, Stage, documentation

STAGE = Stage(
    zh="封存访问日志,计算哈希链,并把链头存入对象存储;每天零点后核对整条链,发现改动即失败告警。",
    en="Seals the access log into its hash chain and keeps the head; after midnight verifies the whole chain.",
    reads="access log; `audit/heads/`",
    writes="`audit/heads/<day>-<position>.json`, places in the chain, result of the verification",
    again="无新日志则不封存 nothing is sealed when nothing was logged",
)

with DAG(
    "audit",
    dag_display_name="审计封存 Audit",
    schedule=CronTriggerTimetable("7 * * * *", timezone=TIMEZONE),
    doc_md=documentation("审计封存 Audit", STAGE),
    tags=["bangfu", "audit"],
    **ALL_DAGS,
):

    @task
    def seal() -> dict[str, object]:
        """Seal what was logged; the first run of a day verifies the whole chain."""
        from bangfu.airflow import work

        return work.audit()

    seal()
