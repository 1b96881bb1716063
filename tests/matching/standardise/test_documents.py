"""Kinds of documents, disability certificates, and hypotheses about wrong numbers; 539xxx is no region."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.standardise.documents import DocumentKind, document_kind, repair_candidates
from matching.standardise.identity import (
    DisabilityCertificate,
    check_character,
    is_valid,
    read_disability_certificate,
    read_id_number,
    standardise_id_numbers,
)
from tests.matching.standardise.numbers import VALID, numbers


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (VALID, DocumentKind.RESIDENT),
        ("539210900307003", DocumentKind.RESIDENT),
        ("810000199003070019", DocumentKind.RESIDENCE_PERMIT),
        ("820000199003070019", DocumentKind.RESIDENCE_PERMIT),
        ("830000199003070019", DocumentKind.RESIDENCE_PERMIT),
        ("810101199003070019", DocumentKind.OTHER),
        ("911156199003070019", DocumentKind.FOREIGN_RESIDENT),
        ("ABC110190030701", DocumentKind.FOREIGN_RESIDENT),
        ("E12345678", DocumentKind.PASSPORT),
        ("EA1234567", DocumentKind.PASSPORT),
        ("H12345678", DocumentKind.HOME_RETURN_PERMIT),
        ("M1234567801", DocumentKind.HOME_RETURN_PERMIT),
        ("12345678", DocumentKind.TAIWAN_PERMIT),
        ("1234567890B", DocumentKind.TAIWAN_PERMIT),
        ("990101199003070019"[:17], DocumentKind.OTHER),
        ("护照", DocumentKind.OTHER),
    ],
)
def test_the_kind_of_a_document(number: str, kind: DocumentKind) -> None:
    assert document_kind(number) is kind


@pytest.mark.parametrize("region", ["810000", "820000", "830000", "911156"])
def test_permits_and_cards_of_eighteen_digits_are_full_numbers_with_the_same_checksum(region: str) -> None:
    digits = f"{region}19900307001"
    assert read_id_number(digits + check_character(digits)) == (digits + check_character(digits), "full")


@pytest.mark.parametrize("cell", ["abc110190030701", "E12345678", "H12345678", "12345678"])
def test_other_documents_stay_as_written(cell: str) -> None:
    assert read_id_number(cell) == (cell.upper(), "other")


@pytest.mark.parametrize(
    ("cell", "certificate"),
    [
        ("53921019900307003643", DisabilityCertificate(VALID, "4", "3", 0)),
        ("53921019900307003643B1", DisabilityCertificate(VALID, "4", "3", 1)),
        ("５３９２１０１９９００３０７００３６７１b2", DisabilityCertificate(VALID, "7", "1", 2)),
        ("539210199003070036", None),
        ("53921019900307003683", None),
        ("53921019900307003645", None),
    ],
)
def test_what_the_number_of_a_disability_certificate_says(cell: str, certificate: DisabilityCertificate | None) -> None:
    assert read_disability_certificate(cell) == certificate


@pytest.mark.parametrize("copies", [1, 100])
def test_a_column_of_certificates_tells_number_kind_and_level(copies: int) -> None:
    cells = ["53921019900307003643", "53921019900307003212B1", VALID, "5392 1019 9003 0700 3643", None] * copies
    reading = standardise_id_numbers(pl.Series(cells))
    assert reading.values.to_list() == [VALID, "539210199003070032", VALID, VALID, None] * copies
    assert reading.derived["id_form"].to_list() == ["full", "bad_checksum", "full", "full", None] * copies
    assert reading.derived["disability_type"].to_list() == ["4", "1", None, "4", None] * copies
    assert reading.derived["disability_level"].to_list() == ["3", "2", None, "3", None] * copies


@given(numbers, st.integers(0, 16), st.integers(1, 9))
def test_a_number_with_one_wrong_digit_is_among_its_candidates(number: str, position: int, change: int) -> None:
    wrong = number[:position] + str((int(number[position]) + change) % 10) + number[position + 1 :]
    candidates = repair_candidates(wrong)
    assert number in candidates
    assert wrong not in candidates
    assert all(map(is_valid, candidates))
    assert read_id_number(wrong)[0] in {wrong, wrong[:15] + "***"}, "a hypothesis never replaces what was written"


@given(numbers, st.integers(0, 15), st.integers(1, 2))
def test_swapped_digits_come_before_wrong_ones(number: str, position: int, distance: int) -> None:
    other = min(position + distance, 16)
    characters = list(number)
    characters[position], characters[other] = characters[other], characters[position]
    wrong = "".join(characters)
    if wrong == number:
        assert repair_candidates(wrong) == ()
    else:
        assert number in repair_candidates(wrong)


@pytest.mark.parametrize(
    ("written", "candidates"),
    [
        (VALID, ()),
        ("53921O199003O7OO36", (VALID,)),
        ("5392l0l99003070036", (VALID,)),
        ("5392I0199003070036", (VALID,)),
        ("53921O199003070032", ()),
        ("539210********0036", ()),
        ("E12345678", ()),
    ],
)
def test_letters_for_digits_are_one_hypothesis(written: str, candidates: tuple[str, ...]) -> None:
    assert repair_candidates(written) == candidates


def test_the_first_candidates_are_swaps() -> None:
    assert repair_candidates("539210199003070063")[0] == VALID
