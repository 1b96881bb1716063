"""通知 Dispatch: tells the unions of a published list, reminds those that have not acknowledged, sends what waits."""

from airflow.sdk import DAG, task

from bangfu.airflow.assets import PUBLISHED
from bangfu.airflow.defaults import ALL_DAGS, Stage, documentation, woken_by

STAGE = Stage(
    zh="对到期未签收的工会催办、逐级提请督促；按各工会的渠道发送通知（电子邮件、Webhook），失败的稍后重试，超过次数的列为死信。",
    en="Reminds unions that have not acknowledged, and tells those above them; sends notices by each union's channels; "
    "what fails is tried again later and given up in the end.",
    reads="outbox: notices that wait; mail server, unions' webhooks",
    writes="outbox: reminders, attempts, messages sent or given up",
    again="已发送的不再发送 what was sent is not sent again",
)

with DAG(
    "dispatch",
    dag_display_name="通知 Dispatch",
    schedule=woken_by(PUBLISHED, "*/10 * * * *"),
    doc_md=documentation("通知 Dispatch", STAGE),
    tags=["bangfu", "dispatch"],
    **ALL_DAGS,
):

    @task
    def remind() -> dict[str, object]:
        """Write the reminders that are due."""
        from bangfu.airflow import work

        return work.remind()

    @task
    def dispatch() -> dict[str, object]:
        """Send what is due."""
        from bangfu.airflow import work

        return work.dispatch()

    remind() >> dispatch()
