"""Sharpness, distances, precision and recall: by hand, and on images whose answer is known."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import distance

from vae_keras import (
    laplacian_variance,
    nearest_distances,
    precision_recall,
    sharpness_ratio,
    spectral_slope,
)

SCALES = 255 * np.eye(8)[None, :, :, None].repeat(2, 0), np.eye(8)[None, :, :, None].repeat(2, 0)


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def coloured_noise(rng, slope, count=40, side=32):
    """Images whose mean power falls as frequency^slope, exactly."""
    frequencies = np.hypot(*np.meshgrid(*[np.fft.fftfreq(side, 1 / side)] * 2))
    rings = np.maximum(np.rint(frequencies), 1)
    noise = np.fft.fft2(rng.standard_normal((count, side, side)))
    return np.fft.ifft2(noise * rings ** (slope / 2)).real[..., None]


def test_one_white_pixel_by_hand():
    image = np.zeros((1, 5, 5, 1))
    image[0, 2, 2] = 1.0  # its Laplacian is -4 there, 1 at four neighbours, 0 at twenty pixels
    np.testing.assert_allclose(laplacian_variance(image), [(16 + 4) / 25])


def test_the_border_is_black_and_colours_are_averaged():
    white = np.ones((1, 3, 3, 1))  # -2 at four corners, -1 at four edges, 0 inside
    np.testing.assert_allclose(laplacian_variance(white), [20 / 9 - (12 / 9) ** 2])
    red = np.concatenate([3 * white, 0 * white, 0 * white], axis=-1)
    np.testing.assert_allclose(laplacian_variance(red), laplacian_variance(white))


def test_blur_lowers_the_ratio_and_the_slope(rng):
    sharp = coloured_noise(rng, -1.0)
    blurred = ndimage.gaussian_filter(sharp, 1.0, axes=(1, 2))
    assert sharpness_ratio(sharp, sharp).value == 1.0
    ratio = sharpness_ratio(blurred, sharp)
    expected = laplacian_variance(blurred).mean() / laplacian_variance(sharp).mean()
    assert ratio.value == pytest.approx(expected)
    assert ratio.low < ratio.value < ratio.high < 0.5
    assert spectral_slope(blurred).high < spectral_slope(sharp).low


@pytest.mark.parametrize("slope", [0.0, -2.0, -3.0])
def test_the_slope_of_noise_made_with_it(rng, slope):
    found = spectral_slope(coloured_noise(rng, slope, count=200))
    assert found.low - 0.05 < slope < found.high + 0.05
    assert found.value == pytest.approx(slope, abs=0.1)


def test_the_interval_shrinks_with_the_number_of_images(rng):
    images = coloured_noise(rng, -2.0, count=400)
    few, many = (sharpness_ratio(images[:n], images[:n][::-1]) for n in (25, 400))
    assert many.high - many.low < 0.5 * (few.high - few.low)
    assert sharpness_ratio(images, images[:9], seed=3) == sharpness_ratio(
        images, images[:9], seed=3
    )


def test_nearest_distances_are_those_of_all_pairs(rng):
    images, others = rng.random((7, 4, 3, 1)), rng.random((9, 4, 3, 1))
    pairs = np.sqrt(((images[:, None] - others) ** 2).sum(axis=(2, 3, 4)))
    np.testing.assert_allclose(nearest_distances(images, others), pairs.min(axis=1))


def test_precision_and_recall_by_hand():
    real = np.array([[0.0], [1.0], [2.0], [10.0]])  # radii with one neighbour: 1, 1, 1, 8
    generated = np.array([[-0.9], [2.5], [-1.5], [30.0]])  # radii: 0.6, 3.4, 0.6, 27.5
    found = precision_recall(real, generated, num_neighbors=1)
    assert found.precision.value == 0.5  # -0.9 by 0; 2.5 by 2 and by 10
    assert found.recall.value == 1.0  # all within 3.4 of 2.5, but 10, within 27.5 of 30
    assert 0 < found.precision.low < 0.5 < found.precision.high < 1


def test_precision_and_recall_of_three_neighbours_are_those_of_all_pairs(rng, monkeypatch):
    """Whatever the number of points at a time; one far point makes the largest radius huge."""
    real, generated = rng.normal(size=(150, 20)), 0.9 * rng.normal(size=(130, 20))
    real[0] *= 100

    def share(points, reference):
        radii = np.sort(distance.cdist(reference, reference), axis=1)[:, 3]  # itself the first
        return np.mean(np.any(distance.cdist(points, reference) <= radii, axis=1))

    for pairs in (1, 1000, 2**21):
        monkeypatch.setattr("vae_keras.evaluation.samples._PAIRS", pairs)
        found = precision_recall(real, generated)
        assert found.precision.value == share(generated, real)
        assert found.recall.value == share(real, generated)


def test_precision_and_recall_tell_quality_from_variety(rng):
    real = rng.normal(size=(300, 2))
    narrow = precision_recall(real, 0.2 * rng.normal(size=(300, 2)))
    wide = precision_recall(real, 5 * rng.normal(size=(300, 2)))
    same = precision_recall(real, rng.normal(size=(300, 2)))
    assert narrow.precision.low > 0.9
    assert narrow.recall.high < 0.5
    assert wide.precision.high < 0.5
    assert min(same.precision.low, same.recall.low) > 0.85
    apart = precision_recall(real, real + 100)
    assert (apart.precision.value, apart.recall.value) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: laplacian_variance(np.zeros((4, 4))), "must have the shape"),
        (lambda: laplacian_variance(np.full((1, 4, 4, 1), np.nan)), "must be finite"),
        (lambda: sharpness_ratio(np.zeros((1, 4, 4, 1)), np.ones((2, 4, 4, 1))), "images"),
        (lambda: sharpness_ratio(np.ones((2, 4, 4, 1)), np.zeros((2, 4, 4, 1))), "have edges"),
        (lambda: spectral_slope(np.zeros((2, 3, 9, 1))), "four pixels a side"),
        (lambda: spectral_slope(np.zeros((2, 8, 8, 1))), "one grey each"),
        (lambda: nearest_distances(np.zeros((2, 3)), np.zeros((2, 4))), "same but for the count"),
        (lambda: sharpness_ratio(*SCALES), "must be on one scale, got .*divide .* 255"),
        (lambda: precision_recall(np.zeros((3, 2)), np.zeros((9, 2))), "real_features"),
        (lambda: precision_recall(np.zeros((9, 2)), np.zeros((9, 2)), 0), "num_neighbors"),
    ],
)
def test_what_cannot_be_measured_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
