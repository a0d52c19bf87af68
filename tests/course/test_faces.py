"""The drawn faces: deterministic, in range, and each factor where it should be."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from vae_course import faces
from vae_course.faces import FACE_FACTORS, draw_faces

NEUTRAL = np.zeros((1, len(FACE_FACTORS)))


def with_factor(name, *values):
    factors = np.repeat(NEUTRAL, len(values), axis=0)
    factors[:, FACE_FACTORS.index(name)] = values
    return draw_faces(factors)


def test_images_are_in_range():
    x = draw_faces(np.random.default_rng(0).uniform(-1, 1, (50, 6)))
    assert (x.shape, x.dtype) == ((50, 64, 64, 3), "float32")
    assert 0 <= x.min() < 0.2
    assert 0.9 < x.max() <= 1


def test_large_images_are_drawn_few_at_a_time(monkeypatch):
    drawn = []
    monkeypatch.setattr(faces, "_draw", lambda factors, size: drawn.append(len(factors)) or 0.0)
    draw_faces(np.zeros((20, 6)), 256)
    assert drawn == [15, 5]


@pytest.mark.parametrize("name", FACE_FACTORS)
def test_each_factor_is_seen_and_moves_smoothly(name):
    x = with_factor(name, -1, -0.05, 0, 0.05, 1)
    changes = np.abs(np.diff(x, axis=0)).sum(axis=(1, 2, 3))
    assert min(changes[0], changes[3]) > 10
    assert max(changes[1:3]) < 0.35 * max(changes[0], changes[3])
    assert min(changes[1:3]) > 0


def test_where_each_factor_is():
    def changed(name):
        """The rows and the columns that differ between the ends of a factor, as (first, last)."""
        low, high = with_factor(name, -1, 1)
        where = np.abs(low - high).max(axis=-1) > 0.05
        return [
            (np.flatnonzero(where.any(axis=axis)).min(), np.flatnonzero(where.any(axis=axis)).max())
            for axis in (1, 0)
        ]

    assert changed("smile")[0][0] > 32  # below the middle
    assert changed("eye_size")[0][1] < 36
    assert changed("eyebrow_slant")[0][1] < 28
    assert changed("gaze")[0][1] < 36
    assert changed("face_width")[1][0] < 12


def test_a_smile_s_corners_are_up_and_a_face_is_symmetric():
    smile, frown = with_factor("smile", 1, -1)
    corner, middle = slice(18, 23), slice(30, 34)  # columns

    def height(image, columns):
        """The mean row of the mouth's ink."""
        ink = 1 - image[42:58, columns].mean(axis=(1, 2))
        ink = np.maximum(ink - np.median(ink), 0)
        return np.sum(ink * np.arange(len(ink))) / ink.sum()

    assert height(smile, corner) < height(smile, middle) - 2  # rows count from the top
    assert height(frown, corner) > height(frown, middle) + 2
    for image in (smile, frown):
        np.testing.assert_allclose(image, image[:, ::-1], atol=1e-5)


def test_the_factors_can_be_read_back():
    """By a linear regression on the pixels: what a learner has to find is there."""
    factors = np.random.default_rng(0).uniform(-1, 1, (3500, 6))
    x = draw_faces(factors, 32).reshape(3500, -1)
    found = Ridge(10.0).fit(x[:3000], factors[:3000]).predict(x[3000:])
    for name, column, truth in zip(FACE_FACTORS, found.T, factors[3000:].T, strict=True):
        assert np.corrcoef(column, truth)[0, 1] > 0.75, name


def test_other_sizes():
    large, small = draw_faces(NEUTRAL, 128), draw_faces(NEUTRAL, 64)
    halved = large.reshape(1, 64, 2, 64, 2, 3).mean(axis=(2, 4))
    assert np.abs(halved - small).mean() < 0.02
    assert draw_faces(np.empty((0, 6))).shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("factors", "size", "message"),
    [
        (np.zeros(6), 64, r"shape \(count, 6\), got \(6,\)"),
        (np.zeros((2, 5)), 64, r"got \(2, 5\)"),
        (np.full((1, 6), 1.5), 64, r"in \[-1, 1\]"),
        (np.full((1, 6), np.nan), 64, r"in \[-1, 1\]"),
        (NEUTRAL, 8, "at least 16, got 8"),
        (NEUTRAL, 64.0, "whole number"),
        (NEUTRAL, True, "image_size must be a whole number"),
        (NEUTRAL, None, "image_size must be a whole number"),
        (NEUTRAL, 0, "at least 16, got 0"),
        (np.full((1, 6), np.inf), 64, r"in \[-1, 1\]"),
        ([["a"] * 6], 64, "factors must be an array of numbers"),
        ([[0.0], [0.0, 1.0]], 64, "factors must be an array of numbers"),
        (NEUTRAL * 1j, 64, "factors must be an array of numbers, got ndarray: they are complex"),
    ],
)
def test_what_cannot_be_drawn(factors, size, message):
    with pytest.raises(ValueError, match=message):
        draw_faces(factors, size)
