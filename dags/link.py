"""匹配 Link: matches every source with the union roster, person by person."""

from airflow.sdk import DAG, AssetAny, Param, task

from bangfu.airflow.assets import LINKS, standard
from bangfu.airflow.defaults import ALL_DAGS, Stage, documentation, woken_by
from schemas.sources import SOURCES

STAGE = Stage(
    zh="把会员名册与各部门数据逐人匹配,给出概率和逐项解释;数据未变则不重算。",
    en="Matches the roster with every source probabilistically, with a field-by-field explanation.",
    reads="`standard/`",
    writes="`links/<run>/`, `models/<run>/`",
    again="输入未变即跳过 skipped when the inputs have not changed",
)

with DAG(
    "link",
    dag_display_name="匹配 Link",
    schedule=woken_by(AssetAny(*(standard(source) for source in SOURCES)), "7 5 * * *"),
    doc_md=documentation("匹配 Link", STAGE),
    tags=["bangfu", "link"],
    params={
        "force": Param(
            False,
            type="boolean",
            title="不等待 Do not wait",
            description="不等待仍在标准化的批次 do not wait for extracts that are still being standardised",
        )
    },
    **ALL_DAGS,
):

    @task(outlets=[LINKS])
    def link(params: dict[str, object] | None = None) -> dict[str, object]:
        """Link; skipped while extracts are on their way or nothing has changed."""
        from bangfu.airflow import work

        return work.link(force=bool((params or {}).get("force")))

    link()
