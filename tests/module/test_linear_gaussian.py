"""The linear-Gaussian model against SciPy, quadrature, scikit-learn and finite differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats
from sklearn.decomposition import PCA

from vae_keras import (
    VAE,
    LinearGaussianModel,
    dense_decoder,
    dense_encoder,
    kl_between_gaussians,
)
from vae_keras.likelihoods import Gaussian

GENERATOR = np.random.default_rng(0)
SIZES = [(1, 1), (2, 1), (3, 3), (2, 5), (40, 4)]  # (data_dim, latent_dim), wide and tall


@pytest.fixture(params=SIZES, ids=str)
def model(request):
    data_dim, latent_dim = request.param
    return LinearGaussianModel(
        GENERATOR.normal(size=(data_dim, latent_dim)), GENERATOR.normal(size=data_dim), 0.3
    )


@pytest.fixture
def x(model):
    return model.sample(6, seed=1)[1]


def test_log_densities_against_scipy(model, x):
    z = GENERATOR.normal(size=(6, model.latent_dim))
    np.testing.assert_allclose(model.log_prior(z), stats.norm.logpdf(z).sum(axis=1), rtol=1e-12)
    mean = z @ model.weights.T + model.bias
    expected = stats.norm.logpdf(x, mean, np.sqrt(0.3)).sum(axis=1)
    np.testing.assert_allclose(model.log_likelihood(x, z), expected, rtol=1e-12)


def test_log_marginal_against_scipy(model, x):
    covariance = model.weights @ model.weights.T + 0.3 * np.eye(model.data_dim)
    law = stats.multivariate_normal(model.bias, covariance)
    np.testing.assert_allclose(model.log_marginal(x), np.atleast_1d(law.logpdf(x)), rtol=1e-10)


def test_bayes_rule_at_every_point(model, x):
    z = GENERATOR.normal(size=(6, model.latent_dim))
    by_bayes = model.log_likelihood(x, z) + model.log_prior(z) - model.log_marginal(x)
    np.testing.assert_allclose(model.log_posterior(z, x), by_bayes, rtol=1e-9, atol=1e-9)


def test_marginal_and_posterior_against_quadrature():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    x = np.array([1.8, 0.1])

    def joint(z):
        return float(np.exp(model.log_likelihood(x, [z]) + model.log_prior([z])))

    evidence = integrate.quad(joint, -10, 10, epsabs=1e-13)[0]
    np.testing.assert_allclose(model.log_marginal(x), np.log(evidence), rtol=1e-9)
    mean = integrate.quad(lambda z: z * joint(z), -10, 10, epsabs=1e-13)[0] / evidence
    square = integrate.quad(lambda z: z**2 * joint(z), -10, 10, epsabs=1e-13)[0] / evidence
    posterior_mean, posterior_covariance = model.posterior(x)
    np.testing.assert_allclose(posterior_mean, [mean], rtol=1e-8)
    np.testing.assert_allclose(posterior_covariance, [[square - mean**2]], rtol=1e-8)


def test_elbo_against_quadrature():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    x = np.array([[1.8, 0.1]])
    q = stats.norm(0.4, np.exp(0.5 * -0.7))

    def integrand(z):
        log_joint = float(model.log_likelihood(x[0], [z]) + model.log_prior([z]))
        return q.pdf(z) * (log_joint - q.logpdf(z))

    expected = integrate.quad(integrand, -10, 10, epsabs=1e-12)[0]
    np.testing.assert_allclose(model.elbo(x, [[0.4]], [[-0.7]]), [expected], rtol=1e-9)


def test_the_gap_of_the_elbo_is_the_divergence_to_the_posterior(model, x):
    z_mean = GENERATOR.normal(size=(6, model.latent_dim))
    z_log_var = GENERATOR.normal(size=(6, model.latent_dim))
    gap = model.log_marginal(x) - model.elbo(x, z_mean, z_log_var)
    covariances = np.stack([np.diag(np.exp(row)) for row in z_log_var])
    expected = kl_between_gaussians(z_mean, covariances, *model.posterior(x))
    np.testing.assert_allclose(gap, expected, rtol=1e-8, atol=1e-9)


def test_elbo_has_its_maximum_at_the_posterior():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    x = model.sample(5, seed=0)[1]
    mean, covariance = model.posterior(x)
    z_mean, z_log_var = tf.Variable(mean), tf.Variable(np.log(covariance) * np.ones((5, 1)))
    with tf.GradientTape() as tape:
        elbo = model.elbo(x, z_mean, z_log_var)
    np.testing.assert_allclose(elbo, model.log_marginal(x), rtol=1e-12)
    for gradient in tape.gradient(elbo, [z_mean, z_log_var]):
        np.testing.assert_allclose(gradient, np.zeros((5, 1)), atol=1e-12)


def test_gradients_against_finite_differences(model, x):
    z_mean = tf.Variable(GENERATOR.normal(size=(6, model.latent_dim)))
    z_log_var = tf.Variable(GENERATOR.normal(size=(6, model.latent_dim)))
    with tf.GradientTape() as tape:
        elbo = tf.reduce_sum(model.elbo(x, z_mean, z_log_var))
    for index, gradient in enumerate(tape.gradient(elbo, [z_mean, z_log_var])):
        direction = GENERATOR.normal(size=gradient.shape)
        parameters = [z_mean.numpy(), z_log_var.numpy()]
        values = []
        for step in (1e-5, -1e-5):
            moved = list(parameters)
            moved[index] = moved[index] + step * direction
            values.append(np.sum(model.elbo(x, *moved)))
        expected = (values[0] - values[1]) / 2e-5
        np.testing.assert_allclose(np.sum(gradient * direction), expected, rtol=1e-6, atol=1e-6)


def test_samples_have_the_model_s_moments():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    z, x = model.sample(200_000, seed=0)
    assert z.shape == (200_000, 1)
    assert x.shape == (200_000, 2)
    expected = model.weights @ model.weights.T + 0.4 * np.eye(2)
    np.testing.assert_allclose(x.mean(axis=0), model.bias, atol=5 * np.sqrt(1.84 / 200_000))
    np.testing.assert_allclose(np.cov(x.T), expected, atol=0.03)
    np.testing.assert_allclose(z, model.sample(200_000, seed=0)[0])


def test_leading_axes_broadcast():
    model = LinearGaussianModel(GENERATOR.normal(size=(3, 2)))
    x, z = GENERATOR.normal(size=(5, 3)), GENERATOR.normal(size=(7, 1, 2))
    assert model.log_likelihood(x, z).shape == (7, 5)
    assert model.log_posterior(z, x).shape == (7, 5)
    assert model.log_likelihood(x[0], z).shape == (7, 1)
    assert model.log_marginal(x[0]).shape == ()


def test_everything_is_float64_even_from_float32():
    model = LinearGaussianModel(np.float32([[1.0], [2.0]]))
    x, z = np.float32([[1.0, 2.0]]), np.float32([[0.5]])
    for value in (model.log_marginal(x), model.elbo(x, z, z), *model.posterior(x)):
        assert value.dtype == "float64"


@pytest.mark.parametrize("n", [30, 300])  # fewer and more examples than coordinates
def test_fit_makes_the_data_most_likely(digits, n):
    x = digits.x_train[:n, ::4, ::4].reshape(n, -1).astype("float64")
    model = LinearGaussianModel.fit(x, latent_dim=5)
    best = float(np.mean(model.log_marginal(x)))
    for _ in range(5):
        weights = model.weights + 0.03 * GENERATOR.normal(size=model.weights.shape)
        bias = model.bias + 0.03 * GENERATOR.normal(size=model.bias.shape)
        others = [
            LinearGaussianModel(weights, model.bias, model.variance),
            LinearGaussianModel(model.weights, bias, model.variance),
            LinearGaussianModel(0.99 * model.weights, model.bias, model.variance),
            LinearGaussianModel(1.01 * model.weights, model.bias, model.variance),
            LinearGaussianModel(model.weights, model.bias, 0.98 * model.variance),
            LinearGaussianModel(model.weights, model.bias, 1.02 * model.variance),
        ]
        assert max(np.mean(other.log_marginal(x)) for other in others) < best


def test_fit_finds_the_directions_of_pca(digits):
    x = digits.x_train[:300, ::4, ::4].reshape(300, -1).astype("float64")
    model = LinearGaussianModel.fit(x, latent_dim=5)
    pca = PCA(5, svd_solver="full").fit(x)
    directions = model.weights / np.linalg.norm(model.weights, axis=0)
    cosines = np.abs(np.sum(directions * pca.components_.T, axis=0))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-8)
    # With many examples scikit-learn's n - 1 is all the difference.
    expected = pca.noise_variance_ * 299 / 300
    np.testing.assert_allclose(model.variance, expected, rtol=1e-10)


def test_fit_recovers_the_model_it_was_given():
    model = LinearGaussianModel([[1.2], [0.6], [0.0]], [0.5, -0.3, 1.0], 0.4)
    fitted = LinearGaussianModel.fit(model.sample(100_000, seed=0)[1], 1)
    sign = np.sign(fitted.weights[0, 0])
    np.testing.assert_allclose(sign * fitted.weights, model.weights, atol=0.02)
    np.testing.assert_allclose(fitted.bias, model.bias, atol=0.02)
    np.testing.assert_allclose(fitted.variance, 0.4, atol=0.01)


def test_from_vae_reads_a_linear_decoder():
    vae = VAE(
        dense_encoder((3, 4, 1), 2),
        dense_decoder((3, 4, 1), 2, hidden_units=()),
        likelihood=Gaussian(0.2),
    )
    vae.decoder.set_weights([GENERATOR.normal(size=w.shape) for w in vae.decoder.get_weights()])
    model = LinearGaussianModel.from_vae(vae)
    weights, bias = vae.decoder.get_weights()
    np.testing.assert_allclose(model.weights, weights.T, atol=1e-5)
    np.testing.assert_allclose(model.bias, bias, atol=1e-6)
    assert model.variance == 0.2


def test_from_vae_sees_a_curve_under_a_large_bias():
    inputs = keras.Input((2,))
    x = keras.layers.Dense(16)(keras.layers.Dense(8, activation="tanh")(inputs))
    decoder = keras.Model(inputs, keras.layers.Reshape((4, 4, 1))(x))
    decoder.layers[-2].bias.assign(np.full(16, 1e3))
    vae = VAE(dense_encoder((4, 4, 1), 2), decoder, likelihood="gaussian")
    with pytest.raises(ValueError, match="linear decoder"):
        LinearGaussianModel.from_vae(vae)


def test_from_vae_takes_a_large_bias():
    vae = VAE(dense_encoder((4, 4, 1), 2), dense_decoder((4, 4, 1), 2, ()), likelihood="gaussian")
    kernel, bias = vae.decoder.get_weights()
    vae.decoder.set_weights([kernel, bias + 1e3])
    np.testing.assert_allclose(LinearGaussianModel.from_vae(vae).weights, kernel.T, atol=1e-3)


def test_from_vae_refuses_what_is_not_linear(small_vae):
    with pytest.raises(ValueError, match=r"vae_keras\.VAE, got NoneType"):
        LinearGaussianModel.from_vae(None)
    with pytest.raises(ValueError, match="Gaussian likelihood"):
        LinearGaussianModel.from_vae(small_vae())
    with pytest.raises(ValueError, match="hidden_units="):
        LinearGaussianModel.from_vae(small_vae(likelihood="gaussian"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": [1.0, 2.0]}, r"\(data_dim, latent_dim\), got \(2,\)"),
        ({"weights": np.zeros((0, 2))}, r"the shape \(0, 2\)"),
        ({"weights": [[1.0]], "bias": [0.0, 1.0]}, r"bias must have the shape \(1,\)"),
        ({"weights": [[np.nan]]}, "finite"),
        ({"weights": [[1.0]], "variance": 0.0}, "variance"),
        ({"weights": [[1.0]], "variance": -1.0}, "variance"),
    ],
)
def test_bad_parameters(arguments, message):
    with pytest.raises(ValueError, match=message):
        LinearGaussianModel(**arguments)


def test_bad_data():
    model = LinearGaussianModel(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"x must have the shape \(\.\.\., 3\), got \(4, 2\)"):
        model.log_marginal(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"z must have the shape \(\.\.\., 2\)"):
        model.log_prior(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="n must be a whole number"):
        model.sample(0)
    x = np.random.default_rng(0).normal(size=(9, 3))
    for latent_dim in (0, 3, 1.5, "2", None, True):
        with pytest.raises(ValueError, match="latent_dim must be a whole number from 1 to 2"):
            LinearGaussianModel.fit(x, latent_dim)
    with pytest.raises(ValueError, match=r"x must have 2 entries at least, got the shape \(0, 3\)"):
        LinearGaussianModel.fit(x[:0], 1)
    with pytest.raises(ValueError, match="no variance is left"):
        LinearGaussianModel.fit(np.outer(np.arange(9.0), [1, 2, 3]), 1)
    with pytest.raises(ValueError, match="finite"):
        LinearGaussianModel.fit(np.full((9, 3), np.nan), 1)
    with pytest.raises(ValueError, match=r"got \(\)"):
        model.log_marginal(1.0)
    for seed in (-1, 1.5, "a", True):
        with pytest.raises(ValueError, match="seed must be a whole number"):
            model.sample(2, seed=seed)
    with pytest.raises(ValueError, match="overflow"):
        LinearGaussianModel([[1e200]])
    for counts in (
        lambda: model.log_likelihood(np.zeros((4, 3)), np.zeros((5, 2))),
        lambda: model.log_posterior(np.zeros((5, 2)), np.zeros((4, 3))),
    ):
        with pytest.raises(ValueError, match=r"leading axes .* got \(4,\) and \(5,\)"):
            counts()
    for wrong in (tf.zeros((4, 3), tf.complex64), tf.ragged.constant([[1.0], [2.0, 3.0]]), "x"):
        with pytest.raises(ValueError, match=r"x must be .* numbers"):
            model.log_marginal(wrong)


@pytest.mark.parametrize("shapes", [(3, 4, 4), (3, 3, 1), (3, 1, 3), (1, 3, 1)])
def test_elbo_refuses_rows_that_do_not_match(shapes):
    model = LinearGaussianModel(np.ones((2, 1)))
    x, z_mean, z_log_var = (np.zeros((n, d)) for n, d in zip(shapes, (2, 1, 1), strict=True))
    with pytest.raises(ValueError, match=r"must have the shapes \(batch, data_dim\)"):
        model.elbo(x, z_mean, z_log_var)
    with pytest.raises(ValueError, match="must have the shapes"):
        model.elbo(np.zeros((2, 2, 2)), np.zeros((2, 2, 1)), np.zeros((2, 2, 1)))


def test_one_row_serves_all():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    x = model.sample(5, seed=0)[1]
    expected = model.elbo(x, np.full((5, 1), 0.3), np.full((5, 1), -1.0))
    np.testing.assert_allclose(model.elbo(x, [[0.3]], [[-1.0]]), expected)
    many_q = model.elbo(x[:1], np.linspace(-1, 1, 7)[:, None], np.zeros((7, 1)))
    assert many_q.shape == (7,)


@pytest.mark.parametrize("variance", [1e-4, 1e-8, 1e-12])
def test_small_variances_lose_no_digits(variance):
    model = LinearGaussianModel(np.random.default_rng(0).normal(size=(50, 3)), None, variance)
    x = model.sample(4, seed=0)[1]
    eigenvalues, vectors = np.linalg.eigh(model.weights @ model.weights.T)
    spectrum = np.maximum(eigenvalues, 0) + variance
    spectrum[:47] = variance  # the directions that W leaves out, exactly
    expected = -0.5 * (
        np.sum((x @ vectors) ** 2 / spectrum, axis=1) + np.sum(np.log(2 * np.pi * spectrum))
    )
    np.testing.assert_allclose(model.log_marginal(x), expected, rtol=1e-6)
    z, _ = model.posterior(x)
    by_bayes = model.log_likelihood(x, z) + model.log_prior(z) - model.log_posterior(z, x)
    np.testing.assert_allclose(model.log_marginal(x), by_bayes, rtol=1e-6)


def test_the_model_does_not_change_with_the_arrays_it_was_given():
    weights = np.ones((2, 1))
    model = LinearGaussianModel(weights)
    before = model.log_marginal([1.0, 2.0])
    weights[:] = 100.0
    assert model.log_marginal([1.0, 2.0]) == before
    with pytest.raises(ValueError, match="read-only"):
        model.weights[:] = 100.0
    with pytest.raises(AttributeError):
        model.variance = 5.0


def test_all_works_inside_a_compiled_function():
    model = LinearGaussianModel([[1.2], [0.6]], [0.5, -0.3], 0.4)
    x = model.sample(5, seed=0)[1]
    z = np.zeros((5, 1))
    specification = [tf.TensorSpec((None, 2), "float64"), tf.TensorSpec((None, 1), "float64")]

    @tf.function(input_signature=specification)
    def compute(x, z):
        return model.log_marginal(x), model.log_posterior(z, x), model.elbo(x, z, z)

    expected = model.log_marginal(x), model.log_posterior(z, x), model.elbo(x, z, z)
    for value, eager in zip(compute(x, z), expected, strict=True):
        np.testing.assert_allclose(value, eager)
