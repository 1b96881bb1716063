"""From links to a published list: who is on it, what is told about them, and what is never told."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hand_built import Database, add, allowance, archived, member, opened, person, relief, stay

from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.review.candidates import export_candidates
from bangfu.pipeline.screening.person_ids import person_keys
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.sealed import read_sealed
from bangfu.pipeline.standard_tables import active_extracts
from bangfu.pipeline.status import status
from bangfu.screening.ledger import LEDGER
from bangfu.screening.memberships import MEMBERSHIP
from bangfu.storage import keys
from schemas.unions import federation
from tests.approving import publish
from tests.bangfu.pipeline.published import published_list


@pytest.fixture
def context(database: Database) -> Context:
    """300 members. 1-40 have been in hospital, 41-60 are on civil-affairs lists, 61-70 had relief, 30-50 are registered."""
    context = opened(database)
    add(context, "union_roster", [member(n, mutual_aid="1") for n in range(300)])
    add(context, "medical_settlement", [stay(n, 1000.0 * n, "2026-02-15") for n in (*range(1, 41), *range(500, 540))])
    add(context, "civil_affairs", [allowance(n) for n in (*range(41, 61), *range(600, 640))])
    add(
        context,
        "disaster_relief",
        [relief(n, "2026-06-20", houses_severe=3) for n in (*range(61, 71), *range(700, 720))],
    )
    add(context, "hardship_archive", [archived(n) for n in (*range(30, 51), *range(800, 820))])
    return context


def test_who_is_on_the_list(context: Context) -> None:
    link(context)
    summary = screen(context)
    assert summary.by_reason == {"S1": 20, "S4": 10, "S5": 10}
    assert summary.suppressed == {"registered": 21}
    assert summary.lists == {"suppressed": 21}
    assert summary.candidates == 40
    assert summary.as_of == dt.date(2026, 6, 20)
    assert summary.groups["ethnic_group"] == {"01": {"members": 279, "clues": 40, "per_thousand": 143.37}}
    assert set(published_list(context)) == {f"HY{n:06d}" for n in (*range(10, 30), *range(51, 71))}


def test_what_is_told_about_a_person(context: Context) -> None:
    row = published_list(context)["HY000028"]
    (reason,) = row.reasons
    assert reason == {
        "code": "S1",
        "zh": "近12个月住院结算1次，个人负担2.6万至5万元",
        "en": "1 hospital settlement(s) in 12 months, out of pocket 26,000 to 50,000 yuan",
        "band": "26000-50000",
        "period": "2026Q1",
        "source": "medical_settlement",
    }
    assert row.county_code == person(28)["county_code"]
    assert [item["code"] for item in row.evidence["missing"]] == ["income", "household", "family_bills", "mutual_aid"]
    assert row.evidence["route"] == "residence"
    assert row.evidence["owner"] == {
        "tree": "territorial",
        "union": federation(person(28)["county_code"]),
        "zh": "居住地",
        "en": "county of residence",
    }
    assert "moved_to" not in row.evidence
    assert 0.45 < row.strength <= 0.5
    likely = row.evidence["likely"]
    assert (likely["basis"], likely["visits"]) == ("belief", 0)
    assert likely["low"] < row.strength < likely["high"]


def test_an_industry_union_owns_its_member_and_who_moved_is_told(database: Database) -> None:
    context = opened(database)
    rows = [member(n, parent_union="云南省建设工会") for n in range(100)]
    moved = [
        member(n, parent_union="麒麟区总工会", union_county_code="530302", county_code="533102") for n in (100, 101)
    ]
    add(context, "union_roster", [*rows, *moved])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-02-15", county_code="533102") for n in (1, 100)])
    link(context)
    assert screen(context).trees == {"industry": 1, "territorial": 1}
    found = published_list(context)
    assert found["HY000001"].evidence["owner"]["union"] == "云南省建设工会"
    assert (found["HY000100"].county_code, found["HY000100"].evidence["moved_to"]["county"]) == ("530302", "533102")


def test_every_reason_comes_with_an_explained_match(context: Context) -> None:
    row = published_list(context)["HY000055"]
    (match,) = row.match
    assert match["source"] == "civil_affairs"
    assert match["probability"] > 0.9
    assert sum(item["weight"] for item in match["fields"]) == pytest.approx(match["weight"], abs=0.05)
    number = next(item for item in match["fields"] if item["comparison"] == "identity_number")
    assert (number["outcome"], number["label_zh"], number["member"]) == ("agrees", "证件号码", number["partner"])
    assert number["zh"]
    assert number["en"]


def test_matches_show_masked_values_and_no_amounts(context: Context) -> None:
    """A list leaves screening with bands only, and explanations never show a particular in full."""
    for row in published_list(context).values():
        told = json.dumps([row.match, row.evidence, row.reasons], ensure_ascii=False)
        own = person(int((row.roster_person_id or "")[2:]))
        assert own["id_number"] not in told
        assert own["phone"] not in told
        assert own["name"] not in told
        assert "personal_amount" not in told


def test_the_same_links_again_return_the_former_list(context: Context) -> None:
    link(context)
    first, again = screen(context), screen(context)
    assert (again.unchanged, again.run_id) == (True, first.run_id)
    assert screen(context, as_of=dt.date(2027, 6, 1)).candidates < first.candidates
    assert not screen(context).unchanged


def test_ids_are_the_same_in_every_run(context: Context) -> None:
    before = {key: row.candidate_id for key, row in published_list(context).items()}
    add(context, "union_roster", [member(n) for n in range(1000, 1020)])
    after = {key: row.candidate_id for key, row in published_list(context).items()}
    assert after == before


def test_a_retracted_extract_takes_back_exactly_what_it_gave(context: Context) -> None:
    before = set(published_list(context))
    extra = add(context, "civil_affairs", [allowance(n, "edge") for n in range(80, 90)], period="2026-07")
    assert set(published_list(context)) == before | {f"HY{n:06d}" for n in range(80, 90)}
    retract(context, extra, "sent by mistake")
    assert set(published_list(context)) == before


def test_a_member_without_evidence_is_never_a_candidate(database: Database) -> None:
    context = opened(database)
    bare: dict[str, Any] = dict.fromkeys(("id_number", "birth_date", "phone", "county_code"))
    add(context, "union_roster", [*(member(n) for n in range(200)), *(member(n, **bare) for n in range(200, 230))])
    add(context, "civil_affairs", [allowance(n, stopped_on=dt.date(2026, 1, 31)) for n in range(150, 200)])
    link(context)
    assert screen(context, as_of=dt.date(2026, 6, 30)).candidates == 0


def test_relief_without_a_damaged_house_only_adds_to_other_evidence(database: Database) -> None:
    context = opened(database)
    add(context, "union_roster", [member(n) for n in range(200)])
    add(context, "medical_settlement", [stay(n, 30_000, "2026-02-15") for n in range(20)])
    add(context, "disaster_relief", [relief(n, "2026-03-01") for n in range(10, 40)])
    link(context)
    summary = screen(context)
    assert summary.candidates == 20
    assert summary.by_reason == {"S1": 20, "S4R": 10}


def test_needs_links(database: Database) -> None:
    with pytest.raises(BangfuError, match="bangfu link"):
        screen(opened(database))


def test_publish_needs_a_list_and_is_idempotent(context: Context) -> None:
    with pytest.raises(BangfuError, match="bangfu screen"):
        publish(context)
    link(context)
    screen(context)
    first, again = publish(context), publish(context)
    assert (first.list_version, first.candidates) == (1, 40)
    assert first.cases is not None
    assert first.cases.opened == 40
    assert again == replace(first, cases=None, notices=0, households=None)


def test_export(context: Context, tmp_path: Path) -> None:
    out = tmp_path / "candidates.parquet"
    with pytest.raises(BangfuError, match="no list"):
        export_candidates(context, out)
    assert list(tmp_path.glob("*.parquet*")) == []
    link(context)
    screen(context)
    assert export_candidates(context, out) == 40
    frame = pl.read_parquet(out)
    assert frame.columns == [
        "candidate_id",
        "roster_person_id",
        "county_code",
        "reasons",
        "strength",
        "match_probability",
    ]
    assert frame["strength"].is_sorted(descending=True)
    assert set(frame["reasons"].explode()) == {"S1", "S4", "S5"}
    assert "HY000028" in frame["roster_person_id"].to_list()
    with pytest.raises(BangfuError, match="does not exist"):
        export_candidates(context, tmp_path / "nowhere" / "c.parquet")


def test_status(context: Context) -> None:
    published_list(context)
    found = status(context)
    assert found["candidates"] == 40
    assert found["list_version"] == 1
    assert {row["source"]: row["rows_accepted"] for row in found["deliveries"]}["union_roster"] == 300
    assert [row["stage"] for row in found["runs"]] == ["screen", "link"]
    assert sum(row["candidates"] for row in found["candidates_by_county"]) == 40
    assert json.dumps(found)


def test_members_who_share_a_number_have_different_keys() -> None:
    members = [
        {**member(n, person_ref="1001"), "record_id": str(row), "employer": None} for row, n in enumerate((1, 1, 2))
    ]
    members.append({**member(3, person_ref=None), "record_id": "3", "employer": None})
    made = person_keys(members)
    assert len(set(made)) == 4
    assert made[2] == f"1001|{person(2)['name']}"


HOME = "云南省昆明市五华区上溪街道清岩社区建设路318号27幢3单元{}室"


def couple(n: int, **changes: Any) -> dict[str, Any]:
    """A member and, as n + 100, their spouse behind the same door."""
    man = n < 100
    own = {"name": f"{'李' if man else '王'}{chr(0x4E00 + n)}", "sex": "1" if man else "2", "county_code": "530102"}
    return {
        **own,
        "birth_date": dt.date(1980 if man else 1982, 3, n % 27 + 1),
        "address": HOME.format(n % 100),
        **changes,
    }


def test_a_spouses_archive_and_bills_are_the_households(database: Database) -> None:
    """Spouses 100 to 109 are registered, 110 to 119 have bills; both couples are members behind one door."""
    context = opened(database)
    people = [*range(20), *range(100, 120)]
    add(context, "union_roster", [*(member(n, **couple(n)) for n in people), *(member(n) for n in range(200, 400))])
    bills = [stay(n, 30_000, "2026-02-15", **couple(n)) for n in (*range(10), *range(110, 120))]
    add(context, "medical_settlement", [*bills, *(stay(n, 500, "2026-03-01") for n in range(500, 540))])
    add(context, "hardship_archive", [archived(n, **couple(n)) for n in range(100, 110)])
    link(context)
    summary = screen(context)
    assert summary.suppressed == {"registered": 10, "household_registered": 10, "same_household": 10}
    assert set(published_list(context)) == {f"HY{n:06d}" for n in range(110, 120)}


def test_a_run_keeps_its_households_and_the_rows_behind_every_figure(context: Context) -> None:
    """The ledger is kept with the links it was made of, and deleted with them."""
    linkage = link(context)
    summary = screen(context)
    ledger = read_sealed(context, keys.links(linkage.run_id, f"{summary.run_id}-ledger"), linkage.run_id)
    households = read_sealed(context, keys.links(linkage.run_id, f"{summary.run_id}-households"), linkage.run_id)
    assert ledger.columns == list(LEDGER)
    assert households.columns == list(MEMBERSHIP)
    bill = ledger.filter(source="medical_settlement", amount=28_000).row(0, named=True)
    assert (bill["row_number"], bill["not_counted"]) == (28, None)
    assert bill["extract_id"] in {row.extract_id for row in active_extracts(context)}


def test_a_wife_on_no_list_who_left_her_husbands_telephone_counts(database: Database) -> None:
    """Nobody compares her with the member; the explanation says what ties them, and shows nothing of her."""
    context = opened(database)
    add(context, "union_roster", [member(n, **couple(n, phone=f"1390000{n:04d}")) for n in range(20)])
    wives = [stay(n + 100, 30_000, "2026-02-15", **couple(n + 100, phone=f"1390000{n:04d}")) for n in range(10)]
    add(context, "medical_settlement", [*wives, *(stay(n, 500, "2026-03-01") for n in range(500, 540))])
    rows = published_list(context)
    assert set(rows) == {f"HY{n:06d}" for n in range(10)}
    (match,) = rows["HY000003"].match
    (line,) = match["fields"]
    assert rows["HY000003"].reasons[0]["code"] == "S1F"
    assert (match["via"], line["level"], line["member"]) == ("medical_settlement", "telephone", None)
    assert "所留电话" in line["zh"]


def test_a_wife_on_no_list_who_named_her_husband_as_contact_person_counts(database: Database) -> None:
    """He has another telephone by now; his name is borne by nobody else, and hers is her own telephone."""
    context = opened(database)
    men = {n: couple(n, phone=f"1390000{n:04d}") for n in range(20)}
    add(context, "union_roster", [*(member(n, **man) for n, man in men.items()), *(member(n) for n in range(200, 400))])
    wives = [
        stay(n + 100, 30_000, "2026-02-15", contact_name=men[n]["name"], contact_relation="10",
             contact_phone=f"1370000{n:04d}", **couple(n + 100, phone=f"1380000{n:04d}"))
        for n in range(10)
    ]  # fmt: skip
    add(context, "medical_settlement", [*wives, *(stay(n, 500, "2026-03-01") for n in range(500, 540))])
    rows = published_list(context)
    assert rows
    for row in rows.values():
        (line,) = row.match[0]["fields"]
        assert (row.reasons[0]["code"], line["level"], line["member"]) == ("S1F", "contact", None)
        assert "联系人" in line["zh"]
