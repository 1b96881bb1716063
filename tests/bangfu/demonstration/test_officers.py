"""Accounts of the demonstration: one password each, made once, readable by its owner alone."""

import json
import os
from pathlib import Path

import pytest
from hand_built import Database, opened

from bangfu.db.models import Role
from bangfu.db.users import authenticate, get_user
from bangfu.demonstration.officers import ensure_officers
from bangfu.demonstration.province import demo_directory
from bangfu.pipeline.context import Context

COUNTIES = ("530102", "532901", "530103")


@pytest.fixture
def context(database: Database) -> Context:
    demo_directory(database.settings).mkdir(parents=True)
    return opened(database)


def kept(context: Context) -> Path:
    return demo_directory(context.settings) / "log-ins.json"


def test_officers_of_all_three_levels_and_whoever_a_case_needs(context: Context) -> None:
    log_ins = ensure_officers(context, COUNTIES)
    assert {item.username: item.title.removesuffix(" 演示") for item in log_ins} == {
        "demo53": "云南省总工会 经办人",
        "demo5301": "昆明市总工会 经办人",
        "demo530102": "五华区总工会 经办人",
        "demo532901": "大理市总工会 经办人",
        "demo530103": "盘龙区总工会 经办人",
        "demo530102b": "五华区总工会 经办人乙",
        "demo530102c": "五华区总工会 负责人甲",
        "demo530102d": "五华区总工会 负责人乙",
        "demo53c": "云南省总工会 审批人",
        "demo53audit": "云南省总工会 审计员",
    }
    with context.engine.connect() as connection:
        found = [get_user(connection, item.username) for item in log_ins]
    assert [(user.role, user.area_code) for user in found if user] == [
        (Role.PROVINCE_OFFICER, "53"), (Role.PREFECTURE_OFFICER, "5301"), *((Role.COUNTY_OFFICER, code) for code in COUNTIES),
        (Role.COUNTY_OFFICER, "530102"), (Role.APPROVER, "530102"), (Role.APPROVER, "530102"), (Role.APPROVER, "53"), (Role.AUDITOR, "53"),
    ]  # fmt: skip


def test_passwords_open_the_door(context: Context) -> None:
    log_ins = ensure_officers(context, COUNTIES)
    assert len({item.password for item in log_ins}) == len(log_ins)
    for item in log_ins:
        assert authenticate(context.engine, item.username, item.password)
    assert authenticate(context.engine, log_ins[0].username, log_ins[1].password) is None


def test_passwords_are_kept_for_their_owner_alone(context: Context) -> None:
    """They are written in clear text, so that the demonstration can say them again."""
    former = os.umask(0)
    try:
        ensure_officers(context, COUNTIES)
    finally:
        os.umask(former)
    assert kept(context).stat().st_mode & 0o777 == 0o600


def test_left_over_draft_does_not_open_the_file_to_others(context: Context) -> None:
    draft = kept(context).with_suffix(".new")
    draft.write_text("{}")
    draft.chmod(0o644)
    ensure_officers(context, COUNTIES)
    assert kept(context).stat().st_mode & 0o777 == 0o600
    assert not draft.exists()


def test_passwords_stay_the_same(context: Context) -> None:
    assert ensure_officers(context, COUNTIES) == ensure_officers(context, COUNTIES)


def test_further_counties_get_their_officer_beside_the_former(context: Context) -> None:
    first = ensure_officers(context, COUNTIES[:1])
    more = ensure_officers(context, COUNTIES)
    assert [item for item in more if item in first] == first
    assert set(json.loads(kept(context).read_text())) == {item.username for item in more}


@pytest.mark.parametrize("damage", ["", "[]", "{broken"])
def test_lost_passwords_are_made_anew_and_the_old_ones_die(context: Context, damage: str) -> None:
    old = ensure_officers(context, COUNTIES[:1])
    kept(context).write_text(damage)
    new = ensure_officers(context, COUNTIES[:1])
    assert authenticate(context.engine, new[0].username, new[0].password)
    assert authenticate(context.engine, old[0].username, old[0].password) is None


def test_without_candidates_the_province_still_has_its_officer_approver_and_auditor(context: Context) -> None:
    assert [item.username for item in ensure_officers(context, ())] == ["demo53", "demo53c", "demo53audit"]
