"""Contact persons (联系人): whom a patient names on admission, and what the hospital makes of it.

All shares are assumptions (synthetic), not measurements. A contact person lives with the patient or not, and is a union
member or not; who is a member plays no part in who is named.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from bangfu.synth.identity import phone_numbers
from bangfu.synth.misspelling import homophone, look_alike

if TYPE_CHECKING:
    import numpy.typing as npt

    from bangfu.synth.world import World

__all__ = ["contacts"]

NONE, SELF, ELSEWHERE = 0.05, 0.15, 0.20
"""Shares of the patients without a contact person, with their own name in its place, and with one who lives elsewhere.

Who lives with no grown person names somebody elsewhere as well; where nobody's age fits, none is written."""
MISSPELT, CALLED, VAGUE = 0.03, 0.01, 0.10
"""Of the names, those misspelt and those by which everybody calls them; of the relations, those written as "other"."""
NO_PHONE, WRONG_PHONE = 0.06, 0.04
_GROWN = 18
_TRIED = 12
_WEIGHTS = {
    (0, 1): 6.0, (1, 0): 6.0, (4, 5): 3.0, (5, 4): 3.0,  # couples
    (2, 0): 3.0, (2, 1): 3.0, (3, 0): 3.0, (3, 1): 3.0,  # a child's parents
    (4, 0): 4.0, (5, 0): 4.0, (4, 1): 1.5, (5, 1): 1.5, (0, 2): 2.0, (0, 3): 2.0, (1, 2): 2.0, (1, 3): 2.0,
}  # fmt: skip
"""How readily a patient of one role in the household names one of another; all others 1."""
_COUPLE, _CHILD, _PARENT, _SIBLING, _OTHER = "10", "20", "50", "70", "90"
_KIN = {
    (0, 1): _COUPLE, (1, 0): _COUPLE, (4, 5): _COUPLE, (5, 4): _COUPLE, (2, 3): _SIBLING, (3, 2): _SIBLING,
    **{(patient, parent): _PARENT for patient in (2, 3) for parent in (0, 1)},
    **{(0, parent): _PARENT for parent in (4, 5)},
    **{(parent, child): _CHILD for parent in (0, 1) for child in (2, 3)},
    **{(parent, 0): _CHILD for parent in (4, 5)},
}  # fmt: skip
"""What one role is to another, as GB/T 4761 writes it; sons and daughters are told apart by sex, in-laws are others."""
_ELSEWHERE = (
    (_CHILD, 0.30, (-45, -18)),
    (_PARENT, 0.20, (18, 45)),
    (_SIBLING, 0.35, (-12, 12)),
    (_OTHER, 0.15, (-90, 90)),
)
"""Relatives who live elsewhere: relation, share, and how many years older than the patient."""


def contacts(rng: np.random.Generator, world: World, patients: pl.DataFrame) -> pl.DataFrame:
    """The contact person of each patient, as the hospital wrote it down.

    Args:
        rng: generator.
        world: the truth.
        patients: person and household of each patient, once.

    Returns:
        person, contact_name, contact_relation (code of `schemas.vocabulary`, "1" for the patient), contact_phone;
        null where nothing was written.
    """
    draw = random.Random(int(rng.integers(2**63)))
    rows = world.people.select("person", "household", "role", "female", "age", "name", "nickname", "phone", "died")
    at = patients["person"].to_numpy()
    count = len(at)
    own, kin = _of_the_household(rng, rows, patients)
    far, far_kin = _elsewhere(rng, rows, at)
    dice = rng.random(count)
    away = (dice >= NONE + SELF) & ((dice < NONE + SELF + ELSEWHERE) | (own < 0))
    self_named = (dice >= NONE) & (dice < NONE + SELF)
    who = np.where(self_named, at, np.where(away, far, own))
    relation = np.where(self_named, "1", np.where(away, far_kin, kin))
    relation = np.where((rng.random(count) < VAGUE) & ~self_named, _OTHER, relation)
    spelt, called = rng.random(count), rng.random(count) < CALLED
    phone = rng.random(count)
    wrong = phone_numbers(rng, count)
    female = rows["female"].to_numpy()
    names, nicknames, phones = (rows[name].to_list() for name in ("name", "nickname", "phone"))
    cells: list[tuple[str | None, str | None, str | None]] = []
    for number, person in enumerate(who.tolist()):
        if dice[number] < NONE or person < 0:
            cells.append((None, None, None))
            continue
        name = nicknames[person] if called[number] else names[person]
        if spelt[number] < MISSPELT:
            name = draw.choice((homophone, look_alike))(draw, name)
        told = phones[person] if phone[number] >= NO_PHONE else None
        told = wrong[number] if told and phone[number] < NO_PHONE + WRONG_PHONE else told
        stated = str(relation[number])
        stated = "30" if stated == _CHILD and female[person] else stated
        cells.append((name, stated, told))
    schema = {"contact_name": pl.String, "contact_relation": pl.String, "contact_phone": pl.String}
    return patients.select("person").hstack(pl.DataFrame(cells, schema, orient="row"))


def _of_the_household(
    rng: np.random.Generator, rows: pl.DataFrame, patients: pl.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """For each patient a grown person of the household (-1 where there is none) and what that one is to the patient."""
    role = dict(zip(rows["person"].to_list(), rows["role"].to_list(), strict=True))
    grown = rows.filter((pl.col("age") >= _GROWN) & pl.col("died").is_null()).select("household", pl.col("person").alias("other"))  # fmt: skip
    pairs = patients.select("person", "household").join(grown, on="household", maintain_order="left")
    pairs = pairs.filter(pl.col("person") != pl.col("other"))
    roles = [(role[a], role[b]) for a, b in pairs.select("person", "other").iter_rows()]
    keys = pl.Series([_WEIGHTS.get(pair, 1.0) for pair in roles], dtype=pl.Float64) / pl.Series(rng.exponential(size=len(roles)))  # fmt: skip
    chosen = (
        pairs.with_columns(
            keys.alias("key"), pl.Series("kin", [_KIN.get(pair, _OTHER) for pair in roles], dtype=pl.String)
        )
        .sort("person", "key", descending=[False, True], maintain_order=True)
        .unique("person", keep="first", maintain_order=True)
    )
    told = patients.select("person").join(chosen, on="person", how="left", maintain_order="left")
    return told["other"].fill_null(-1).to_numpy(), told["kin"].fill_null(_OTHER).to_numpy().astype(str)


def _elsewhere(
    rng: np.random.Generator, rows: pl.DataFrame, at: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """For each patient somebody of another household whose age fits the relation, and the relation; -1 where nobody does."""
    count = len(at)
    kind = rng.choice(len(_ELSEWHERE), count, p=[share for _, share, _ in _ELSEWHERE])
    least, most = np.array([bounds for _, _, bounds in _ELSEWHERE]).T
    tried = rng.integers(rows.height, size=(count, _TRIED))
    age, household = rows["age"].to_numpy(), rows["household"].to_numpy()
    older = age[tried] - age[at][:, None]
    fits = (older >= least[kind][:, None]) & (older <= most[kind][:, None]) & (age[tried] >= _GROWN)
    fits &= household[tried] != household[at][:, None]
    first = fits.argmax(axis=1)
    person = np.where(fits.any(axis=1), tried[np.arange(count), first], -1)
    return person, np.array([relation for relation, _, _ in _ELSEWHERE])[kind]
