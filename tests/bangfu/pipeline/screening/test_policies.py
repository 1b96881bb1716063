"""Which rules and parameters hold, what other rules would change, and earlier runs done once more."""

import csv
import datetime as dt
import secrets
from pathlib import Path

import pytest
from hand_built import Database, add, allowance, member, opened, stay

from bangfu.db.models import Role
from bangfu.db.policies import PolicyKind
from bangfu.db.users import User, create_user
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.intake.retract import retract
from bangfu.pipeline.linkage.link import link
from bangfu.pipeline.screening.policies import (
    approve,
    enter_parameters,
    enter_rules,
    policy_in_force,
    rule_file,
    rules_named,
)
from bangfu.pipeline.screening.screen import screen
from bangfu.pipeline.screening.what_if import compare_rules, replay, write_comparison
from bangfu.screening.parameters import read_parameters
from bangfu.screening.rules.reading import read_rules
from bangfu.screening.rules.rule_set import RuleSet
from bangfu.screening.rules.shipped import default_rules
from schemas.reference import parameter_files

DAY = dt.date(2026, 6, 30)


@pytest.fixture
def context(database: Database) -> Context:
    """300 members: 1-40 with bills of 1,000 yuan times their number, 41-60 on civil-affairs lists."""
    context = opened(database)
    add(context, "union_roster", [member(n, union_county_code="530102") for n in range(300)])
    add(context, "medical_settlement", [stay(n, 1000.0 * n, "2026-02-15") for n in range(1, 41)])
    add(context, "civil_affairs", [allowance(n, household_size=3) for n in range(41, 61)])
    link(context)
    with context.engine.begin() as connection:
        for name in ("li.na", "chen.jie"):
            create_user(connection, User(name, name, Role.PROVINCE_OFFICER, "53"), secrets.token_urlsafe(12))
    return context


def other(version: str = "2026.2", since: str = "2026-01-01", floor: str = "20_000") -> RuleSet:
    """The shipped rules with a higher first band, from a day on."""
    text = default_rules().content.replace('version = "2026.1"', f'version = "{version}"')
    return read_rules(
        text.replace("2020-01-01", since).replace("E_med >= 10_000 and family", f"E_med >= {floor} and family")
    )


def in_use(context: Context, rules: RuleSet) -> None:
    approve(context, enter_rules(context, rules, by="li.na"), PolicyKind.RULES, by="chen.jie")


def parameters_in_use(context: Context, **changes: str) -> str:
    files = dict(parameter_files("synthetic"))
    for old, new in changes.items():
        files["dibao.csv"] = files["dibao.csv"].replace(f",{old.removeprefix('_')},", f",{new},")
    version = enter_parameters(context, read_parameters(files), by="li.na")
    approve(context, version, PolicyKind.PARAMETERS, by="chen.jie")
    return version


def test_until_any_are_approved_the_shipped_rules_are_used_and_said_to_be(context: Context) -> None:
    summary = screen(context)
    assert (summary.rule_set, summary.rules_approved, summary.parameters) == (default_rules().name, False, None)
    assert summary.rules_digest == default_rules().digest
    assert summary.candidates == 31 + 20
    assert summary.tiers == {}
    assert summary.undecided["T1.deep"] == 60


def test_the_shipped_rules_do_not_hold_before_their_first_day(context: Context) -> None:
    assert policy_in_force(context, dt.date(2020, 1, 1)).policy.rules.name == default_rules().name
    with pytest.raises(BangfuError, match="No rule set holds on 2019-12-31"):
        policy_in_force(context, dt.date(2019, 12, 31))


def test_what_one_person_entered_is_not_used(context: Context) -> None:
    enter_rules(context, other(), by="li.na")
    assert not policy_in_force(context, DAY).rules_approved
    with pytest.raises(BangfuError, match="a second person has to approve it"):
        approve(context, other().name, PolicyKind.RULES, by="li.na")


def test_of_the_approved_rules_those_that_began_last_count(context: Context) -> None:
    in_use(context, default_rules())
    in_use(context, other())
    assert policy_in_force(context, DAY).policy.rules.name == "yn-hardship-2026.2"
    assert policy_in_force(context, dt.date(2026, 1, 1)).policy.rules.name == "yn-hardship-2026.2"
    assert policy_in_force(context, dt.date(2025, 12, 31)).policy.rules.name == "yn-hardship-2026.1"
    with pytest.raises(
        BangfuError, match=r"No rule set holds on 2019-12-31; there are yn-hardship-2026\.1 from 2020-01-01"
    ):
        policy_in_force(context, dt.date(2019, 12, 31))


def test_of_those_that_began_the_same_day_the_one_approved_last_counts(context: Context) -> None:
    in_use(context, other("2026.2"))
    in_use(context, other("2026.3"))
    assert policy_in_force(context, DAY).policy.rules.version == "2026.3"


def test_a_new_approval_makes_a_new_list(context: Context) -> None:
    first = screen(context)
    in_use(context, other())
    again = screen(context)
    assert not again.unchanged
    assert (again.rule_set, again.rules_approved) == ("yn-hardship-2026.2", True)
    assert again.candidates == first.candidates - 10
    assert screen(context).unchanged


def test_a_changed_shipped_file_needs_a_new_version(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(default_rules().content + "# changed\n", "utf-8")
    with pytest.raises(BangfuError, match="came with the program and reads differently"):
        enter_rules(context, rule_file(path), by="li.na")


def test_an_earlier_day_is_given_the_values_of_that_day(context: Context) -> None:
    version = parameters_in_use(context)
    values = policy_in_force(context, DAY).policy.parameters
    assert values is not None
    lines = [values.on(dt.date.fromisoformat(day), ["530302"], "urban")["L"][0] for day in ("2025-06-30", "2025-07-01")]
    assert lines == [700, 730]
    assert screen(context).parameters == version


def test_an_old_run_is_repeated_with_old_rules_and_old_values(context: Context) -> None:
    old = parameters_in_use(context)
    first = screen(context)
    in_use(context, other())
    new = parameters_in_use(context, _730="760")
    second = screen(context)
    assert (first.parameters, second.parameters) == (old, new)
    assert first.result_digest != second.result_digest
    for run in (first, second):
        done = replay(context, run.run_id)
        assert done.same
        assert (done.rule_set, done.parameters, done.candidates_now) == (run.rule_set, run.parameters, run.candidates)


def test_a_repetition_tells_that_the_data_is_no_longer_the_same(context: Context) -> None:
    extra = add(context, "civil_affairs", [allowance(n) for n in range(70, 80)], period="2026-07")
    link(context)
    run = screen(context)
    retract(context, extra, "sent by mistake")
    done = replay(context, run.run_id)
    assert not done.same
    assert (done.candidates, done.candidates_now) == (61, 51)
    with pytest.raises(BangfuError, match="no finished screening that can be repeated"):
        replay(context, "nothing")


def test_what_other_rules_would_change(context: Context, tmp_path: Path) -> None:
    before = screen(context)
    path = tmp_path / "other.toml"
    path.write_text(other().content, "utf-8")
    found = compare_rules(context, default_rules().name, str(path))
    assert (found.before, found.after, found.parameters) == ("yn-hardship-2026.1", "yn-hardship-2026.2", None)
    assert [(row.county, row.kept, row.gained, row.lost) for row in found.counties] == [("530102", 41, 0, 10)]
    assert (found.total.kept, found.total.lost) == (41, 10)
    assert screen(context).run_id == before.run_id
    write_comparison(found, tmp_path / "changes.csv")
    rows = list(csv.reader((tmp_path / "changes.csv").read_text("utf-8-sig").splitlines()))
    assert rows[1] == ["530102", "五华区", "41", "0", "10", "yn-hardship-2026.1", "yn-hardship-2026.2", "2026-02-15"]
    assert rows[2][:5] == ["53", "云南省", "41", "0", "10"]


def test_a_rule_set_that_is_not_there(context: Context) -> None:
    with pytest.raises(BangfuError, match="no rule set 'x'"):
        rules_named(context, "x")
    with pytest.raises(BangfuError, match="cannot be read"):
        rules_named(context, "absent.toml")


def test_a_hole_in_the_parameters_stops_the_screening(context: Context) -> None:
    parameters_in_use(context)
    in_use(context, other(since="2010-01-01"))
    with pytest.raises(BangfuError, match=r"dibao 5301 昆明市 城市 urban has no value for 2019-06-30: its periods run"):
        screen(context, as_of=dt.date(2019, 6, 30))
