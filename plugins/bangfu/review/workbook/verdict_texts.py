"""What each verdict and each trouble is called, and what to do about it (回执用语), in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bangfu.review.workbook.model import Trouble, Verdict

__all__ = ["TROUBLE_TEXTS", "VERDICT_TEXTS", "Tone", "VerdictText"]


class Tone(StrEnum):
    """How a verdict is coloured."""

    GOOD = "good"
    QUIET = "quiet"
    BAD = "bad"


@dataclass(frozen=True)
class VerdictText:
    """One verdict in words.

    Attributes:
        zh, en: Its name.
        reason_zh, reason_en: Why.
        todo_zh, todo_en: What the clerk should do; empty where there is nothing to do.
        tone: How it is coloured.
    """

    zh: str
    en: str
    reason_zh: str
    reason_en: str
    todo_zh: str
    todo_en: str
    tone: Tone


_AGAIN_ZH = "请重新下载工作簿，把已填内容填到对应的行再上传"
_AGAIN_EN = "Download the workbook again, fill in the row there and upload it"

VERDICT_TEXTS: Mapping[Verdict, VerdictText] = MappingProxyType(
    {
        Verdict.ACCEPTED: VerdictText("可以导入", "accepted", "填写完整", "The row is complete", "", "", Tone.GOOD),
        Verdict.UNCHANGED: VerdictText(
            "未填写", "unchanged", "与下载时相同", "As it was when downloaded", "", "", Tone.QUIET
        ),
        Verdict.REPLAY: VerdictText(
            "已导入过",
            "taken over before",
            "同样的结果以前已经导入，不会重复导入",
            "The same answer was taken over before; it is not taken twice",
            "",
            "",
            Tone.QUIET,
        ),
        Verdict.CONFLICT: VerdictText(
            "有冲突",
            "conflict",
            "下载工作簿之后，这条线索已有新的进展，没有覆盖",
            "The case has moved on since the workbook was made; nothing was overwritten",
            "请在系统中查看这条线索现在的情况，再决定是否更改",
            "Look at the case as it stands now, then decide whether to change it",
            Tone.BAD,
        ),
        Verdict.WITHDRAWN: VerdictText(
            "已撤回或转办",
            "withdrawn or transferred",
            "这条线索已撤回，或已转给其他工会",
            "The clue was withdrawn, or is another union's now",
            "不需要处理；已经入户的，请告诉县级工会",
            "Nothing; tell the county union if you have visited already",
            Tone.QUIET,
        ),
        Verdict.INCOMPLETE: VerdictText(
            "没有填完",
            "incomplete",
            "缺少必填项",
            "Something is missing",
            "请补填后再上传",
            "Fill it in and upload again",
            Tone.BAD,
        ),
        Verdict.NOT_UNDERSTOOD: VerdictText(
            "内容不能识别",
            "not understood",
            "有的格内容不能识别",
            "A cell cannot be understood",
            "请按要求更正后再上传",
            "Correct it and upload again",
            Tone.BAD,
        ),
        Verdict.LOCKED_CHANGED: VerdictText(
            "锁定内容被改动",
            "locked cells changed",
            "灰色列中的内容与下载时不同",
            "Grey cells differ from what was given out",
            f"{_AGAIN_ZH}；登记信息有误的，请写在“说明”里",
            f"{_AGAIN_EN}; write what is wrong with the register into the note",
            Tone.BAD,
        ),
        Verdict.ID_EDITED: VerdictText(
            "线索编号被改动",
            "id edited",
            "线索编号与该行其他内容对不上",
            "The id does not belong to the rest of the row",
            "请把线索编号改回原来的编号再上传",
            "Restore the id and upload again",
            Tone.BAD,
        ),
        Verdict.SEAL_WRONG: VerdictText(
            "核对信息不符",
            "seal does not fit",
            "该行的核对信息与内容不符",
            "The seal of the row does not fit it",
            _AGAIN_ZH,
            _AGAIN_EN,
            Tone.BAD,
        ),
        Verdict.FOREIGN: VerdictText(
            "不属于本工作簿",
            "foreign row",
            "该行不是本单位这一批工作簿中的线索",
            "The row is not of this union's workbook of this batch",
            "请在它原来的工作簿中填写；线索已转办到本单位的，请重新下载",
            "Fill it in in the workbook it came from, or download again if it was transferred to you",
            Tone.BAD,
        ),
        Verdict.CONTRADICTORY: VerdictText(
            "前后不一致",
            "contradictory",
            "同一条线索有几行，填写的结果不同，都没有导入",
            "Several rows of one clue say different things; none was taken",
            "请只保留正确的一行",
            "Keep the right one only",
            Tone.BAD,
        ),
        Verdict.REPEATED: VerdictText(
            "重复的行",
            "repeated row",
            "与同一线索的另一行相同，只导入一次",
            "Same as another row of the clue; taken once",
            "",
            "",
            Tone.QUIET,
        ),
        Verdict.ADDED: VerdictText(
            "自行增加的行",
            "added row",
            "该行没有线索编号，不导入",
            "The row has no clue id and is not taken",
            "新发现的困难职工请在系统中登记线索",
            "Enter newly found hardship as a clue in the portal",
            Tone.QUIET,
        ),
        Verdict.NOT_ALLOWED: VerdictText(
            "流程不允许",
            "not allowed by the flow",
            "按办理流程，这一行不能导入",
            "The flow does not allow it",
            "请补齐后再上传，或在系统中办理这条线索",
            "Complete it and upload again, or take the step in the portal",
            Tone.BAD,
        ),
        Verdict.RECORDED: VerdictText(
            "已导入", "taken over", "填写的结果已登记", "What was filled in is recorded", "", "", Tone.GOOD
        ),
    }
)

TROUBLE_TEXTS: Mapping[Trouble, tuple[str, str]] = MappingProxyType(
    {
        Trouble.MISSING: ("没有填", "is missing"),
        Trouble.NOT_UNDERSTOOD: ("看不懂，请按单元格的提示填写", "cannot be understood"),
        Trouble.NOT_IN_LIST: ("不在选项中，请从下拉表中选择", "is none of the choices"),
        Trouble.FUTURE_DAY: ("在今天之后", "lies in the future"),
        Trouble.LONG_AGO: ("太早，请核对年份", "is too long ago: check the year"),
        Trouble.OUT_OF_RANGE: ("超出合理范围", "is out of range"),
        Trouble.PERCENT_UNCLEAR: ("是百分之几还是几倍不清楚，请写成“85%”", "is unclear: write it as 85%"),
        Trouble.TOO_LONG: ("太长，请在500字以内", "is too long: 500 characters at most"),
        Trouble.TOO_FEW: ("不足3次，不能按联系不上处理", "is less than three: not yet “not reached”"),
        Trouble.SAME_PERSON: (
            "与核查人1是同一人，入户核查须两人以上",
            "is the same person as Visitor 1: a visit takes two",
        ),
        Trouble.WHO_IS_UNCLEAR: ("对应不到名单中的唯一一人", "does not name one person of the list"),
        Trouble.CHANGED: ("被改动", "was changed"),
    }
)
"""Said behind the name of the column."""
