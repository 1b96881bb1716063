"""Code lists of what every source may say about a person (个人基本信息代码), by the national standards."""

from __future__ import annotations

from schemas.code_list import Code, CodeList

SEX = CodeList(  # GB/T 2261.1
    "sex",
    (
        Code("1", "男", "male", ("男性", "M", "m", "Male", "先生", "1.0", "1男")),
        Code("2", "女", "female", ("女性", "F", "f", "Female", "女士", "2.0", "2女")),
    ),
)

ETHNIC_GROUP = CodeList(  # GB/T 3304
    "ethnic_group",
    tuple(
        Code(code, zh if zh == "其他" else zh + "族", en, (zh, str(int(code))))
        for code, zh, en in (
            ("01", "汉", "Han"),
            ("02", "蒙古", "Mongol"),
            ("03", "回", "Hui"),
            ("04", "藏", "Zang"),
            ("05", "维吾尔", "Uygur"),
            ("06", "苗", "Miao"),
            ("07", "彝", "Yi"),
            ("08", "壮", "Zhuang"),
            ("09", "布依", "Buyei"),
            ("10", "朝鲜", "Chosen"),
            ("11", "满", "Man"),
            ("12", "侗", "Dong"),
            ("13", "瑶", "Yao"),
            ("14", "白", "Bai"),
            ("15", "土家", "Tujia"),
            ("16", "哈尼", "Hani"),
            ("17", "哈萨克", "Kazak"),
            ("18", "傣", "Dai"),
            ("19", "黎", "Li"),
            ("20", "傈僳", "Lisu"),
            ("21", "佤", "Va"),
            ("22", "畲", "She"),
            ("23", "高山", "Gaoshan"),
            ("24", "拉祜", "Lahu"),
            ("25", "水", "Sui"),
            ("26", "东乡", "Dongxiang"),
            ("27", "纳西", "Naxi"),
            ("28", "景颇", "Jingpo"),
            ("29", "柯尔克孜", "Kirgiz"),
            ("30", "土", "Tu"),
            ("31", "达斡尔", "Daur"),
            ("32", "仫佬", "Mulao"),
            ("33", "羌", "Qiang"),
            ("34", "布朗", "Blang"),
            ("35", "撒拉", "Salar"),
            ("36", "毛南", "Maonan"),
            ("37", "仡佬", "Gelao"),
            ("38", "锡伯", "Xibe"),
            ("39", "阿昌", "Achang"),
            ("40", "普米", "Pumi"),
            ("41", "塔吉克", "Tajik"),
            ("42", "怒", "Nu"),
            ("43", "乌孜别克", "Uzbek"),
            ("44", "俄罗斯", "Russ"),
            ("45", "鄂温克", "Ewenki"),
            ("46", "德昂", "Deang"),
            ("47", "保安", "Bonan"),
            ("48", "裕固", "Yugur"),
            ("49", "京", "Gin"),
            ("50", "塔塔尔", "Tatar"),
            ("51", "独龙", "Derung"),
            ("52", "鄂伦春", "Oroqen"),
            ("53", "赫哲", "Hezhen"),
            ("54", "门巴", "Monba"),
            ("55", "珞巴", "Lhoba"),
            ("56", "基诺", "Jino"),
            ("97", "其他", "other"),
        )
    ),
)

RELATION = CodeList(  # GB/T 4761, one digit
    "relation",
    (
        Code("0", "户主", "head of household", ("本人", "本人或户主", "户主本人", "申请人")),
        Code("1", "配偶", "spouse", ("妻", "妻子", "丈夫", "夫", "夫妻", "爱人", "老伴")),
        Code("2", "子", "son", ("儿子", "长子", "次子", "三子", "独生子", "女婿")),
        Code("3", "女", "daughter", ("女儿", "长女", "次女", "三女", "独生女", "儿媳")),
        Code("4", "孙辈", "grandchild", ("孙子", "孙女", "外孙", "外孙女", "孙子女")),
        Code("5", "父母", "parent", ("父", "母", "父亲", "母亲", "岳父", "岳母", "公公", "婆婆")),
        Code("6", "祖辈", "grandparent", ("祖父", "祖母", "爷爷", "奶奶", "外祖父", "外祖母")),
        Code(
            "7",
            "兄弟姐妹",
            "sibling",
            ("兄", "弟", "姐", "妹", "兄弟", "姐妹", "哥哥", "弟弟", "姐姐", "妹妹"),
        ),
        Code("8", "其他", "other", ("其他亲属", "非亲属")),
    ),
)

CONTACT_RELATION = CodeList(  # GB/T 4761, tens; interfaces write 1 for the patient
    "contact_relation",
    (
        Code("00", "本人", "the patient", ("1", "0", "患者本人", "本人或户主", "自己")),
        Code("10", "配偶", "spouse", ("11", "12", "妻", "妻子", "丈夫", "夫", "夫妻", "爱人", "老伴")),
        Code("20", "子", "son", ("21", "22", "23", "儿子", "长子", "次子", "三子", "独生子")),
        Code("30", "女", "daughter", ("31", "32", "33", "女儿", "长女", "次女", "三女", "独生女")),
        Code("40", "孙辈", "grandchild", ("孙子", "孙女", "外孙", "外孙女", "孙子女")),
        Code("50", "父母", "parent", ("51", "52", "父", "母", "父亲", "母亲")),
        Code("60", "祖辈", "grandparent", ("祖父", "祖母", "祖父母", "爷爷", "奶奶", "外祖父", "外祖母")),
        Code("70", "兄弟姐妹", "sibling", ("71", "73", "75", "77", "兄", "弟", "姐", "妹", "兄弟", "姐妹")),
        Code("90", "其他", "other", ("80", "99", "其他亲属", "朋友", "同事", "女婿", "儿媳", "公婆", "岳父母")),
    ),
)
"""What the contact person is to the patient (与患者关系): `10` is the patient's husband or wife."""

YES_NO = CodeList(
    "yes_no",
    (
        Code("1", "是", "yes", ("Y", "y", "有", "已参保", "参保", "√", "TRUE", "True", "1.0")),
        Code("0", "否", "no", ("N", "n", "无", "未参保", "×", "FALSE", "False", "0.0")),
    ),
)
