"""Key rotation: every data key is wrapped anew, whatever interrupts it, and nothing becomes unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hand_built import Database, add, member, opened
from sqlalchemy import text

from bangfu.db import DatabaseUrls, embedded
from bangfu.db.data_keys import destroy_key, list_keys
from bangfu.errors import BangfuError
from bangfu.pipeline.context import Context
from bangfu.pipeline.retention.rotate import key_file, key_status, rotate
from bangfu.pipeline.standard_tables import active_extracts, read_standard
from bangfu.pipeline.steps import Step
from bangfu.settings import Settings
from bangfu.vault import VaultError, add_key
from tests.bangfu.pipeline.installing import attempt
from tests.bangfu.pipeline.killing_retention import RetentionKiller
from tests.bangfu.vault.conftest import Service, remote, service

__all__ = ["remote", "service"]

PEOPLE = 4


@pytest.fixture
def context(database: Database) -> Context:
    return opened(database)


@pytest.fixture(scope="module")
def killer() -> Iterator[RetentionKiller]:
    with RetentionKiller() as killer:
        yield killer


def fill(context: Context, extracts: int = 3) -> None:
    for number in range(extracts):
        add(context, "union_roster", [member(PEOPLE * number + n) for n in range(PEOPLE)], period=f"2026Q{number + 1}")


def readable(context: Context) -> int:
    """Rows that can be read with the keys there are."""
    return len(read_standard(context, active_extracts(context), ["name"]))


def fingerprints(context: Context) -> dict[str, int]:
    return dict(key_status(context).wrapped)


def test_every_data_key_is_wrapped_anew_and_opens_what_it_opened(context: Context) -> None:
    fill(context)
    [(former, count)] = fingerprints(context).items()
    with context.engine.connect() as connection:
        before = list_keys(connection)
    done = rotate(context)
    assert (done.provider, done.new, done.rewrapped, count) == ("local", True, 3, 3)
    assert former != f"local {done.fingerprint}"
    assert fingerprints(context) == {f"local {done.fingerprint}": 3}
    assert readable(context) == 3 * PEOPLE
    with context.engine.connect() as connection:
        after = list_keys(connection)
    assert [key.owner_id for key in after] == [key.owner_id for key in before]
    assert not {key.wrapped for key in after} & {key.wrapped for key in before}


def test_the_former_key_can_be_removed_afterwards(context: Context) -> None:
    fill(context)
    rotate(context)
    file = key_file(context.settings)
    current, former = file.read_text("ascii").split()
    file.write_text(current)
    assert readable(context) == 3 * PEOPLE
    file.write_text(former)
    with pytest.raises(VaultError, match="does not hold"):
        readable(context)


def test_every_rotation_makes_a_key(context: Context) -> None:
    fill(context, 1)
    made = [rotate(context).fingerprint for _ in range(3)]
    assert len(set(made)) == 3
    assert len(key_file(context.settings).read_text("ascii").split()) == 4
    assert fingerprints(context) == {f"local {made[-1]}": 1}
    assert key_file(context.settings).stat().st_mode & 0o777 == 0o600


def test_before_the_first_use_it_makes_a_key_too(context: Context) -> None:
    done = rotate(context)
    assert (done.new, done.rewrapped) == (True, 0)
    assert key_status(context).current == done.fingerprint


def test_a_destroyed_key_stays_destroyed(context: Context) -> None:
    fill(context, 2)
    with context.engine.begin() as connection:
        [first, _] = list_keys(connection)
        destroy_key(connection, first.owner_id)
    done = rotate(context)
    assert done.rewrapped == 1
    assert (key_status(context).destroyed, sum(fingerprints(context).values())) == (1, 1)


def test_killed_at_any_write_it_goes_on(context: Context, killer: RetentionKiller) -> None:
    """Both keys open what they wrapped meanwhile, and no third one is made."""
    fill(context)
    told: set[str] = set()
    for position in range(1, 20):
        for moment in ("before", "after"):
            ended = attempt(killer, context, "rotate", **{moment: position})
            told |= set(ended.writes)
            assert readable(context) == 3 * PEOPLE
            if not ended.completed:
                interrupted = fingerprints(context)
                assert sum(interrupted.values()) == 3
                done = rotate(context)
                assert fingerprints(context) == {f"local {done.fingerprint}": 3}
                assert readable(context) == 3 * PEOPLE
                if len(interrupted) > 1:  # some were wrapped anew, some not: the key of that attempt is used on
                    assert not done.new
                    assert f"local {done.fingerprint}" in interrupted
        if ended.completed:
            break
    assert ended.completed
    assert position > 5  # it starts, wraps three keys and ends
    assert told == {str(step) for step in Step if step.value.startswith("rotate: ")}


def test_a_key_given_by_the_environment_is_not_changed(context: Context) -> None:
    fill(context)
    former = key_file(context.settings).read_text("ascii")
    given = replace(context.settings, given_secrets={"data-master-key": former.strip()})
    context = Context(given, context.store, context.engine)
    with pytest.raises(BangfuError, match="given by BANGFU_SECRET_DATA_MASTER_KEY, which this command cannot change"):
        rotate(context)
    assert key_file(context.settings).read_text("ascii") == former
    assert readable(context) == 3 * PEOPLE


def test_but_data_keys_are_wrapped_under_the_new_one_given(context: Context, tmp_path: Path) -> None:
    fill(context)
    other = tmp_path / "keys"
    other.write_text(key_file(context.settings).read_text("ascii"))
    fingerprint = add_key(other, "sm4")
    given = replace(context.settings, given_secrets={"data-master-key": other.read_text("ascii")})
    context = Context(given, context.store, context.engine)
    done = rotate(context)
    assert (done.new, done.fingerprint, done.rewrapped) == (False, fingerprint, 3)
    assert readable(context) == 3 * PEOPLE


def test_moving_to_a_key_service_hands_it_every_key(context: Context, request: pytest.FixtureRequest) -> None:
    keeper: Service = request.getfixturevalue("service")
    request.getfixturevalue("remote")
    fill(context)
    moved = replace(context.settings, key_provider="remote_provider:RemoteKeys")
    there = Context(moved, context.store, context.engine)
    with pytest.raises(VaultError, match="is kept by local"):
        readable(there)
    done = rotate(there)
    assert (done.provider, done.fingerprint, done.new, done.rewrapped) == ("remote", None, False, 3)
    assert fingerprints(there) == {"remote": 3}
    assert readable(there) == 3 * PEOPLE
    keeper.post("rotate")  # its keeper makes its keys; handed to it again, every data key is under the new one
    assert rotate(there).rewrapped == 3
    keeper.post("retire")
    assert readable(there) == 3 * PEOPLE
    with pytest.raises(BangfuError, match="is kept by remote"):
        rotate(context)


def test_a_key_that_does_not_open_is_named_and_the_rest_stays(context: Context) -> None:
    fill(context)
    with context.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE data_key SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1) "
                "WHERE owner_id = (SELECT max(owner_id) FROM data_key)"
            )
        )
        owner = connection.scalar(text("SELECT max(owner_id) FROM data_key"))
    with pytest.raises(VaultError, match=f"wrapped key of {owner} is altered"):
        rotate(context)
    assert sorted(fingerprints(context).values()) == [1, 2]


def test_the_former_wrapped_keys_leave_the_file_of_their_table(
    context: Context, server: tuple[Settings, DatabaseUrls]
) -> None:
    fill(context)
    with context.engine.connect() as connection:
        before = [key.wrapped or b"" for key in list_keys(connection)]
    rotate(context)
    with psycopg.connect(embedded.superuser_address(server[0]), autocommit=True) as superuser:
        superuser.execute("CHECKPOINT")
        row = superuser.execute("SHOW data_directory").fetchone()
        assert row is not None
    with context.engine.connect() as connection:
        path = connection.scalar(text("SELECT pg_relation_filepath('data_key')"))
        after = [key.wrapped or b"" for key in list_keys(connection)]
    content = (Path(row[0]) / str(path)).read_bytes()
    assert all(wrapped in content for wrapped in after)
    assert not any(wrapped in content for wrapped in before)


def watched(seen: list[tuple[str, int, int]]) -> Callable[[str, int, int], None]:
    return lambda label, done, total: seen.append((label, done, total))


def test_progress_is_told(context: Context) -> None:
    fill(context)
    seen: list[tuple[str, int, int]] = []
    rotate(context, progress=watched(seen))
    assert seen == [("rotate", 1, 3), ("rotate", 2, 3), ("rotate", 3, 3)]
