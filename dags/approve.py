"""审批 Approve: one DAG per source asks a person about deliveries that wait, and does what is answered."""

from datetime import timedelta

from airflow.sdk import DAG, task, task_group

from bangfu.airflow.asking import LATER, OPTIONS, REASON, AskAboutDelivery, reason_field
from bangfu.airflow.assets import held, standard
from bangfu.airflow.defaults import ALL_DAGS, Stage, source_documentation, woken_by
from schemas.sources import SOURCES

STAGE = Stage(
    zh="数据变化过大或没有清单的投递先等待；由人看过质量报告后决定采用或退回，此前不参与匹配。",
    en="A delivery that differs much, or came without a manifest, waits until a person has decided about it.",
    reads="registry, `reports/<delivery>/profile`",
    writes="registry",
    again="只问仍在等待的投递 asks only about what still waits",
)

WAITING: dict[str, object] = {**ALL_DAGS, "max_active_runs": 16, "dagrun_timeout": timedelta(days=8)}
"""A run lasts as long as its question is open, and a delivery held meanwhile must not wait for that."""

for source in SOURCES.values():
    with DAG(
        f"approve_{source.code}",
        dag_display_name=f"审批 {source.zh}",
        schedule=woken_by(held(source.code), "17 8 * * *"),
        doc_md=source_documentation(source, STAGE),
        tags=["bangfu", "approve", source.code],
        **WAITING,
    ):

        @task
        def find_held(
            source_code: str, ti: object = None, triggering_asset_events: object = None
        ) -> list[dict[str, str]]:
            """Find what to ask about: what was announced; by the clock, all that waits, unless a question is open."""
            from airflow.sdk.configuration import conf
            from airflow.sdk.exceptions import AirflowSkipException

            from bangfu.airflow import asking

            only = asking.announced(triggering_asset_events)
            if not only and ti.get_dr_count(dag_id=ti.dag_id, states=["running"]) > 1:
                raise AirflowSkipException("Questions are open already; the next look asks again.")
            return asking.questions(source_code, only, conf.get("api", "base_url", fallback=""))

        @task_group(group_id="delivery")
        def about(source_code: str, delivery_id: str, subject: str, body: str) -> None:
            """Ask about one delivery and do what is answered."""
            ask = AskAboutDelivery(
                task_id="ask",
                subject=subject,
                body=body,
                options=OPTIONS,
                defaults=LATER,
                params={REASON: reason_field()},
                response_timeout=timedelta(days=7),
            )

            @task(outlets=[standard(source_code)])
            def decide(delivery_id: str, answer: dict[str, object]) -> dict[str, object]:
                """Take the delivery into use or turn it down."""
                from bangfu.airflow import asking

                return asking.decide(delivery_id, answer)

            decide(delivery_id, ask.output)

        about.partial(source_code=source.code).expand_kwargs(find_held(source.code))
