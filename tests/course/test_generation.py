"""The exercises of chapter 07: ways to be right, and to be wrong, other than those they know."""

import itertools
import re

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import erfinv
from scipy.stats import gaussian_kde, norm
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, Ridge
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


def relative_kernel(width):
    """A noise in proportion to the codes' spread."""
    return lambda codes, count: kernel(width * codes.std(axis=0))(codes, count)


def noise_in_one_dimension(codes, count):
    return kernel(0.3 * (np.arange(codes.shape[1]) == 0))(codes, count)


def bent_kernel(codes, count):
    """A noise that only goes up: the draws drift."""
    start = codes[np.random.randint(len(codes), size=count)]
    return start + 0.15 * codes.std(axis=0) * np.abs(np.random.standard_normal(start.shape))


def half_copies(codes, count):
    drawn = kernel(0.2)(codes, count)
    drawn[::2] = codes[np.random.randint(len(codes), size=len(drawn[::2]))]
    return drawn


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
        (kernel(0.2, more=-1), None, "et non (499, 2)"),
        (kernel(0.2, more=1), None, "et non (501, 2)"),
        (few_centres, None, "chaque douzième de l'anneau"),
        (kernel(0.001), "copies", "un cinquième de celle de deux codes voisins"),
        (relative_kernel(0.01), "copies", "quatre îles en dimension 5 : des tirages nouveaux"),
        (noise_in_one_dimension, None, "part des coordonnées recopiées"),
        *((kernel(width), "too_much_noise", "les îles débordent") for width in (0.45, 0.6, 0.75)),
        *((relative_kernel(width), "too_much_noise", "trop large") for width in (0.3, 0.4, 0.5)),
        (bent_kernel, None, "moyenne des tirages à moins de 2 de (−5, 0)"),
        (half_copies, "copies", "des tirages nouveaux"),
        (lambda codes, count: GaussianMixture(4).fit(codes).sample(count), None, "`[0]`"),
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
    assert "essai   : z = [[ 1., 0.]," in verdict.message  # the first case


def least_squares(columns, targets):
    return np.linalg.lstsq(columns, targets, rcond=None)[0]


def with_ones(*columns):
    return np.c_[(*columns, np.ones(len(columns[0])))]


def spherical(point, straight_where=lambda angle: np.sin(angle) < 1e-3):
    """An answer to `slerp`, from its formula: (one, other, t, angle) to a point."""

    def slerp(z_start, z_end, t):
        one, other = np.asarray(z_start, "float64"), np.asarray(z_end, "float64")
        lengths = np.linalg.norm(one) * np.linalg.norm(other)
        angle = np.arccos(np.clip(one @ other / lengths, -1, 1)) if lengths else 0.0
        if lengths == 0 or straight_where(angle):
            return (1 - t) * one + t * other
        return point(one, other, t, angle)

    return slerp


def turned(one, other, t, angle):
    return (np.sin((1 - t) * angle) * one + np.sin(t * angle) * other) / np.sin(angle)


def grid(values, downwards=True):
    x, y = np.meshgrid(values, values[::-1] if downwards else values)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def middles(count):
    return (np.arange(count) + 0.5) / count


RIGHT = {
    "slerp": [
        spherical(turned, lambda angle: abs(np.cos(angle)) > 0.9995),  # the field's own threshold
        spherical(turned, lambda angle: np.isclose(abs(np.cos(angle)), 1)),
        lambda one, other, t: tf.constant(spherical(turned)(one, other, t)),
        spherical(
            lambda one, other, t, angle: (
                one * (np.cos(t * angle) - np.sin(t * angle) / np.tan(angle))
                + other * np.sin(t * angle) / np.sin(angle)
            )
        ),
        lambda one, other, t: list(spherical(turned)(one, other, t)),
    ],
    "prior_grid": [
        lambda n: [
            (norm.ppf((j + 0.5) / n), norm.ppf(1 - (i + 0.5) / n))
            for i in range(n)
            for j in range(n)
        ],
        lambda n: grid(np.sqrt(2) * erfinv(2 * middles(n) - 1)),
        lambda n: grid(norm.ppf(np.linspace(1 / (2 * n), 1 - 1 / (2 * n), n))),
        lambda n: tf.constant(grid(norm.ppf(middles(n)))),
        lambda n: np.c_[np.tile(norm.ppf(middles(n)), n), np.repeat(norm.isf(middles(n)), n)],
    ],
    "clean_direction": [
        lambda z, a, c: LinearRegression().fit(np.c_[a, c], z).coef_[:, 0],
        lambda z, a, c: (np.linalg.pinv(with_ones(a, c)) @ z)[0],
        lambda z, a, c: least_squares(np.c_[a - a.mean(), c - c.mean()], z)[0],
        lambda z, a, c: (lambda own: own @ z / (own @ own))(
            a - with_ones(c) @ least_squares(with_ones(c), a)
        ),
        lambda z, a, c: (lambda cov: np.linalg.solve(cov[:2, :2], cov[:2, 2:])[0])(
            np.cov(np.c_[a, c, z].T)
        ),
    ],
}


def exercise_of(name):
    return getattr(generation, name)


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in RIGHT.items() for answer in answers]
)
def test_what_is_right_and_written_otherwise_passes(name, answer):
    verdict = exercise_of(name).judge(answer)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    "straight",
    [
        lambda angle: np.sin(angle) < 0.3,
        lambda angle: np.sin(angle) < 0.5,
        lambda angle: np.sin(angle) < 0.99,
        lambda angle: abs(np.cos(angle)) > 0.95,
        lambda angle: abs(np.cos(angle)) > 0.99,
        lambda angle: np.cos(angle) < -0.9,
    ],
)
def test_a_path_that_is_straight_too_often_is_named(straight):
    def either(angle):
        return straight(angle) or np.sin(angle) < 1e-3

    verdict = generation.slerp.judge(spherical(turned, either))
    assert (verdict.status, verdict.misconception) == ("failed", "threshold_too_large")


WRONG = {
    "slerp": [
        spherical(lambda one, other, t, w: turned(one, other, t**2, w)),
        spherical(lambda one, other, t, w: turned(one, other, t, w / 2)),
        spherical(lambda one, other, t, w: turned(one, other, t, np.arccos(abs(np.cos(w))))),
        spherical(lambda one, other, t, w: turned(one, other, t, w) * np.sin(w) / w),
        spherical(
            lambda one, other, t, w: np.sin((1 - t) * w) * one + np.sin(t * w) * other / np.sin(w)
        ),
        spherical(
            lambda one, other, t, w: (
                np.linalg.norm(one)
                * turned(one / np.linalg.norm(one), other / np.linalg.norm(other), t, w)
            )
        ),
    ],
    "prior_grid": [
        lambda n: grid(norm.isf(middles(n))),
        lambda n: grid(np.log(middles(n) / (1 - middles(n)))),
        lambda n: grid(norm.ppf((np.arange(n) + 0.5) / (n + 1))),
        lambda n: np.stack([norm.ppf(middles(n))] * 2, axis=1),
        lambda n: grid(norm.ppf(middles(n)))[::-1],
    ],
    "clean_direction": [
        lambda z, a, c: least_squares(with_ones(a, c, a * c), z)[0],
        lambda z, a, c: least_squares(with_ones(a, c, a**2), z)[0],
        lambda z, a, c: Ridge(1.0).fit(np.c_[a, c], z).coef_[:, 0],
        lambda z, a, c: least_squares(with_ones(a[abs(c) < 0.5]), z[abs(c) < 0.5])[0],
        lambda z, a, c: least_squares(with_ones(a, c > np.median(c)), z)[0],
        lambda z, a, c: least_squares(with_ones(a - c), z)[0],
    ],
}


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in WRONG.items() for answer in answers]
)
def test_an_unnamed_mistake_shows_an_input_that_one_computes_by_hand(name, answer):
    verdict = exercise_of(name).judge(answer)
    assert (verdict.status, verdict.misconception) == ("failed", None)
    assert re.search(r"essai   : .*\n +obtenu  : .*\n +attendu : ", verdict.message)
    assert "un tableau de forme" not in verdict.message
