"""Levels of given names in scripts with letters (拼音文字的名)."""

from matching.errors import ModelError
from matching.levels.generic import ordered
from matching.levels.level import Level, Options

_GIVEN_NAME = (
    Level("exact", "agrees", "名字相同。", "The given names are identical.", 0.75, 0.012),
    Level(
        "short_form",
        "agrees",
        "一方是另一方的缩写、简称或昵称（如 Wm、Bill 与 William）。",
        "One given name is an abbreviation, short form or pet name of the other, or both are of a third (Wm, Bill: William).",
        0.03,
        0.003,
    ),
    Level(
        "part",
        "agrees",
        "一方多写了其他名字或只写首字母，双方都写的部分一致。",
        "One side gives further given names or only their initials; all that both sides give agrees.",
        0.06,
        0.005,
    ),
    Level("swapped", "agrees", "名和姓互换后相同。", "Given name and surname have changed places.", 0.003, 1e-6),
    Level(
        "one_agrees",
        "close",
        "几个名字中有一个相同，其余不同。",
        "One of several given names agrees, the others do not.",
        0.02,
        0.008,
    ),
    Level(
        "initial",
        "close",
        "一方只写首字母，与另一方的名字一致。",
        "One side gives only initials, which agree with the other side's given name.",
        0.04,
        0.02,
    ),
)


def given_names(options: Options) -> tuple[Level, ...]:
    cutoffs = ordered(options["cutoffs"], descending=True)
    if len(cutoffs) > 4 or any(not 0 < cutoff < 1 for cutoff in cutoffs):
        raise ModelError("the cutoffs of a 'given_name' comparison are at most four numbers between 0 and 1")
    steps = [
        Level(
            f"similar_{cutoff:g}",
            "close",
            f"名字拼写相近（相似度不低于{cutoff:g}）。",
            f"Similarly spelt given names (Jaro-Winkler at least {cutoff:g}).",
            0.03 / 2**position,
            0.003 * 2**position,
        )
        for position, cutoff in enumerate(cutoffs)
    ]
    m, u = (1 - sum(getattr(level, side) for level in (*_GIVEN_NAME, *steps)) for side in ("m", "u"))
    return (*_GIVEN_NAME, *steps, Level("differs", "differs", "名字不同。", "The given names differ.", m, u))
