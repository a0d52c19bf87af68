"""Fréchet distance, aggregated posterior and disentanglement, against independent references."""

import numpy as np
import pytest
import scipy.linalg
import scipy.stats

from vae_keras import aggregated_posterior_gap, frechet_distance, mutual_information_gap
from vae_keras.evaluation import factor_correlations

rng = np.random.default_rng(0)


def gaussian_samples(mean, covariance, count):
    """Samples whose mean and covariance are these exactly, not only in law."""
    samples = rng.normal(size=(count, len(mean)))
    samples -= samples.mean(0)
    whitening = np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(samples.T))))
    return samples @ whitening.T @ np.linalg.cholesky(covariance).T + mean


def random_covariance(size):
    root = rng.normal(size=(size, 2 * size))
    return root @ root.T / size


def test_frechet_distance_against_scipy():
    covariances = random_covariance(5), random_covariance(5)
    means = rng.normal(size=(2, 5))
    sets = [gaussian_samples(*each, 50) for each in zip(means, covariances, strict=True)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.sum((means[0] - means[1]) ** 2) + np.trace(sum(covariances) - 2 * root)
    assert frechet_distance(*sets) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(*sets[::-1]) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_in_one_dimension():
    """‖μ - μ'‖² + (σ - σ')², by hand."""
    one = gaussian_samples(np.array([1.0]), np.array([[4.0]]), 30)
    other = gaussian_samples(np.array([-2.0]), np.array([[0.25]]), 40)
    assert frechet_distance(one, other) == pytest.approx(9 + 1.5**2)


def test_frechet_distance_to_itself_is_zero_even_with_fewer_rows_than_features():
    features = rng.normal(size=(10, 64))
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features[::-1] + 3) == pytest.approx(9 * 64, rel=1e-6)


def test_frechet_distance_of_fewer_rows_than_features_keeps_its_digits():
    features = rng.normal(size=(50, 500))
    assert frechet_distance(features, features + 1e-4) == pytest.approx(500e-8, rel=1e-4)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (np.ones((5, 3)), np.ones((5, 4)), "as many features, got 3 and 4"),
        (np.ones((1, 3)), np.ones((5, 3)), "features must have 2 entries at least"),
        (
            np.ones((5, 3)),
            np.ones(5),
            "other_features must have the shape",
        ),
        (np.full((5, 3), np.nan), np.ones((5, 3)), "finite"),
        ("a", np.ones((5, 3)), "array of numbers"),
        (
            np.eye(3) * 1j,
            np.ones((5, 3)),
            "features must be an array of numbers, .* are complex",
        ),
        (np.eye(3) * 1e160, np.ones((5, 3)), "too large"),
        (np.eye(3) * 1e308, np.ones((5, 3)), "too large"),
    ],
)
def test_frechet_distance_refuses(one, other, message):
    with pytest.raises(ValueError, match=message):
        frechet_distance(one, other)


def test_one_image_is_all_gap():
    """q(z) is one Gaussian: its divergence is a closed form, and it tells of no image."""
    z_mean, z_log_var = np.array([[0.5, -1.0]]), np.array([[-0.4, 0.3]])
    result = aggregated_posterior_gap(z_mean, z_log_var, 500, seed=0)
    rate = 0.5 * np.sum(np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)
    assert result.rate == pytest.approx(rate, rel=1e-12)
    assert result.gap == pytest.approx(rate, rel=1e-9)
    assert result.information == pytest.approx(0, abs=1e-9)
    assert result.standard_error < 1e-9


def test_images_far_apart_are_told_apart_with_log_n_nats():
    z_mean = 100.0 * np.arange(8)[:, None]
    result = aggregated_posterior_gap(z_mean, np.zeros((8, 1)), 1000, seed=0)
    assert result.information == pytest.approx(np.log(8), rel=1e-9)
    assert result.gap == pytest.approx(result.rate - np.log(8), rel=1e-9)


@pytest.mark.parametrize(("distance", "z_log_var"), [(300, -20), (3, -30), (1000, -20)])
def test_narrow_codes_far_away_are_told_apart_too(distance, z_log_var):
    z_mean = distance * rng.normal(size=(200, 2))
    result = aggregated_posterior_gap(z_mean, np.full((200, 2), z_log_var), 1000, seed=0)
    assert result.information == pytest.approx(np.log(200), rel=1e-8)


def test_the_gap_against_a_grid():
    """A mixture of five Gaussians on a line, integrated by small steps."""
    z_mean, z_log_var = rng.normal(size=(5, 1)), rng.normal(scale=0.5, size=(5, 1)) - 1
    z = np.linspace(-12, 12, 20_001)
    q = scipy.stats.norm.pdf(z, z_mean, np.exp(0.5 * z_log_var)).mean(0)
    integrand = np.where(q > 1e-300, q * (np.log(q) - scipy.stats.norm.logpdf(z)), 0)
    expected = np.trapezoid(integrand, z)
    for seed in range(3):
        result = aggregated_posterior_gap(z_mean, z_log_var, 20_000, seed=seed)
        assert abs(result.gap - expected) < 5 * result.standard_error
        assert result.standard_error < 0.02
        assert result.gap + result.information == pytest.approx(result.rate)


def test_codes_drawn_from_the_prior_have_no_gap():
    """Means ~ N(0, 1 - s²) and deviation s: q(z) tends to N(0, 1)."""
    z_mean = np.sqrt(0.75) * rng.normal(size=(4000, 2))
    result = aggregated_posterior_gap(z_mean, np.full((4000, 2), np.log(0.25)), 4000, seed=0)
    assert abs(result.gap) < 0.02 + 5 * result.standard_error
    assert result.information == pytest.approx(2 * 0.5 * np.log(4), abs=0.1)


def test_the_aggregated_posterior_refuses():
    with pytest.raises(ValueError, match=r"one shape, got \(4, 2\) and \(4, 3\)"):
        aggregated_posterior_gap(np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match="num_samples must be a whole number at least 2, got 1"):
        aggregated_posterior_gap(np.ones((4, 2)), np.ones((4, 2)), 1)
    for z_log_var in (-701, 701):
        with pytest.raises(ValueError, match="z_log_var must be within ±700"):
            aggregated_posterior_gap(np.ones((4, 2)), np.full((4, 2), z_log_var))


def test_mutual_information_gap_of_known_codes():
    factors = rng.integers(0, 10, size=(20_000, 2))
    noise = rng.random((20_000, 2))
    aligned = np.column_stack([factors[:, :1] + 0.5 * noise[:, :1], noise[:, 1]])
    gaps = mutual_information_gap(aligned, factors, num_bins=19)
    assert gaps[0] == pytest.approx(1, abs=0.02)  # known by one dimension, whole
    assert gaps[1] == pytest.approx(0, abs=0.02)  # known by none
    twice = np.column_stack([factors[:, 0], factors[:, 0]])
    np.testing.assert_allclose(mutual_information_gap(twice, factors[:, :1]), 0, atol=1e-12)


def test_mutual_information_gap_of_a_gaussian_channel():
    """I(z; v) = -½ log(1 - ρ²), from fine bins and many images."""
    v = rng.normal(size=(400_000, 1))
    z = np.column_stack([0.8 * v + 0.6 * rng.normal(size=v.shape), rng.normal(size=v.shape)])
    bins = 60
    edges = np.linspace(v.min(), v.max(), bins + 1)
    mass = np.diff(scipy.stats.norm.cdf(edges))
    entropy = -np.sum(mass * np.log(np.maximum(mass, 1e-300)))
    expected = -0.5 * np.log(1 - 0.64) / entropy
    assert mutual_information_gap(z, v, bins)[0] == pytest.approx(expected, rel=0.03)


def test_a_rotation_loses_the_gap():
    factors = rng.uniform(-1, 1, size=(20_000, 2))
    turn = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
    assert mutual_information_gap(factors, factors).mean() > 0.9
    assert mutual_information_gap(factors @ turn, factors).mean() < 0.05


def test_factor_correlations_against_scipy():
    z, factors = rng.normal(size=(300, 4)), rng.normal(size=(300, 3))
    z[:, 0] = np.exp(factors[:, 1])  # increasing
    z[:, 1] = np.round(-factors[:, 0])  # with ties
    expected = scipy.stats.spearmanr(factors, z).statistic[:3, 3:]
    np.testing.assert_allclose(factor_correlations(z, factors), expected, atol=1e-12)
    assert factor_correlations(z, factors)[1, 0] == pytest.approx(1)
    z[:, 2] = 5.0
    np.testing.assert_array_equal(factor_correlations(z, factors)[:, 2], 0)


def test_the_factors_refuse():
    z, factors = rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
    with pytest.raises(ValueError, match="z must have one entry for each of the 19"):
        mutual_information_gap(z, factors[1:])
    with pytest.raises(ValueError, match="two dimensions at least"):
        mutual_information_gap(z[:, :1], factors)
    factors[:, 1] = 3
    for function in (mutual_information_gap, factor_correlations):
        with pytest.raises(ValueError, match="factor 1 never varies"):
            function(z, factors)
