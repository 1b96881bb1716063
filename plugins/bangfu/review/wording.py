"""Limits and owners in words (时限的说法), for pages, forms and the guide."""

from schemas.flow import ROLES, Flow, Limit, State, Unit

__all__ = ["limit_in_words", "owner_in_words"]

_UNITS = {
    Unit.WORKING_DAYS: ("{}个工作日", "{} working days"),
    Unit.HOURS: ("{}小时", "{} hours"),
    Unit.MONTHS: ("{}个月", "{} months"),
    Unit.STATED_DAY: ("至写明的日期", "until the stated day"),
}


def limit_in_words(flow: Flow, state: State) -> tuple[str, str]:
    """The limit of a state in Chinese and English; a dash where it has ended.

    >>> from schemas.flows import FLOWS
    >>> flow = FLOWS["candidate"]
    >>> limit_in_words(flow, flow.states["sent"])
    ('2个工作日；抢先24小时（自“派发”起）', '2 working days; urgent 24 hours (from “send to the county” on)')
    >>> limit_in_words(flow, flow.states["on_notice"])
    ('等待5个工作日（可设3至7），其后2个工作日', 'waits 5 working days (3 to 7), then 2 working days')
    """
    if state.ended:
        return "—", "—"
    if state.limit is None:
        return state.no_limit or ("", "")
    zh, en = _words(flow, state.limit)
    if state.waits:
        wait_zh, wait_en = _words(flow, state.waits)
        waits = "等待" if state.waits.unit is not Unit.STATED_DAY else ""
        zh, en = f"{waits}{wait_zh}，其后{zh}", f"waits {wait_en}, then {en}"
    if state.urgent:
        urgent_zh, urgent_en = _words(flow, state.urgent)
        zh, en = f"{zh}；抢先{urgent_zh}", f"{en}; urgent {urgent_en}"
    return zh, en


def owner_in_words(state: State) -> tuple[str, str]:
    """Whose inbox a state is in, in Chinese and English; a dash where it has ended.

    >>> from schemas.flows import FLOWS
    >>> owner_in_words(FLOWS["candidate"].states["transferring"])
    ('县级经办人（接收县）', 'county officer (of the county asked)')
    """
    if state.ended:
        return "—", "—"
    zh, en = ROLES.label(state.owner), ROLES.label(state.owner, "en")
    return (f"{zh}（接收县）", f"{en} (of the county asked)") if state.asked else (zh, en)


def _words(flow: Flow, limit: Limit) -> tuple[str, str]:
    zh, en = (text.format(limit.count) for text in _UNITS[limit.unit])
    if limit.count == 1:
        en = en.removesuffix("s")
    if limit.since in flow.states:
        begins = next((step for step in flow.steps.values() if limit.since in step.targets), None)
        zh = f"{zh}（自“{begins.zh}”起）" if begins else f"{zh}（自立案起）"
        en = f"{en} (from “{begins.en}” on)" if begins else f"{en} (from the opening on)"
    if limit.most:
        zh, en = f"{zh}（可设{limit.least}至{limit.most}）", f"{en} ({limit.least} to {limit.most})"
    return zh, en
