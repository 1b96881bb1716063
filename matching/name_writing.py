"""What stands in Chinese names beside characters (姓名书写): dots, unread characters, pinyin, characters in parts."""

import re

from matching.standardise.names import INTERPUNCTS

DROPPED = INTERPUNCTS + "､、,，-－—_'’ \u3000()（）"
UNREAD = "?？□■*＊〇�Xx×"
HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
LATIN = re.compile("[A-Za-z\u00c0-\u024f]+")
RADICALS = "氵亻钅忄扌纟讠饣犭礻衤艹冖宀辶阝刂"
SPLIT_FORMS = "火日升 方方土 金金金 水水水 火火火 土土土 石石石 木木木 日日日 牛牛牛 马马马 羊羊羊 直直直 吉吉吉"
SPLIT = re.compile(f"(?<=[{HAN}])(?:[{RADICALS}][{HAN}]|{'|'.join(SPLIT_FORMS.split())})")
