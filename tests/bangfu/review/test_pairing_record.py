"""The record of a pairing: kept as entered, and what holds follows from it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bangfu.errors import Refused
from bangfu.review.pairing import Contact, Pairing, responsible
from bangfu.review.pairing_record import (
    LONGEST_NAME,
    Entry,
    Kind,
    Person,
    contacts,
    effective,
    latest,
    made_contact,
    made_end,
    made_pairing,
    pairings,
    taken_back,
)

TODAY = date(2026, 11, 30)
LI, WANG, CADRE = Person("li"), Person("wang"), Person(named="王局长（县教体局）")


def entered(*acts: tuple[str, object, date] | int) -> list[Entry]:
    """A record: pairings, ends and contacts with their day; a number takes the last entry back."""
    record: list[Entry] = []
    for act in acts:
        if isinstance(act, int):
            record.append(taken_back(record, "h", act, "chen"))
            continue
        what, value, day = act
        if what == "pair":
            assert isinstance(value, Person)
            record.append(made_pairing(record, "h", value, day, TODAY, "chen"))
        elif what == "end":
            record.append(made_end(record, "h", day, str(value), TODAY, "chen"))
        else:
            record.append(made_contact(record, "h", day, str(value), TODAY, "chen"))
    return record


def refused(record: list[Entry], code: str, *act: object) -> None:
    with pytest.raises(Refused) as error:
        entered_on(record, *act)
    assert error.value.code == code
    assert error.value.zh
    assert error.value.en


def entered_on(record: list[Entry], what: str, value: object, day: date) -> Entry:
    if what == "pair":
        assert isinstance(value, Person)
        return made_pairing(record, "h", value, day, TODAY, "chen")
    if what == "end":
        return made_end(record, "h", day, str(value), TODAY, "chen")
    return made_contact(record, "h", day, str(value), TODAY, "chen")


def test_a_hand_over_ends_the_one_before_and_keeps_it() -> None:
    record = entered(("pair", LI, date(2026, 1, 5)), ("pair", CADRE, date(2026, 6, 1)))
    assert pairings(record) == (
        Pairing("h", "li", date(2026, 1, 5), date(2026, 5, 31)),
        Pairing("h", "王局长（县教体局）", date(2026, 6, 1)),
    )
    assert [entry.number for entry in record] == [1, 2]


def test_what_is_taken_back_never_was_and_stays_in_the_record() -> None:
    record = entered(("pair", LI, date(2026, 1, 5)), ("pair", WANG, date(2026, 6, 1)), 2, ("pair", CADRE, TODAY))
    assert responsible(pairings(record), date(2026, 8, 1)) == {"h": "li"}
    assert responsible(pairings(record), TODAY) == {"h": str(CADRE)}
    assert [entry.kind for entry in record] == [Kind.PAIRED, Kind.PAIRED, Kind.TAKEN_BACK, Kind.PAIRED]
    assert [entry.number for entry in effective(record)] == [1, 4]


def test_only_the_last_entry_that_counts_is_taken_back_one_after_the_other() -> None:
    record = entered(("pair", LI, date(2026, 1, 5)), ("visit", "visit", TODAY))
    for number in (1, 3, 99):
        with pytest.raises(Refused, match="Only the last entry"):
            taken_back(record, "h", number, "chen")
    record = entered(("pair", LI, date(2026, 1, 5)), ("visit", "visit", TODAY), 2, 1)
    assert (effective(record), latest(record), pairings(record), contacts(record)) == ([], None, (), ())


def test_what_the_system_ended_is_not_taken_back() -> None:
    record = [*entered(("pair", LI, date(2026, 1, 5))), Entry("h", 2, Kind.RELEASED, "bangfu", TODAY, reason="exit")]
    with pytest.raises(Refused, match="cannot be taken back"):
        taken_back(record, "h", 2, "chen")


def test_an_end_leaves_nobody_from_the_day_after_and_a_later_beginning_falls_away() -> None:
    record = entered(("pair", LI, date(2026, 1, 5)), ("pair", WANG, date(2026, 12, 20)), ("end", "post", TODAY))
    assert pairings(record) == (Pairing("h", "li", date(2026, 1, 5), TODAY),)
    again = [*record, made_pairing(record, "h", LI, TODAY + timedelta(1), TODAY, "chen")]
    assert responsible(pairings(again), TODAY + timedelta(25)) == {"h": "li"}


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("already_responsible", ("pair", LI, TODAY)),
        ("pairing_overlaps", ("pair", WANG, date(2026, 6, 1))),
        ("pairing_overlaps", ("pair", WANG, date(2026, 3, 1))),
        ("no_such_day", ("pair", WANG, date(2026, 12, 31))),
        ("no_such_day", ("pair", WANG, date(1999, 12, 31))),
        ("no_person", ("pair", Person(), TODAY)),
        ("no_person", ("pair", Person("wang", "王"), TODAY)),
        ("no_person", ("pair", Person(named="王13812345678"), TODAY)),
        ("no_person", ("pair", Person(named="王" * (LONGEST_NAME + 1)), TODAY)),
        ("no_such_reason", ("end", "exit", TODAY)),
        ("no_such_reason", ("end", "", TODAY)),
        ("nobody_responsible", ("end", "post", date(2026, 5, 31))),
        ("no_such_day", ("end", "post", date(2027, 1, 1))),
        ("no_such_way", ("contact", "letter", TODAY)),
        ("no_such_day", ("contact", "call", TODAY + timedelta(1))),
        ("known_contact", ("contact", "visit", date(2026, 11, 2))),
    ],
)
def test_what_cannot_be_entered_is_refused_in_both_languages(code: str, act: tuple[object, ...]) -> None:
    record = entered(("pair", LI, date(2026, 6, 1)), ("contact", "visit", date(2026, 11, 2)))
    refused(record, code, *act)


def test_a_contact_is_of_its_day_and_way() -> None:
    record = entered(("contact", "visit", date(2026, 11, 2)), ("contact", "call", date(2026, 11, 2)))
    assert contacts(record) == (
        Contact("h", date(2026, 11, 2), "visit", "chen"),
        Contact("h", date(2026, 11, 2), "call", "chen"),
    )


days = st.dates(date(2026, 1, 1), date(2026, 12, 30))
acts = st.lists(
    st.one_of(
        st.tuples(st.just("pair"), st.sampled_from([LI, WANG, CADRE]), days),
        st.tuples(st.just("end"), st.sampled_from(["post", "moved"]), days),
        st.tuples(st.just("contact"), st.sampled_from(["visit", "call"]), days),
        st.just(0),
    ),
    max_size=12,
)


def recorded(wanted: list[tuple[str, object, date] | int]) -> list[Entry]:
    """The record of what could be entered of all this."""
    record: list[Entry] = []
    for act in wanted:
        last = latest(record)
        try:
            if isinstance(act, int):
                record.append(taken_back(record, "h", last.number if last else 0, "chen"))
            else:
                record.append(entered_on(record, *act))
        except Refused:
            continue
    return record


@given(acts, days)
def test_never_two_at_once_and_taking_back_restores_what_was(
    wanted: list[tuple[str, object, date] | int], day: date
) -> None:
    record = recorded(wanted)
    assert [entry.number for entry in record] == list(range(1, len(record) + 1))
    running = [item for item in pairings(record) if item.first <= day <= (item.last or date.max)]
    assert len(running) <= 1
    last = latest(record)
    if last is not None:
        kept = [entry for entry in effective(record) if entry.number != last.number]
        back = [*record, taken_back(record, "h", last.number, "chen")]
        assert (pairings(back), contacts(back)) == (pairings(kept), contacts(kept))
