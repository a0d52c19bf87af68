"""Paths and directions in the latent space, against closed forms and independent regressions."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from vae_keras import attribute_direction, interpolate, traverse

rng = np.random.default_rng(0)


def test_linear_path():
    path = interpolate([0.0, 2.0], [4.0, -2.0], num_steps=5)
    np.testing.assert_allclose(path, [[0, 2], [1, 1], [2, 0], [3, -1], [4, -2]], atol=1e-12)


def test_spherical_path_of_a_quarter_turn():
    path = interpolate([1.0, 0.0], [0.0, 1.0], num_steps=4, method="spherical")
    angles = np.linspace(0, np.pi / 2, 4)
    np.testing.assert_allclose(path, np.stack([np.cos(angles), np.sin(angles)], 1), atol=1e-12)


def test_spherical_path_keeps_the_length_and_the_angle_s_pace():
    start, end = rng.normal(size=(2, 6, 20))
    end *= np.linalg.norm(start, axis=1, keepdims=True) / np.linalg.norm(end, axis=1, keepdims=True)
    path = interpolate(start, end, num_steps=11, method="spherical")
    assert path.shape == (6, 11, 20)
    lengths = np.linalg.norm(path, axis=-1)
    np.testing.assert_allclose(lengths, lengths[:, :1].repeat(11, 1), rtol=1e-12)
    cosines = np.sum(path[:, 1:] * path[:, :-1], -1) / (lengths[:, 1:] * lengths[:, :-1])
    np.testing.assert_allclose(cosines, cosines[:, :1].repeat(10, 1), rtol=1e-9)
    middle = interpolate(start, end, num_steps=3)[:, 1]
    assert np.all(np.linalg.norm(middle, axis=-1) < lengths[:, 0])


@pytest.mark.parametrize("method", ["linear", "spherical"])
def test_paths_end_where_they_should_whatever_the_lengths(method):
    start, end = rng.normal(size=(2, 5)) * [[1], [4]]
    path = interpolate(start, end, num_steps=7, method=method)
    np.testing.assert_allclose(path[[0, -1]], [start, end], atol=1e-12)
    back = interpolate(end, start, num_steps=7, method=method)
    np.testing.assert_allclose(back[::-1], path, atol=1e-12)


@pytest.mark.parametrize("turn", [0, 1e-12, 1e-9, 1e-7, 1e-5])
def test_the_spherical_path_tends_to_the_linear_one(turn):
    start = np.array([2.0, 0.0])
    end = 3 * np.array([np.cos(turn), np.sin(turn)])
    spherical = interpolate(start, end, method="spherical")
    np.testing.assert_allclose(spherical, interpolate(start, end), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("size", [1e-170, 1e-30, 1e200])
def test_the_spherical_path_of_very_small_and_very_large_codes(size):
    start, end = np.array([[1.0, 0.5], [0.0, 2.0]])
    expected = interpolate(start, end, method="spherical")
    found = interpolate(size * start, size * end, method="spherical")
    np.testing.assert_allclose(found / size, expected, rtol=1e-12, atol=1e-15)


def test_precision_is_kept():
    start, end = rng.normal(size=(2, 8)).astype("float32")
    for method in ("linear", "spherical"):
        assert interpolate(start, end, method=method).dtype == "float32"
    assert interpolate([1, 0], [0, 1]).dtype == "float64"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], [1.0, 0.0, 0.0]), "the same shape"),
        (([1.0, np.nan], [1.0, 0.0]), "finite"),
        ((["a"], ["b"]), "z_start must be an array of numbers"),
        (([1.0], [1j]), "z_end must be an array of numbers, got list: they are complex"),
        (([[1.0], [1.0, 2.0]], [1.0]), "z_start must be an array of numbers"),
        (([[[1.0]]], [[[1.0]]]), r"must have the shape \(latent_dim,\) or \(batch, latent_dim\)"),
        (([], []), "must have 1 entry at least"),
        (([1.0], [2.0], 1), "at least 2, got 1"),
        (([1.0], [2.0], 2.5), "whole number"),
        (([1.0], [2.0], 5, "slerp"), r"one of \('linear', 'spherical'\), got 'slerp'"),
        (([0.0, 0.0], [1.0, 0.0], 5, "spherical"), "length 0"),
        (([-2.0, 0.0], [1.0, 0.0], 5, "spherical"), "opposite"),
    ],
)
def test_paths_that_are_not_defined(arguments, message):
    with pytest.raises(ValueError, match=message):
        interpolate(*arguments)


def test_traverse():
    z = rng.normal(size=4)
    path = traverse(z, 2, [-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(path[:, 2], [-1, 0, 1])
    np.testing.assert_array_equal(np.delete(path, 2, 1), np.delete(z, 2)[None].repeat(3, 0))
    np.testing.assert_array_equal(traverse(z, -2, [-1.0, 0.0, 1.0]), path)
    for dimension in (4, -5, 1.0, "a", True):
        with pytest.raises(ValueError, match="from -4 to 3"):
            traverse(z, dimension, [0.0])
    with pytest.raises(ValueError, match="z must have the shape"):
        traverse(z[None], 0, [0.0])


def test_direction_of_a_truth_is_the_difference_of_means():
    z, has_it = rng.normal(size=(300, 7)), rng.random(300) < 0.3
    expected = z[has_it].mean(0) - z[~has_it].mean(0)
    np.testing.assert_allclose(attribute_direction(z, has_it), expected, rtol=1e-10)


def test_direction_with_controls_is_the_multiple_regression():
    smile, width = rng.normal(size=(2, 500))
    width += 0.8 * smile  # the confounding
    true = rng.normal(size=(2, 6))
    z = np.outer(smile, true[0]) + np.outer(width, true[1]) + 0.1 * rng.normal(size=(500, 6))
    fit = LinearRegression().fit(np.column_stack([smile, width]), z)
    direction = attribute_direction(z, smile, width)
    np.testing.assert_allclose(direction, fit.coef_[:, 0], rtol=1e-10)
    np.testing.assert_allclose(direction, true[0], atol=0.05)
    confounded = attribute_direction(z, smile)
    np.testing.assert_allclose(confounded, true[0] + 0.8 * true[1], atol=0.3)


@pytest.mark.parametrize(
    ("scale", "offset"), [(1e15, 0), (1, 1e9), (3e6, 1.7e9), (1e-200, 0), (1, 1e7)]
)
def test_units_do_not_change_the_direction(scale, offset):
    """Of the controls (a date in seconds), nor of the attribute but by its scale."""
    smile, width, age = rng.normal(size=(3, 500))
    smile += width
    z = np.outer(width, [3.0, 0.0]) + np.outer(smile, [0.0, 1.0]) + rng.normal(size=(500, 2))
    expected = attribute_direction(z, smile, np.column_stack([width, age]))
    controls = np.column_stack([scale * width + offset, age])
    np.testing.assert_allclose(attribute_direction(z, smile, controls), expected, rtol=1e-5)
    found = attribute_direction(z, scale * smile + offset, np.column_stack([width, age]))
    np.testing.assert_allclose(found * scale, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("attribute", "controls", "message"),
    [
        (np.ones(50), None, "must vary"),
        (np.full(50, 0.1), None, "must vary"),
        (np.arange(50.0), np.arange(50.0) * 2 + 3, "must vary"),
        (np.arange(49.0), None, "attribute must have one entry for each of the 50 of z, got 49"),
        (np.arange(50.0), np.ones((49, 2)), "controls must have one entry for each"),
        (np.full(50, np.inf), None, "finite"),
        (np.ones((50, 2)), None, "attribute must have the shape"),
    ],
)
def test_directions_that_are_not_defined(attribute, controls, message):
    with pytest.raises(ValueError, match=message):
        attribute_direction(rng.normal(size=(50, 3)), attribute, controls)
