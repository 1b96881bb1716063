"""How often each source errs (错误率): shares of rows, assumptions to be replaced by measurements."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bangfu.errors import BangfuError

if TYPE_CHECKING:
    from collections.abc import Iterable

EXCLUDING = (
    ("id_missing", "id_masked", "id_scientific", "id_fifteen", "id_digit", "id_transposed", "id_other"),
    ("name_homophone", "name_shape", "name_sound", "name_rare", "name_alias"),
    ("phone_outdated", "phone_shared"),
)
"""Of each group at most one happens to a row."""


@dataclass(frozen=True)
class SourceErrors:
    """Shares of one source's rows that carry an error, from 0 to 1.

    The ``id_*`` errors exclude each other, and so do the ``name_*`` errors and the ``phone_*`` errors.
    ``name_interpunct`` is a share of the rows that bear a name in an ethnic manner and have no other error in it.
    """

    id_missing: float = 0.0
    id_masked: float = 0.0
    id_scientific: float = 0.0
    id_fifteen: float = 0.0
    id_digit: float = 0.0
    id_transposed: float = 0.0
    id_other: float = 0.0
    name_homophone: float = 0.0
    name_shape: float = 0.0
    name_sound: float = 0.0
    name_rare: float = 0.0
    name_alias: float = 0.0
    name_interpunct: float = 0.0
    birth_wrong: float = 0.0
    address_form: float = 0.0
    phone_outdated: float = 0.0
    phone_shared: float = 0.0
    duplicate: float = 0.0

    def scaled(self, factor: float) -> SourceErrors:
        """All shares times ``factor``; a group of excluding errors never exceeds 95 % of the rows.

        >>> round(SourceErrors(id_missing=0.5, id_digit=0.5).scaled(3).id_missing, 6)
        0.475
        """
        shares = {name: share * factor for name, share in dataclasses.asdict(self).items()}
        for inside in EXCLUDING:
            if (total := sum(shares[name] for name in inside)) > 0.95:
                shares.update({name: shares[name] * 0.95 / total for name in inside})
        return SourceErrors(**{name: min(share, 0.95) for name, share in shares.items()})

    def check(self, source: str) -> None:
        """Refuses errors that exclude each other and sum to more than 1."""
        for group in EXCLUDING:
            total = sum(getattr(self, name) for name in group)
            if total > 1 + 1e-9:
                raise BangfuError(
                    f"The errors {', '.join(group)} of {source} exclude each other and sum to {total:.2f}."
                )


@dataclass(frozen=True)
class ErrorRates:
    """Errors by source; the defaults are those of the project's error model.

    The archive, which unions type themselves and the national system checks, is between civil affairs and medical.
    """

    union_roster: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.015, id_masked=0.015, id_scientific=0.010, id_fifteen=0.003, id_digit=0.004,
            id_transposed=0.003, id_other=0.006, name_homophone=0.010, name_shape=0.003, name_sound=0.004,
            name_rare=0.0015, name_alias=0.005, name_interpunct=0.10, birth_wrong=0.005, address_form=0.60,
            phone_outdated=0.25, phone_shared=0.05, duplicate=0.02,
        )
    )  # fmt: skip
    civil_affairs: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.005, id_masked=0.003, id_scientific=0.005, id_fifteen=0.003, id_digit=0.003,
            id_transposed=0.002, id_other=0.005, name_homophone=0.008, name_shape=0.003, name_sound=0.005,
            name_rare=0.0015, name_alias=0.006, name_interpunct=0.08, birth_wrong=0.005, address_form=0.30,
            phone_outdated=0.35, phone_shared=0.10, duplicate=0.005,
        )
    )  # fmt: skip
    medical_settlement: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.001, id_fifteen=0.001, id_other=0.002, name_homophone=0.002, name_shape=0.001,
            name_sound=0.001, name_rare=0.001, name_alias=0.001, name_interpunct=0.05, birth_wrong=0.001,
            phone_outdated=0.20, phone_shared=0.03,
        )
    )  # fmt: skip
    disaster_relief: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.12, id_masked=0.08, id_scientific=0.03, id_fifteen=0.01, id_digit=0.015,
            id_transposed=0.010, id_other=0.02, name_homophone=0.025, name_shape=0.008, name_sound=0.015,
            name_rare=0.003, name_alias=0.04, name_interpunct=0.15, birth_wrong=0.03, address_form=0.50,
            phone_outdated=0.40, phone_shared=0.15, duplicate=0.03,
        )
    )  # fmt: skip
    hardship_archive: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.003, id_masked=0.001, id_scientific=0.003, id_fifteen=0.004, id_digit=0.003,
            id_transposed=0.002, id_other=0.004, name_homophone=0.006, name_shape=0.002, name_sound=0.003,
            name_rare=0.001, name_alias=0.004, name_interpunct=0.08, birth_wrong=0.004, address_form=0.40,
            phone_outdated=0.30, phone_shared=0.05, duplicate=0.003,
        )
    )  # fmt: skip
    disability_certificate: SourceErrors = field(
        default=SourceErrors(  # a certificate's number is copied by machine, so it is whole or wrong, never masked
            id_missing=0.004, id_digit=0.003, id_transposed=0.002, id_other=0.002, name_homophone=0.006,
            name_shape=0.002, name_sound=0.004, name_rare=0.0015, name_alias=0.004, name_interpunct=0.08,
            birth_wrong=0.003, address_form=0.35, phone_outdated=0.30, phone_shared=0.12, duplicate=0.005,
        )
    )  # fmt: skip
    education_aid: SourceErrors = field(
        default=SourceErrors(  # of a parent often the name and a phone are all there is
            id_missing=0.24, id_masked=0.02, id_scientific=0.006, id_fifteen=0.002, id_digit=0.006,
            id_transposed=0.004, id_other=0.012, name_homophone=0.018, name_shape=0.005, name_sound=0.010,
            name_rare=0.002, name_alias=0.02, name_interpunct=0.12, address_form=0.45, phone_outdated=0.12,
            phone_shared=0.05, duplicate=0.008,
        )
    )  # fmt: skip
    death_record: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.03, id_fifteen=0.012, id_digit=0.006, id_transposed=0.004, id_other=0.004,
            name_homophone=0.012, name_shape=0.004, name_sound=0.008, name_rare=0.002, name_alias=0.015,
            name_interpunct=0.10, birth_wrong=0.02, address_form=0.45, duplicate=0.006,
        )
    )  # fmt: skip
    work_accident: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.006, id_masked=0.01, id_scientific=0.004, id_fifteen=0.001, id_digit=0.004,
            id_transposed=0.003, id_other=0.003, name_homophone=0.008, name_shape=0.003, name_sound=0.004,
            name_rare=0.0015, name_alias=0.004, name_interpunct=0.08, birth_wrong=0.003, phone_outdated=0.25,
            phone_shared=0.08, duplicate=0.006,
        )
    )  # fmt: skip
    contribution_base: SourceErrors = field(
        default=SourceErrors(
            id_missing=0.001, id_fifteen=0.001, id_other=0.001, name_homophone=0.002, name_shape=0.001,
            name_sound=0.001, name_rare=0.001, name_alias=0.001, name_interpunct=0.05, birth_wrong=0.001,
            phone_outdated=0.20, phone_shared=0.04,
        )
    )  # fmt: skip

    def scaled(self, factor: float) -> ErrorRates:
        """Every source's shares times ``factor``: 0 gives clean data, 3 very dirty data."""
        if not 0 <= factor <= 3:
            raise ValueError(f"the error factor must be between 0 and 3, not {factor}")
        return ErrorRates(**{item.name: getattr(self, item.name).scaled(factor) for item in dataclasses.fields(self)})

    def changed(self, settings: Iterable[str]) -> ErrorRates:
        """The rates with single shares set, as the command line takes them.

        Args:
            settings: ``SOURCE.ERROR=SHARE`` each, the share from 0 to 1.

        Raises:
            BangfuError: no such source or error, no share, or errors that exclude each other sum to more than 1.

        >>> ErrorRates().changed(["civil_affairs.id_missing=0.2"]).civil_affairs.id_missing
        0.2
        """
        rates = self
        for setting in settings:
            target, _, share = setting.partition("=")
            source, _, error = target.partition(".")
            sources = [item.name for item in dataclasses.fields(self)]
            if source not in sources:
                raise BangfuError(f"There is no source {source!r} in {setting!r}; known are {', '.join(sources)}.")
            kinds = [item.name for item in dataclasses.fields(SourceErrors)]
            if error not in kinds:
                raise BangfuError(f"There is no error {error!r} in {setting!r}; known are {', '.join(kinds)}.")
            try:
                value = float(share)
            except ValueError:
                value = -1.0
            if not 0 <= value <= 1:
                raise BangfuError(f"{setting!r} needs a share from 0 to 1 after the equals sign.")
            changed = dataclasses.replace(getattr(rates, source), **{error: value})
            rates = dataclasses.replace(rates, **{source: changed})
        for item in dataclasses.fields(rates):
            getattr(rates, item.name).check(item.name)
        return rates
