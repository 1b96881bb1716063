"""Identity numbers (公民身份号码, GB 11643-1999): full, 15-digit, masked, rounded by Excel, or something else.

Nothing is repaired here: a number with a wrong check character stays as written, marked as such.
"""

from __future__ import annotations

import datetime as dt
import re

import polars as pl

from matching.standardise.cells import PLACEHOLDERS, Reading, clean, clean_series, read_distinct

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Weights of the first seventeen digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
CHECK_CHARACTERS = "10X98765432"
VALID_FORMS = ("full", "expanded15")
"""Forms whose birth date and sex may be trusted."""

_FULL = re.compile(r"[0-9]{17}[0-9X]")
_MASKED = re.compile(r"[0-9*]{17}[0-9X*]")
_DISABILITY = re.compile(r"([0-9]{17}[0-9X])[1-7][1-4](B[0-9])?")
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?E\+?0?17")
_MASK_CHARACTERS = re.compile("[•●·∗×☆★#?□■_-]")
_X_RUN = re.compile("X{2,}")
_NOISE = re.compile(r"[\s'\"`‘’“”,，。．.]+")


def check_character(digits: str) -> str:
    """The check character of seventeen digits.

    >>> check_character("53921019900307003")
    '6'
    """
    return CHECK_CHARACTERS[sum(int(d) * w for d, w in zip(digits[:17], WEIGHTS, strict=True)) % 11]


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


def read_id_number(text: str) -> tuple[str | None, str | None] | None:
    """Read one identity number.

    Returns:
        The number and its form: ``full``; ``expanded15``; ``prefix15`` (fifteen known digits and ``***``, the
        rest lost to a spreadsheet); ``masked`` (``*`` for every hidden position); ``bad_checksum``;
        ``other`` (another document or an unusable text, cleaned). (None, None) for a placeholder.

    >>> read_id_number("５３９210１９９００３０７００3６")
    ('539210199003070036', 'full')
    >>> read_id_number("5.39210199003070e+17"), read_id_number("539210********0036")
    (('539210199003070***', 'prefix15'), ('539210********0036', 'masked'))
    >>> read_id_number("53921019900307003643B1")  # a disability certificate (残疾人证)
    ('539210199003070036', 'full')
    """
    number = clean(text).upper()
    if _is_nothing(number):
        return None, None
    if scientific := _SCIENTIFIC.fullmatch(number.replace(" ", "")):
        return _from_scientific(scientific[1] + (scientific[2] or ""))
    number = _NOISE.sub("", number)
    if _is_nothing(number):
        return None, None
    if disability := _DISABILITY.fullmatch(number):
        number = disability[1]
    if _FULL.fullmatch(number):
        return _eighteen(number)
    if expanded := expand_old(number):
        return expanded, "expanded15"
    if re.fullmatch("[0-9]{15}", number) and _date(number[6:14]):
        return number + "***", "prefix15"
    stars = _stars(number)
    if _MASKED.fullmatch(stars):
        return stars, "prefix15" if re.fullmatch(r"[0-9]{15}\*{3}", stars) else "masked"
    return number, "other"


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
    number = _X_RUN.sub(lambda run: "*" * len(run[0]), _MASK_CHARACTERS.sub("*", number))
    number = "".join("*" if c == "X" and i < len(number) - 1 and "*" in number else c for i, c in enumerate(number))
    runs = re.findall(r"\*+", number)
    if len(runs) == 1 and 8 <= len(number) != 18 and len(number) - len(runs[0]) <= 17:
        number = number.replace(runs[0], "*" * (18 - len(number) + len(runs[0])))
    return number


def _date(digits: str) -> bool:
    try:
        return 1800 <= dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def standardise_id_numbers(values: pl.Series) -> Reading:
    """Identity numbers of a column, with ``id_form`` as a derived column. Nothing is unreadable: see ``other``.

    >>> standardise_id_numbers(pl.Series(["539210199003070036", "/"])).derived["id_form"].to_list()
    ['full', None]
    """
    values = clean_series(values)
    table = pl.DataFrame({"text": values})
    full = table.select(_valid_full(pl.col("text"))).to_series().fill_null(False)
    rest = values.set(full, None)
    read = read_distinct(rest, read_id_number, {"number": pl.String, "form": pl.String})
    numbers = read["number"].zip_with(~full, values)
    forms = read["form"].set(full, "full")
    return Reading(numbers, read["unreadable"], {"id_form": forms})


def _valid_full(text: pl.Expr) -> pl.Expr:
    """Whether a text is a valid full number: the same test as ``is_valid``, over a column."""
    shaped = pl.when(text.str.contains(r"^[0-9]{17}[0-9X]$")).then(text)
    total = pl.sum_horizontal(
        [shaped.str.slice(i, 1).cast(pl.Int32, strict=False) * weight for i, weight in enumerate(WEIGHTS)]
    )
    expected = (total % 11).replace_strict(dict(enumerate(CHECK_CHARACTERS)), return_dtype=pl.String)
    year = shaped.str.slice(6, 4).cast(pl.Int32, strict=False)
    return (expected == shaped.str.slice(17, 1)) & birth_date_in(shaped).is_not_null() & year.is_between(1800, 2100)


def birth_date_in(number: pl.Expr) -> pl.Expr:
    """The birth date within an eighteen-character number, null where it is no calendar date.

    >>> pl.DataFrame({"n": ["539210199003070036"]}).select(birth_date_in(pl.col("n"))).item()
    datetime.date(1990, 3, 7)
    """
    return number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def sex_in(number: pl.Expr) -> pl.Expr:
    """The sex within an eighteen-character number: the seventeenth digit is odd for men.

    >>> pl.DataFrame({"n": ["539210199003070036"]}).select(sex_in(pl.col("n"))).item()
    '1'
    """
    odd = number.str.slice(16, 1).cast(pl.Int8, strict=False) % 2
    return pl.when(odd == 1).then(pl.lit("1")).when(odd == 0).then(pl.lit("2"))
