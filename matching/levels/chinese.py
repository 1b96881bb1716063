"""Levels of identity data in China: names, numbers, dates, telephones, places and employers."""

from matching.levels.level import Level

CHINESE_NAME = (
    Level("exact", "agrees", "姓名完全相同。", "The names are identical.", 0.93, 2e-4),
    Level(
        "folded",
        "agrees",
        "去掉间隔号、统一繁简和全半角后姓名相同。",
        "The names are identical after removing dots and unifying character variants.",
        0.012,
        1e-6,
    ),
    Level("same_tones", "close", "姓名同音（声调也相同）。", "The names sound the same, tones included.", 0.02, 1e-4),
    Level(
        "same_sound",
        "close",
        "不计声调和方音差别（n/l、前后鼻音、平翘舌、f/h、ü/i）姓名同音。",
        "The names sound the same apart from tones and dialect (n/l, n/ng, z/zh, f/h, ü/i).",
        0.012,
        5e-4,
    ),
    Level(
        "look_alike", "close", "仅一字不同且字形相近。", "One character differs, and the two look alike.", 0.004, 1e-5
    ),
    Level("alias", "close", "与对方的曾用名或别名相同。", "The name equals the other side's former name.", 0.004, 1e-5),
    Level("one_character", "close", "较长姓名中仅一字不同。", "One character differs in a longer name.", 0.006, 3e-3),
    Level(
        "part",
        "close",
        "一方是另一方的一部分，或含未识别的字。",
        "One name is part of the other, or has unread characters.",
        0.004,
        1e-4,
    ),
    Level("differs", "differs", "姓名不同。", "The names differ.", 0.008, 0.996),
)
IDENTITY_NUMBER = (
    Level(
        "exact",
        "agrees",
        "身份证号相同（15位号码先换算为18位）。",
        "The identity numbers are identical (15 digits are expanded first).",
        0.93,
        1e-8,
    ),
    Level(
        "nearly_complete",
        "agrees",
        "身份证号缺少几位，可见的至少14位全部一致。",
        "A few digits of an identity number are unknown; the others, at least 14, all agree.",
        0.01,
        1e-8,
    ),
    Level(
        "one_slip",
        "close",
        "身份证号相差一位或相邻两位颠倒，且有一方校验码不通过。",
        "One digit differs or two neighbours are swapped, and one side fails its checksum.",
        0.01,
        1e-8,
    ),
    Level(
        "consistent",
        "close",
        "身份证号有遮盖，可见的至少10位全部一致。",
        "Digits of an identity number are masked; the visible ones, at least 10, all agree.",
        0.01,
        1e-6,
    ),
    Level(
        "same_birth_sex_region",
        "close",
        "地区、出生日期和性别位相同，且有一方校验码不通过。",
        "Region, birth date and sex digits agree, and one side fails its checksum.",
        0.004,
        1e-6,
    ),
    Level("differs", "differs", "身份证号不同。", "The identity numbers differ.", 0.036, 0.999998),
)
DATE = (
    Level("exact", "agrees", "日期相同。", "The dates are identical.", 0.95, 4e-5),
    Level(
        "month_known",
        "agrees",
        "一方只记到月，年月相同。",
        "One side is known to the month only; year and month agree.",
        0.01,
        2e-4,
    ),
    Level(
        "one_slip",
        "close",
        "日月颠倒、相邻数字颠倒或仅一位数字不同。",
        "Day and month swapped, or a single digit slip.",
        0.012,
        1.5e-3,
    ),
    Level(
        "near",
        "close",
        "同年同月，或相差不超过51天（可能为农历）。",
        "The same month, or at most 51 days apart (perhaps a lunar date).",
        0.008,
        3.5e-3,
    ),
    Level(
        "year_known",
        "close",
        "一方只记到年，年份相同。",
        "One side is known to the year only; the years agree.",
        0.01,
        0.01,
    ),
    Level("same_year", "close", "年份相同，月日不同。", "The years agree, month and day differ.", 0.003, 0.012),
    Level("differs", "differs", "日期不同。", "The dates differ.", 0.007, 0.97),
)
PHONE = (
    Level("exact", "agrees", "电话号码相同。", "The telephone numbers are identical.", 0.62, 2e-6),
    Level("one_digit", "close", "电话号码仅一位不同。", "The telephone numbers differ in one digit.", 0.01, 1e-5),
    Level("differs", "differs", "电话号码不同。", "The telephone numbers differ.", 0.37, 0.999988),
)
PLACE = (
    Level("same_county", "agrees", "县（市、区）相同。", "The same county.", 0.9, 0.02),
    Level("same_prefecture", "close", "州（市）相同，县不同。", "The same prefecture, another county.", 0.06, 0.07),
    Level("differs", "differs", "州（市）不同。", "Another prefecture.", 0.04, 0.91),
)
ADDRESS = (
    Level("same_door", "agrees", "住址相同，门牌一致。", "The same address, door included.", 0.4, 1e-6),
    Level(
        "same_spot",
        "agrees",
        "街巷门牌或自然村相同，户号不全或不同。",
        "The same street number or hamlet; the door is unknown or another.",
        0.25,
        2e-5,
    ),
    Level("same_community", "close", "社区或村委会相同。", "The same community or village committee.", 0.06, 1e-4),
    Level("same_town", "close", "乡镇或街道相同。", "The same township.", 0.04, 1e-3),
    Level("differs", "differs", "住址不同。", "The addresses differ.", 0.25, 0.998879),
)
EMPLOYER = (
    Level("same_code", "agrees", "用人单位统一社会信用代码相同。", "The same employer by credit code.", 0.6, 2e-3),
    Level("same_name", "agrees", "用人单位名称相同。", "The same employer by name.", 0.15, 1e-3),
    Level("similar_name", "close", "用人单位名称相近。", "Similar employer names.", 0.05, 5e-3),
    Level("differs", "differs", "用人单位不同。", "Different employers.", 0.2, 0.992),
)
