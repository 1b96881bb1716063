"""What the first sheet says (填写说明)."""

from __future__ import annotations

__all__ = ["GUIDE", "GUIDE_OF"]

GUIDE: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "怎样填　How to fill in",
        (
            (
                "在“名单”中填写黄色表头的列；每条线索一行。选项请点单元格右侧的箭头选择，也可以只输入代码（如 03）。",
                "Fill in the columns with a yellow header in “名单”, one row for each clue. Choose from the list, or type the code.",
            ),
            (
                "先填“核查结论”：选定后，该结论必填而未填的格会标红。还没有核查的行不填，可以分几次上传。",
                "Begin with the outcome: cells it still needs turn red. Leave rows that were not visited; you may upload several times.",
            ),
            (
                "日期写成 2026-05-03、2026/5/3、2026年5月3日、5月3日都可以。",
                "Any usual way to write a day will do.",
            ),
            (
                "属实的，请在“家庭成员”中逐人填写；用线索编号或不重名的职工姓名对应。14岁以下的只填关系、年龄和学段。",
                "Of confirmed cases list the members in “家庭成员”. Of children below 14 only relation, age and school stage.",
            ),
            (
                "任何一栏都不要写病种、诊断。医疗费用系统只给区间，实际金额按入户调查表计算后填“扣除刚性支出后月人均收入”。",
                "Never write a diagnosis. Medical costs are given as bands only; fill in what the form's formula yields.",
            ),
        ),
    ),
    (
        "请不要　Please do not",
        (
            (
                "不要改动灰色的列、线索编号、校验码和列名，不要删除列。改动过的行会被退回。",
                "Do not change grey columns, ids, check codes or headers, nor delete columns: such rows are returned.",
            ),
            (
                "不要把其他单位或其他批次的行复制进来，不要新建文件只复制内容：工作簿内有核对信息，复制后会丢失。",
                "Do not paste rows of other workbooks, and do not copy the content into a new file: the seals would be lost.",
            ),
        ),
    ),
    (
        "可以放心做　You may",
        (
            (
                "可以筛选、调整列宽、自己增加列；用 WPS 或 Excel 打开，另存为 xls 或 xlsx 都可以，密码可以保留也可以取消。",
                "Filter, change widths, add columns; open with WPS or Excel, save as xls or xlsx, with or without the password.",
            ),
            (
                "要排序时，先在“审阅”中点“撤销工作表保护”（没有密码），排好再填。排序不影响上传。",
                "To sort, unprotect the sheet first (there is no password). The order does not matter to the upload.",
            ),
            (
                "上传后先看到逐行的预览，确认后才导入；同一文件传两次不会重复导入。系统会给出回执，写明每一行的结果和原因。",
                "An upload shows a preview first; nothing is taken over before you confirm, and nothing twice. A receipt tells of every row.",
            ),
        ),
    ),
    (
        "线索不是认定　A clue is not a decision",
        (
            (
                "名单由数据比对产生，可能认错人、数据可能有误，须由两人以上入户核实。是否建档由本人自愿申请。",
                "Clues come of matching data and may be wrong: two persons verify them at the home. Applying is the worker's own choice.",
            ),
            (
                "本工作簿含个人信息，仅限核查使用；每份都有领取人水印，请勿转发、截图外传，用后删除。",
                "It holds personal information, for this work only, and names its recipient. Do not pass it on; delete it after use.",
            ),
        ),
    ),
)
"""Headings, and under each the lines in Chinese and English."""

GUIDE_OF: dict[str, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = {
    "audit_sample": (
        (
            "抽样核查　Audit visits",
            (
                (
                    "这些家庭是从不在任何名单上的职工中随机抽中的，没有任何线索，也不代表困难。先说明是随机抽中、可以不同意；同意后再入户。",
                    "These households were drawn at random from those on no list: no evidence, no suspicion. Say so, and that one may say no; visit once they agree.",
                ),
                (
                    "联系不上的，须在三个不同日期各联系一次并在系统登记；不同意的选“本人拒绝”。不要找别户代替，需要替补的由系统另派。",
                    "Not reached takes attempts on three days, recorded in the portal; who says no is a refusal. Visit nobody else instead: the portal sends for stand-ins.",
                ),
            ),
        ),
    ),
    "second_reviews": (
        (
            "盲审复核　Second reviews",
            (
                (
                    "本工作簿只有线索依据，没有原案的结论和办理记录。请像第一次一样联系、征得同意、入户，按所见填写，不要打听原来的结论。",
                    "It holds the evidence, and nothing of the first outcome. Contact, ask and visit as if it were the first time, record what you see, and do not ask about the first.",
                ),
                (
                    "只有指定的复核人可以传回；两名核查人都不能办理过原案。拒绝、联系不上等不能复核的，如实选择，登记为“未能复核”。",
                    "Only the named reviewer brings it back; neither visitor may have had a hand in the first case. What cannot be held is recorded as such.",
                ),
            ),
        ),
    ),
}
"""What comes before it for some lists, by code."""
