"""What a difference between two extracts is told in (变化说明): one sentence in Chinese, one in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bangfu.profiling.labels import label_of
from bangfu.profiling.small_counts import hides
from schemas.fields import FIELDS
from schemas.vocabulary import SMALL_COUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bangfu.profiling.profile import FieldProfile, Profile

Sentence = tuple[str, str]
"""Chinese and English, without the final stop."""

_MOST_CHANGES = 3


def by_chance(chance: float) -> Sentence:
    """What is added where a difference is large and yet may be chance."""
    return (
        f"；数据行少，偶然出现这样的差别的概率约 {_chance(chance)}，不拦截",
        f"; with so few rows chance alone does this with a probability of about {_chance(chance)}: not stopped",
    )


def no_rows() -> Sentence:
    """An extract without a row."""
    return "没有读到任何数据行，请核对是否发错文件", "not one data row was read: check whether this is the right file"


def rows_changed(before: int, now: int, limit: float) -> Sentence:
    """The number of data rows."""
    change = (now - before) / before
    zh, en = ("增加", "more") if change > 0 else ("减少", "fewer")
    return (
        f"数据行数由 {before:,} 变为 {now:,}，{zh} {abs(change):.1%}（界限 {limit:.0%}）",
        f"data rows went from {before:,} to {now:,}, {abs(change):.1%} {en} (limit {limit:.0%})",
    )


def rejected(profile: Profile, limit: float) -> Sentence:
    """The share of refused rows."""
    share = profile.rejected / profile.rows_in
    return (
        f"{profile.rows_in:,} 行中拒收 {profile.rejected:,} 行，占 {share:.1%}（界限 {limit:.0%}）",
        f"{profile.rejected:,} of {profile.rows_in:,} rows were refused, {share:.1%} (limit {limit:.0%})",
    )


def column_gone(
    before: FieldProfile, now: FieldProfile, shares: tuple[float, float], unlisted: Sequence[str]
) -> Sentence:
    """A column that was there before."""
    zh, en = _names(now.name)
    header_zh = f"（上一批表头「{before.header}」）" if before.header else ""
    header_en = f" (headed {before.header} before)" if before.header else ""
    then, share = shares
    if now.given:
        return (
            f"「{zh}」整列为空{header_zh}，上一批填写率 {then:.1%}",
            f"the column {en} is empty{header_en}; it was {then:.1%} filled before",
        )
    filled_zh = f"，现由其他列补出 {share:.1%}" if now.filled else ""
    filled_en = f"; other columns now fill {share:.1%}" if now.filled else ""
    renamed_zh = f"；本批新出现未登记的列：{'、'.join(unlisted)}，请核对是否改了名" if unlisted else ""
    renamed_en = (
        f"; it may have been renamed to one of the new unlisted columns {', '.join(unlisted)}" if unlisted else ""
    )
    return (
        f"「{zh}」列不见了{header_zh}，上一批填写率 {then:.1%}{filled_zh}{renamed_zh}",
        f"the column {en} is gone{header_en}; it was {then:.1%} filled before{filled_en}{renamed_en}",
    )


def column_new(now: FieldProfile, share: float) -> Sentence:
    """A column that was not there, or empty, before."""
    zh, en = _names(now.name)
    header_zh = f"（表头「{now.header}」）" if now.header else ""
    header_en = f" (headed {now.header})" if now.header else ""
    return (
        f"新出现「{zh}」列{header_zh}，填写率 {share:.1%}",
        f"the column {en} is new{header_en}, {share:.1%} filled",
    )


def share_changed(what: Sentence, before: float, now: float, limit: float) -> Sentence:
    """A share of the rows: filled, or valid."""
    points = abs(now - before) * 100
    zh, en = ("上升", "up") if now > before else ("下降", "down")
    return (
        f"{what[0]}由 {before:.1%} 变为 {now:.1%}，{zh} {points:.1f} 个百分点（界限 {limit * 100:.0f}）",
        f"{what[1]} went from {before:.1%} to {now:.1%}, {en} by {points:.1f} points (limit {limit * 100:.0f})",
    )


def fill_of(name: str) -> Sentence:
    """The name of a fill rate."""
    zh, en = _names(name)
    return f"「{zh}」填写率", f"fill rate of {en}"


def validity_of(name: str) -> Sentence:
    """The name of a share of valid values."""
    zh, en = _names(name)
    return f"「{zh}」有效率", f"share of valid values of {en}"


def codes_changed(name: str, before: Mapping[str, int], now: Mapping[str, int], apart: float, limit: float) -> Sentence:
    """The distribution of a field's values, with the values that changed most."""
    zh, en = _names(name)
    rows, others = sum(now.values()), sum(before.values())
    shares = {code: (before.get(code, 0) / others, now.get(code, 0) / rows) for code in {*now, *before}}
    most = sorted(shares, key=lambda code: (-abs(shares[code][1] - shares[code][0]), code))[:_MOST_CHANGES]
    told = []
    for code in most:
        then, share = (
            f"<{SMALL_COUNT}" if hides(counts, code) else f"{part:.0%}"
            for counts, part in zip((before, now), shares[code], strict=True)
        )
        told.append((label_of(name, code), f"{then} → {share}"))
    return (
        f"「{zh}」的分布与上一批相差 {apart:.1%}（界限 {limit:.0%}）："
        + "、".join(f"{label[0]} {change}" for label, change in told),
        f"the distribution of {en} differs by {apart:.1%} (limit {limit:.0%}): "
        + ", ".join(f"{label[1]} {change}" for label, change in told),
    )


def headers_new(headers: Sequence[str], hidden: int) -> Sentence:
    """Unlisted columns that were not there before; they are not kept."""
    zh, en = "、".join(headers), ", ".join(headers)
    more_zh, more_en = (
        (f"等（另有 {hidden} 个疑似数据的表头未列出）", f" and {hidden} that look like data") if hidden else ("", "")
    )
    return (
        f"新出现未登记的列，内容已丢弃：{zh}{more_zh}",
        f"new columns that are not on the allow-list, dropped: {en}{more_en}",
    )


def _names(name: str) -> Sentence:
    return FIELDS[name].zh, FIELDS[name].en


def _chance(chance: float) -> str:
    return f"{chance:.0%}" if chance >= 0.01 else f"{chance:.1%}"
