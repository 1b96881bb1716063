"""Behind recordlinkage's interfaces our parts behave as its own; its ECM is the oracle for our EM."""

import numpy as np
import pandas as pd
import pytest
import recordlinkage
from recordlinkage.datasets import binary_vectors

from matching.toolkit import LevelClassifier, LevelFeature


@pytest.fixture(scope="module")
def vectors():
    return binary_vectors(
        20_000, 4_000, m=[0.92, 0.9, 0.95, 0.8], u=[0.1, 0.05, 0.2, 0.02], random_state=4, return_links=True
    )


def test_em_agrees_with_the_toolkits_ecm(vectors):
    """Same binary vectors, free m and u: every parameter within .005."""
    features, _ = vectors
    oracle, ours = recordlinkage.ECMClassifier(atol=1e-7, max_iter=500), LevelClassifier()
    oracle.fit(features)
    ours.fit(features)
    assert ours.p == pytest.approx(oracle.p, abs=0.005)
    for label in features.columns:
        assert ours.m_probs[label][1] == pytest.approx(oracle.m_probs[label][1], abs=0.005)
        assert ours.u_probs[label][1] == pytest.approx(oracle.u_probs[label][1], abs=0.005)
    agreed = np.mean(ours.predict(features).isin(oracle.predict(features)))
    assert agreed > 0.999


def test_with_truth_the_shares_are_counted(vectors):
    features, links = vectors
    classifier = LevelClassifier()
    classifier.fit(features, links)
    assert classifier.p == pytest.approx(0.2)
    first = features.columns[0]
    assert classifier.m_probs[first][1] == pytest.approx(features.loc[links, first].mean(), abs=1e-6)
    assert classifier.prob(features).between(0, 1).all()
    assert classifier.weights[first][1] > 0 > classifier.weights[first][0]


def test_features_plug_into_compare():
    left = pd.DataFrame({"name": ["李明华", "单建国", None]}, index=["a", "b", "c"])
    right = pd.DataFrame({"name": ["李鸣华", "善建国", "王芳"]}, index=["x", "y", "z"])
    pairs = pd.MultiIndex.from_tuples([("a", "x"), ("b", "y"), ("a", "z"), ("c", "z")])
    compare = recordlinkage.Compare()
    compare.add(LevelFeature("chinese_name", "name", "name", label="level"))
    compare.add(LevelFeature("chinese_name", "name", "name", agreement=True, label="agreement"))
    found = compare.compute(pairs, left, right)
    assert found["level"].tolist() == [3, 3, 9, 0]
    assert found["agreement"].tolist() == [1, 1, 0, 0]
