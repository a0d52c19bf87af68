"""The solutions against references that owe them nothing: no check is better than its solution."""

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats
import tensorflow as tf
from sklearn.neighbors import NearestNeighbors

from vae_keras import VAE, LinearGaussianModel, dense_decoder, dense_encoder, kl_between_gaussians
from vae_keras.exercises import find

IMPORTS = """\
import keras
import numpy as np
import tensorflow as tf
from keras import ops
from vae_keras import *

"""
rng = np.random.default_rng(0)


def solution(identifier):
    """The solution's function, from the source that a student sees."""
    exercise, names = find(identifier), {}
    exec(IMPORTS + exercise.source(), names)
    return names[exercise.name]


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


def test_sample_laplace():
    u = np.array([0.001, 0.2, 0.5, 0.7, 0.999], "float32")
    location, scale = np.full(5, 0.3, "float32"), np.full(5, 1.7, "float32")
    z = solution("reparameterization.sample_laplace")(*map(tf.constant, (location, scale, u)))
    np.testing.assert_allclose(z, scipy.stats.laplace.ppf(u, 0.3, 1.7), rtol=1e-4, atol=1e-5)


def test_invented_law_is_a_density_and_its_draws_follow_it():
    u = (np.arange(20_000) + 0.5) / 20_000
    arguments = map(tf.constant, (0.4, 1.3))
    z, log_q = solution("reparameterization.invented_law")(*arguments, tf.constant(u, "float32"))
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
    estimate = solution("reparameterization.gradient_estimates")
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
