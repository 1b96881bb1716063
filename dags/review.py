"""核查推进 Review: every hour, the steps whose time has come, and what ended cases teach."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from bangfu.airflow.defaults import ALL_DAGS, TIMEZONE, Stage, documentation

STAGE = Stage(
    zh="办理到期的步骤（公示期满、暂缓期满、监测期满等），收集已办结案件的结论，供筛查、匹配和来源部门使用。",
    en="Takes the steps whose time has come, and collects what ended cases teach screening, linkage and the sources.",
    reads="`review_case`, `case_event`",
    writes="`case_event`, `visit_decision`, `visit_result`, `match_label`, `data_ticket`",
    again="到期一次办理一次；已收集的不再收集 each step is taken once, each case collected once",
)

with DAG(
    "review",
    dag_display_name="核查推进 Review",
    schedule=CronTriggerTimetable("7 * * * *", timezone=TIMEZONE),
    doc_md=documentation("核查推进 Review", STAGE),
    tags=["bangfu", "review"],
    **ALL_DAGS,
):

    @task
    def advance() -> dict[str, object]:
        """Take the steps that are due and collect; an interrupted run is completed by the next."""
        from bangfu.airflow import work

        return work.advance()

    advance()
