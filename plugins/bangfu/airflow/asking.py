"""Asking a person about held deliveries (人工审批), in Airflow's human-in-the-loop page.

One question per delivery. It names the delivery and says how many rows it has and why it is held; no value of a person
is in it. Whoever is asked answers there; the same decision can be made with `bangfu approve` at any time.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from bangfu.airflow import work

if TYPE_CHECKING:
    from bangfu.pipeline.context import Context

__all__ = ["APPROVE", "LATER", "OPTIONS", "REASON", "TURN_DOWN", "AskAboutDelivery", "announced", "decide"]
__all__ += ["lacks_reason", "newly_held", "questions", "reason_field"]

APPROVE = "采用 Use it"
TURN_DOWN = "退回 Turn it down"
LATER = "以后再定 Later"
OPTIONS = [APPROVE, TURN_DOWN, LATER]
"""The answers; nobody's answer in time counts as `LATER`, and the next look asks again."""

REASON = "reason"
"""Name of the field in which it is written why a delivery is turned down."""

_HARMLESS = str.maketrans("{}[]<>`|*_#\\!", "｛｝［］＜＞＇｜＊＿＃＼！")


class AskAboutDelivery(HITLOperator):
    """Asks a person; the question stays open when a delivery is turned down and nothing is said of why."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take an answer, or take it back and wait for another."""
        if "error" not in event and lacks_reason(event):
            self.log.warning("The delivery is turned down without a reason: the question is asked again.")
            return self.execute(context)
        return super().execute_complete(context, event)


def reason_field() -> Param:
    """The field of the question's form, which only who turns a delivery down has to fill in."""
    return Param(
        None,
        type=["null", "string"],
        format="multiline",
        title="退回理由 Reason",
        description="选择“退回”时必填，报送单位在回执上读到；不要写个人信息。"
        "Needed to turn it down; its sender reads it. No particulars of a person.",
    )


def lacks_reason(answer: Mapping[str, Any]) -> bool:
    """Whether an answer turns a delivery down and does not say why."""
    return TURN_DOWN in answer["chosen_options"] and not _reason(answer)


def newly_held(source: str, done: Mapping[str, Any]) -> list[str]:
    """The deliveries that a run of `work.standardise` has just held; skipped when there are none.

    Args:
        source: Source code.
        done: What that run returned.
    """
    count = int(done.get("held", 0))
    if not count:
        raise AirflowSkipException(f"No further delivery of {source} waits for approval.")
    return work.held(source)[-count:]


def announced(events: Mapping[Any, Iterable[Any]]) -> list[str]:
    """The deliveries named by the asset events that woke a run; none for a run by the clock or by hand."""
    named = [name for some in events.values() for event in some for name in (event.extra or {}).get("deliveries", ())]
    return list(dict.fromkeys(str(name) for name in named))


@work.task_body
def questions(context: "Context", source: str, only: list[str], address: str) -> list[dict[str, str]]:
    """What to ask about the deliveries of a source that wait; skipped when there are none.

    Args:
        context: The installation.
        source: Source code.
        only: Ask about these; about all that wait when empty.
        address: Address of Airflow's user interface, for the link to the report.

    Returns:
        `delivery_id`, `subject` and `body` of each.
    """
    from bangfu.pipeline.intake.profile_page import held_and_latest

    held, _ = held_and_latest(context, latest=0)
    waiting = [row for row in held if row["source"] == source and (not only or row["delivery_id"] in only)]
    if not waiting:
        raise AirflowSkipException(f"No delivery of {source} waits for an answer.")
    return [_question(row, address) for row in waiting]


def decide(delivery_id: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Do what was answered; skipped where the decision is put off, or was made elsewhere meanwhile.

    Args:
        delivery_id: The delivery.
        answer: What `AskAboutDelivery` returns: `chosen_options`, `params_input` and `responded_by_user`.
    """
    [chosen] = answer["chosen_options"]
    if chosen == LATER:
        raise AirflowSkipException(f"Delivery {delivery_id} goes on waiting.")
    user = answer.get("responded_by_user") or {}
    by = f"{user.get('name') or user.get('id') or 'unknown'} (Airflow)"
    counts = work.decide_held([delivery_id], approved=chosen == APPROVE, by=by, reason=_reason(answer))
    if not counts["decided"]:
        raise AirflowSkipException(f"Delivery {delivery_id} was decided about elsewhere.")
    return {**counts, "delivery_id": delivery_id}


def _reason(answer: Mapping[str, Any]) -> str:
    return str((answer.get("params_input") or {}).get(REASON) or "").strip()


def _question(row: Mapping[str, Any], address: str) -> dict[str, str]:
    """One question. A reason may quote column headers, which are the sender's words: no markup is left in them."""
    from schemas.sources import SOURCES

    reason = "\n".join(f"> {line}\n" for line in str(row["reason"] or "").translate(_HARMLESS).splitlines())
    identity, source = row["delivery_id"], SOURCES[row["source"]]
    body = f"""投递 delivery `{identity}`（{source.zh} {source.en}）

| 报送单位 sender | 所属期 period | 版次 revision | 接收 received | 数据行 rows | 退回行 rejected |
|---|---|---|---|---|---|
| {row["sender"] or "—"} | {row["period"] or "—"} | {row["revision"]} | {row["received_at"]} | {row["rows"]:,} | {row["rejected"]:,} |

待批准的原因 why it waits:

{reason.replace("://", "：//")}
[数据质量报告 data-quality report]({address.rstrip("/")}/bangfu/profile/{identity})

- **{APPROVE}**：立即采用，随后重新匹配 it counts at once, linkage follows
- **{TURN_DOWN}**：不采用，请报送单位更正后重报；须填写退回理由，报送单位在回执上读到，没有理由的退回不生效、会再问一次
  it is refused and may be sent again, corrected; write the reason for its sender, or the question is asked once more
- **{LATER}**：继续等待，以后再问 it goes on waiting and is asked about again
"""
    return {"delivery_id": identity, "subject": f"是否采用？Use it? {source.zh} {identity}", "body": body}
