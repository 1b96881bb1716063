"""Name tables (姓氏、名字用字表), written from general knowledge: orders of frequency, no copied data set.

A string lists characters from common to rare; ``zipf`` turns the order into weights. Chinese given names go
with the times, so there is one list per sex and birth cohort.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SURNAMES = (
    "李杨王张陈赵刘周罗黄马徐吴何董段朱孙胡郭高林唐普尹苏许邓谢曹赛和木浦宋田范熊彭肖施金沈余汪代毛钱蒋卢丁方姚潘吕梁"
    "白魏夏石邱任江蔡龚郑韩冯袁孔付崔陆秦龙陶万雷侯史郝贺顾孟段尚薛叶阮文邹查保矣资纳者沐缪晏晋洪戴柳章向申武殷庄严邵"
    "鲁康邢温牛季耿柴聂欧乔翟谭汤常解单曾仇区盖朴乐冼冉吉字茶左苍佘窦凌阚桂舒宁缪饶角海束郜虎念撒闪桑拜合法沙忽"
)
"""Surnames in a Yunnan order; the first thirty carry about two thirds of all people."""

COMPOUND_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫")

_GIVEN = (
    (
        "国建华明文德志光云绍永正忠学家荣发贵福寿富兴万成朝世应开天玉春金林清祥顺康安才宝宗廷必启维仕仁义礼智信有生长"
        "加自从和汝体凤树品锡恩灿嘉崇佐佑洪纯钟汉荫培植炳焕泽润沛如乔椿松柏桂庆善尧舜禹汤政权本道诚敬恭谦俭让勤耕读传厚"
        "本其昌茂盛达显耀祖先绪继承克昭彰彦卿臣相伯仲叔季贤良俊杰镇邦定石山河海江川泉元亨利贞双全秀丕承鸿基映昆",
        "明华国林平军勇文建伟强云光志海波荣贵新春红斌忠学德清永兵刚辉东生龙江福成宏祥兴亮才跃进卫民利和良宝发顺金富康泽昆"
        "滇庆祖继绍开维正世家有朝全武玉彪万里洲源泉淼堃喆劲松峰岩钢铁柱栋梁革援越边疆保魁奎雄虎豹骏骥驰腾达汉周唐宋"
        "元启凡非鸣放跨高向前方毅力坚毅恒昌盛根苗树柏森木桥锋锐镇宁远征航凯旋胜捷聪颖慧哲理智信诚实朴厚义侠靖彬",
        "伟磊超杰鹏涛浩俊峰勇波强斌辉龙飞宇亮凯军林刚健鑫云海洋文明成东建华志旭阳瑞翔坤晨帆雄威江祥松乐晓光家永发荣贵"
        "雷震霖锐航铭钧恒昊昱晟珂玮珺堃喆淼焱垚骁翀頔岳峻嵩岗川鲲鸿雁冬夏秋冰雪寒冲锋奇彪彦彬炜煜焜烽炎灿炳栋桦楠榕"
        "森迪笛荻弦典策略凌霄汉尧舜禹禄寿福星辰曦曙晖晗旻昂尚上善若水源泉溪涧渊博学思聪慧敏捷诚信毅达远征程驰骋驭骥",
        "浩宇轩子涵博文俊杰家豪睿泽宸梓晨翔皓天佑昊然思源煜铭瑞航鑫奕嘉懿弘毅景熙辰阳逸凡承恩书恒一诺沐霖峻柏澄珩祺瑾"
        "垚燚晟烨彧翊翀颢堃淏城诚成乐桐楷栩榆枫柯朗曜昱昕旸晏旻易为知行之初心远志达安宁康泰和谦谨言语默墨砚锦程鹏举云帆"
        "沧海润泽沛洵洋淳渊渝澔灏炫炜灿烁焱琛琪瑜璟璋瑄玮珂琰梁栋槐森禹舜尧峥嵘岳崇山川野原北辰南星启明圣哲贤士仕",
    ),
    (
        "秀英兰玉珍芬桂凤芳琼仙美莲翠香琴会素华淑云惠菊珠梅芝春花娥存焕琪蓉菲聪贞元月彩银金润巧瑞如竹粉留小娣转改"
        "群清庆丽英莉先顺招弟引来带福寿喜凤鸾鹤燕雁鹅鸽蝶蛾荷菱藕桃杏李柳杨槐桐椿萱苇茶豆谷米粮玖环佩钗钏镯锁链鸣秋"
        "冬夏雪霜露霞虹霓雯晴静娴雅婉媚娇娜婷妹姑妮娘婆婵娟嫦姮容端庄正善良慈爱怜惜德行贤孝信诚义和睦平安宁",
        "丽萍红琼梅芬芳英燕玲美霞艳华兰云仙珍秀凤琴莉娟慧敏莲香芹翠玉菊桂花春蓉惠萱静雁娥会存彩波锦菁竹苹琳瑛珊娅媛"
        "群娜婷洁蕾薇雯雪冰霜晶莹明亮晓晨曦阳旭东方向永卫文革援越跃进建国庆平利民先辉煌灿焕炳炜蓓荷菱葵茜荔芸苑茵"
        "莎菲芙蕊蕙芷若翡璧环佩玫瑰琦琪瑶瑜瑾环珠玑珏珂玮婉婵娴嫦媚娇妮姗姝妍妙如意吉祥瑞福禄寿喜欢乐安康宁",
        "丽婷艳娟敏静燕娜莉霞芳玲雪梅倩洁琳颖蓉蕾薇雯慧欣佳媛璐莹琼晓春晶凤萍蕊露茜苗姗姣媚雁菲婧珊瑶玥妍歆怡嫄婕娅"
        "蓓芸茵苑芷芮苹荔荷菡萏萌蓝蔚薪藜蕙蕴藤丹彤朱赤橙青碧翠紫墨白皎皓月星辰曦晨旭昕晗晴晞晚霞虹霓云岚雾雨霏霖"
        "冰凌凝洛溪涓涵润清澈淇淑渝漫滢潇潞澜珂珍珏珑琦琪琬琰瑾璇璟甜恬悦忻愉愫意思念恋慕韵韶诗词歌赋琴棋书画",
        "涵欣怡梓诗雨萱思琪佳雅馨艺彤妍可心语嫣悦宁若曦梦瑶子妤芷晴奕茹静依诺书瑾瑜沁玥熙晗婉婷芮昕桐媛珂苒苡钰璇槿翎懿"
        "禾苗木沐沫淇清浅溪漪澜滢潼汐洛泠雪霏霓霖露云朵岚月星辰晨曦旭暖阳春夏秋冬安然乐恬甜糖果蜜柚橙桃杏梨枣棠棣荷莲"
        "菡萏蓁蔓蕊蕙薇藜兰芝芸芊茉莉茜荔莞莎菁菲葭蓓妙妘妧姝姣娅娴婧婵嫄嬅琬琰琳琦瑗璐璟绮绾缦纾纯素缈羽翩翼翾",
    ),
)
"""Given-name characters: (male, female) x (born before 1966, 1966-1984, 1985-1999, from 2000)."""

COHORT_STARTS = (1966, 1985, 2000)
SINGLE_CHARACTER_SHARE = (0.10, 0.22, 0.30, 0.06)
"""Share of one-character given names by cohort."""

RARE_CHARACTERS = "堃喆淼焱垚骁翀頔晟玥婧彧翊颢淏燚珩槿苡嫄昱翎"
"""Characters that older systems or hurried typists replace."""

HOMOPHONE_POOL = (
    "芳方房坊放仿妨琼穹穷莉丽利力立励历理萍平苹屏凭艳燕雁彦宴焰英莹颖瑛鹰盈映影红洪宏鸿虹弘泓梅媒玫眉美伟维炜玮唯惟纬卫"
    "军君钧均俊骏峻郡强墙蔷国果郭过明名铭鸣茗志智致治至芝枝知建健剑见件华花桦骅化画辉晖徽慧惠会蕙卉汇敏民岷静晶靖京"
    "菁净婷庭亭廷霆娟涓鹃绢倩茜欠洁杰捷婕节结勇永咏泳雍勤琴秦芹钦青清卿晴轻庆磊蕾雷垒超朝潮巢鹏朋彭蓬涛滔陶桃浩昊皓灏"
    "波博勃伯柏斌彬宾滨缤新心欣鑫馨忻辛玉宇雨羽语育裕钰煜兰岚澜蓝仙先鲜纤贤娴珍真贞桢臻祯荣容蓉融榕溶贵桂归福富付傅"
    "阿啊安按岸宝保堡葆春椿纯淳德得东冬董栋凤奉丰峰锋风刚钢岗纲光广海亥恒衡横吉佳家嘉加江姜将金今锦津瑾康亢坤昆琨"
    "良梁粱亮林琳临霖玲灵铃龙隆胧美每蒙孟木沐牧娜那纳南楠男宁凝普朴谱琪齐奇祺棋全泉权荣瑞睿锐尚上少绍邵生升声胜"
    "世仕士适石时实诗顺舜思斯司泰太天添田文雯闻汶武伍午吴五希西溪熙曦喜霞夏侠祥翔详湘香晓小肖筱兴星醒秀绣修学雪薛"
    "雅娅亚阳杨扬洋样叶业晔怡仪宜义艺毅忆依元源园远媛苑云芸耘运允泽则责章张彰正政郑珠竹朱祖自子紫宗总作左佐"
)
"""More characters by which a typist may replace one of the same or a near sound."""

SHAPE_PAIRS = (
    "末未 己已 巳己 冼洗 土士 日曰 戊戌 人入 千干 大太 王玉 田由 甲申 目且 午牛 刀力 木本 折拆 治冶 候侯 辛幸 暖暧 赢嬴 晴睛 清请 杨扬 "
    "徐涂 陈阵 何河 李季 昌吕 郎朗 铭茗 苹萍 青菁 住佳 丽而 莲连 芬芳 英莫 梅海 琼惊 娟捐 媛缓 健建 志忘 文又 云去 仙汕 会合 金全 "
    "永水 玲铃 珍诊 明朋 波坡 涛祷 斌赋 东车 军年 平干 弟第 思恩 恒桓 普晋 松忪 根恨 梁粱 沙纱 泽译 洁结 浩皓 源原 燕蒸 爱受 玖玫 "
    "生主 白自 祥样 禄绿 秀季 荣荥 蓉容 贵责 赵赴 运远 郭敦 雪雷 韦书 马鸟 高商 鲁鱼 黄寅 龙尤 岩宕 尹伊 艾艺 苏办 罕穴 施旋 "
    "段殷 孙孔 宋宗 周用 胡湖 董重 刘浏 罗萝 钱线 谢射 潘番 石右 段叚 晏宴 纳呐 沐沭 瑞端 霞霰 薇徽 崇祟 旭旮 昊吴 晨辰"
)
"""Pairs that are mistaken for each other in handwriting or a shape input method (形近字)."""


@cache
def zipf(length: int, offset: float = 4.0, exponent: float = 1.0) -> npt.NDArray[np.float64]:
    """Falling weights that sum to one."""
    weights = 1.0 / (np.arange(length) + offset) ** exponent
    return np.asarray(weights / weights.sum())


@cache
def given_characters(female: bool, cohort: int) -> tuple[str, ...]:
    """The distinct given-name characters of a sex and a cohort, common first."""
    return tuple(dict.fromkeys(_GIVEN[int(female)][cohort]))


@cache
def surnames() -> tuple[str, ...]:
    """The distinct surnames, common first; compound surnames last."""
    return (*dict.fromkeys(SURNAMES), *COMPOUND_SURNAMES)


@cache
def all_characters() -> tuple[str, ...]:
    """Every character a name or a typing error may hold."""
    text = SURNAMES + "".join("".join(lists) for lists in _GIVEN) + HOMOPHONE_POOL + SHAPE_PAIRS.replace(" ", "")
    return tuple(dict.fromkeys(text))
