"""Scores, properties and drawings of molecules."""

import sys

import numpy as np
import pytest

from vae_course import chemistry, recipes
from vae_keras import VAE

pytest.importorskip("rdkit")

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_canonical():
    assert chemistry.canonical(["OCC", "C(O)C", "C1CC", "", "not"]) == ["CCO", "CCO", *[None] * 3]


def test_quality():
    samples = ["OCC", "CCO", "CN", "C1CC"]
    assert chemistry.quality(samples, ["CN"]) == pytest.approx((3 / 4, 2 / 3, 1 / 2))
    none = chemistry.quality(["C1CC"], [])
    assert none.validity == 0
    assert np.isnan(none.uniqueness)
    assert np.isnan(none.novelty)


def test_properties():
    """Beside published ones: aspirin weighs 180.16 g/mol, its QED is 0.55 (Bickerton 2012)."""
    weight, logp, accessibility, drug_likeness = chemistry.properties([ASPIRIN])[0]
    assert weight == pytest.approx(180.16, abs=0.01)
    assert logp == pytest.approx(1.31, abs=0.01)  # Crippen's estimate; measured: 1.19
    assert accessibility == pytest.approx(1.58, abs=0.05)  # of 1 to 10: easy
    assert drug_likeness == pytest.approx(0.55, abs=0.01)
    assert np.isnan(chemistry.properties(["C1CC", ""])).all()
    assert chemistry.properties([ASPIRIN], ("logP",)).shape == (1, 1)
    with pytest.raises(ValueError, match="names must be among"):
        chemistry.properties([ASPIRIN], ("colour",))


def test_distances():
    found, data = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan] * 2]), np.array([[2.0, 5.0]])
    np.testing.assert_allclose(chemistry.distances(found, data), [1.0, 0.0])


def test_similarity():
    near = chemistry.similarity([ASPIRIN, ASPIRIN, "C1CC"], [ASPIRIN, "CCO", ASPIRIN])
    assert near[0] == 1
    assert 0 < near[1] < 0.4
    assert near[2] == 0


def test_similarities_are_those_of_all_pairs():
    some, others = [ASPIRIN, "C1CC", "CCO"], ["OCC", ASPIRIN, "", "c1ccccc1O"]
    expected = [chemistry.similarity([each] * len(others), others) for each in some]
    np.testing.assert_array_equal(chemistry.similarities(some, others), expected)
    assert chemistry.similarities(some, others)[0, 1] == 1


def test_ngram_draws_what_it_has_counted():
    x = np.array([[1, 2, 3, 0], [1, 2, 1, 2], [3, 0, 0, 0]])
    ngram = chemistry.NGram(2).fit(x)
    drawn = ngram.generate(3000, 4, seed=0)
    assert np.mean(drawn[:, 0] == 1) == pytest.approx(2 / 3, abs=0.05)
    after_one = drawn[drawn[:, 0] == 1][:, 1]
    assert set(after_one) == {2}
    after_two = drawn[(drawn[:, 0] == 1)][:, 2]  # once 3, once 1, of the two 2 that go on
    assert np.mean(after_two == 3) == pytest.approx(1 / 2, abs=0.06)
    assert not np.any(drawn[drawn[:, 0] == 3][:, 1:])  # after a 3, always the end
    np.testing.assert_array_equal(drawn, ngram.generate(3000, 4, seed=0))


def test_ngram_of_a_high_order_recites():
    x = np.random.default_rng(0).integers(1, 9, (5, 12))
    drawn = chemistry.NGram(13).fit(x).generate(50, 12, seed=1)
    assert {tuple(row) for row in drawn.tolist()} <= {tuple(row) for row in x.tolist()}


def test_plot_molecules():
    figure = chemistry.plot_molecules(["CCO", "C1CC", ASPIRIN], ["alcool", "", "aspirine"])
    assert "aspirine" in figure.description
    images = [axes.images for axes in figure.axes if axes.images]
    assert len(images) == 2
    assert images[0][0].get_array().min() < 128 < images[0][0].get_array().max()  # ink and paper


def test_without_rdkit(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(ImportError, match=r"paquet rdkit.*Remède.*vae-keras\[notebooks\]"):
        chemistry.canonical(["CCO"])


def test_string_networks_keep_the_order():
    """A change of one symbol moves the codes of its window and of its neighbours alone."""
    model = VAE(*recipes.string_networks(24, 5, 2, 8, seed=0), likelihood="categorical")
    x = np.ones((1, 24), "int32")
    other = x.copy()
    other[0, 0] = 3
    moved = np.abs(model.encode(x)[0] - model.encode(other)[0]).reshape(6, 2).max(axis=1)
    assert moved[0] > 0
    assert moved[3:].max() == 0
    assert model.reconstruct(x).shape[:2] == (1, 24)
