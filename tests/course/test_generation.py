"""The exercises of chapter 07: ways to be right, and to be wrong, other than those they know."""

import itertools

import numpy as np
import pytest
from scipy.stats import gaussian_kde
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity, NearestNeighbors

from vae_course import generation


def mixture(components):
    return lambda codes, count: GaussianMixture(components).fit(codes).sample(count)[0]


def noise_around(codes, width):
    return codes + width * np.random.standard_normal(codes.shape)


def kernel(width, more=0):
    """Draws around codes taken at random; `more` of them than is asked for."""

    def draw(codes, count):
        return noise_around(codes[np.random.randint(len(codes), size=count + more)], width)

    return draw


def neighbours(codes, count):
    """Draws between a code and one of its five neighbours."""
    start = codes[np.random.randint(len(codes), size=count)]
    near = NearestNeighbors(n_neighbors=6).fit(codes).kneighbors(start)[1]
    end = codes[near[np.arange(count), np.random.randint(1, 6, count)]]
    return start + np.random.random((count, 1)) * (end - start)


def few_centres(codes, count):
    means = KMeans(4).fit(codes)
    which = means.labels_[np.random.randint(len(codes), size=count)]
    return noise_around(means.cluster_centers_[which], 0.3)


@pytest.mark.parametrize(
    "answer",
    [
        mixture(4),
        mixture(12),
        lambda codes, count: KernelDensity(bandwidth=0.2).fit(codes).sample(count),
        lambda codes, count: gaussian_kde(codes.T, 0.1).resample(count).T,
        kernel(0.03),
        kernel(0.3),
        neighbours,
    ],
)
def test_honest_samplers_pass(answer):
    assert generation.sample_like.judge(answer).passed


@pytest.mark.parametrize(
    ("answer", "mistake", "words"),
    [
        (kernel(0.2, more=-1), None, "et non (1199, 2)"),
        (kernel(0.2, more=1), None, "et non (1201, 2)"),
        (few_centres, None, "chaque douzième de l'anneau"),
        (kernel(0.001), "copies", "(vôtres : 100 %)"),
        (kernel(0.007), "copies", "sur quatre"),
        (
            lambda codes, count: [noise_around(codes[n], 0.2) for n in range(count)],
            "no_more_than_codes",
            "IndexError",
        ),
        (lambda codes, count: noise_around(codes[:, :2], 0.2)[:count], None, "(1000, 5)"),
    ],
)
def test_samplers_that_are_refused(answer, mistake, words):
    verdict = generation.sample_like.judge(answer)
    assert (verdict.status, verdict.misconception) == ("failed", mistake)
    assert words in verdict.message
    assert "None" not in verdict.message


LENGTHS = {
    "exact": lambda one, other: np.linalg.norm(one) * np.linalg.norm(other),
    "never zero": lambda one, other: np.linalg.norm(one) * np.linalg.norm(other) + 1e-8,
}
STRAIGHT = {
    "never": lambda angle: False,
    "angle of zero": lambda angle: angle == 0,
    "small angle": lambda angle: angle < 1e-3,
    "sine of zero": lambda angle: np.sin(angle) == 0,
    "small sine": lambda angle: np.sin(angle) < 1e-3,
}


@pytest.mark.parametrize(
    ("lengths", "straight", "zero_first"),
    list(itertools.product(LENGTHS, STRAIGHT, [False, True])),
)
def test_the_case_that_a_spherical_path_forgets_is_named(lengths, straight, zero_first):
    """Whatever the guards against a division by zero, and their combination."""

    def slerp(z_start, z_end, t):
        segment = (1 - t) * z_start + t * z_end
        if zero_first and not (np.any(z_start) and np.any(z_end)):
            return segment
        cosine = z_start @ z_end / LENGTHS[lengths](z_start, z_end)
        angle = np.arccos(np.clip(cosine, -1, 1))
        if STRAIGHT[straight](angle):
            return segment
        return (np.sin((1 - t) * angle) * z_start + np.sin(t * angle) * z_end) / np.sin(angle)

    if straight == "never":
        expected = "degenerate_cases_forgotten"
    elif not zero_first:
        expected = "zero_code_forgotten"
    else:
        expected = None if straight == "small sine" else "opposite_codes_forgotten"
    with np.errstate(all="ignore"):
        verdict = generation.slerp.judge(slerp)
    assert verdict.misconception == expected
    assert verdict.passed == (expected is None)


def test_a_row_of_coef_is_never_right_by_luck():
    def row(z, attribute, confound):
        columns = np.stack([np.ones(len(z)), attribute, confound], axis=1)
        return np.linalg.lstsq(columns, z, rcond=None)[0][1:].T[0]

    verdict = generation.clean_direction.judge(row)
    assert verdict.misconception == "row_of_coef"
    assert "essai   : z = [[1., 2.]," in verdict.message  # the first case
