"""The ELBO's terms against SciPy, numerical integration and Monte Carlo."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from vae_keras import (
    bernoulli_log_likelihood,
    categorical_log_likelihood,
    gaussian_log_likelihood,
    kl_between_gaussians,
    kl_divergence,
)

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.uniform(size=(5, 6, 4, 3))
LOGITS = GENERATOR.normal(scale=3, size=(5, 6, 4, 3))


def test_bernoulli_against_scipy_on_binary_images():
    binary = (IMAGES > 0.5).astype("float64")
    probabilities = 1 / (1 + np.exp(-LOGITS))
    expected = stats.bernoulli.logpmf(binary.astype(int), probabilities).sum(axis=(1, 2, 3))
    result = bernoulli_log_likelihood(binary, LOGITS)
    assert result.shape == (5,)
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_bernoulli_on_grey_images_is_the_cross_entropy():
    p = 1 / (1 + np.exp(-LOGITS))
    expected = (IMAGES * np.log(p) + (1 - IMAGES) * np.log(1 - p)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(bernoulli_log_likelihood(IMAGES, LOGITS), expected, rtol=1e-6)


def test_bernoulli_is_a_sum_and_not_a_mean():
    result = bernoulli_log_likelihood(np.ones((2, 28, 28, 1)), np.zeros((2, 28, 28, 1)))
    np.testing.assert_allclose(result, -784 * np.log(2), rtol=1e-6)


def test_bernoulli_stays_exact_for_extreme_logits():
    x = np.array([[1.0, 0.0], [0.0, 1.0]], "float32")
    logits = np.array([[1e4, -1e4], [1e4, -1e4]], "float32")
    np.testing.assert_allclose(bernoulli_log_likelihood(x, logits), [0.0, -2e4])


@pytest.mark.parametrize("variance", [0.5, 0.01, 3.0])
def test_gaussian_against_scipy(variance):
    expected = stats.norm.logpdf(IMAGES, LOGITS, np.sqrt(variance)).sum(axis=(1, 2, 3))
    result = gaussian_log_likelihood(IMAGES, LOGITS, variance)
    np.testing.assert_allclose(result, expected, rtol=2e-6)


def test_gaussian_of_variance_one_half_is_the_squared_error_up_to_its_constant():
    squared_error = np.sum((IMAGES - LOGITS) ** 2, axis=(1, 2, 3))
    constant = 0.5 * IMAGES[0].size * np.log(np.pi)
    np.testing.assert_allclose(
        gaussian_log_likelihood(IMAGES, LOGITS), -squared_error - constant, rtol=2e-6
    )


def test_kl_against_numerical_integration():
    for mean, log_var in [(0.0, 0.0), (1.3, -2.0), (-0.4, 1.5), (3.0, 0.2)]:
        q = stats.norm(mean, np.exp(0.5 * log_var))

        def integrand(z, q=q):
            return q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z))

        expected, _ = integrate.quad(integrand, mean - 40, mean + 40, points=[mean], limit=400)
        result = kl_divergence(np.array([[mean]]), np.array([[log_var]]))
        np.testing.assert_allclose(result, [expected], rtol=1e-5, atol=1e-6)


def test_kl_against_monte_carlo():
    z_mean, z_log_var = np.array([[0.5, -1.0, 2.0]]), np.array([[0.3, -1.2, -3.0]])
    q = stats.norm(z_mean, np.exp(0.5 * z_log_var))
    z = q.rvs(size=(200_000, 3), random_state=1)
    draws = (q.logpdf(z) - stats.norm.logpdf(z)).sum(axis=1)
    error = draws.std() / np.sqrt(len(draws))
    assert abs(float(kl_divergence(z_mean, z_log_var)[0]) - draws.mean()) < 5 * error


def test_kl_is_a_sum_over_dimensions_and_not_a_mean():
    result = kl_divergence(np.ones((3, 10)), np.zeros((3, 10)))
    np.testing.assert_allclose(result, [5.0, 5.0, 5.0])


def test_kl_takes_a_log_variance():
    """σ = 2: KL = ½ (4 - 1 - log 4). Taking σ or log σ for log σ² gives other values."""
    result = kl_divergence(np.zeros((1, 1)), np.full((1, 1), np.log(4.0)))
    np.testing.assert_allclose(result, 0.5 * (4 - 1 - np.log(4)), rtol=1e-6)


@pytest.mark.parametrize(
    ("z_log_var", "sign"), [(-1e4, -1), (-100.0, -1), (50.0, 1), (100.0, 1), (1e3, 1), (1e4, 1)]
)
def test_kl_of_extreme_log_variance_is_finite_and_points_back(z_log_var, sign):
    z_log_var = tf.fill((2, 3), z_log_var)
    with tf.GradientTape() as tape:
        tape.watch(z_log_var)
        result = kl_divergence(tf.zeros((2, 3)), z_log_var)
    gradient = tape.gradient(result, z_log_var)
    assert np.all(np.isfinite(result))
    assert np.all(np.isfinite(gradient))
    assert np.all(np.sign(gradient) == sign)


def test_kl_is_exact_up_to_its_documented_limit():
    for z_log_var in (-80.0, 20.0, 30.0):
        expected = 0.5 * (np.exp(z_log_var) - 1 - z_log_var)
        result = kl_divergence(np.zeros((1, 1)), np.full((1, 1), z_log_var))
        np.testing.assert_allclose(result, [expected], rtol=1e-5)


def test_half_precision_input_is_summed_in_float32():
    x = np.ones((1, 100, 100, 1), "float16")
    result = gaussian_log_likelihood(x, np.zeros_like(x) - 4)  # 250,000: beyond float16
    assert result.dtype == "float32"
    np.testing.assert_allclose(result, -250_000 - 5_000 * np.log(np.pi), rtol=1e-5)


def test_float64_input_is_computed_in_float64():
    result = gaussian_log_likelihood(IMAGES, LOGITS)
    expected = stats.norm.logpdf(IMAGES, LOGITS, np.sqrt(0.5)).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 6, 4), (5, 6, 4, 1), (4, 6, 4, 3), (5,)])
@pytest.mark.parametrize(
    "function", [bernoulli_log_likelihood, gaussian_log_likelihood, kl_divergence]
)
def test_shapes_that_differ_are_refused(function, shape):
    with pytest.raises(ValueError, match="same shape"):
        function(IMAGES, np.zeros(shape))


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "x",
        [[1.0, 2.0], [3.0]],
        {"x": 1},
        np.zeros((3, 2)).astype(str),
        np.zeros((3, 2), complex),
        np.full((3, 2), None),
        np.full((3, 2), np.datetime64("2026-01-01")),
        tf.zeros((3, 2), tf.complex64),
        tf.fill((3, 2), "x"),
        tf.ragged.constant([[1.0, 2.0], [3.0]]),
    ],
    ids=str,
)
def test_what_are_no_real_numbers_are_refused(wrong):
    numbers, eye = np.zeros((3, 2)), np.eye(2)
    for function in (
        *(bernoulli_log_likelihood, gaussian_log_likelihood, kl_divergence),
        lambda x, logits: categorical_log_likelihood(x, logits),
        lambda q, p: kl_between_gaussians(q, eye, p, eye),
    ):
        for both in ((wrong, numbers), (numbers.astype(int), wrong)):
            with pytest.raises(ValueError, match=r"must be (an array of|a tensor of real) numbers"):
                function(*both)
    with pytest.raises(ValueError, match="variance must be"):
        gaussian_log_likelihood(numbers, numbers, wrong)


def test_values_that_the_likelihood_has_not_are_refused():
    with pytest.raises(ValueError, match=r"x must lie in \[0, 1\].* Mend: x / 255"):
        bernoulli_log_likelihood(255 * IMAGES, LOGITS)
    for symbol in (3, -1):
        with pytest.raises(ValueError, match=r"x must lie in \{0, …, 2\} for the categorical"):
            categorical_log_likelihood([[0, symbol]], np.zeros((1, 2, 3)))
    masked = np.ma.masked_less(IMAGES, 0.5)
    assert np.isnan(gaussian_log_likelihood(masked, LOGITS)).all()  # and not as if it were whole


@pytest.mark.parametrize("variance", [0, -1.0, float("nan"), float("inf"), "1"])
def test_impossible_variance_is_refused(variance):
    with pytest.raises(ValueError, match="variance must be a finite number above 0"):
        gaussian_log_likelihood(IMAGES, LOGITS, variance)


def random_gaussian(d, seed):
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(d, d))
    return generator.normal(size=d), root @ root.T + 0.1 * np.eye(d)


def test_kl_between_gaussians_against_quadrature():
    q, p = stats.norm(0.7, 0.5), stats.norm(-0.3, 1.4)
    expected = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -8, 8)[0]
    result = kl_between_gaussians([0.7], [[0.25]], [-0.3], [[1.96]])
    np.testing.assert_allclose(result, expected, rtol=1e-9)
    reversed_kl = kl_between_gaussians([-0.3], [[1.96]], [0.7], [[0.25]])
    assert reversed_kl > 2 * result  # not symmetric


def test_kl_between_gaussians_against_monte_carlo():
    (mean_q, covariance_q), (mean_p, covariance_p) = random_gaussian(3, 0), random_gaussian(3, 1)
    q = stats.multivariate_normal(mean_q, covariance_q)
    p = stats.multivariate_normal(mean_p, covariance_p)
    z = q.rvs(200_000, random_state=0)
    log_ratio = q.logpdf(z) - p.logpdf(z)
    result = kl_between_gaussians(mean_q, covariance_q, mean_p, covariance_p)
    assert abs(result - log_ratio.mean()) < 5 * log_ratio.std() / np.sqrt(len(z))


def test_kl_between_gaussians_with_the_prior_is_kl_divergence():
    z_mean, z_log_var = GENERATOR.normal(size=(2, 6, 3))
    covariances = np.exp(z_log_var)[:, :, None] * np.eye(3)
    result = kl_between_gaussians(z_mean, covariances, np.zeros(3), np.eye(3))
    assert result.shape == (6,)
    np.testing.assert_allclose(result, kl_divergence(z_mean, z_log_var), rtol=1e-10)


def test_kl_between_gaussians_is_zero_only_at_equality():
    mean, covariance = random_gaussian(4, 2)
    result = kl_between_gaussians(mean, covariance, mean, covariance)
    np.testing.assert_allclose(result, 0.0, atol=1e-12)
    assert kl_between_gaussians(mean + 0.1, covariance, mean, covariance) > 1e-4


def test_kl_between_gaussians_has_gradients():
    mean = tf.Variable([0.5, 0.0], dtype="float64")
    with tf.GradientTape() as tape:
        kl = kl_between_gaussians(mean, np.eye(2), np.zeros(2), np.eye(2))
    np.testing.assert_allclose(tape.gradient(kl, mean), [0.5, 0.0], atol=1e-12)

    covariance = tf.Variable(np.diag([2.0, 0.5]))
    with tf.GradientTape() as tape:
        kl = kl_between_gaussians(np.zeros(2), covariance, np.zeros(2), np.eye(2))
    expected = np.diag([0.5 * (1 - 1 / 2.0), 0.5 * (1 - 1 / 0.5)])
    np.testing.assert_allclose(tape.gradient(kl, covariance), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.0, 1.0], [1.0, 1.0], [0.0, 0.0], np.eye(2)), r"np\.diag"),
        (([0.0], [[1.0]], [0.0, 0.0], np.eye(2)), "same number of dimensions, got 1 and 2"),
        (([0.0], [[-1.0]], [0.0], [[1.0]]), "covariance_q must be positive definite"),
        (([0.0], [[1.0]], [0.0], [[0.0]]), "covariance_p must be positive definite"),
        (([0.0, 0], [[1.0, 0.5], [0.1, 1.0]], [0.0, 0], np.eye(2)), "must be symmetric"),
        (([np.nan], [[1.0]], [0.0], [[1.0]]), "must be finite"),
        ((np.zeros((5, 2)), np.eye(2), np.zeros((4, 2)), np.eye(2)), r"must broadcast, got \(5,\)"),
        ((np.zeros(0), np.zeros((0, 0)), [0.0], [[1.0]]), r"must have the shape"),
        ((0.0, 1.0, 0.0, 1.0), r"must have the shape \(\.\.\., d\)"),
    ],
)
def test_kl_between_gaussians_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        kl_between_gaussians(*arguments)
