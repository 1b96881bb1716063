"""The address of an inbox says what is asked for, and reads back as the same."""

import pytest
from starlette.datastructures import QueryParams

from bangfu.db.case_queries import CaseFilter, CaseSort
from bangfu.portal.inbox_query import PER_PAGE, InboxQuery, read_inbox_query
from bangfu.review.inbox import Bucket


def read_back(address: str, own_area: str) -> InboxQuery:
    return read_inbox_query(QueryParams(address.partition("?")[2]), own_area)


@pytest.mark.parametrize(
    "query",
    [
        InboxQuery("53", "53"),
        InboxQuery("530102", "53", Bucket.DUE_SOON, "candidate", "sent", True, CaseSort.NAME, 7),
        InboxQuery("5301", "5301", None, "exit", None, False, CaseSort.STRENGTH, 2),
        InboxQuery("530102", "530102", Bucket.DONE, mine=True),
    ],
)
def test_an_address_reads_back_as_the_inbox(query: InboxQuery) -> None:
    assert read_back(query.address(page=query.page), query.own_area) == query
    case = query.case_address("0" * 24)
    assert case.startswith("/cases/" + "0" * 24)
    assert read_back(case, query.own_area) == query


def test_an_address_says_only_what_differs_from_the_plain_inbox() -> None:
    assert InboxQuery("53", "53").address() == "/cases"
    assert InboxQuery("53", "53", page=3).address(bucket=Bucket.NEW) == "/cases?part=new", "begins at page 1"


@pytest.mark.parametrize("page", ["", "0", "-1", "1.5", "x", "٣", "²", "1e3", "9999999", " 2"])
def test_a_page_that_is_none_is_the_first(page: str) -> None:
    assert read_inbox_query(QueryParams({"page": page}), "53").page == 1


def test_a_page_is_a_slice_of_the_list() -> None:
    request = InboxQuery("53", "53", sort=CaseSort.NEWEST, page=3).request()
    assert (request.sort, request.offset, request.limit) == (CaseSort.NEWEST, 2 * PER_PAGE, PER_PAGE)


@pytest.mark.parametrize(("area", "got"), [("530102", "530102"), ("5301", "5301"), ("53", "5301"), ("532901", "5301"),
                                           ("53019", "5301"), ("530199", "5301"), ("5301020", "5301")])  # fmt: skip
def test_an_area_is_a_known_one_inside_the_own(area: str, got: str) -> None:
    assert read_inbox_query(QueryParams({"area": area}), "5301").area == got


def test_a_stage_belongs_to_its_kind() -> None:
    """Else a filter would stand in the address that no field of the page shows."""
    assert read_inbox_query(QueryParams("flow=candidate&state=sent"), "53").state == "sent"
    for address in ("state=sent", "flow=exit&state=sent", "flow=candidate&state=x", "flow=x&state=sent"):
        assert read_inbox_query(QueryParams(address), "53").state is None, address


def test_the_filter_of_the_database_says_the_same() -> None:
    query = InboxQuery("53", "53", Bucket.NEW, "candidate", "sent", mine=True)
    assert query.filters("chen.jie", "张") == CaseFilter(Bucket.NEW, "candidate", "sent", "chen.jie", None, "张")
    assert InboxQuery("53", "53").filters("chen.jie", None) == CaseFilter()
