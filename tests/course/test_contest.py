"""The contest of generators, on generators whose rank is known."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from vae_course.contest import MEASURES, Contest
from vae_keras.data import load_images

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module")
def judge():
    """Coordinates of an image that blur and noise change, and the class its quarters tell."""
    inputs = keras.Input((28, 28, 1))
    features = keras.layers.Flatten()(keras.layers.AveragePooling2D(7)(inputs))
    return keras.Model(inputs, [features, features])


@pytest.fixture(scope="module")
def contest(judge):
    x_train, y_train, x_test, _ = load_images("mnist_mini")
    contest = Contest(x_train[:1000], y_train[:1000], x_test[:400], judge=judge)
    rng = np.random.default_rng(0)
    for seed in SEEDS:
        fresh = x_train[1000 + 200 * seed : 1200 + 200 * seed]
        contest.add("others", fresh, seed)
        contest.add("blurred", ndimage.gaussian_filter(fresh, (0, 1.5, 1.5, 0)), seed)
        contest.add("noisy", fresh + rng.normal(0, 0.3, fresh.shape), seed)
        contest.add("one digit", np.repeat(fresh[:1], 200, axis=0), seed)
        contest.add("copies", x_train[200 * seed : 200 * seed + 200], seed)
    return contest


def test_each_fault_is_seen_by_the_measure_of_that_fault(contest):
    def mean(name, measure):
        return contest.interval(name, measure).value

    assert abs(mean("others", "sharpness") - 1) < 0.1
    assert mean("blurred", "sharpness") < 0.5 < 2 < mean("noisy", "sharpness")
    assert mean("blurred", "slope") < mean("réelles", "slope") - 0.5
    assert mean("noisy", "slope") > mean("réelles", "slope") + 0.5
    assert mean("one digit", "recall") < 0.05 < 0.7 < mean("others", "recall")
    assert mean("one digit", "classes") == 1 < mean("others", "classes")
    assert mean("copies", "nearest") < 1e-6
    assert abs(mean("others", "nearest") - 1) < 0.1
    assert mean("réelles", "nearest") == 1
    assert mean("others", "frechet") < mean("one digit", "frechet")


def test_the_table_has_the_mean_and_the_half_width_of_students_interval(contest):
    lines = contest.table("others", "blurred").splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["others", "blurred"]
    assert lines[0].split() == [heading for heading, _ in MEASURES.values()]
    values = contest.values("others", "sharpness")
    half = 4.3027 * values.std(ddof=1) / np.sqrt(3)  # Student's, two degrees of freedom
    assert f"{values.mean():.2f} ±{half:.2f}" in lines[1]
    assert len(contest.table().splitlines()) == 7


def test_differences_are_taken_seed_by_seed(contest):
    gap = contest.difference("sharpness", "blurred", "others")
    assert gap.low < gap.value < gap.high < 0
    expected = contest.values("blurred", "sharpness") - contest.values("others", "sharpness")
    assert gap.value == pytest.approx(expected.mean())
    same = contest.difference("sharpness", "others", "others")
    assert (same.low, same.value, same.high) == (0, 0, 0)


def test_as_many_images_as_real_ones(contest):
    with pytest.raises(ValueError, match=r"images must be 200, .* got 3\. Mend"):
        contest.add("few", np.zeros((3, 28, 28, 1)), 0)


def test_the_judge_that_is_trained_reads_digits():
    x_train, y_train, x_test, y_test = load_images("mnist_mini")
    contest = Contest(x_train[:1500], y_train[:1500], x_test)
    features, probabilities = contest.read(x_test[:500])
    assert features.shape == (500, 32)
    assert np.mean(probabilities.argmax(axis=1) == y_test[:500]) > 0.7
