"""The importance-weighted autoencoder against the VAE, its bound and a linear-Gaussian model."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    IWAE,
    VAE,
    Gaussian,
    LinearGaussianModel,
    dense_decoder,
    dense_encoder,
    importance_weighted_bound,
)

rng = np.random.default_rng(0)
LATENT, SIZE, VARIANCE = 2, 4, 0.3
WEIGHTS, BIAS = rng.normal(size=(LATENT, SIZE)), rng.normal(size=SIZE)
MODEL = LinearGaussianModel(WEIGHTS.T, BIAS, VARIANCE)
GRADIENTS = ("standard", "doubly_reparameterized")


def linear(model=IWAE, **options):
    """A model whose decoder is MODEL, and whose x are the very parameters of q: [μ, log σ²]."""
    keras.utils.set_random_seed(0)
    q = keras.Input((SIZE,))
    encoder = keras.Model(q, [q[:, :LATENT], q[:, LATENT:]])
    decoder = dense_decoder((SIZE,), LATENT, ())
    decoder.set_weights([WEIGHTS, BIAS])
    return model(encoder, decoder, Gaussian(VARIANCE), seed=0, **options)


def beside_the_posterior(x):
    """Parameters of a q(z|x) near the posterior, not on it, `(batch, 2 · LATENT)`."""
    mean, covariance = (np.asarray(each) for each in MODEL.posterior(x))
    log_var = np.log(np.diag(covariance)) + 0.4
    return np.concatenate([mean + 0.2, np.tile(log_var, (len(x), 1))], axis=1).astype("float32")


X = MODEL.sample(10, seed=1)[1]
Q = beside_the_posterior(X)


def of_x(model=IWAE, **options):
    """The same with an encoder of x, whose q(z|x) is that of `beside_the_posterior`."""
    rows = np.concatenate([np.zeros((1, SIZE)), np.eye(SIZE)])
    at_zero, *at_unit = beside_the_posterior(rows)
    slopes = np.array(at_unit) - at_zero
    encoder, decoder = dense_encoder((SIZE,), LATENT, ()), dense_decoder((SIZE,), LATENT, ())
    encoder.set_weights(
        [slopes[:, :LATENT], at_zero[:LATENT], slopes[:, LATENT:], at_zero[LATENT:]]
    )
    decoder.set_weights([WEIGHTS, BIAS])
    return model(encoder, decoder, Gaussian(VARIANCE), seed=0, **options)


def gradients_of_q(count, **options):
    """∂(-L_K)/∂(μ, log σ²) of the first of X, `count` draws of it: `(count, 2 · LATENT)`."""
    model = linear(**options)
    q = tf.constant(np.tile(Q[:1], (count, 1)))
    x = tf.constant(np.tile(X[:1], (count, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(q)
        loss = model.total(**model.terms(q, x, training=True))
    return tape.gradient(loss, q).numpy().astype("float64")


def mean_and_error(values):
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))


def signal_to_noise(gradients):
    return np.abs(gradients.mean(axis=0)) / gradients.std(axis=0)


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_one_sample_is_the_vae_to_the_last_bit(jit_compile, likelihood):
    x = rng.random((70, 5)).astype("float32")
    x = x[:64] if jit_compile else x  # XLA compiles for each size of batch anew

    def trained(model, **options):
        keras.utils.set_random_seed(0)
        networks = dense_encoder((5,), 2, (8,)), dense_decoder((5,), 2, (8,))
        model = model(*networks, likelihood, beta=0.7, seed=0, **options)
        # Plain descent compiles fastest, and rounds as little as the model itself.
        model.compile(keras.optimizers.SGD(1e-2), jit_compile=jit_compile)
        return model, model.fit(x, epochs=3, batch_size=16, validation_data=x, verbose=0).history

    vae, expected = trained(VAE)
    iwae, history = trained(IWAE, num_samples=1)
    for weight, other in zip(iwae.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    assert {name: history[name] for name in expected} == expected
    assert history["tightening_loss"] == [0.0] * 3


def test_the_loss_is_the_bound_and_rises_from_the_elbo_to_log_p():
    elbo = float(np.mean(MODEL.elbo(X, Q[:, :LATENT], Q[:, LATENT:])))
    truth = float(np.mean(MODEL.log_marginal(X)))
    replicas = np.tile(X, (3000, 1)).astype("float32")
    found = [(elbo, 0.0)]
    for k in (1, 5, 50):
        iwae = of_x(num_samples=k)
        terms = iwae.terms(*[tf.constant(replicas)] * 2, training=False)
        values = -iwae.total(**terms).numpy().astype("float64").reshape(3000, -1).mean(axis=1)
        bound = importance_weighted_bound(iwae, replicas, k, seed=1, batch_size=2**16)
        expected = bound.values.reshape(3000, -1).mean(axis=1)
        (mean, error), (other, other_error) = map(mean_and_error, (values, expected))
        assert abs(mean - other) < 4.5 * np.hypot(error, other_error)
        assert np.max(terms["tightening_loss"]) <= 1e-5
        found.append((mean, error))
    assert abs(found[1][0] - elbo) < 4.5 * found[1][1] + 1e-5
    for (low, low_error), (high, error) in itertools.pairwise(found[1:]):
        assert low + 5 * np.hypot(low_error, error) < high
    assert found[-1][0] < truth + 4.5 * found[-1][1]
    assert truth - elbo > 0.1


@pytest.mark.parametrize("beta", [1.0, 0.5])
@pytest.mark.parametrize("k", [1, 2, 10])
def test_the_doubly_reparameterized_gradient_is_the_standard_one_on_average(k, beta):
    (mean, error), (other, other_error) = (
        mean_and_error(gradients_of_q(60_000, num_samples=k, beta=beta, gradient=each))
        for each in GRADIENTS
    )
    assert np.all(np.abs(mean - other) < 4.5 * np.hypot(error, other_error))
    assert np.any(np.abs(mean) > 8 * error)  # there is something to agree on


def test_with_one_sample_both_gradients_are_that_of_the_exact_elbo():
    q = tf.constant(Q[:1].astype("float64"))
    with tf.GradientTape() as tape:
        tape.watch(q)
        loss = -MODEL.elbo(X[:1], q[:, :LATENT], q[:, LATENT:])
    exact = tape.gradient(loss, q).numpy()[0]
    for each in GRADIENTS:
        mean, error = mean_and_error(gradients_of_q(60_000, num_samples=1, gradient=each))
        assert np.all(np.abs(mean - exact) < 4.5 * error + 1e-5)


def test_the_doubly_reparameterized_gradient_has_the_higher_signal_to_noise():
    for k in (10, 100):
        standard, doubly = (
            signal_to_noise(gradients_of_q(10_000, num_samples=k, gradient=each))
            for each in GRADIENTS
        )
        assert np.all(doubly > 1.5 * standard)


def test_both_gradients_give_the_same_values_and_the_same_decoder():
    found = []
    for each in GRADIENTS:
        model = linear(num_samples=7, gradient=each)
        with tf.GradientTape() as tape:
            terms = model.terms(tf.constant(Q), tf.constant(X.astype("float32")), training=True)
            loss = tf.reduce_sum(model.total(**terms))
        gradients = tape.gradient(loss, model.decoder.trainable_variables)
        found.append([*terms.values(), *gradients])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_wrong_options_are_refused():
    for wrong in (0, 2.5, "3", True):
        with pytest.raises(ValueError, match="num_samples must be a whole number above 0"):
            linear(num_samples=wrong)
    with pytest.raises(ValueError, match=r"gradient must be one of .*Did you mean"):
        linear(gradient="doubly_reparametrized")
    with pytest.raises(ValueError, match="takes no free bits"):
        linear(free_bits=0.5)
