"""Makes look_alikes.csv, the table of look-alike characters (形近字): draws glyphs and compares their shapes.

    python -m matching.reference.make_look_alikes [--check] [--fonts DIRECTORY]

Each character is drawn in two faces, Noto Sans CJK SC and Noto Serif CJK SC (SIL Open Font Licence 1.1; Debian package
fonts-noto-cjk), and smeared once along and once across the lines, so that strokes may lie a little aside. The likeness
of two characters is the correlation of their pictures at the best of nine small shifts, averaged over the faces, the
greater of the two smearings. Crowded characters resemble one another as grey squares do, so what counts is by how much
a likeness exceeds that to the nearest neighbours of both; the `PAIRS` largest excesses are kept. `--check` makes the
table again and tells what differs from the one that is carried. Takes about two minutes and 2 GB.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

TABLE = Path(__file__).with_name("look_alikes.csv")
FONTS = Path("/usr/share/fonts/opentype/noto")
FACES = (("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC"), ("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC"))
PAIRS = 10_000
NEIGHBOURS = 10
SIZE, MARGIN, STEP = 48, 4, 2
SMEARS = ((1.0, 2.5), (2.5, 1.0))
"""Standard deviations, in pixels of a 48-pixel square, down and across."""

NAME_CHARACTERS = (
    "堃喆翀珺玥珅旸祎沄昇垚犇骉羴鑫焱燚昉玗玙珂琇琍琎琤琮瑀瑄瑢璟璠璐珣珩玹珏珑琲瑨瑭瑱瑷璁璆璈璘璞璇璎甯畯畲皞睿砚祐祾祯"
    "禛禤稞竑竣笪筠箐籁綦缪罡翚翥翮羿聿胤茗荃茜荇莘菀菡葳蒨蓁蔓蔚蕤薇蕙蘅虓袆裎褀觉訸诩谞赟跞轲辂迦逯邈郄郗郜郦鄢酆釬钊"
    "钰钲铄铖锜锟镕镒镔阊阎隽霁霈靓韫颀颢飏飚馗馥骁骅骐骢髙鹍鹏麒麟黛龑龢仉佴佶俣倓偲傣傈僳儁冼凇劢劼勍勐勰匡卞厍叡吚咏"
    "哏唛喃嗣嘎噶嚜囡圩垟埔堉塬奡妤妧妗姁姝姞娅娉婳婵媄媖嫄嫒嫚嫣嬅嬿孖宓寯屹岍峁峣嵋嶷巍帏弢彧徉忞怡恂恺悦惇愫慜懋扆揆"
    "斐斓旎旻昀昕昙昳晗晞晟晢晥暄暕暲曈曌朕杍杓柃栩桁桉桢桤梣棪椿楠楹榕槊槿樾橦歆毓汭汶沅泓泠泫洢洧洺浠浥淏淓淙淞淼渟湉"
    "湑湜溦滢滟漪潆潇潞澍澄濛瀚炅炜炟炘烜烨焜焯煊煜熙熠燊燏犍猊珮佧佤仫仡崃怒拉祜苡淇嬛翾頔瑾妘缦芊羽婕"
)
"""Characters of names, many of them outside GB/T 2312."""


def characters() -> list[str]:
    """The characters compared: the two levels of GB/T 2312 and those of `NAME_CHARACTERS`, in order of code point."""
    first, last = 0xA1, 0xFE
    rows = (bytes([row, cell]) for row in range(0xB0, 0xF8) for cell in range(first, last + 1))
    standard = {cell.decode("gb2312", "ignore") for cell in rows} - {""}
    return sorted(standard | set(NAME_CHARACTERS))


def likeness(chosen: list[str], fonts: Path = FONTS) -> tuple[Floats, Floats]:
    """Likeness of every two characters under either smearing, -1 to 1; two square matrices.

    Raises:
        OSError: a font file is not there.
    """
    drawn = [_drawn(chosen, _face(fonts, *face)) for face in FACES]
    found = [np.mean([_correlations(_smeared(face, smear)) for face in drawn], axis=0) for smear in SMEARS]
    return found[0], found[1]


def excess(alike: Floats) -> Floats:
    """By how much each likeness exceeds the mean of what both characters have to their nearest neighbours."""
    others = alike.copy()
    np.fill_diagonal(others, -1)
    nearest = -np.partition(-others, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    level = nearest.mean(axis=1)
    return np.asarray(alike - (level[:, None] + level[None, :]) / 2, dtype=np.float32)


def pairs(chosen: list[str], fonts: Path = FONTS) -> Iterator[tuple[str, str, float]]:
    """The pairs of look-alikes with their likeness, by code point."""
    along, across = likeness(chosen, fonts)
    upper = np.triu_indices(len(chosen), 1)
    score = np.maximum(excess(along), excess(across))[upper]
    kept = np.sort(np.argpartition(-score, PAIRS)[:PAIRS])
    for i, j in zip(upper[0][kept].tolist(), upper[1][kept].tolist(), strict=True):
        yield chosen[i], chosen[j], round(float(max(along[i, j], across[i, j])), 2)


def carried() -> dict[tuple[str, str], float]:
    """The table as it is carried."""
    with TABLE.open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {(row["character"], row["look_alike"]): float(row["likeness"]) for row in rows}


def _face(fonts: Path, file: str, name: str) -> Any:
    from PIL import ImageFont

    for number in range(100):
        face = ImageFont.truetype(fonts / file, SIZE, index=number)
        if face.getname()[0] == name:
            return face
    raise OSError(f"{file} has no face {name}")


def _drawn(chosen: list[str], face: Any) -> Floats:
    """White on black, each on the square of its em."""
    from PIL import Image, ImageDraw

    side = SIZE + 2 * MARGIN
    drawn = np.empty((len(chosen), side, side), np.float32)
    for place, character in enumerate(chosen):
        image = Image.new("L", (side, side))
        ImageDraw.Draw(image).text((MARGIN, MARGIN + SIZE * 7 // 8), character, 255, face, anchor="ls")
        drawn[place] = np.asarray(image)
    return drawn


def _smeared(drawn: Floats, smear: tuple[float, float]) -> Floats:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(drawn, (0, *smear)), dtype=np.float32)


def _correlations(drawn: Floats) -> Floats:
    """Correlation of every two pictures at their best shift."""
    base = _vectors(drawn)
    best = np.full((len(base), len(base)), -1, np.float32)
    for down in (-STEP, 0, STEP):
        for aside in (-STEP, 0, STEP):
            np.maximum(best, base @ _vectors(np.roll(drawn, (down, aside), (1, 2))).T, out=best)
    return np.maximum(best, best.T)


def _vectors(drawn: Floats) -> Floats:
    """Every second pixel, centred, of length 1."""
    flat = drawn[:, ::STEP, ::STEP].reshape(len(drawn), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True), dtype=np.float32)


def _main() -> int:
    arguments = argparse.ArgumentParser(description="Makes the table of look-alike characters.")
    arguments.add_argument("--check", action="store_true", help="compare with the carried table, write nothing")
    arguments.add_argument("--fonts", type=Path, default=FONTS, help="directory of the Noto CJK fonts")
    given = arguments.parse_args()
    made = {(a, b): value for a, b, value in pairs(characters(), given.fonts)}
    if given.check:
        other = made.keys() ^ carried().keys()
        sys.stdout.write(f"{len(made)} pairs, {len(other)} differ: {' '.join(a + b for a, b in sorted(other))}\n")
        return 1 if len(other) > PAIRS // 200 else 0
    with TABLE.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            "# Made by make_look_alikes.py from the shapes of Noto Sans CJK SC and Noto Serif CJK SC (OFL 1.1).\n"
        )
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("character", "look_alike", "likeness"))
        writer.writerows((a, b, f"{value:.2f}") for (a, b), value in made.items())
    return 0


if __name__ == "__main__":
    sys.exit(_main())
