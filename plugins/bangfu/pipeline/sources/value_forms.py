"""The form of values (取值形态), told without a value: `18 digits`, `yyyy-mm-dd`, `2-3 Han characters`."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import polars as pl

__all__ = ["Form", "Forms", "form_of"]

_LONGEST = 24
"""Longer texts are told by their length alone."""
_MOST_RUNS = 4
"""Texts of more runs are told by their length alone."""
_MOST = 4_096
"""Different patterns that are kept while counting."""
_CLASSES = (
    (r"[①②③…]", "?"),
    (r"([0-9０-９])\s*年\s*", "${1}①"),
    (r"([0-9０-９])\s*月\s*", "${1}②"),
    (r"([0-9０-９])\s*日\s*", "${1}③"),
    (r"[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{20000}-\x{3FFFF}\x{E000}-\x{F8FF}〇]", "汉"),
    (r"[0-9０-９]", "9"),
    (r"[A-Za-zＡ-Ｚａ-ｚ]", "a"),
    (r"\s", " "),
    (r"[^汉9a①②③ \-./*:()（）,，、+_#]", "…"),
)
"""Patterns, in order, and what stands for what they find; what is left stands for itself."""
_KNOWN = (
    (r"9{17}[9a]", "18 位证件号", "18-digit number"),
    (r"9{15}", "15 位数字", "15 digits"),
    (r"9{2,10}\*{2,}[9a]{0,6}", "部分打码的号码", "partly masked number"),
    (r"9{4}-9{1,2}-9{1,2}", "yyyy-mm-dd", "yyyy-mm-dd"),
    (r"9{4}/9{1,2}/9{1,2}", "yyyy/mm/dd", "yyyy/mm/dd"),
    (r"9{4}\.9{1,2}\.9{1,2}", "yyyy.mm.dd", "yyyy.mm.dd"),
    (r"9{4}①9{1,2}②9{1,2}③", "yyyy年mm月dd日", "yyyy年mm月dd日"),
    (r"9{4}①9{1,2}②", "yyyy年mm月", "yyyy年mm月"),
    (r"9{4}[-/]9{1,2}", "yyyy-mm", "yyyy-mm"),
    (r"9{4}[-/]9{1,2}[-/]9{1,2} .*", "日期和时间", "date and time"),
    (r"9+\.9+", "小数", "decimal number"),
    (r"-9+(\.9+)?", "负数", "negative number"),
    (r"9+\.9+a\+9+", "科学记数法", "scientific notation"),
)
"""Patterns that have a name."""
_NAMES = {
    "汉": ("个汉字", "Han characters"),
    "9": ("位数字", "digits"),
    "a": ("个字母", "letters"),
    "…": ("个其他字符", "other characters"),
    "①": ("“年”", "“年”"),
    "②": ("“月”", "“月”"),
    "③": ("“日”", "“日”"),
}


@dataclass(frozen=True)
class Form:
    """One form and the share of the filled cells that have it.

    Attributes:
        zh, en: The form.
        share: From 0 to 1.
    """

    zh: str
    en: str
    share: float


class Forms:
    """Counts the forms of a column, batch by batch; no value is kept.

    >>> forms = Forms()
    >>> forms.add(pl.Series(["2026-06-30", "2026-07-01", "岩温", "李小娜", None]))
    >>> [(form.en, form.share) for form in forms.most()]
    [('yyyy-mm-dd', 0.5), ('2-3 Han characters', 0.5)]
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._patterns: Counter[str] = Counter()
        self.filled = 0

    def add(self, values: pl.Series) -> None:
        """Count the forms of some text cells."""
        present = values.drop_nulls()
        if not present.len():
            return
        self.filled += present.len()
        counted = _patterns(present).value_counts(name="rows")
        self._patterns.update(dict(counted.iter_rows()))
        if len(self._patterns) > 2 * _MOST:
            self._patterns = Counter(dict(self._patterns.most_common(_MOST)))

    def most(self, count: int = 3) -> list[Form]:
        """The commonest forms, most first."""
        groups: dict[tuple[str, ...], Counter[str]] = {}
        for pattern, rows in self._patterns.items():
            groups.setdefault(_group(pattern), Counter())[pattern] += rows
        largest = sorted(groups.values(), key=lambda group: (-group.total(), min(group)))[:count]
        return [Form(*_told(list(group)), group.total() / self.filled) for group in largest]


def form_of(text: str) -> str:
    """The form of one text in English.

    >>> form_of("539210199003070036"), form_of("539210********0036"), form_of("3室")
    ('18-digit number', 'partly masked number', '1 digits, 1 Han characters')
    """
    forms = Forms()
    forms.add(pl.Series([text]))
    return forms.most(1)[0].en


def _patterns(values: pl.Series) -> pl.Series:
    """What stands for each text: a character for the class of each of its own."""
    text = pl.col("text").str.strip_chars().str.slice(0, 200)
    for pattern, stands in _CLASSES:
        text = text.str.replace_all(pattern, stands)
    return pl.DataFrame({"text": values}).select(text).to_series()


def _group(pattern: str) -> tuple[str, ...]:
    """What patterns of one form share: a name, the order of their few runs, or that they are mixed or longer text."""
    for known, _, en in _KNOWN:
        if re.fullmatch(known, pattern):
            return ("known", en)
    runs = tuple(character for character, _ in _runs(pattern))
    if set(runs) == {"9", "a"} and len(runs) > 2:  # credit codes, certificates
        return ("mixed",)
    return runs if len(runs) <= _MOST_RUNS and len(pattern) <= _LONGEST else ("text",)


def _runs(pattern: str) -> Iterator[tuple[str, int]]:
    for character, run in groupby(pattern):
        yield character, len(list(run))


def _told(patterns: list[str]) -> tuple[str, str]:
    """The name of a group of patterns, with the length of each run."""
    for known, zh, en in _KNOWN:
        if re.fullmatch(known, patterns[0]):
            return zh, en
    runs = [list(_runs(pattern)) for pattern in patterns]
    if (group := _group(patterns[0])) in {("mixed",), ("text",)}:
        low, high = min(map(len, patterns)), max(map(len, patterns))
        size = str(low) if low == high else f"{low}-{high}"
        if group == ("mixed",):
            return f"{size} 位字母和数字", f"{size} letters and digits"
        return f"{size} 个字符的文字", f"text of {size} characters"
    told_zh: list[str] = []
    told_en: list[str] = []
    for place, (character, _) in enumerate(runs[0]):
        low, high = min(run[place][1] for run in runs), max(run[place][1] for run in runs)
        size = str(low) if low == high else f"{low}-{high}"
        names = _NAMES.get(character)
        if names and names[0].startswith("“"):
            told_zh.append(names[0])
            told_en.append(names[1])
        elif names:
            told_zh.append(f"{size} {names[0]}")
            told_en.append(f"{size} {names[1]}")
        elif character == " ":
            told_zh.append("空格")
            told_en.append("space")
        else:
            told_zh.append(f"“{character}”")
            told_en.append(f"“{character}”")
    return "、".join(told_zh), ", ".join(told_en)
