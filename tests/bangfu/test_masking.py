"""Masking: what is left can neither identify nor be undone, and nothing unknown slips through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.masking import MASKS, mask, mask_address, mask_id_number, mask_name, mask_phone
from schemas.fields import PERSON
from schemas.vocabulary import Sensitivity


@pytest.mark.parametrize("masked", [mask_name, mask_id_number, mask_phone, mask_address])
def test_missing_stays_missing(masked: object) -> None:
    assert masked(None) is None  # type: ignore[operator]


@given(st.text("0123456789X*", min_size=15, max_size=18))
def test_an_identity_number_shows_no_birth_date(number: str) -> None:
    masked = mask_id_number(number) or ""
    assert len(masked) == len(number)
    assert set(masked[6:12]) == {"*"}


@given(st.text(min_size=1))
def test_a_name_is_never_whole(name: str) -> None:
    masked = mask_name(name) or ""
    assert len(masked) == len(name)
    assert masked.endswith("*")


@given(st.text())
def test_an_address_hides_what_follows_the_township(address: str) -> None:
    masked = mask_address(address)
    assert masked is None or masked == "" or masked.endswith("***")


def test_every_identifying_column_has_a_mask() -> None:
    """A new canonical column must not be shown by default."""
    hidden = {Sensitivity.IDENTITY, Sensitivity.CONTACT}
    for field in PERSON:
        if field.sensitivity in hidden:
            assert mask(field.name, "甲乙丙丁539001198001010014") != "甲乙丙丁539001198001010014"
    assert set(MASKS) <= {field.name for field in PERSON} | {"household_address"}
