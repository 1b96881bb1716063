"""A model is read back as written, and one that does not hold together is refused with what to fix."""

import json
from pathlib import Path

import pytest

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
        ({"content_hash": "sha256:0"}, "content_hash"),
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
