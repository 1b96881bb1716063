"""发布 Publish: shows the screened list to the local unions, in one transaction."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import CANDIDATES, PUBLISHED
from bangfu.airflow.defaults import ALL_DAGS, Stage, documentation

STAGE = Stage(
    zh="把筛查清单作为新版本一次性发布给属地工会;旧版本随之收回。",
    en="Makes the screened list visible as a new version, all at once.",
    reads="candidates (screened)",
    writes="candidates (published)",
    again="已发布的清单保持不变 a published list stays as it is",
)

# An approval by a person goes before `publish` here: airflow.providers.standard.operators.hitl.ApprovalOperator.
with DAG(
    "publish",
    dag_display_name="发布 Publish",
    schedule=[CANDIDATES],
    doc_md=documentation("发布 Publish", STAGE),
    tags=["bangfu", "publish"],
    **ALL_DAGS,
):

    @task(outlets=[PUBLISHED])
    def publish() -> dict[str, object]:
        """Publish the newest screened list."""
        from bangfu.airflow import work

        return work.publish()

    publish()
