"""Personal names (姓名) as written: cleaned of remarks and spacing, never transliterated or simplified."""

from __future__ import annotations

import re

import polars as pl

from matching.standardise.cells import HAN, PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser

INTERPUNCT = "·"
"""U+00B7, the one interpunct (间隔号) of personal names: 民委发〔2016〕33号."""

INTERPUNCTS = "·•‧・⸱․∙⋅●᛫ꞏ･﹒．.。"
"""Marks that clerks write for it."""
_DOTS = re.compile(f"[{INTERPUNCTS}]")
_BRACKETS = re.compile(r"[(\[{【〔〈《「]([^()\[\]{}【】〔〕〈〉《》「」]*)[)\]}】〕〉》」]?")
_FORMER = re.compile(r"[,;:、]?(?:曾用名|原名|又名|别名|小名|乳名|俗名|法名|户籍名)(?:是|为)?[:、]?(.*)")
_REMARK = re.compile(
    "户主|户|本人|已?故|已?死亡|去世|亡|男|女|退休|在职|离职|调出|调入|农民工|大|小|残疾?|特困|低保|党员|组长|主席|委员|代领|代"
    "|父|母|妻|夫|子|长子|次子|长女|次女|配偶|父亲|母亲|儿子|女儿|[0-9]+"
)
_AFTER = "先生|女士|同志|师傅|老师|户主|已故|已死亡|已去世|已亡"
_TITLES = re.compile(f"(?<=[\u3400-\u9fff]{{2}})(?:{_AFTER})$")
_HAN_ALIAS = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·]{2,12}")
_LATIN_GAP = re.compile("(?<=[A-Za-z]) (?=[A-Za-z])")
_NOTHING = PLACEHOLDERS | {"姓名", "户主姓名", "空白", "无名", "无名氏", "不知道"}


def read_name(text: str) -> tuple[str | None, str | None]:
    """Read one name cell.

    Returns:
        The name and the former name (曾用名) or alias given beside it, each None where absent.

    >>> read_name("李 娜"), read_name("岩•温（户主）"), read_name("岩温(曾用名：温忠明)")
    (('李娜', None), ('岩·温', None), ('岩温', '温忠明'))
    >>> read_name("王芳（已故）"), read_name("王芳 户主"), read_name("不详"), read_name("Maria  Lopez")
    (('王芳', None), ('王芳', None), (None, None), ('Maria Lopez', None))
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


_HAN_NOTHING = sorted(text for text in _NOTHING if re.fullmatch("[\u4e00-\u9fff]+", text))
_EVENTFUL = f"名|(?:{_AFTER})$|^(?:{'|'.join(_HAN_NOTHING)})$"


def _plain_names(texts: pl.LazyFrame) -> pl.LazyFrame:
    """Han characters with single interpuncts between them, and nothing that could be a remark or a placeholder."""
    text = pl.col("text")
    plain = text.str.contains(f"^[{HAN}]+(?:·[{HAN}]+)*$") & ~text.str.contains(_EVENTFUL)
    return texts.select(name=pl.when(plain).then(text))


def _loose_name(text: pl.Expr) -> pl.Expr:
    """A name without blanks, which mean nothing beside Han characters."""
    return text.str.replace_many([" ", "\u3000", "\xa0", "\t"], [""] * 4)


standardise_names = Standardiser(
    read_name, {"name": pl.String(), "former_name": pl.String()}, _plain_names, _loose_name
)
"""Names of a column, with ``former_name`` as a derived column. Nothing is unreadable."""
