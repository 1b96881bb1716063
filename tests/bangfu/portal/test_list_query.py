"""The address of a list says what is asked for, and reads back as the same."""

import pytest
from starlette.datastructures import QueryParams

from bangfu.db.candidate_queries import CandidateSort
from bangfu.portal.list_query import PER_PAGE, ListQuery, area_choices, read_query
from bangfu.portal.strength import FLOORS, Step


def read_back(address: str, own_area: str) -> ListQuery:
    return read_query(QueryParams(address.partition("?")[2]), own_area)


@pytest.mark.parametrize(
    "query",
    [
        ListQuery("53", "53"),
        ListQuery("530102", "53", "S1", Step.MEDIUM, CandidateSort.NAME, 7),
        ListQuery("5301", "5301", None, Step.STRONG, CandidateSort.COUNTY, 2),
        ListQuery("530102", "530102", "S4R"),
    ],
)
def test_an_address_reads_back_as_the_list(query: ListQuery) -> None:
    assert read_back(query.address(page=query.page), query.own_area) == query
    case = query.case_address("0" * 24)
    assert case.startswith("/candidates/" + "0" * 24)
    assert read_back(case, query.own_area) == query


def test_an_address_says_only_what_differs_from_the_plain_list() -> None:
    assert ListQuery("53", "53").address() == "/candidates"
    assert ListQuery("53", "53", page=3).address(step=Step.STRONG) == "/candidates?step=strong", "begins at page 1"


@pytest.mark.parametrize("page", ["", "0", "-1", "1.5", "x", "٣", "²", "1e3", "9999999", " 2"])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert read_query(QueryParams({"page": page}), "53").page == 1


def test_a_page_is_a_slice_of_the_list() -> None:
    request = ListQuery("53", "53", page=3).request()
    assert (request.offset, request.limit) == (2 * PER_PAGE, PER_PAGE)


@pytest.mark.parametrize(("area", "got"), [("530102", "530102"), ("5301", "5301"), ("53", "5301"), ("532901", "5301"),
                                           ("53019", "5301"), ("530199", "5301"), ("5301020", "5301")])  # fmt: skip
def test_an_area_is_a_known_one_inside_the_own(area: str, got: str) -> None:
    assert read_query(QueryParams({"area": area}), "5301").area == got


def test_the_filter_asks_for_the_floor_of_the_step() -> None:
    filters = ListQuery("53", "53", "S1", Step.MEDIUM).filters("张")
    assert (filters.reason_code, filters.name, filters.minimum_strength) == ("S1", "张", FLOORS[Step.MEDIUM])
    assert ListQuery("53", "53").filters(None).minimum_strength is None


def test_the_areas_to_choose_from_are_those_inside() -> None:
    assert area_choices("530102") == []
    kunming = area_choices("5301")
    assert (len(kunming), kunming[0].name, kunming[0].is_county) == (15, "昆明市", False)
    everything = area_choices("53")
    assert (len(everything), sum(choice.is_county for choice in everything)) == (145, 129)
