"""The attack suite on a small list: what the profiles reveal is as published, and no change makes it more in silence."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from dataclasses import asdict
from pathlib import Path

import polars as pl
import pytest

from matching.encoding.attacks.dictionary import dictionary_attack, numbers_of
from matching.encoding.attacks.payload import payload_attack
from matching.encoding.attacks.risk import Risk
from matching.encoding.attacks.table import attack_table
from matching.encoding.parameters import PROFILES
from tests.matching.encoding.encoded import CANONICAL, frame, key_of
from tests.matching.people import people

EXPECTED = Path(__file__).with_name("attacks.json")
TOLERANCE = 0.02
"""Above what is expected; less success needs no leave."""


def listed(seed: int) -> pl.DataFrame:
    rows = [asdict(person) for person in people(2500, seed)]
    return frame([{name: str(row[name]) for name in CANONICAL if row.get(name) is not None} for row in rows])


@pytest.fixture(scope="module")
def risks() -> dict[str, list[Risk]]:
    ours, others = listed(1), listed(2)
    return {
        name: list(attack_table(ours, others, parameters, (key_of("department"), key_of("attacker"))))
        for name, parameters in PROFILES.items()
    }


def test_attacks_succeed_no_better_than_published(risks: dict[str, list[Risk]]) -> None:
    expected = json.loads(EXPECTED.read_text())
    made = {name: {f"{risk.attack}, {risk.target}": risk.success for risk in found} for name, found in risks.items()}
    assert {name: sorted(found) for name, found in made.items()} == {n: sorted(f) for n, f in expected.items()}
    worse = [
        (name, key, success)
        for name, found in made.items()
        for key, success in found.items()
        if success > expected[name][key] + TOLERANCE
    ]
    assert worse == []


def test_strict_is_within_two_points_of_blind_guessing(risks: dict[str, list[Risk]]) -> None:
    """By rank and by patterns; graphs of lists that overlap tell more, see docs/federated.md."""
    found = [risk for risk in risks["strict"] if not risk.attack.startswith("graph")]
    assert len(found) >= 8
    assert max(risk.gain for risk in found) <= 0.02


def test_the_attacks_work_where_there_is_something_to_find(risks: dict[str, list[Risk]]) -> None:
    """An attack that never succeeds proves nothing: the standard profile tells the sex, and surnames by patterns."""
    standard = {f"{risk.attack}, {risk.target}": risk for risk in risks["standard"]}
    assert standard["rank, sex"].success == 1.0
    assert standard["pattern mining, surname"].gain > 0.03
    assert standard["graph matching, 100% overlap, person"].success > 0.3


def test_hashes_without_a_key_are_read_back_and_tokens_are_not() -> None:
    numbers = list(numbers_of("539210", dt.date(1990, 3, 1), dt.date(1990, 3, 10)))
    truth = numbers[::97]

    def unkeyed(number: str) -> bytes:
        return hashlib.sha256(number.encode()).digest()

    found = dictionary_attack("number", [unkeyed(number) for number in truth], truth, unkeyed, numbers)
    assert (found.success, found.blind) == (1.0, 1e-4)
    tokens = [hmac.digest(key_of("department")("id_number"), number.encode(), "sha256") for number in truth]
    assert dictionary_attack("number", tokens, truth, unkeyed, numbers).success == 0.0


def test_rare_payloads_find_a_row_and_withheld_ones_do_not() -> None:
    rows = pl.DataFrame({"reason": ["a"] * 6 + ["b", "c", "c", "d"], "month": ["2026-01"] * 10})
    assert payload_attack(rows, ["reason", "month"], 1).success == pytest.approx(0.4)
    assert payload_attack(rows, ["reason", "month"], 5).success == pytest.approx(0.1)
