"""发布 Publish: asks a second person about the screened list, and shows the approved one to the local unions."""

from datetime import timedelta

from airflow.sdk import DAG, task

from bangfu.airflow.assets import CANDIDATES, PUBLISHED
from bangfu.airflow.defaults import ALL_DAGS, Stage, documentation, woken_by
from bangfu.airflow.publishing import AskToPublish

STAGE = Stage(
    zh="经第二人（省级审批人，不是申请人）同意后，把筛查清单作为新版本一次性发布给属地工会；旧版本随之收回。"
    "审批只看分地区的数量和变动，不显示个人；同意的是哪一份内容，发布的就是哪一份。",
    en="Asks a second person, an approver of the province, about counts and changes; the very list that was approved becomes "
    "visible as a new version, all at once.",
    reads="candidates (screened), `approval`",
    writes="candidates (published), `approval`",
    again="已发布的清单保持不变；被否决的清单不再询问 a published list stays, one that was turned down is not asked about again",
)

WAITING: dict[str, object] = {**ALL_DAGS, "max_active_runs": 16, "dagrun_timeout": timedelta(days=8)}
"""A run lasts as long as its question is open, and a later list must not wait for that."""

with DAG(
    "publish",
    dag_display_name="发布 Publish",
    schedule=woken_by(CANDIDATES, "27 8 * * *"),
    doc_md=documentation("发布 Publish", STAGE),
    tags=["bangfu", "publish"],
    **WAITING,
):

    @task
    def prepare(ti: object = None, dag_run: object = None) -> dict[str, object]:
        """Count what the list changes, and ask; skipped where there is nothing to ask, or another run asks it."""
        from bangfu.airflow import publishing

        another_open = ti.get_dr_count(dag_id=ti.dag_id, states=["running"]) > 1
        user = dag_run.triggering_user_name
        return publishing.prepare(user, by_hand=str(dag_run.run_type) == "manual", another_open=another_open)

    question = prepare()
    ask = AskToPublish(
        task_id="ask",
        approval_id=question["approval_id"],
        subject=question["subject"],
        body=question["body"],
        response_timeout=timedelta(days=7),
    )

    @task(outlets=[PUBLISHED])
    def publish() -> dict[str, object]:
        """Publish the list that was approved."""
        from bangfu.airflow import work

        return work.publish()

    ask >> publish()
