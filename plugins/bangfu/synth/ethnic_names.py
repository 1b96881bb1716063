"""Names in the manner of Yunnan's ethnic groups (民族姓名), each group by its own pattern.

Few distinct names in some groups, a first character that marks the sex rather than a family, birth-order names,
names linked from father to son, transliterations in several spellings, and interpuncts (间隔号): this is where
linkage by surname and given name breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping


@dataclass(frozen=True)
class Manner:
    """How a group forms names.

    Attributes:
        share: share of the group's people who bear such a name (the others bear Han-style names).
        male, female: first parts, common first; a space separates alternatives.
        male_rest, female_rest: second parts.
        third: share of names with one more part from the same list.
        interpunct: share of names written with the interpunct between their parts.
        linked: share of sons whose first part repeats the last part of the father's name (父子连名).
    """

    share: float
    male: str
    female: str
    male_rest: str
    female_rest: str
    third: float = 0.0
    interpunct: float = 0.0
    linked: float = 0.0


_DAI_REST = "温 香 罕 叫 燕 保 光 坎 应 扁 龙 三 恩 拉 章 尖 文 胆 罗 儿 糯 丙 帅 相 胖 空 甩 书 论 溜 宰 滇"
MANNERS: Mapping[str, Manner] = MappingProxyType(
    {
        "18": Manner(
            0.78,
            "岩 岩 岩 岩 岩 召 刀 波",
            "玉 玉 玉 玉 玉 刀 咪 喃",
            _DAI_REST + " 香恩 温叫 罕光 三保 拉香 罕龙 温龙",
            "香 罕 叫 燕 波 光 金 应 旺 腊 恩 儿 喃 囡 娟 南 坎 温 香恩 罕恩 波罕 应香 叫光 腊罕 旺香 光罕",
        ),
        "34": Manner(
            0.85, "岩 岩 岩 岩 艾", "玉 玉 玉 依 也", _DAI_REST + " 甩 丙 胆", "香 甩 坎 丙 光 囡 叫 罕 论 相 温 应"
        ),
        "21": Manner(
            0.72,
            "岩 尼 艾 桑 赛 三木 达 田 李 赵 鲍",
            "叶 依 安 娥 欧 叶 伊 田 李 赵",
            "块 嘎 茸 砍 门 惹 新 岛 那 不勒 布勒 保 平 翁 三 木 丁 来 灵 坎 龙 文 社 红 倒",
            "块 嘎 茸 砍 门 惹 香 娜 倒 门嘎 保 平 嫩 三 萍 丁 来 灵 英 龙 改 门",
            linked=0.2,
        ),
        "24": Manner(
            0.70,
            "扎 扎 扎 扎 张 李",
            "娜 娜 娜 娜 张 李",
            "体 努 莫 朵 发 妥 母 儿 迫 戈 克 丕 约 拉 倮 袜 思 海 阿 药 发三 莫老 努小",
            "体 努 莫 朵 发 妥 母 儿 迫 克 丕 约 拉 倮 袜 思 海 药 娃 四 米",
        ),
        "04": Manner(
            0.93,
            "扎西 此里 次里 农布 鲁茸 江初 七林 培楚 格桑 阿追 尼玛 洛桑 追玛 丹增 都吉 安吾 仁青 斯那 定主 罗桑",
            "卓玛 拉姆 央宗 此姆 取追 永宗 斯那 格茸 白玛 拥宗 德吉 次仁 茨姆 追玛 央金 只玛 立青 阿茸",
            "扎西 此里 农布 鲁茸 江初 七林 培楚 尼玛 顿珠 达瓦 定主 吹批 春品 品初 都吉 次称 江措 旺堆 恩主",
            "卓玛 拉姆 央宗 此姆 取追 永宗 拥忠 卓嘎 追玛 只玛 曲珍 央金 拉初 初姆 措姆",
            interpunct=0.22,
        ),
        "20": Manner(
            0.34,
            "阿 阿 余 普 迪 邓 恒 褚 熊 开 密",
            "阿 阿 余 普 娜 邓 恒 褚 熊 胡 开",
            "普 迪 恒 鲁 此 开 才 四 三 五 付 四恒 利波 才付 三邓 向前 夺 腊 邓 付恰 双波 扒 六才",
            "娜 普 妞 吉 秀妞 三妞 四妞 此妞 花 夺妞 四妹 利妞 妹 恰 玛 娜吉 开妞 才妞",
            interpunct=0.06,
        ),
        "42": Manner(
            0.30,
            "阿 此 李 和 罗 丙",
            "阿 此 李 和 罗 彭",
            "恰 才 此 付 阿格 四 大 邓 普 益",
            "娜 花 此 念 仁 妹 秀 念玛 春",
        ),
        "51": Manner(
            0.86,
            "孔当 孟 木切图 丙当 迪政当 龙 肯 普卡旺 李 木",
            "孔当 孟 木切图 丙当 迪政当 龙 肯 普卡旺 李 木",
            "普 阿克洽 松旺 松 顶 阿普 克伦 阿勇 新 阿鼎 色 朋 都里 自强",
            "娜 阿妮 松 南 阿念 克念 恰 阿吉 丽 松娜 双 都娜 永芳",
            third=0.45,
            interpunct=0.40,
            linked=0.15,
        ),
        "28": Manner(
            0.56,
            "麻 勒 木 排 勒排 木然 梅普 恩昆 金 何 石 尚 跑",
            "麻 勒 木 排 勒排 木然 梅普 恩昆 金 何 石 尚 跑",
            "干 诺 腊 弄 都 早山 诺相 勒都 弄 双 糯 当 堵 么 诺央 勒干 早弄 麻干",
            "果 鲁 锐 木果 么 木锐 宽 木鲁 扎 双 果 南 途 宽宽 木兰 勒锐",
        ),
        "07": Manner(
            0.055,
            "阿鲁 沙马 吉克 阿苦 加日 金古 吉伙 阿西 罗 杨 普 马海 补约",
            "阿鲁 沙马 吉克 阿苦 加日 金古 吉伙 阿西 罗 杨 普 马海 补约",
            "尔布 拉哈 木果 克古 日沙 尔体 伍呷 拉铁 木机 石且 尔哈 伍沙 木呷 阿木 日火",
            "阿依 拉莫 沙扎 木各 尔各 伍牛 阿牛 阿呷 果果 日各 石作 木牛 衣扎",
            interpunct=0.25,
            linked=0.1,
        ),
        "16": Manner(
            0.14,
            "批 飘 车 则 山 里 者 普 才 白 李 马",
            "批 米 车 咪 娘 里 者 普 才 白 李 马",
            "三 飘 车 则 沙 里 者 收 龙 嘎 斗 者普 苗 撒 周 才 优 山",
            "依 努 背 收 昂 秋 嘎 们 优 灰 威 略 才 飘 娘",
            linked=0.55,
        ),
        "56": Manner(
            0.62,
            "白腊 资 切 车 沙 泽 周 布鲁 腰 包 飘 不勒",
            "白腊 资 切 车 沙 泽 周 布鲁 腰 包 飘 不勒",
            "先 切 资 车 泽 杰 腊 木 子 则 拉车 木拉 腊先 者",
            "么 都 妹 麦 布 吕 麻 蕾 布鲁 腊麦 木妞",
            linked=0.4,
        ),
        "46": Manner(
            0.30,
            "赵 李 腊 岩 金 项",
            "赵 李 玉 腊 金 项",
            "二 三 腊 岩 退 果 三所 腊团 老二 腊脱",
            "玉 安 二 昂 果 木 玉团 囊 俄 恩",
        ),
        "27": Manner(
            0.04, "和 阿 木", "和 阿 木", "学光 阿普 四 次里 金 得 阿鲁 占军", "阿命 四娘 金命 吉命 娜姆 阿芝"
        ),
        "40": Manner(
            0.20,
            "和 熊 胡 杨 偏 曹",
            "和 熊 胡 杨 偏 曹",
            "次里 品初 农布 扎西 阿鲁 尼玛 鲁汝",
            "拉姆 卓玛 娜姆 此姆 阿珍",
        ),
    }
)
"""Manner by group (GB/T 3304 code); a group that is not listed bears Han-style names."""

TRANSLITERATIONS = (
    ("此里", "次里", "茨里", "刺里"),
    ("农布", "诺布", "罗布"),
    ("鲁茸", "鲁绒", "洛绒"),
    ("卓玛", "追玛", "珠玛", "卓马"),
    ("拉姆", "拉木", "拉母"),
    ("此姆", "次姆", "茨姆"),
    ("央宗", "央忠", "永宗"),
    ("扎西", "扎史", "札西"),
    ("七林", "其林", "齐林"),
    ("江初", "江楚", "江措"),
    ("培楚", "培初", "品初"),
    ("尼玛", "尼马", "呢玛"),
    ("格桑", "格松", "给桑"),
    ("都吉", "多吉", "独吉"),
    ("吉克", "吉可"),
    ("沙马", "沙玛"),
    ("木果", "木呷"),
    ("岩", "艾", "爱", "依"),
    ("玉", "依", "月"),
    ("叶", "耶", "也"),
    ("娜", "那", "纳"),
    ("扎", "札", "查"),
    ("罕", "汗", "含"),
    ("囡", "南", "喃"),
    ("妞", "纽", "牛"),
    ("恰", "洽"),
    ("孔当", "孔丹"),
    ("勒排", "勒派"),
    ("白腊", "白拉"),
)
"""Spellings of the same sound; the first is no more right than the others."""


def ethnic_name(draw: random.Random, group: str, female: bool, father: str | None = None) -> str:
    """One name in the group's manner; ``father`` is linked into it where that is custom.

    >>> import random
    >>> len(ethnic_name(random.Random(1), "18", female=False)) >= 2
    True
    """
    manner = MANNERS[group]
    first = _common(draw, (manner.female if female else manner.male).split())
    if father and draw.random() < manner.linked:
        first = father.split("·")[-1][-1]
    rest = (manner.female_rest if female else manner.male_rest).split()
    parts = [first, _common(draw, rest)]
    if draw.random() < manner.third:
        parts.append(_common(draw, rest))
    if parts[-1] == parts[-2] and len(parts[-1]) > 1:
        parts.pop()
    if len("".join(parts)) < 2:
        parts.append(_common(draw, rest))
    return ("·" if draw.random() < manner.interpunct else "").join(parts)


def transliterated(draw: random.Random, name: str) -> str:
    """The name in another spelling of the same sounds, or with its interpunct moved or lost.

    >>> import random
    >>> transliterated(random.Random(3), "此里农布") != "此里农布"
    True
    """
    options = []
    if "·" in name:
        options += [name.replace("·", mark) for mark in ("", "•", "‧", "．", "・", ".", " ")]
    for group in TRANSLITERATIONS:
        for spelling in group:
            if spelling in name and (len(spelling) > 1 or name.startswith(spelling)):
                options += [name.replace(spelling, other, 1) for other in group if other != spelling]
                break
    if not options and len(name) >= 4:
        options.append(f"{name[:2]}·{name[2:]}")
    return draw.choice(options) if options else name


def _common(draw: random.Random, items: list[str]) -> str:
    """An item, the first ones more often."""
    return items[min(int(draw.random() ** 1.6 * len(items)), len(items) - 1)]
