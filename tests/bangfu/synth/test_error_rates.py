"""Error rates: the defaults are the project's error model, and every one can be set."""

import dataclasses

import pytest

from bangfu.errors import BangfuError
from bangfu.synth import ErrorRates, SourceErrors
from bangfu.synth.error_rates import EXCLUDING
from schemas.sources import SOURCES

# Error model of the domain reference, in per cent of the rows: roster, civil affairs, medical, disaster relief.
MODEL = {
    "id_missing": (1.5, 0.5, 0.1, 12),
    "id_masked": (1.5, 0.3, 0, 8),
    "id_scientific": (1.0, 0.5, 0, 3),
    "id_fifteen": (0.3, 0.3, 0.1, 1),
    "id_digit": (0.4, 0.3, 0, 1.5),
    "id_transposed": (0.3, 0.2, 0, 1),
    "id_other": (0.6, 0.5, 0.2, 2),
    "name_homophone": (1.0, 0.8, 0.2, 2.5),
    "name_shape": (0.3, 0.3, 0.1, 0.8),
    "name_sound": (0.4, 0.5, 0.1, 1.5),
    "name_rare": (0.15, 0.15, 0.1, 0.3),
    "name_interpunct": (10, 8, 5, 15),
    "name_alias": (0.5, 0.6, 0.1, 4),
    "birth_wrong": (0.5, 0.5, 0.1, 3),
    "address_form": (60, 30, 0, 50),
    "phone_outdated": (25, 35, 20, 40),
    "phone_shared": (5, 10, 3, 15),
    "duplicate": (2, 0.5, 0, 3),
}


@pytest.mark.parametrize("error", MODEL)
def test_defaults_are_the_error_model(error: str) -> None:
    rates = ErrorRates()
    sources = (rates.union_roster, rates.civil_affairs, rates.medical_settlement, rates.disaster_relief)
    assert [getattr(source, error) * 100 for source in sources] == pytest.approx(MODEL[error])


def test_every_error_is_in_the_model() -> None:
    assert {item.name for item in dataclasses.fields(SourceErrors)} == set(MODEL)


def test_factor_scales_every_rate() -> None:
    halved = ErrorRates().scaled(0.5)
    assert halved.union_roster.id_masked == pytest.approx(0.0075)
    assert ErrorRates().scaled(0) == ErrorRates(*[SourceErrors()] * len(SOURCES))
    assert [item.name for item in dataclasses.fields(ErrorRates) if item.name not in SOURCES] == []


def test_very_dirty_rates_are_still_shares() -> None:
    for source in dataclasses.astuple(ErrorRates().scaled(3)):
        assert all(0 <= share <= 0.95 for share in source)
    for item in dataclasses.fields(ErrorRates):
        rates = getattr(ErrorRates().scaled(3), item.name)
        assert all(sum(getattr(rates, name) for name in group) <= 0.95 + 1e-9 for group in EXCLUDING)


def test_single_rates_are_set_and_the_others_stay() -> None:
    changed = ErrorRates().changed(["union_roster.id_missing=0.2", "disaster_relief.duplicate=0"])
    assert changed.union_roster == dataclasses.replace(ErrorRates().union_roster, id_missing=0.2)
    assert changed.disaster_relief == dataclasses.replace(ErrorRates().disaster_relief, duplicate=0.0)
    assert changed.civil_affairs == ErrorRates().civil_affairs


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("police.id_missing=0.1", "There is no source 'police'.*union_roster"),
        ("union_roster.typo=0.1", "There is no error 'typo'.*id_missing"),
        ("union_roster.id_missing", "share from 0 to 1"),
        ("union_roster.id_missing=many", "share from 0 to 1"),
        ("union_roster.id_missing=1.5", "share from 0 to 1"),
        ("union_roster.id_missing=nan", "share from 0 to 1"),
        ("union_roster.id_missing=0.99", "exclude each other and sum to 1.0"),
    ],
)
def test_impossible_rates_are_refused_with_what_is_possible(setting: str, message: str) -> None:
    with pytest.raises(BangfuError, match=message):
        ErrorRates().changed([setting])
