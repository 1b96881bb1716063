"""A calibration in sentences and as a table, in English or Chinese (校准说明)."""

from collections.abc import Sequence

from matching.bilingual import Language, Words
from matching.calibration.calibrate import Calibration, Estimated, ThresholdQuality
from matching.calibration.unlinkable import Unlinkable

TABLE_HEAD = {
    "en": ("threshold", "pairs", "precision", "recall of candidates", "recall"),
    "zh": ("阈值", "配对", "准确率", "候选内召回率", "召回率"),
}


def in_words(
    calibration: Calibration, unlinkable: Sequence[Unlinkable] = (), *, language: Language = "en"
) -> tuple[str, ...]:
    """What to expect at the model's threshold, what is missed, and what cannot be linked, one sentence each."""
    quality = calibration.at(calibration.threshold, assigned=calibration.after is not None)
    said = [
        _precision(quality),
        _recall(quality),
        _missed(calibration),
        *([_all_missed(calibration)] if calibration.missed_in_all.value is not None else []),
        *map(_unlinkable, unlinkable),
    ]
    return tuple(words.said(language) for words in said)


def table_rows(qualities: Sequence[ThresholdQuality], language: Language = "en") -> list[tuple[str, ...]]:
    """One row per threshold under `TABLE_HEAD`; what is not stated is said so."""
    return [
        (
            f"{item.threshold:g}",
            f"{item.pairs:,}",
            *(_shown(share).said(language) for share in (item.precision, item.recall_of_candidates, item.recall)),
        )
        for item in qualities
    ]


def _shown(share: Estimated) -> Words:
    if share.value is None:
        return Words("not stated", "不予说明")
    if share.low is None or share.high is None:
        return Words(f"{share.value:.4f} (no interval)", f"{share.value:.4f}（无区间）")
    text = f"{share.value:.4f} [{share.low:.4f}, {share.high:.4f}]"
    return Words(text, text)


def _between(low: float | None, high: float | None) -> Words:
    return Words(f"(95 %: {low or 0:.2%} to {high or 0:.2%})", f"（95% 区间：{low or 0:.2%} 至 {high or 0:.2%}）")


def _precision(quality: ThresholdQuality) -> Words:
    share = quality.precision
    if share.value is None:
        return Words("No pair is accepted.", "没有接受任何配对。")
    en = f"Of the {quality.pairs:,} pairs accepted from probability {quality.threshold:g} on, {share.value:.2%} are right"
    zh = f"从概率 {quality.threshold:g} 起接受 {quality.pairs:,} 对，预计 {share.value:.2%} 正确"
    if share.low is None:
        assert share.declined is not None
        return Words(f"{en}, by the model alone: {share.declined.en}.", f"{zh}，仅据模型：{share.declined.zh}。")
    between, doubt = _between(share.low, share.high), _doubt(quality.doubt)
    return Words(
        f"{en} {between.en}; the lower limit is set by {doubt.en}.", f"{zh}{between.zh}；下限取决于{doubt.zh}。"
    )


def _doubt(doubt: str) -> Words:
    if doubt == "parameters":
        return Words("the uncertainty of the parameters", "参数估计的不确定性")
    if doubt == "competing pairs":
        return Words(
            "pairs that compete for one record (duplicates within a table do so too)",
            "争夺同一记录的配对（表内重复记录也会如此）",
        )
    return Words(
        f"comparison '{doubt}', which disagrees more often than the others lead one to expect",
        f"比对项“{doubt}”：它与其他比对项不一致的次数多于预期",
    )


def _recall(quality: ThresholdQuality) -> Words:
    share, within = quality.recall, quality.recall_of_candidates
    if share.value is not None:
        between = _between(share.low, share.high)
        return Words(
            f"{share.value:.2%} of all matches are found {between.en}.",
            f"预计找到全部匹配的 {share.value:.2%}{between.zh}。",
        )
    assert share.declined is not None
    if within.value is None or share.declined == within.declined:
        return Words(f"Recall is not stated: {share.declined.en}.", f"召回率不予说明：{share.declined.zh}。")
    between = _between(within.low, within.high)
    return Words(
        f"Recall is not stated: {share.declined.en}. Of the matches among the pairs compared, {within.value:.2%} are "
        f"found {between.en}.",
        f"召回率不予说明：{share.declined.zh}。在比对过的配对中，预计找到匹配的 {within.value:.2%}{between.zh}。",
    )


def _missed(calibration: Calibration) -> Words:
    missed = calibration.missed
    if missed.value is None:
        assert missed.declined is not None
        return Words(
            f"How many matches no blocking rule makes is not known: {missed.declined.en}.",
            f"分块遗漏的匹配数无法估计：{missed.declined.zh}。",
        )
    first, second = ("; ".join(names) for names in missed.lists)
    return Words(
        f"About {missed.value:.0f} matches are made by no blocking rule ({missed.low:.0f} to {missed.high:.0f}), by what "
        f"the rules [{first}] and [{second}] make of each other's matches.",
        f"约 {missed.value:.0f} 对匹配没有任何分块规则覆盖（{missed.low:.0f} 至 {missed.high:.0f} 对），"
        f"由规则 [{first}] 与 [{second}] 互相检验得出。",
    )


def _all_missed(calibration: Calibration) -> Words:
    missed = calibration.missed_in_all
    return Words(
        f"In all about {missed.value:.0f} matches are not accepted ({missed.low:.0f} to {missed.high:.0f}).",
        f"合计约 {missed.value:.0f} 对匹配未被接受（{missed.low:.0f} 至 {missed.high:.0f} 对）。",
    )


def _unlinkable(found: Unlinkable) -> Words:
    side = {"left": "左表", "right": "右表"}[found.side]
    en = (
        f"{found.unlinkable:,} of the {found.records:,} records of the {found.side} table ({found.share:.1%}) could not reach "
        f"probability {found.threshold:g} even against themselves"
    )
    zh = (
        f"{side} {found.records:,} 条记录中有 {found.unlinkable:,} 条（{found.share:.1%}）即使与自身比对也达不到概率 "
        f"{found.threshold:g}"
    )
    if not found.gaps:
        return Words(f"{en}.", f"{zh}。")
    filled = found.gaps[0].filled
    columns = Words(", ".join(filled) or "nothing", "、".join(filled) or "无")
    return Words(f"{en}; most of them fill in only {columns.en}.", f"{zh}；其中多数只填写了：{columns.zh}。")
