"""The solutions against references that owe them nothing: no check is better than its solution."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats
import tensorflow as tf
from notebook_cells import solution_of
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import NearestNeighbors

from vae_course.exercises import find
from vae_keras import VAE, LinearGaussianModel, dense_decoder, dense_encoder, kl_between_gaussians
from vae_keras.data import load_images

rng = np.random.default_rng(0)


def solution(identifier):
    return solution_of(find(identifier))


def test_errors_per_image():
    x, x_prime = rng.random((2, 3, 4, 5, 2))
    expected = [np.linalg.norm((a - b).ravel()) ** 2 for a, b in zip(x, x_prime, strict=True)]
    np.testing.assert_allclose(solution("autoencoder.errors_per_image")(x, x_prime), expected)


def test_compression_ratio_by_hand():
    """10 images of 2 × 3 grey pixels, codes of 1 byte, a decoder of 5 numbers: 480 / (80 + 160)."""
    ratio = solution("autoencoder.compression_ratio")((2, 3, 1), 1, 8, 5, 10)
    assert ratio == pytest.approx(480 / 240)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_alarms_ring_at_the_rate_asked_for(rate):
    raise_alarms = solution("autoencoder.raise_alarms")
    validation, new = rng.gamma(2.0, size=(2, 20_000))
    alarms = raise_alarms(0.5 * validation, validation, new, rate)
    error = np.sqrt(2 * rate * (1 - rate) / 20_000)  # of both samples
    assert abs(np.mean(alarms) - rate) < 5 * error


def test_distance_to_codes():
    z, codes = rng.normal(size=(40, 5)), rng.normal(size=(60, 5))
    expected = NearestNeighbors(n_neighbors=1).fit(codes).kneighbors(z)[0][:, 0]
    np.testing.assert_allclose(solution("limits.distance_to_codes")(z, codes), expected)


def test_discrete_posterior():
    prior, likelihood = rng.dirichlet(np.ones(4)), rng.random((3, 4))
    posterior = solution("bayes.discrete_posterior")(prior, likelihood)
    for i, k in np.ndindex(3, 4):
        evidence = sum(prior[j] * likelihood[i, j] for j in range(4))
        assert posterior[i, k] == pytest.approx(prior[k] * likelihood[i, k] / evidence)


def test_log_evidence():
    logs = -1500 + 30 * rng.normal(size=(50, 3))
    expected = scipy.special.logsumexp(logs, axis=0) - np.log(50)
    np.testing.assert_allclose(solution("bayes.log_evidence")(logs), expected, rtol=1e-12)


def test_normalized_weights_give_the_posterior_mean():
    """A linear Gaussian model, whose posterior has a closed form."""
    model, x = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4), np.array([1.8, 0.1])
    z = 0.5 + 0.8 * rng.normal(size=(200_000, 1))
    log_q = scipy.stats.norm.logpdf(z, 0.5, 0.8)
    weights = solution("bayes.normalized_weights")(
        np.asarray(model.log_likelihood(x, z))[:, None], scipy.stats.norm.logpdf(z), log_q
    )
    mean = np.sum(weights * z)
    error = np.sqrt(np.sum(weights**2 * (z - mean) ** 2))
    assert abs(mean - float(model.posterior(x)[0][0])) < 5 * error
    assert error < 0.01


def test_kl_to_prior_is_the_integral():
    mean, log_var = 0.7, -0.9
    q, p = scipy.stats.norm(mean, np.exp(0.5 * log_var)), scipy.stats.norm()
    expected = scipy.integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -8, 8)[0]
    kl = solution("elbo.kl_to_prior")(np.array([[mean, 0.0]]), np.array([[log_var, 0.0]]))
    np.testing.assert_allclose(kl, [expected], rtol=1e-6)


def test_evidence_gap_is_the_divergence_to_the_posterior():
    model = LinearGaussianModel(rng.normal(size=(3, 2)), variance=0.3)
    x, z_mean, z_log_var = rng.normal(size=(4, 3)), *rng.normal(size=(2, 4, 2))
    means, covariance = model.posterior(x)
    q = np.exp(z_log_var)[..., None] * np.eye(2)
    expected = kl_between_gaussians(z_mean, q, means, covariance)
    gap = solution("elbo.evidence_gap")(model, x, z_mean, z_log_var)
    np.testing.assert_allclose(gap, expected, rtol=1e-9)


def test_elbo_from_losses_of_a_real_vae():
    shape, x = (4, 4, 1), rng.random((8, 4, 4, 1)).astype("float32")
    vae = VAE(dense_encoder(shape, 2), dense_decoder(shape, 2), beta=3.0)
    vae.compile()
    losses = vae.evaluate(x, verbose=0, return_dict=True)
    elbo = solution("elbo.elbo_from_losses")(losses["loss"], losses["kl_loss"], 3.0)
    expected = -losses["reconstruction_loss"] - losses["kl_loss"]
    assert float(elbo) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("center", "scale", "level"), [(0, 1, 0), (1, 0.6, -3), (-0.5, 1.4, -40)])
def test_best_gaussian_is_the_optimum(center, scale, level):
    """By quadrature and a general optimiser, and by the closed form (−½, 1), moved and scaled."""

    def log_joint(z):
        u = (z - center) / scale
        return u - np.exp(u) - np.log(scale) + level

    points, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()

    def minus_elbo(parameters):
        mean, log_sigma = parameters
        return -np.sum(weights * log_joint(mean + np.exp(log_sigma) * points)) - log_sigma

    best = scipy.optimize.minimize(minus_elbo, (center, np.log(scale))).x
    mean, sigma = solution("elbo.best_gaussian")(log_joint)
    assert best[0] == pytest.approx(center - 0.5 * scale, abs=1e-4)
    assert np.exp(best[1]) == pytest.approx(scale, rel=1e-4)
    assert mean == pytest.approx(best[0], abs=0.05)
    assert sigma == pytest.approx(np.exp(best[1]), abs=0.05)


def test_sample_z_and_its_gradient():
    z_mean, z_log_var = tf.constant([[1.5]] * 100_000), tf.constant([[-0.4]] * 100_000)
    with tf.GradientTape() as tape:
        tape.watch((z_mean, z_log_var))
        z = solution("reparameterization.sample_z")(z_mean, z_log_var)
    to_mean, to_log_var = tape.gradient(z, (z_mean, z_log_var))
    sigma = np.exp(-0.2)
    statistic = scipy.stats.kstest(z.numpy().ravel(), "norm", args=(1.5, sigma)).statistic
    assert statistic < 2.5 / np.sqrt(100_000)  # exceeded once in 130,000
    np.testing.assert_allclose(to_mean, np.ones((100_000, 1)))
    np.testing.assert_allclose(to_log_var, (z - z_mean) / 2, rtol=1e-4, atol=1e-5)


def test_pathwise_gradient_is_right_on_average():
    """E[Σ (z − a)²] = Σ (μ − a)² + σ²: the derivatives are 2(μ − a) and σ²."""
    z_mean, z_log_var, a = np.array([1.0, -0.5]), np.array([0.4, -1.0]), np.array([0.2, 0.3])
    epsilon = rng.standard_normal((4000, 50, 2))
    df_dz = 2 * (z_mean + np.exp(0.5 * z_log_var) * epsilon - a)
    estimate = solution("reparameterization.pathwise_gradient")
    found = np.array(
        [estimate(*each, z_log_var) for each in zip(df_dz, epsilon, strict=True)]
    ).reshape(4000, 4)
    exact = np.concatenate([2 * (z_mean - a), np.exp(z_log_var)])
    error = found.std(axis=0) / np.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - exact) < 5 * error)


def test_sample_laplace():
    u = np.array([0.001, 0.2, 0.5, 0.7, 0.999], "float32")
    location, scale = np.full(5, 0.3, "float32"), np.full(5, 1.7, "float32")
    z = solution("reparameterization.sample_laplace")(*map(tf.constant, (location, scale, u)))
    np.testing.assert_allclose(z, scipy.stats.laplace.ppf(u, 0.3, 1.7), rtol=1e-4, atol=1e-5)


def test_invented_law_is_a_density_and_its_draws_follow_it():
    u = (np.arange(20_000) + 0.5) / 20_000
    arguments = map(tf.constant, (0.4, 1.3))
    z, log_q = solution("reparameterization_further.invented_law")(
        *arguments, tf.constant(u, "float32")
    )
    order = np.argsort(z)
    z, q = np.asarray(z)[order], np.exp(np.asarray(log_q)[order])
    mass = np.concatenate([[0], np.cumsum(np.diff(z) * (q[1:] + q[:-1]) / 2)])
    inner = slice(200, -200)  # the tails are between few points
    np.testing.assert_allclose(
        (mass - mass[200])[inner], np.arange(20_000)[:-400] / 20_000, atol=2e-3
    )


def test_gradient_estimates_are_right_on_average():
    """d/dμ E[f(z, μ)] for f = z² + μ z under N(μ, σ²): E f = 2 μ² + σ², the derivative 4 μ."""
    mean, sigma = 0.8, 0.6
    epsilon = rng.standard_normal((200_000, 8))
    z = mean + sigma * epsilon
    f, df_dz, df_dmean = z**2 + mean * z, 2 * z + mean, z
    estimate = solution("reparameterization_further.gradient_estimates")
    pairs = np.array(
        [estimate(*each, sigma) for each in zip(f[:4000], df_dz, df_dmean, epsilon, strict=False)]
    )
    for values in pairs.T:
        error = values.std() / np.sqrt(len(values))
        assert abs(values.mean() - 4 * mean) < 5 * error


def test_reconstruction_terms():
    x, logits = rng.random((5, 3, 2, 3)), rng.normal(size=(5, 3, 2, 3))
    entropy, squares = solution("training.reconstruction_terms")(
        x.astype("float32"), logits.astype("float32")
    )
    p = scipy.special.expit(logits)
    expected = -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=(1, 2, 3))
    np.testing.assert_allclose(entropy, expected, rtol=1e-5)
    np.testing.assert_allclose(squares, np.sum((x - p) ** 2, axis=(1, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_prior_grid_is_at_the_median_of_each_part(count):
    bounds = scipy.stats.norm.ppf(np.arange(count + 1) / count)
    values = scipy.stats.truncnorm.median(bounds[:-1], bounds[1:])
    expected = [(across, up) for up in reversed(values) for across in values]
    np.testing.assert_allclose(solution("generation.prior_grid")(count), expected, atol=1e-9)


@pytest.mark.parametrize("dim", [2, 3, 32])
def test_slerp_goes_round_the_great_circle_at_constant_speed(dim):
    slerp, radius = solution("generation.slerp"), 1.7
    one, other = rng.normal(size=(2, dim))
    one, other = radius * one / np.linalg.norm(one), radius * other / np.linalg.norm(other)
    path = np.array([slerp(one, other, t) for t in np.linspace(0, 1, 11)])
    np.testing.assert_allclose(path[[0, -1]], [one, other], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), radius)
    angles = np.arccos(np.sum(path[1:] * path[:-1], axis=1) / radius**2)
    np.testing.assert_allclose(angles, np.arccos(one @ other / radius**2) / 10)
    assert np.linalg.matrix_rank(path, tol=1e-9) == 2  # in the plane of the two codes


@pytest.mark.parametrize("one", [[0.0, 0.0], [1.0, 2.0], [-2.0, -4.0]])
def test_slerp_is_straight_where_it_cannot_turn(one):
    slerp, other = solution("generation.slerp"), np.array([1.0, 2.0])
    path = np.array([slerp(np.array(one), other, t) for t in np.linspace(0, 1, 11)])
    np.testing.assert_allclose(path, np.linspace(one, other, 11), atol=1e-12)


def test_clean_direction_is_a_linear_regression():
    confound = rng.normal(size=300)
    attribute = 0.8 * confound + rng.normal(size=300)
    z = rng.normal(size=(300, 6)) + np.outer(attribute, np.arange(6)) + 2 * confound[:, None] + 3
    model = LinearRegression().fit(np.stack([attribute, confound], axis=1), z)
    direction = solution("generation.clean_direction")(z, attribute, confound)
    np.testing.assert_allclose(direction, model.coef_[:, 0], rtol=1e-9)


@pytest.mark.parametrize("peak", [1.0, 255.0])
def test_psnr(peak):
    metrics = pytest.importorskip("skimage.metrics")  # of the notebooks, not of the tests
    x, x_hat = peak * rng.random((2, 4, 9, 7, 3))
    expected = [
        metrics.peak_signal_noise_ratio(a, b, data_range=peak)
        for a, b in zip(x, x_hat, strict=True)
    ]
    np.testing.assert_allclose(solution("denoising.psnr")(x, x_hat, peak), expected)


def test_fill_hole_is_where_the_density_is_highest():
    root = rng.normal(size=(6, 6))
    law = scipy.stats.multivariate_normal(rng.normal(size=6), root @ root.T + np.eye(6))
    hidden = np.array([True, False, False, True, True, False])
    image = law.rvs(random_state=1)
    filled = solution("denoising.fill_hole")(image, hidden, law.mean, law.cov)
    np.testing.assert_array_equal(filled[~hidden], image[~hidden])

    def height(guess):
        image[hidden] = guess
        return -law.logpdf(image)

    found = scipy.optimize.minimize(height, np.zeros(3), tol=1e-10).x
    np.testing.assert_allclose(filled[hidden], found, atol=1e-4)


def test_speckled_log_likelihood_by_frequencies():
    x_hat, share, count = np.array([0.9, 0.2]), 0.3, 400_000
    ink = rng.random((count, 2)) < x_hat
    touched = rng.random((count, 2)) < share
    y = np.where(touched, rng.random((count, 2)) < 0.5, ink)
    for each in np.ndindex(2, 2):
        frequency = np.mean(np.all(y == each, axis=1))
        image = np.reshape(each, (1, 1, 2, 1)).astype("float64")
        found = solution("denoising.speckled_log_likelihood")(
            image, x_hat.reshape(1, 1, 2, 1), share
        )
        np.testing.assert_allclose(found, [np.log(frequency)], atol=0.02)


def test_message_bytes_in_exact_arithmetic():
    """The fewest bytes with as many values as messages of the same probability."""
    message_bytes = solution("compression.message_bytes")
    messages = [0.02 + 0.97 * rng.random(length) for length in (1, 7, 100, 1000)]
    messages += [np.full(16, 0.5), np.full(17, 0.5), np.ones(5)]
    for probabilities in messages:
        number = 1 / math.prod(map(Fraction, probabilities))
        fewest = next(n for n in itertools.count() if 256**n >= number)
        assert message_bytes(probabilities) == fewest


@pytest.mark.parametrize("bits", [1.5, 3.0])
@pytest.mark.parametrize("law", ["normal", "laplace", "uniform", "exponential"])
def test_step_for_budget_by_brute_force(law, bits):
    values = 7 * getattr(rng, law)(size=3000)

    def entropy(step):
        counts = np.unique(np.round(values / step), return_counts=True)[1]
        return scipy.stats.entropy(counts, base=2)

    steps = np.geomspace(0.01, 100, 2000)
    finest = next(step for step in steps if entropy(step) <= bits)
    step = solution("compression.step_for_budget")(values, bits)
    assert entropy(step) <= bits
    assert entropy(step) == pytest.approx(entropy(finest), abs=0.05)
    assert step == pytest.approx(finest, rel=0.05)


def test_ink_probabilities_are_of_what_was_read_and_cost_few_bits():
    ink_probabilities = solution("compression.ink_probabilities")
    x = (load_images("mnist_mini")[0][..., 0] > 0.5).astype("int64")
    x_train, images = x[:2000], x[2000:2200]
    p = ink_probabilities(images, x_train).reshape(len(images), -1)
    code_lengths = -scipy.stats.bernoulli.logpmf(images.reshape(p.shape), p).sum(axis=1) / np.log(2)
    assert code_lengths.mean() < 170
    for place in rng.integers(28 * 28, size=20):
        changed = images.reshape(p.shape).copy()
        changed[:, place:] = rng.integers(2, size=changed[:, place:].shape)
        again = ink_probabilities(changed.reshape(images.shape), x_train).reshape(p.shape)
        np.testing.assert_array_equal(again[:, : place + 1], p[:, : place + 1])
