"""Make readings.csv and simplified.csv: what names are folded by, without the libraries that know it.

    python -m matching.reference.make_readings

Encoded records are compared years apart and on machines without pypinyin and OpenCC, so that how a name is folded must
not change with a version of either. A test holds the tables against both.
"""

from collections import defaultdict
from pathlib import Path

HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32400))
"""Blocks of Han characters."""


def main() -> None:
    """Write both tables beside this file."""
    import opencc
    from pypinyin import Style, pinyin

    from matching.readings import _syllables

    convert = opencc.OpenCC("t2s").convert
    first: defaultdict[str, list[str]] = defaultdict(list)
    second: defaultdict[str, list[str]] = defaultdict(list)
    traditional, simplified = [], []
    for character in [chr(point) for block in HAN for point in block]:
        found = pinyin(character, style=Style.TONE3, heteronym=True, v_to_u=False, errors=lambda text: text)[0]
        if found and found[0] != character:
            first[found[0]].append(character)
            if len(found) > 1:
                second[found[1]].append(character)
        other = convert(character)
        if other != character and len(other) == 1:
            traditional.append(character)
            simplified.append(other)
    home = Path(__file__).parent
    lines = [f"{reading},{''.join(first[reading])},{''.join(second[reading])}" for reading in sorted({*first, *second})]
    lines += [f"{syllable},," for syllable in _syllables() if syllable not in {*first, *second}]
    _write(home / "readings.csv", "pypinyin (MIT)", ["reading,first,second", *lines])
    _write(
        home / "simplified.csv",
        "OpenCC (Apache-2.0)",
        ["traditional,simplified", f"{''.join(traditional)},{''.join(simplified)}"],
    )


def _write(path: Path, whose: str, lines: list[str]) -> None:
    path.write_text("\n".join([f"# Made by make_readings.py from {whose}.", *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
