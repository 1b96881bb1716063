"""Look-alike characters (形近字): mistaken for one another in handwriting, by text recognition or on a shape keyboard.

Likeness goes by pairs: it does not carry over from one pair to the next. Most pairs come from a table that
`matching.reference.make_look_alikes` makes from the shapes of glyphs.
"""

from functools import cache
from types import MappingProxyType

from matching.reference import rows

BY_HAND = (
    "入八 主玉 由甲 由申 田甲 田申 辛幸 白自 白百 干平 丁宁 女安 文支 刘浏 覃潭 青清 青菁 闰润 知智 射谢 罕旱 罕穴 群郡 雄碓 "
    "季秀 秀委 苹萍 桂柱 伟纬 玲铃 明朋 桓垣 曹曾 沙纱 洁结 浩皓 须顺 琪祺 瑶遥 骏俊 俊峻 凯恺 茂荗 沈沉 潘播 瑗媛 晚挽 坎块 岳兵 召台 尼尾 艺艾 "
    "质贾 峦栾 赴赵 叶叮 鲍鲤 宋宗 忠患 惊琼 耀跃 彬杉 果课 强虽 焦集 和知 阿何 祁祈 茅芽 稚雅 柔桑 郭敦 商高 韦书 佟修 岗冈 "
    "玉五 嘎喝 叫叶 岩崖 保堡 妥要 佤瓦 傣泰 尧晓 诺若 坝贝"
)
"""Pairs that the pictures do not tell: a part is missing, added or moved, or the keys lie side by side."""


@cache
def look_alikes() -> MappingProxyType[str, tuple[str, ...]]:
    """For each character those it is mistaken for, in order of code point; characters without any are left out.

    >>> look_alikes()["己"], "罕" in look_alikes()["旱"]
    (('已', '巳', '巴'), True)
    """
    found: dict[str, set[str]] = {}
    drawn = [(row["character"], row["look_alike"]) for row in rows("look_alikes.csv")]
    for one, other in (*drawn, *BY_HAND.split()):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return MappingProxyType({character: tuple(sorted(others)) for character, others in sorted(found.items())})
