"""Personal names (姓名) as written: cleaned of remarks and spacing, never transliterated or simplified."""

from __future__ import annotations

import re

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, Reading, clean, clean_series, read_distinct

INTERPUNCT = "·"
"""U+00B7, the one interpunct (间隔号) of personal names: 民委发〔2016〕33号."""

_DOTS = re.compile("[•‧・⸱․∙⋅●᛫ꞏ･﹒．.。]")
_BRACKETS = re.compile(r"[(\[{【〔〈《「]([^()\[\]{}【】〔〕〈〉《》「」]*)[)\]}】〕〉》」]?")
_FORMER = re.compile(r"[,;:、]?(?:曾用名|原名|又名|别名|小名|乳名|俗名|法名|户籍名)(?:是|为)?[:、]?(.*)")
_REMARK = re.compile(
    "户主|户|本人|已?故|已?死亡|去世|亡|男|女|退休|在职|离职|调出|调入|农民工|大|小|残疾?|特困|低保|党员|组长|主席|委员|代领|代"
    "|父|母|妻|夫|子|长子|次子|长女|次女|配偶|父亲|母亲|儿子|女儿|[0-9]+"
)
_TITLES = re.compile(r"(?<=[\u3400-\u9fff]{2})(?:先生|女士|同志|师傅|老师)$")
_HAN_ALIAS = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,12}")
_LATIN_GAP = re.compile("(?<=[A-Za-z]) (?=[A-Za-z])")
_NOTHING = PLACEHOLDERS | {"姓名", "户主姓名", "空白", "无名", "无名氏", "不知道"}


def read_name(text: str) -> tuple[str | None, str | None]:
    """Read one name cell.

    Returns:
        The name and the former name (曾用名) or alias given beside it, each None where absent.

    >>> read_name("李 娜"), read_name("岩•温（户主）"), read_name("岩温(曾用名：温忠明)")
    (('李娜', None), ('岩·温', None), ('岩温', '温忠明'))
    >>> read_name("王芳（已故）"), read_name("不详"), read_name("Maria  Lopez")
    (('王芳', None), (None, None), ('Maria Lopez', None))
    """
    text, former = clean(text), None
    for content in _BRACKETS.findall(text):
        candidate = _alias(content)
        former = former or candidate
    text = _BRACKETS.sub("", text)
    if (match := _FORMER.search(text)) and match.start() > 0:
        former, text = former or _plain(match[1]), text[: match.start()]
    name = _plain(text)
    if name is None:
        return None, None
    return name, former if former != name else None


def _alias(content: str) -> str | None:
    content = content.strip()
    if match := _FORMER.fullmatch(content):
        return _plain(match[1])
    bare = _plain(content)
    return bare if bare and _HAN_ALIAS.fullmatch(bare) and not _REMARK.fullmatch(bare) else None


def _plain(text: str) -> str | None:
    """A name without remarks: dots unified, inner spaces removed (kept between Latin words), titles off."""
    text = _DOTS.sub(INTERPUNCT, text)
    text = _LATIN_GAP.sub("\0", text).replace(" ", "").replace("\0", " ")
    text = re.sub("·+", INTERPUNCT, text).strip("·,;:、/\\-_'\"`()[]{}")
    previous = None
    while text != previous:
        previous, text = text, _TITLES.sub("", text).strip("·,;:、/\\-_'\"`()[]{} ")
    return None if text in _NOTHING else text


def standardise_names(values: pl.Series) -> Reading:
    """Names of a column, with ``former_name`` as a derived column. Nothing is unreadable.

    >>> standardise_names(pl.Series(["李 娜", None])).values.to_list()
    ['李娜', None]
    """
    done = _needs_nothing(values)
    read = read_distinct(clean_series(values.set(done, None)), read_name, {"name": pl.String, "former_name": pl.String})
    return Reading(values.zip_with(done, read["name"]), read["unreadable"], {"former_name": read["former_name"]})


def _needs_nothing(values: pl.Series) -> pl.Series:
    """Two to four common Han characters, none of which could belong to a remark, title or placeholder."""
    plain = values.str.contains(r"^[\x{4E00}-\x{9FA5}]{2,4}$")
    return (plain & ~values.str.contains("[名详明知有无填供上姓空白称暂未道士生志傅师没]")).fill_null(False)
