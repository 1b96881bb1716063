"""核查推进 Review: every hour, the steps whose time has come, the cases that follow, and what ended cases teach."""

from airflow.sdk import DAG, CronTriggerTimetable, task

from bangfu.airflow.defaults import ALL_DAGS, TIMEZONE, Stage, documentation

STAGE = Stage(
    zh="办理到期的步骤（公示期满、暂缓期满、监测期满等），开立后续案件、传达申诉决定和盲审裁定，对核实过的线索抽取盲审，为联系不上的抽样户派替补，收集已办结案件的结论，供筛查、匹配和来源部门使用。",
    en="Takes the steps whose time has come, opens the cases that follow and passes on what appeals and second reviews decided, draws confirmed clues for second reviews, sends for stand-ins of audit visits, and collects what ended cases teach screening, linkage and the sources.",
    reads="`review_case`, `case_event`",
    writes="`review_case`, `case_event`, `visit_decision`, `visit_result`, `match_label`, `data_ticket`, `second_review`, `random_draw`, `audit_result`",
    again="到期一次办理一次；后续案件只立一次；已收集的不再收集 each step is taken once, each case followed and collected once",
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
        """Take the steps that are due, open what follows and collect; an interrupted run is completed by the next."""
        from bangfu.airflow import work

        return work.advance()

    advance()
