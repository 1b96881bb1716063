"""筛查 Screen: finds union members with evidence of hardship who have no archive."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import CANDIDATES, LINKS
from bangfu.airflow.defaults import ALL_DAGS, Stage, documentation

STAGE = Stage(
    zh="在匹配结果上按规则筛查:有支出型困难迹象、又未建档的会员成为线索。线索不是认定。",
    en="Screens the linked persons by declared rules. A clue is not a decision.",
    reads="`links/<run>/`, `standard/`",
    writes="candidates (screened)",
    again="重新生成未发布的清单 makes the unpublished list anew",
)

with DAG(
    "screen",
    dag_display_name="筛查 Screen",
    schedule=[LINKS],
    doc_md=documentation("筛查 Screen", STAGE),
    tags=["bangfu", "screen"],
    **ALL_DAGS,
):

    @task(outlets=[CANDIDATES])
    def screen() -> dict[str, object]:
        """Screen the persons of the newest linkage run."""
        from bangfu.airflow import work

        return work.screen()

    screen()
