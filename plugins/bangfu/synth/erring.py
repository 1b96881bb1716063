"""From true values to what a source wrote down (误差模型): one pass over the rows of a source."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth import misspelling
from bangfu.synth.error_rates import EXCLUDING
from bangfu.synth.ethnic_names import transliterated
from bangfu.synth.identity import fifteen_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from bangfu.synth.error_rates import SourceErrors

_ID_ERRORS, _NAME_ERRORS, _ = EXCLUDING


def _respelt(draw: random.Random, name: str) -> str:
    """Another transliteration; of the same sound where no customary one is known."""
    other = transliterated(draw, name)
    return other if other != name else misspelling.homophone(draw, name)


_MISSPELLINGS: dict[str, Callable[[random.Random, str], str]] = {
    "name_homophone": misspelling.homophone,
    "name_shape": misspelling.look_alike,
    "name_sound": misspelling.near_sound,
    "name_rare": misspelling.rare_replaced,
    "name_interpunct": _respelt,
}


RELATIVE = 2 / 3
"""Of the wrong numbers of somebody else, those of another member of the household."""


@dataclass(frozen=True)
class Neighbours:
    """What a wrong value is taken from.

    Attributes:
        id_numbers: anybody's.
        phones: for each row the phone of somebody else.
        relatives: for each row the number of another member of the household, null where there is none.
    """

    id_numbers: list[str]
    phones: list[str | None]
    relatives: list[str | None]


def with_errors(rng: np.random.Generator, rows: pl.DataFrame, rates: SourceErrors, near: Neighbours) -> pl.DataFrame:
    """The rows as the source has them.

    Args:
        rng: generator.
        rows: true values (name, nickname, former_name, ethnic_style, id_number, birth, phone, current, short, old) and
            ``forced`` (null, ``bad_id`` or ``alias``: an error that must happen).
        rates: of this source.
        near: where wrong values come from.

    Returns:
        The rows with name, id_number, birth, phone replaced, ``address`` added and ``errors``: what was done, joined by
        ``+``, empty for a faithful row. A number in scientific notation keeps 18 digits here and is written as a float.
    """
    count = rows.height
    draw = random.Random(int(rng.integers(2**63)))
    forced = rows["forced"].to_list()
    id_error = _chosen(rng, count, rates, _ID_ERRORS)
    name_error = _chosen(rng, count, rates, _NAME_ERRORS)
    respelt = rng.random(count) < rates.name_interpunct
    wrong_birth, form, phone = rng.random(count) < rates.birth_wrong, rng.random(count), rng.random(count)
    names, numbers, births, phones = (rows[name].to_list() for name in ("name", "id_number", "birth", "phone"))
    styled = rows["ethnic_style"].to_list()
    errors: list[list[str]] = [[] for _ in range(count)]
    for at in range(count):
        number_error, spelling = id_error[at], name_error[at]
        if forced[at] == "bad_id":
            number_error = number_error or draw.choice(_ID_ERRORS)
        elif forced[at] == "alias":
            spelling = "name_alias"
        if number_error:
            _err_in_number(draw, at, number_error, numbers, near, errors[at])
        if not spelling and styled[at] and respelt[at]:
            spelling = "name_interpunct"
        if spelling:
            _err_in_name(draw, at, spelling, names, rows, errors[at])
        if wrong_birth[at]:
            births[at] = _wrong_birth(draw, births[at])
            errors[at].append("birth_wrong")
        if phones[at] is not None and phone[at] < rates.phone_outdated + rates.phone_shared:
            outdated = phone[at] < rates.phone_outdated
            phones[at] = (
                str(draw.randrange(13_000_000_000, 20_000_000_000)) if outdated else near.phones[at] or phones[at]
            )
            errors[at].append("phone_outdated" if outdated else "phone_shared")
    old, changed = form < rates.address_form * 0.25, form < rates.address_form
    return rows.with_columns(
        pl.Series("name", names, dtype=pl.String),
        pl.Series("id_number", numbers, dtype=pl.String),
        pl.Series("birth", births, dtype=pl.Date),
        pl.Series("phone", phones, dtype=pl.String),
        pl.when(pl.Series(old))
        .then("old")
        .when(pl.Series(changed))
        .then("short")
        .otherwise("current")
        .alias("address"),
        pl.Series("errors", ["+".join(made) for made in errors], dtype=pl.String),
    )


def _chosen(rng: np.random.Generator, count: int, rates: SourceErrors, kinds: tuple[str, ...]) -> list[str | None]:
    """At most one error of a group per row."""
    edges = np.cumsum([getattr(rates, kind) for kind in kinds])
    place = np.searchsorted(edges, rng.random(count), side="right").tolist()
    return [kinds[at] if at < len(kinds) else None for at in place]


def _err_in_number(
    draw: random.Random, at: int, error: str, numbers: list[str | None], near: Neighbours, made: list[str]
) -> None:
    number = numbers[at]
    if number is None:
        return
    if error == "id_scientific" and number.endswith("X"):
        error = "id_digit"
    if error == "id_fifteen" and number[6:8] != "19":
        error = "id_transposed"
    if error == "id_other":
        relative = near.relatives[at] if draw.random() < RELATIVE else None
        numbers[at] = relative or draw.choice(near.id_numbers)
    elif error == "id_missing":
        numbers[at] = None
    elif error == "id_masked":
        numbers[at] = misspelling.masked(draw, number)
    elif error == "id_fifteen":
        numbers[at] = fifteen_digits(number)
    elif error == "id_digit":
        numbers[at] = misspelling.wrong_digit(draw, number)
    elif error == "id_transposed":
        numbers[at] = misspelling.transposed(draw, number)
    made.append(error)


def _err_in_name(
    draw: random.Random, at: int, error: str, names: list[str], rows: pl.DataFrame, made: list[str]
) -> None:
    name = names[at]
    if error == "name_alias":
        former, nickname = rows["former_name"][at], rows["nickname"][at]
        names[at] = former if former and draw.random() < 0.6 else nickname
    else:
        names[at] = _MISSPELLINGS[error](draw, name)
    if names[at] != name:
        made.append(error)


def _wrong_birth(draw: random.Random, birth: dt.date) -> dt.date:
    """A lunar date (about a month early), a neighbouring day, or day and month exchanged."""
    way = draw.random()
    if way < 0.35:
        return birth - dt.timedelta(days=draw.randrange(20, 50))
    if way < 0.7 and birth.day <= 12 and birth.day != birth.month:
        return birth.replace(month=birth.day, day=birth.month)
    return birth + dt.timedelta(days=draw.choice([-1, 1]))
