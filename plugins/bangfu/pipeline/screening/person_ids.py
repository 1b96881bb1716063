"""The opaque ids of persons on any list: the same person has the same id in every run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from bangfu.db.candidates import candidate_id

__all__ = ["file_id", "person_ids", "person_keys"]


def person_ids(members: pl.DataFrame, key: str) -> dict[str, str]:
    """The opaque id of each member.

    Args:
        members: Roster rows with `cluster_id`, one per person.
        key: `settings.secret("candidate-key")`.

    Returns:
        By `cluster_id`.
    """
    listed = list(members.iter_rows(named=True))
    return {
        member["cluster_id"]: candidate_id(key, person)
        for member, person in zip(listed, person_keys(listed), strict=True)
    }


def file_id(files: Iterable[str], key: str) -> str:
    """The opaque id of an archive file, or of several that belong together."""
    return candidate_id(key, "file|" + "|".join(sorted(files)))


def person_keys(members: Iterable[Mapping[str, Any]]) -> list[str]:
    """What identifies each member independently of the run, all different.

    The roster's own identifier with the name; where a roster has none, or two members share both (numbers
    of an enterprise are unique within it only), identity number, birth date and employer as well; at last
    the roster's row.
    """
    listed = list(members)
    forms = (
        ("person_ref", "name"),
        ("person_ref", "name", "id_number", "birth_date", "employer"),
        ("person_ref", "name", "id_number", "birth_date", "employer", "record_id"),
    )
    made: list[str] = []
    for number, form in enumerate(forms):
        candidates = ["|".join(str(member[name] or "") for name in form) for member in listed]
        if number == 0:
            made = [key if member["person_ref"] else "" for key, member in zip(candidates, listed, strict=True)]
            continue
        times = Counter(made)
        made = [new if times[old] > 1 or not old else old for old, new in zip(made, candidates, strict=True)]
    return made
