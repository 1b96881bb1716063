"""Members of one household: two persons who agree on address and telephone at once are not taken for one."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.columns import Columns
from matching.engines.local import Counts, merge_counts
from matching.errors import ModelError
from matching.estimation import estimate, is_complete
from matching.explanation import explain
from matching.households import has_households, with_households
from matching.keys import frequency_hashes
from matching.linkage import LinkOptions, link
from matching.model import Blocking, Comparison, Frequency, Model, Parameters, Rule
from matching.model_diff import diff
from matching.scoring import FrequencyTable, frequency_weights, pattern_weights, probability

POSSIBLE = 20_000_000
MATCHES, MEMBERS, STRANGERS = 3_000, 6_000, 40_000
M = {"name": 0.9, "born": 0.95, "home": 0.7, "phone": 0.6}
U = {"name": 0.002, "born": 0.001, "home": 5e-5, "phone": 2e-5}
H = {"name": 0.002, "born": 0.001, "home": 0.95, "phone": 0.5}
SHARED = ("home", "phone")


def model(*, shared: tuple[str, ...] = SHARED, **parameters: tuple[float, float, float | None]) -> Model:
    """Name, birth, home and telephone; where parameters are given, m, u and h of agreement."""

    def levels(name: str) -> tuple[Parameters, ...]:
        if name not in parameters:
            return ()
        m, u, h = parameters[name]
        return Parameters(m, u, h), Parameters(1 - m, 1 - u, None if h is None else 1 - h)

    return Model(
        "families",
        tuple(Comparison(name, "exact", (name,), parameters=levels(name), shared=float(name in shared)) for name in M),
        Blocking((Rule(("name",)), Rule(("born",)), Rule(("home",), train=False), Rule(("phone",), train=False))),
    )


def known(prior: float = MATCHES / POSSIBLE, household_prior: float = MEMBERS / POSSIBLE) -> Model:
    parameters = {name: (M[name], U[name], H[name] if name in SHARED else None) for name in M}
    return replace(model(**parameters), prior=prior, household_prior=household_prior)


def pattern(**agrees: bool | None) -> int:
    """Level codes packed: 1 agrees, 2 differs, 0 missing, as left out."""
    codes = {True: 1, False: 2, None: 0}
    return sum(codes[agrees.get(name)] << (4 * place) for place, name in enumerate(M))


def made(seed: int = 7, members: int = MEMBERS) -> tuple[Counts, Counts]:
    """Candidates of the four rules, of three kinds of pairs, and random pairs."""
    random = np.random.default_rng(seed)

    def draw(shares: dict[str, float], size: int) -> np.ndarray:
        return np.column_stack([np.where(random.random(size) < share, 1, 2) for share in shares.values()])

    kinds = [draw(M, MATCHES), draw(H, members), draw(U, STRANGERS * 300)]
    codes = np.concatenate(kinds)
    masks = ((codes == 1) * (1 << np.arange(len(M)))).sum(axis=1).astype(np.int64)
    codes, masks = codes[masks > 0], masks[masks > 0]
    packed = (codes << (4 * np.arange(len(M)))).sum(axis=1).astype(np.int64)
    everywhere = draw(U, 200_000)
    random_pairs = (everywhere << (4 * np.arange(len(M)))).sum(axis=1).astype(np.int64)
    return tuple(
        merge_counts([Counts(patterns, rules, np.ones(len(patterns), np.int64))])
        for patterns, rules in ((packed, masks), (random_pairs, np.zeros(len(random_pairs), np.int64)))
    )  # type: ignore[return-value]


def weight(of: Model, **agrees: bool | None) -> float:
    return float(pattern_weights(np.array([pattern(**agrees)]), of)[0])


def test_what_members_share_and_how_many_they_are_comes_back() -> None:
    """Members, matches and strangers in one heap: each kind's share and levels are found again."""
    found = estimate(model(), *made(), possible_pairs=POSSIBLE)
    by_name = {item.name: item.parameters[0] for item in found.model.comparisons}
    together = found.model.household_prior * by_name["home"].h * by_name["phone"].h
    assert together == pytest.approx(MEMBERS / POSSIBLE * H["home"] * H["phone"], rel=0.1)
    assert by_name["home"].h == pytest.approx(H["home"], abs=0.1)
    assert by_name["name"].h is None
    assert found.expected_matches == pytest.approx(MATCHES, rel=0.1)
    assert is_complete(found.model)


def test_address_and_telephone_alone_make_no_match_and_with_a_name_they_do() -> None:
    """A wife on her husband's telephone: without the third class these would be .9 sure."""
    apart = probability(np.array([weight(known(), home=True, phone=True, name=None, born=None)]))[0]
    unaware = replace(known(), household_prior=0.0)
    assert probability(np.array([weight(unaware, home=True, phone=True)]))[0] > 0.9
    assert apart < 0.5
    assert probability(np.array([weight(known(), home=True, phone=True, name=True, born=True)]))[0] > 0.999


def test_what_is_not_shared_counts_as_before() -> None:
    unaware = replace(known(), household_prior=0.0)
    agreed = {"home": True, "phone": True}
    assert weight(known(), name=True, **agreed) - weight(known(), **agreed) == pytest.approx(
        weight(unaware, name=True, **agreed) - weight(unaware, **agreed)
    )
    assert weight(known(), name=True, born=True, home=False, phone=False) == pytest.approx(
        weight(unaware, name=True, born=True, home=False, phone=False), abs=1e-3
    )


def test_where_nobody_lives_together_they_are_left_out_of_account() -> None:
    found = estimate(model(), *made(members=0), possible_pairs=POSSIBLE).model
    unaware = estimate(model(shared=()), *made(members=0), possible_pairs=POSSIBLE).model
    assert found.household_prior == pytest.approx(0, abs=30 / POSSIBLE)
    assert weight(found, home=True, phone=True, name=True) == pytest.approx(
        weight(unaware, home=True, phone=True, name=True), abs=1
    )


def test_one_shared_column_or_nothing_else_says_nothing_of_households() -> None:
    candidates, random = made()
    assert not has_households(model(shared=("home",)))
    assert not has_households(model(shared=tuple(M)))
    found = estimate(model(shared=("home",)), candidates, random, possible_pairs=POSSIBLE).model
    assert found.household_prior == 0
    assert is_complete(found)


def test_where_the_model_leaves_them_out_of_account_they_stay_out() -> None:
    candidates, random = made()
    found = estimate(replace(model(), household_prior=0.0), candidates, random, possible_pairs=POSSIBLE).model
    assert found.household_prior == 0
    assert weight(found, home=True, phone=True) == pytest.approx(
        weight(estimate(model(shared=()), candidates, random, possible_pairs=POSSIBLE).model, home=True, phone=True)
    )


def test_a_model_without_h_is_not_complete() -> None:
    """Its household prior alone says nothing of what members share."""
    assert is_complete(known())
    lacking = replace(model(**{name: (M[name], U[name], None) for name in M}), prior=0.001, household_prior=0.001)
    assert not is_complete(lacking)
    assert is_complete(replace(lacking, household_prior=0.0))


def test_given_shares_stay() -> None:
    given_model = replace(known(), prior=None)
    found = with_households(known(), given_model, made()[0], POSSIBLE)
    assert [item.parameters for item in found.comparisons] == [item.parameters for item in given_model.comparisons]
    assert found.household_prior == given_model.household_prior


def test_a_comparison_that_no_training_rule_leaves_free_is_learnt_beside_households() -> None:
    """Only blocks of households leave the name free: matches among them are told apart by birth."""
    given_model = replace(model(), blocking=Blocking((Rule(("name",)), Rule(("home",), train=False))))
    candidates, random = made()
    masks = (candidates.masks & 1) | ((candidates.masks >> 2 & 1) << 1)
    chosen = masks > 0
    fewer = merge_counts([Counts(candidates.patterns[chosen], masks[chosen], candidates.pairs[chosen])])
    found = estimate(given_model, fewer, random, possible_pairs=POSSIBLE)
    name = found.model.comparisons[0].parameters[0]
    assert name.m == pytest.approx(M["name"], abs=0.05)
    assert name.m_from == "em"
    assert not any("'name'" in note for note in found.notes)


def rare_and_frequent() -> tuple[Model, list[FrequencyTable]]:
    base = known()
    shares = (Parameters(0.7, 0.02, 0.95), Parameters(0.3, 0.98, 0.05))
    home = replace(base.comparisons[2], parameters=shares, frequency=Frequency("home"))
    with_frequency = replace(base, comparisons=(*base.comparisons[:2], home, base.comparisons[3]))
    table = pa.table({"home": ["rare", *["frequent"] * 400, *[f"other {number}" for number in range(600)]]})
    hashes = frequency_hashes(Columns(table, table), with_frequency)
    return with_frequency, [FrequencyTable(home, 2, hashes)]


def test_a_rare_address_does_not_speak_against_members_of_a_household() -> None:
    """Rarity tells a person from strangers; his wife lives at the same rare address."""
    with_frequency, tables = rare_and_frequent()
    rows = np.array([0, 1], dtype=np.int32)
    patterns = np.array([pattern(home=True), pattern(home=True, phone=True)])
    which = np.zeros(2, dtype=np.int32)
    unaware = replace(with_frequency, household_prior=0.0)
    alone = frequency_weights(unaware, tables, patterns, which, rows, rows)
    beside = frequency_weights(with_frequency, tables, patterns, which + 1, rows, rows)
    assert alone[0] > 3
    assert alone[1] < -4
    assert abs(beside[0]) < 0.1  # members explain the agreement, however rare the address
    assert alone[0] - alone[1] > beside[0] - beside[1] > 0


@given(
    agrees=st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in M}),
    prior=st.floats(1e-9, 0.4),
)
def test_households_never_raise_a_weight_and_the_explanation_adds_up(
    agrees: dict[str, bool | None], prior: float
) -> None:
    aware = known(household_prior=prior)
    assert weight(aware, **agrees) <= weight(replace(aware, household_prior=0.0), **agrees) + 1e-9
    findings = explain(pattern(**agrees), aware)
    assert sum(item.weight for item in findings) == pytest.approx(weight(aware, **agrees), abs=0.05)


def test_the_explanation_says_that_a_household_would_agree_on_this_too() -> None:
    findings = {item.comparison: item for item in explain(pattern(home=True, phone=True), known())}
    assert findings["members"].weight < -5
    assert findings["members"].sentence_zh == "同户家庭成员也会同时有这些相同之处。"
    assert "members" not in {item.comparison for item in explain(pattern(name=True, born=True), known())}


def test_a_model_keeps_its_shares_in_its_file(tmp_path) -> None:
    known().save(tmp_path / "model.json")
    assert Model.load(tmp_path / "model.json") == known()
    other = replace(known(), household_prior=0.001)
    assert [change.place for change in diff(known(), other)] == ["household_prior"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: replace(known(), household_prior=1.0), "household_prior is a probability"),
        (
            lambda: replace(known(), comparisons=(replace(known().comparisons[2], shared=0.0),)),
            "h is for comparisons that are 'shared'",
        ),
        (
            lambda: model(home=(0.7, 0.1, 0.0)),
            "m, u and h are above 0",
        ),
    ],
)
def test_shares_that_cannot_be_are_refused(change, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        change()


def test_linking_families_without_a_word_about_them() -> None:
    """Couples on both lists with one address and one telephone, and name or birth date missing on one of them."""
    random = np.random.default_rng(3)
    couples = 1_500
    people = [
        {
            "record_id": f"{couple}-{member}",
            "name": f"name {random.integers(400)}",
            "born": f"{random.integers(1940, 2000)}-{random.integers(1, 13):02}-{random.integers(1, 29):02}",
            "home": f"street {couple}",
            "phone": f"13{couple:09}",
        }
        for couple in range(couples)
        for member in (0, 1)
    ]
    left = pa.Table.from_pylist(people)
    kept = [
        {**row, ("name" if random.random() < 0.5 else "born"): None}
        for row in people
        if row["record_id"].endswith("-0")
    ]
    found = link(left, pa.Table.from_pylist(kept), model(), options=LinkOptions(random_pairs=100_000))
    accepted = [row for row in found.pairs.to_pylist() if row["accepted"]]
    right = sum(row["left_id"] == row["right_id"] for row in accepted)
    assert right / len(accepted) > 0.97
    assert right / couples > 0.8
