"""A model is read back as written, and one that does not hold together is refused with what to fix."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matching
from matching.errors import ModelError
from matching.model import Model
from matching.model_file import content_hash, from_document, to_document

SHIPPED = sorted((Path(matching.__file__).parent / "models").glob("*.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_models_load_and_round_trip(path, tmp_path):
    model = Model.load(path)
    model.save(tmp_path / "again.json")
    assert Model.load(tmp_path / "again.json") == model
    assert model.prior is None


def document(**changes):
    base = {
        "format": "bangfu-linkage-model/1",
        "name": "small",
        "blocking": {"rules": [{"keys": ["name"]}]},
        "comparisons": [{"name": "sex", "kind": "exact", "columns": ["sex"]}],
    }
    return {**base, **changes}


def sex(**changes):
    return [{"name": "sex", "kind": "exact", "columns": ["sex"], **changes}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "splink"}, "format"),
        ({"colour": 1}, "unknown key"),
        ({"comparisons": []}, "no comparisons"),
        ({"comparisons": sex(kind="telepathy")}, "unknown comparison kind 'telepathy'"),
        ({"comparisons": sex(columns=["a", "b"])}, "reads 1 column"),
        ({"comparisons": sex(options={"cutoff": 1})}, "unknown option"),
        (
            {"comparisons": sex(levels=[{"level": "exact", "m": 0.9}])},
            "its levels must be, in this order: exact, differs",
        ),
        ({"comparisons": sex(levels=[{"level": "exact", "m": 0.9}, {"level": "differs", "m": 0.9}])}, "add up to 1"),
        ({"comparisons": sex() * 2}, "repeated"),
        ({"comparisons": sex(neutral_when=[{"comparison": "id", "levels": []}])}, "not declared"),
        ({"blocking": {"rules": []}}, "no blocking rules"),
        ({"threshold": 2}, "threshold"),
        ({"prior": 0}, "prior"),
        ({"content_hash": "sha256:0"}, "content_hash; delete that line"),
        ({"comparisons": sex(columns="sex")}, "comparison 'sex', columns must be a list"),
        (
            {"comparisons": sex(levels=[{"level": "exact", "m": "high"}, {"level": "differs"}])},
            "'exact', m must be a number",
        ),
        (
            {"comparisons": sex(levels=[{"level": "exact", "m_from": "a guess"}, {"level": "differs"}])},
            "m_from must be one of",
        ),
        ({"blocking": {"rules": [{"keys": "name"}]}}, "a blocking rule, keys must be a list"),
        (
            {"required": ["colour"]},
            "required names column.*colour, which no comparison and no blocking rule reads; remove",
        ),
        ({"training": {"at": "today"}}, "training lacks left_rows"),
        (
            {
                "comparisons": [
                    {"name": "id", "kind": "identity_number", "columns": ["id"], "options": {"visible": "ten"}}
                ]
            },
            "comparison 'id': option 'visible' must be a number, such as 10",
        ),
        (
            {"comparisons": [{"name": "home", "kind": "geographic", "columns": ["latitude"]}]},
            "comparison 'home': kind 'geographic' reads 2 column",
        ),
    ],
)
def test_a_wrong_model_is_refused_with_what_to_fix(changes, message):
    with pytest.raises(ModelError, match=message):
        from_document(document(**changes))


def test_the_hash_follows_content_not_name():
    model = from_document(document())
    assert content_hash(model) == content_hash(from_document(document(name="other")))
    assert content_hash(model) != content_hash(from_document(document(threshold=0.9)))
    assert from_document(to_document(model)) == model


def test_the_hash_is_over_what_decides_the_outcome():
    """A parameter, a cutoff, a column or a rule decides; where a number comes from and when it was learnt does not."""
    levels = [{"level": "exact", "m": 0.9, "u": 0.1}, {"level": "differs", "m": 0.1, "u": 0.9}]
    base = from_document(document(comparisons=sex(levels=levels)))
    told = [{**item, "m_from": "em", "u_from": "random_pairs"} for item in levels]
    run = {
        "at": "2026-11-30",
        "left_rows": 1,
        "right_rows": 1,
        "candidate_pairs": 1,
        "random_pairs": 1,
        "seed": 1,
        "rules": [],
    }
    for same in ({"training": run}, {"required": ["sex"]}, {"comparisons": sex(levels=told)}):
        changed = from_document(document(**{"comparisons": sex(levels=levels), **same}))
        assert content_hash(changed) == content_hash(base)
        assert from_document(to_document(changed)) == changed
    other = [{**levels[0], "m": 0.91}, {**levels[1], "m": 0.09}]
    for different in (sex(levels=other), sex(columns=["gender"], levels=levels), sex()):
        assert content_hash(from_document(document(comparisons=different))) != content_hash(base)


def test_a_parameter_changed_by_hand_is_noticed_until_the_hash_is_deleted():
    levels = [{"level": "exact", "m": 0.9, "u": 0.1}, {"level": "differs", "m": 0.1, "u": 0.9}]
    written = to_document(from_document(document(comparisons=sex(levels=levels))))
    written["comparisons"][0]["levels"][0]["m"] = 0.905
    with pytest.raises(ModelError, match="does not match its content_hash; delete that line"):
        from_document(written)
    del written["content_hash"]
    assert from_document(written).comparisons[0].parameters[0].m == 0.905


def test_a_number_written_by_hand_is_told_as_such():
    levels = [{"level": "exact", "m": 0.9}, {"level": "differs", "u": 0.8}]
    read = from_document(document(comparisons=sex(levels=levels))).comparisons[0].parameters
    assert [(item.m_from, item.u_from) for item in read] == [("hand", "default"), ("default", "hand")]


def test_a_file_of_the_former_format_is_still_read_and_still_held_to_its_hash():
    levels = [
        {"level": "exact", "m": 0.9, "u": 0.1, "provenance": "estimated"},
        {"level": "differs", "m": 0.1, "u": 0.9, "provenance": "given"},
    ]
    former = document(comparisons=sex(levels=levels))
    body = {key: value for key, value in former.items() if key not in ("format", "name")}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    former["content_hash"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    read = from_document(former).comparisons[0].parameters
    assert [(item.m_from, item.u_from) for item in read] == [("em", "random_pairs"), ("hand", "hand")]
    levels[0]["m"] = 0.905
    with pytest.raises(ModelError, match="content_hash"):
        from_document(former)


def test_a_splink_model_is_recognised():
    with pytest.raises(ModelError, match="model of Splink; convert it by `bangfu model import-splink`"):
        from_document({"comparisons": [], "probability_two_random_records_match": 0.1})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.sampled_from(["", "sex", "exact", "text", "em"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["level", "m", "cutoffs", "keys"]), inner)
    ),
    max_leaves=4,
)
WHOLE = {
    **document(
        comparisons=[
            {"name": "sex", "kind": "exact", "columns": ["sex"], "frequency": {"column": "sex", "given": ["county"]},
             "levels": [{"level": "exact", "m": 0.9, "u": 0.1}, {"level": "differs", "m": 0.1, "u": 0.9}]},
            {"name": "name", "kind": "text", "columns": ["name"], "options": {"cutoffs": [0.9], "measure": "jaro"},
             "neutral_when": [{"comparison": "sex", "levels": ["exact"]}]},
        ],
        conflicts=[{"column": "sex"}], aliases={"sex": ["gender"]}, required=["sex"], prior=0.1,
        training={"at": "x", "left_rows": 1, "right_rows": 1, "candidate_pairs": 1, "random_pairs": 1, "seed": 1,
                  "rules": [{"rule": "name", "comparisons": ["sex"], "iterations": 3, "converged": True, "expected_matches": 2.5}]},
    ),
}  # fmt: skip


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from([path for path in places(WHOLE) if path]), value=JSON)
def test_whatever_stands_anywhere_in_the_file_it_loads_or_is_refused_in_words(path, value):
    changed = json.loads(json.dumps(WHOLE))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    try:
        model = from_document(changed)
    except ModelError:
        return
    assert from_document(json.loads(json.dumps(to_document(model)))) == model


def test_an_unreadable_file_is_named(tmp_path):
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelError, match=r"broken\.json is not JSON"):
        Model.load(tmp_path / "broken.json")
    with pytest.raises(ModelError, match="cannot be read"):
        Model.load(tmp_path / "absent.json")
    (tmp_path / "list.json").write_text(json.dumps([1]))
    with pytest.raises(ModelError, match="JSON object"):
        Model.load(tmp_path / "list.json")


def test_m_is_not_learnt_where_the_block_gives_the_answer_away() -> None:
    """Part of an identity number holds region and sex: strangers in such a block agree on county and sex, EM takes
    them for matches, and the name seems to differ in most matches (m of equal names fell to .20 in a trial)."""
    import matching

    model = Model.load(matching.__path__[0] + "/models/person_zh.json")
    partial = [rule for rule in model.blocking.rules if any(key.startswith("id_number:") for key in rule.keys)]
    assert partial
    assert not any(rule.train for rule in partial)
