"""The table of look-alike characters: what it recalls, how large it is, and that the pictures bear it out."""

import random

import numpy as np
import pytest

from matching.look_alikes import BY_HAND, look_alikes
from matching.reference.make_look_alikes import FACES, FONTS, PAIRS, carried, characters, likeness

CONFUSED = (
    "己已 已巳 末未 土士 人入 入八 日曰 戊戌 戌戍 千干 干于 天夫 大太 太犬 王玉 玉主 田由 由甲 甲申 午牛 刀力 刀刁 贝见 儿几 木本 木术 折拆 拆析 治冶 侯候 "
    "辛幸 暧暖 赢嬴 晴睛 清请 清情 杨扬 徐涂 徐除 陈阵 何河 刘浏 李季 季秀 吕昌 郎朗 苹萍 枝技 桂柱 佳住 伟纬 春舂 娟捐 媛缓 进迸 忠患 云去 仙汕 会合 金全 "
    "永水 泳冰 玲铃 珍诊 明朋 波坡 冢家 廷延 康庚 恒桓 桓垣 普晋 昂昴 曹曾 柏怕 根恨 梁粱 沙纱 泽译 洁结 浩皓 爱受 牧枚 玖玫 生主 白自 石右 祥样 禄绿 荣荥 "
    "贵责 雪雷 须顺 乌鸟 黄寅 尤龙 岩宕 冼洗 琦绮 倩情 婧靖 佩珮 珉岷 琪淇 祺琪 琳淋 桐铜 瑶遥 昊吴 昱显 姣皎 妍研 雅稚 准淮 卓阜 俊骏 俊峻 凯恺 涛铸 勤勒 "
    "孟盂 茂芪 宠庞 庄压 厉历 邵郡 祁祈 沈沉 沈枕 潘播 薛薜 覃潭 谭潭 蔡察 蓝篮 荀苟 茅芽 符苻 仇仉 伦沦 佘余 充允 竞竟 亨享 亳毫 瑜愉 兵乒 拔拨 追迫 遗遣 "
    "徽微 颖颍 瑗媛 爰爱 姗珊 婵蝉 丹舟 母毋 弋戈 代伐 免兔 晚挽 宣宜 官宫 管菅 字宇 字学 孝考 芝乏 旱罕 早旱 帕怕 香杳 丙内 扎札 撒撤 侬依 吉古 古占 赛寨 "
    "者老 百白 和知 阿何 布市 恩思 寸才 温湿 坎块 岳兵 召台 尼尾 艾艺 桑柔 贾质 栾峦 晋普 郭敦 冯玛 邓邛 赵赴 韦书 罗岁 叶叮 龚袭 鲍鲤 焦集 宋宗 孙孔 高商 "
    "牟车 "
)
"""Characters that are confused in handwriting, by text recognition or on a shape keyboard; written down beforehand from
general knowledge, those that differ by a whole part included."""

OF_NAMES = "李王张刘陈杨赵黄周吴刀岩玉罕帕召嘎陶和木普沐佤傣"


DRAWN = {frozenset(pair) for pair in carried()}


def test_most_known_confusions_are_found_by_shape_alone() -> None:
    pairs = [frozenset(pair) for pair in CONFUSED.split()]
    found = sum(pair in DRAWN for pair in pairs) / len(pairs)
    assert found > 0.65  # measured: .69 of 210


def test_likeness_is_mutual_and_not_to_oneself() -> None:
    table = look_alikes()
    for character, others in table.items():
        assert character not in others
        assert all(character in table[other] for other in others)


def test_likeness_is_not_passed_on() -> None:
    table = look_alikes()
    assert "犬" in table["大"]
    assert "天" in table["犬"]
    assert "天" not in table["大"]


def test_a_character_has_few_look_alikes() -> None:
    """Otherwise a different character would agree by chance, and the level would lose its weight."""
    assert len(carried()) == PAIRS
    sizes = [len(others) for others in look_alikes().values()]
    assert max(sizes) <= 12
    assert np.mean(sizes) < 3.5


@pytest.mark.parametrize("character", OF_NAMES)
def test_characters_of_names_are_looked_at(character: str) -> None:
    assert character in characters()


def test_pairs_written_by_hand_add_to_the_table() -> None:
    pairs = [frozenset(pair) for pair in BY_HAND.split()]
    assert all(len(pair) == 2 for pair in pairs)
    assert len(set(pairs)) == len(pairs)
    assert not set(pairs) & DRAWN


def test_a_sample_of_the_table_is_what_the_glyphs_show() -> None:
    pytest.importorskip("PIL", reason="Pillow is not there to draw glyphs")
    if missing := [file for file, _ in FACES if not (FONTS / file).exists()]:
        pytest.skip(f"the fonts are not there to be drawn: {', '.join(missing)} in {FONTS}")
    table = carried()
    sample = random.Random(1).sample(sorted(table), 100)
    chosen = sorted(set("".join(map("".join, sample))))
    along, across = likeness(chosen)
    place = {character: number for number, character in enumerate(chosen)}
    for one, other in sample:
        i, j = place[one], place[other]
        assert max(along[i, j], across[i, j]) == pytest.approx(table[one, other], abs=0.02)
