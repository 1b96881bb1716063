"""The verdict of a report (结论): one sentence on whether an extract may be used, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bangfu.profiling.drift import Drift
    from bangfu.profiling.profile import Profile

__all__ = ["Verdict", "verdict"]


@dataclass(frozen=True)
class Verdict:
    """What a reader must know first.

    Attributes:
        tone: `good`, `wait` or `out`, for the look.
        zh, en: One or two words.
        why_zh, why_en: The reason.
    """

    tone: str
    zh: str
    en: str
    why_zh: str
    why_en: str


def verdict(profile: Profile, drift: Drift, status: str) -> Verdict:
    """Whether the extract may be used, from its findings and from where it stands."""
    over = [finding for finding in drift.findings if finding.over]
    if status in {"rejected", "retracted", "expired"}:
        zh = {"rejected": "已拒收", "retracted": "已撤回", "expired": "已到期删除"}[status]
        return Verdict("out", "不再使用", "not in use", f"本批{zh}。", f"This extract is {status}.")
    if over:
        count_zh = f"{len(over)} 项超出界限，首要的是：{over[0].zh}。"
        count_en = f"{len(over)} beyond the limits, the first: {over[0].en}."
        if status == "accepted":
            return Verdict("good", "已批准使用", "approved for use", count_zh, count_en)
        count_zh += "请核对后批准使用，或请报送单位更正后重报。"
        count_en += " Check, then approve it, or ask the sender for a corrected one."
        return Verdict("wait", "待批准", "waits for approval", count_zh, count_en)
    why_zh, why_en = _calm(profile, drift)
    if status == "held":
        held_zh, held_en = (
            "因其他原因（例如没有报送清单）待批准。",
            "It is held for another reason, such as a missing manifest. ",
        )
        return Verdict("wait", "待批准", "waits for approval", held_zh + why_zh, held_en + why_en)
    return Verdict("good", "可以使用", "fit for use", why_zh, why_en)


def _calm(profile: Profile, drift: Drift) -> tuple[str, str]:
    """Why nothing stops the extract."""
    large = sum(finding.large for finding in drift.findings)
    few_zh = "，超过界限，但数据行少，可能是偶然" if large else "，在界限以内"
    few_en = ", beyond the limit but perhaps by chance" if large else ", within the limit"
    if drift.first:
        share = profile.rejected / max(1, profile.rows_in)
        return (
            f"这是该报送单位的第一批，没有可比的上一批；拒收 {share:.1%}{few_zh}。",
            f"The sender's first extract, with nothing to compare; {share:.1%} refused{few_en}.",
        )
    if large:
        return (
            f"与上一批比较 {drift.compared} 项，其中 {large} 项变化较大，但数据行少，可能是偶然。",
            f"Of {drift.compared} comparisons with the previous extract {large} differ much, perhaps by chance.",
        )
    return (
        f"与上一批比较 {drift.compared} 项，均未超出界限。",
        f"{drift.compared} comparisons with the previous extract, all within the limits.",
    )
