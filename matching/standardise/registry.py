"""Standardisers by the names that ``schemas.fields`` uses."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from matching.standardise.amounts import standardise_amounts, standardise_integers
from matching.standardise.codes import codes_of
from matching.standardise.dates import standardise_dates
from matching.standardise.identity import standardise_id_numbers
from matching.standardise.names import standardise_names
from matching.standardise.organisations import (
    standardise_addresses,
    standardise_credit_codes,
    standardise_organisations,
    standardise_received,
    standardise_text,
)
from matching.standardise.phones import standardise_phones
from matching.standardise.places import standardise_places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matching.standardise.columns import Standardiser

STANDARDISERS: Mapping[str, Standardiser] = MappingProxyType(
    {
        "name": standardise_names,
        "id_number": standardise_id_numbers,
        "date": standardise_dates,
        "phone": standardise_phones,
        "place": standardise_places,
        "address": standardise_addresses,
        "organisation": standardise_organisations,
        "credit_code": standardise_credit_codes,
        "amount": standardise_amounts,
        "integer": standardise_integers,
        "text": standardise_text,
        "received": standardise_received,
    }
)
"""Each takes a column of text and gives a ``Reading``; standardising twice changes nothing."""


def standardiser(name: str) -> Standardiser:
    """The standardiser of a field.

    Args:
        name: a key of ``STANDARDISERS``, or ``code:LIST`` for a code list of ``schemas.vocabulary``.

    Raises:
        KeyError: there is no such standardiser or code list.

    >>> import polars as pl
    >>> standardiser("code:sex")(pl.Series(["女"])).values.to_list()
    ['2']
    """
    kind, _, code_list = name.partition(":")
    if kind == "code":
        return codes_of(code_list)
    return STANDARDISERS[name]
