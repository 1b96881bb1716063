"""到期销毁 Retire: deletes every night what has been kept long enough, and issues a certificate."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from bangfu.airflow.defaults import ALL_DAGS, TIMEZONE, Stage, documentation

STAGE = Stage(
    zh="删除保存期届满的数据,销毁其密钥,出具销毁证明;各数据源的保存天数见其声明。"
    "办结案件缩减,被替换的清单、日志、通知、会话等按各自期限清理。",
    en="Deletes what has been kept for the days that its source declares, destroys its keys and issues a certificate; "
    "reduces ended cases and clears lists, log, notices and sessions whose time is over.",
    reads="registry; `landing/`, `standard/`, `quarantine/`, `links/`, `models/`, `reports/`, `receipts/`",
    writes="`certificates/<run>/`, deletion log; `case_event`, `access_log`, `audit_anchor`",
    again="无到期数据则不删除,也不出证明 nothing is deleted and no certificate issued when nothing is due",
)

with DAG(
    "retire",
    dag_display_name="到期销毁 Retire",
    # Before the looks of the early morning, and after midnight in China, when another day is over.
    schedule=CronTriggerTimetable("47 1 * * *", timezone=TIMEZONE),
    doc_md=documentation("到期销毁 Retire", STAGE),
    tags=["bangfu", "retire"],
    **ALL_DAGS,
):

    @task
    def retire() -> dict[str, object]:
        """Delete what is due; an interrupted run is completed by the next."""
        from bangfu.airflow import work

        return work.retire()

    @task
    def clear() -> dict[str, object]:
        """Reduce ended cases, remove lists, log, notices and sessions whose time is over; apart from the objects."""
        from bangfu.airflow import work

        return work.clear()

    retire()
    clear()
