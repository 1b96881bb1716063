"""`bangfu publish`: the screened list becomes visible to the unions."""

from bangfu.cli.output import Json, emit

__all__ = ["publish"]


def publish(json: Json = False) -> None:
    """Show the list of the latest screening to the local unions, in place of the one before (发布).

    Example:
      bangfu publish
    """
    from bangfu.pipeline.context import open_context
    from bangfu.pipeline.review.publish import publish as work

    with open_context() as context:
        summary = work(context)
    told = f"publish: list version {summary.list_version} with {summary.candidates:,} candidates (run {summary.run_id})"
    lines = [told]
    if summary.cases is not None:
        made = summary.cases
        lines.append(
            f"cases 案件: {made.opened + made.entries:,} opened, {made.renewed:,} with other evidence, {made.withdrawn:,} withdrawn, "
            f"{made.gone:,} whose officers are told that the evidence is gone; `bangfu cases status` counts them"
        )
    if summary.households is not None and summary.households.listed:
        held = summary.households
        lines.append(
            f"households 在档户: {held.listed:,} registered, {held.new:,} new, {held.left:,} left, {held.ended:,} pairings ended; "
            "`bangfu cases pairing` tells the coverage"
        )
    if summary.notices:
        lines.append(f"notices 通知: {summary.notices:,} written; `bangfu dispatch --once` sends them, or Airflow does")
    emit(summary, json=json, lines=lines)
