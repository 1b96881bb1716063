"""Texts of what samples say of lists and reviewers, and of second reviews, in Chinese and English (质量评估的文案)."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["ASSESSMENT_TEXTS"]

ASSESSMENT_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "assessment.title": Text("质量评估", "Assessment"),
        "action.assessment": Text("看质量评估", "assessment"),
        "assessment.up": Text("返回本辖区", "Back to the whole area"),
        "assessment.details": Text("分地区查看", "By area"),
        "assessment.missed": Text("漏评估计", "Households missed"),
        "assessment.agreement": Text("盲审一致性", "Agreement between reviewers"),
        "assessment.lists": Text("名单", "List"),
        "assessment.list": Text("第{version}期", "List {version}"),
        "assessment.estimate": Text(
            "第{version}期名单：不在任何名单上的 {frame} 户中，估计有 {total} 户困难而未建档（95% 区间 {low} 至 {high} 户），占 {share}（{share_low} 至 {share_high}）。",
            "List {version}: of {frame} households on no list, an estimated {total} are in hardship and have no file (95% interval {low} to {high}), {share} ({share_low} to {share_high}).",
        ),
        "assessment.sample": Text(
            "随机抽取 {drawn} 户（其中替补 {stand_ins}）：已有结论 {answered}，其中属实 {found}；未能了解 {untold}（其中联系不上 {not_reached}），未完成 {open}。",
            "{drawn} drawn at random ({stand_ins} of them stand in for others): {answered} answered, {found} of them in hardship; {untold} could not be told ({not_reached} not reached), {open} are open.",
        ),
        "assessment.missed_note": Text(
            "圆点为估计值，横线为95%区间。联系不上的由同一随机顺序的下一户替补，本人仍计入抽取数。未能了解的视同已了解的：如果困难户更难联系上，估计会偏低，替补也不能弥补。线索名单本身说明不了漏了谁，只有随机抽样可以。",
            "The dot is the estimate, the line its 95% interval. For who is not reached the next in the random order stands in, and both count as drawn. Who could not be told is taken to be like who was: where households in hardship are harder to reach the estimate is too low, and stand-ins do not mend that. A list never tells whom it lacks; a random sample does.",
        ),
        "assessment.range": Text("{share}，{low} 至 {high}", "{share}, {low} to {high}"),
        "assessment.no_range": Text("答复不足", "too few answers"),
        "assessment.agreed": Text(
            "已比对 {compared} 件，结论一致 {same} 件，占 {share}（95% 区间 {low} 至 {high}）；扣除巧合的一致性 κ {kappa}。",
            "{compared} compared, {same} the same, {share} (95% interval {low} to {high}); agreement beyond chance κ {kappa}.",
        ),
        "assessment.reviews": Text(
            "随机抽取 {drawn} 件：未完成 {open}，未能复核 {not_held}；不一致的待裁定 {undecided}，维持原结论 {for_first}，改按复核 {for_second}。",
            "{drawn} drawn at random: {open} open, {not_held} not held; of disputes {undecided} undecided, {for_first} for the first, {for_second} for the second.",
        ),
        "assessment.agreement_note": Text(
            "两次核查互不知情。同为“不符合”算一致，层级不同算不一致。κ 为 1 是完全一致，0 是与巧合无异；不足10件的不显示。",
            "Neither reviewer knew of the other. Not met for whatever reason is the same; another tier is not. κ is 1 where all agree, 0 where chance would do as well; below 10 pairs it is not shown.",
        ),
        "assessment.not_held": Text("未能复核", "not held"),
        "assessment.area": Text("地区", "Area"),
        "assessment.frame": Text("抽样框（户）", "Households in the frame"),
        "assessment.drawn": Text("抽取", "drawn"),
        "assessment.answered": Text("有结论", "answered"),
        "assessment.untold": Text("未能了解", "not told"),
        "assessment.open": Text("未完成", "open"),
        "assessment.found": Text("属实", "in hardship"),
        "assessment.total": Text("估计漏评（户）", "missed (households)"),
        "assessment.compared": Text("已比对", "compared"),
        "assessment.same": Text("一致", "the same"),
        "assessment.share": Text("一致率", "share"),
        "assessment.undecided": Text("待裁定", "undecided"),
        "case.comparison": Text("盲审比对", "Both outcomes"),
        "case.first_outcome": Text("原结论", "First outcome"),
        "case.second_outcome": Text("复核结论", "Second outcome"),
        "case.first_case": Text("查看原案", "Open the first case"),
        "case.blind_note": Text(
            "盲审复核：比对之前看不到原案的结论和办理记录。请像第一次一样联系、征得同意、入户，按所见登记。办理过原案的人不能复核，也不能作调查人。",
            "Blind second review: neither outcome nor history of the first is shown before both are compared. Contact, ask and visit as if it were the first time, and record what you see. Who had a hand in the first neither reviews nor visits.",
        ),
        "case.blind_weights": Text(
            "为避免先入为主，比对结果的分量在复核结论登记之后显示。",
            "So that no score sways you, how much each field tells is shown once the second outcome is recorded.",
        ),
        "case.audit_note": Text(
            "抽样核查：该户是从不在任何名单上的职工中随机抽中的，没有任何线索，也不代表困难。先说明是随机抽中、可以不同意；同意后再入户，按所见登记。困难属实的，另作线索办理。",
            "Audit visit: this household was drawn at random from those on no list; there is no evidence, and no suspicion. Say first that it is a random draw and that one may say no; visit once they agree, and record what you see. One found in hardship goes on as a clue.",
        ),
    }
)
"""By key."""
