"""Identity numbers (公民身份号码, GB 11643-1999): full, 15-digit, masked, rounded by Excel, or something else.

Nothing is repaired here: a number with a wrong check character stays as written, marked as such.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from operator import mul
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from matching.standardise.cells import PLACEHOLDERS, clean
from matching.standardise.columns import Standardiser, character_codes, constant

if TYPE_CHECKING:
    import numpy.typing as npt

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of the first seventeen digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
CHECK_CHARACTERS = "10X98765432"
_CHECK_BYTES = np.frombuffer(CHECK_CHARACTERS.encode(), np.uint8)
_DAYS_IN_MONTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0], np.uint8)
VALID_FORMS = ("full", "expanded15")
"""Forms whose birth date and sex may be trusted."""

_FULL = re.compile(r"[0-9]{17}[0-9X]")
_MASKED = re.compile(r"[0-9*]{17}[0-9X*]")
_DISABILITY = re.compile(r"([0-9]{17}[0-9X])([1-7])([1-4])(?:B([0-9]))?")
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?E\+?0?17")
_AS_STARS = str.maketrans(dict.fromkeys("•●·∗×☆★#?□■_-", "*"))
_X_RUN = re.compile("X{2,}")
_POINT_ZERO = re.compile(r"^\s*([0-9]{15,18})\.0+\s*$")
_NOISE = re.compile(r"[\s'\"`‘’“”,，。．.]+")


def check_character(digits: str) -> str:
    """The check character of seventeen digits.

    >>> check_character("53921019900307003")
    '6'
    """
    return CHECK_CHARACTERS[sum(map(mul, map(int, digits[:17]), WEIGHTS)) % 11]


def is_valid(number: str) -> bool:
    """Whether eighteen characters carry a calendar date and the right check character.

    >>> is_valid("539210199003070036"), is_valid("539210199003070032")
    (True, False)
    """
    return bool(_FULL.fullmatch(number)) and _date(number[6:14]) and check_character(number[:17]) == number[17]


def expand_old(number: str) -> str | None:
    """A 15-digit number (第一代) in eighteen characters; None when it carries no date.

    Order codes 996 to 999 were kept for people born in the century before.

    >>> expand_old("539210900307003")
    '539210199003070036'
    """
    if not re.fullmatch("[0-9]{15}", number):
        return None
    century = "18" if number[12:] in {"996", "997", "998", "999"} else "19"
    digits = number[:6] + century + number[6:]
    return digits + check_character(digits) if _date(digits[6:14]) else None


def read_id_number(text: str) -> tuple[str | None, str | None]:
    """Read one identity number.

    Returns:
        The number and its form: ``full``; ``expanded15``; ``prefix15`` (fifteen known digits and ``***``, the
        rest lost to a spreadsheet); ``masked`` (``*`` for every hidden position); ``bad_checksum``;
        ``other`` (another document or an unusable text, cleaned). (None, None) for a placeholder.

    >>> read_id_number("５３９210１９９００３０７００3６")
    ('539210199003070036', 'full')
    >>> read_id_number("5.39210199003070e+17"), read_id_number("539210********0036")
    (('539210199003070***', 'prefix15'), ('539210********0036', 'masked'))
    >>> read_id_number("539210199003070036.0")  # a number cell as text
    ('539210199003070036', 'full')
    >>> read_id_number("53921019900307003643B1")  # a disability certificate (残疾人证)
    ('539210199003070036', 'full')
    """
    number = clean(text)
    if _is_nothing(number) or _is_nothing(number.upper()):
        return None, None
    number = number.upper()
    if "E" in number and (scientific := _SCIENTIFIC.fullmatch(number.replace(" ", ""))):
        return _from_scientific(scientific[1] + (scientific[2] or ""))
    if not number.isalnum():
        number = _NOISE.sub("", _POINT_ZERO.sub(r"\1", number))
        if _is_nothing(number):
            return None, None
    if len(number) > 18 and (certificate := _DISABILITY.fullmatch(number)):
        number = certificate[1]
    if _FULL.fullmatch(number):
        return _eighteen(number)
    if len(number) == 15 and (expanded := expand_old(number)):
        return expanded, "expanded15"
    if re.fullmatch("[0-9]{15}", number) and _date(number[6:14]):
        return number + "***", "prefix15"
    stars = _stars(number)
    if _MASKED.fullmatch(stars):
        return stars, "prefix15" if stars.endswith("***") and "*" not in stars[:15] else "masked"
    return number, "other"


@dataclass(frozen=True)
class DisabilityCertificate:
    """What the number of a disability certificate (残疾人证号) says: 18 characters of the holder, kind, level, reissues.

    Attributes:
        number: the holder's identity number.
        kind: 1 to 7, code list ``disability_type``.
        level: 1 to 4, code list ``disability_level``; one is the gravest.
        reissued: how often it was issued again (补证), the digit after B.
    """

    number: str
    kind: str
    level: str
    reissued: int


def read_disability_certificate(text: str) -> DisabilityCertificate | None:
    """Read the number of a disability certificate; None where the text is not one.

    >>> read_disability_certificate("539210 19900307 0036 43B1")
    DisabilityCertificate(number='539210199003070036', kind='4', level='3', reissued=1)
    """
    match = _DISABILITY.fullmatch(_NOISE.sub("", clean(text)).upper())
    return DisabilityCertificate(match[1], match[2], match[3], int(match[4] or 0)) if match else None


def _read_number(text: str) -> tuple[str | None, str | None, str | None, str | None]:
    """``read_id_number``, with what the text tells as the number of a disability certificate."""
    certificate = read_disability_certificate(text) if len(text) > 18 else None
    number, form = read_id_number(text)
    return (number, form, certificate.kind, certificate.level) if certificate else (number, form, None, None)


def _is_nothing(number: str) -> bool:
    return number in PLACEHOLDERS or not number.strip("0 ")


def _eighteen(number: str) -> tuple[str, str]:
    if is_valid(number):
        return number, "full"
    if number.endswith("000") and _date(number[6:14]):  # fifteen digits are all a spreadsheet keeps
        return number[:15] + "***", "prefix15"
    return number, "bad_checksum"


def _from_scientific(mantissa: str) -> tuple[str, str]:
    """Fifteen digits at most are right; a short mantissa is a displayed one, unless only zeros were dropped."""
    known = mantissa[:15].ljust(15, "0") if len(mantissa) >= 11 else mantissa
    return known.ljust(18, "*"), "prefix15" if len(known) == 15 else "masked"


def _stars(number: str) -> str:
    """Every way of hiding digits as one ``*`` per position; one shortened run is stretched to eighteen."""
    number = number.translate(_AS_STARS)
    if "X" in number:
        number = _X_RUN.sub(lambda run: "*" * len(run[0]), number)
        number = "".join("*" if c == "X" and i < len(number) - 1 and "*" in number else c for i, c in enumerate(number))
    if "*" not in number:
        return number
    runs = re.findall(r"\*+", number)
    if len(runs) == 1 and 8 <= len(number) != 18 and len(number) - len(runs[0]) <= 17:
        number = number.replace(runs[0], "*" * (18 - len(number) + len(runs[0])))
    return number


def _date(digits: str) -> bool:
    try:
        return 1800 <= dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def check_numbers(texts: pl.Series) -> pl.Series:
    """Which texts are certainly valid numbers (1) or numbers with a wrong check character (0); null for all others.

    >>> check_numbers(pl.Series(["539210199003070036", "539210199003070032", "5392", None])).to_list()
    [1, 0, None, None]
    """
    found = constant(None, pl.Int8(), texts.len())
    rows = (texts.str.len_bytes() == 18).arg_true()
    if rows.len():
        characters = character_codes(texts.gather(rows), 18)
        digits, last = characters[:, :17] - ord("0"), characters[:, 17]
        numeric = (digits <= 9).all(axis=1) & ((last - ord("0") <= 9) | (last == ord("X")))
        check = _CHECK_BYTES[digits.astype(np.int32) @ np.array(WEIGHTS, np.int32) % 11] == last
        lost = (digits[:, 15] == 0) & (digits[:, 16] == 0) & (last == ord("0"))  # perhaps by a spreadsheet
        certain = numeric & ~lost
        valid = certain & check & _dated(digits[:, 6:14].astype(np.int32))
        found = found.scatter(rows.filter(pl.Series(certain)), pl.Series(valid[certain].astype(np.int8)))
    return found


def _dated(digits: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Whether eight digits are a day of the years 1800 to 2100."""
    year, month, day = digits[:, :4] @ [1000, 100, 10, 1], digits[:, 4:6] @ [10, 1], digits[:, 6:] @ [10, 1]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = _DAYS_IN_MONTH[np.clip(month, 0, 13)] + (leap & (month == 2))
    return np.asarray((year >= 1800) & (year <= 2100) & (day >= 1) & (day <= longest))


def _plain_numbers(texts: pl.LazyFrame) -> pl.LazyFrame:
    text, valid = pl.col("text"), pl.col("valid")
    certificate = text.str.contains("^[0-9]{17}[0-9X][1-7][1-4](?:B[0-9])?$")
    cut = texts.select("text", number=pl.when(certificate).then(text.str.head(18)).otherwise(text), long=certificate)
    checked = cut.with_columns(valid=pl.col("number").map_batches(check_numbers, return_dtype=pl.Int8()))
    told = valid.is_not_null() & pl.col("long")
    return checked.select(
        number=pl.when(valid.is_not_null()).then("number"),
        id_form=pl.when(valid == 1).then(pl.lit("full")).when(valid == 0).then(pl.lit("bad_checksum")),
        disability_type=pl.when(told).then(text.str.slice(18, 1)),
        disability_level=pl.when(told).then(text.str.slice(19, 1)),
    )


def _loose_number(text: pl.Expr) -> pl.Expr:
    """A number without blanks and quotation marks, the check character in upper case."""
    marks = [" ", "\t", "'", '"', "`", "\u3000", "\xa0", "x"]
    return text.str.replace_many(marks, [""] * 7 + ["X"])


standardise_id_numbers = Standardiser(
    _read_number,
    dict.fromkeys(("number", "id_form", "disability_type", "disability_level"), pl.String()),
    _plain_numbers,
    _loose_number,
)
"""Identity numbers of a column, with ``id_form``, ``disability_type`` and ``disability_level`` as derived columns.

Nothing is unreadable: see ``other``.
"""


def birth_date_in(numbers: pl.Series) -> pl.Series:
    """The birth dates within eighteen-character numbers, null where there is no calendar date.

    >>> birth_date_in(pl.Series(["539210199003070036"])).item()
    datetime.date(1990, 3, 7)
    """
    return numbers.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def sex_in(numbers: pl.Series) -> pl.Series:
    """The sex within eighteen-character numbers: the seventeenth digit is odd for men.

    >>> sex_in(pl.Series(["539210199003070036", "539210199003070044"])).to_list()
    ['1', '2']
    """
    digits = numbers.str.slice(16, 1)
    return digits.replace_strict(
        dict(zip("0123456789", "2121212121", strict=True)), default=None, return_dtype=pl.String
    )
