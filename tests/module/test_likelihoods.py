"""The likelihoods: densities, means and draws against SciPy, and the learned variance."""

import keras
import numpy as np
import pytest
import scipy.stats as st
import tensorflow as tf

from vae_keras import VAE, dense_decoder, dense_encoder, likelihoods
from vae_keras.likelihoods import Bernoulli, Categorical, Gaussian

rng = np.random.default_rng(0)
DECODED = rng.normal(size=(5, 4, 3)).astype("float32")


def expected_and_x(likelihood):
    """log p(x|z) by SciPy, one value an example, and the x."""
    if isinstance(likelihood, Bernoulli):
        x = (rng.random(DECODED.shape) < 0.5).astype("float32")
        return st.bernoulli.logpmf(x, 1 / (1 + np.exp(-DECODED))).sum((1, 2)), x
    if isinstance(likelihood, Gaussian):
        x = rng.normal(size=DECODED.shape).astype("float32")
        return st.norm.logpdf(x, DECODED, np.sqrt(likelihood.variance)).sum((1, 2)), x
    x = rng.integers(0, 3, (5, 4))
    p = np.exp(DECODED) / np.exp(DECODED).sum(-1, keepdims=True)
    return np.log(np.take_along_axis(p, x[..., None], -1)).sum((1, 2)), x


ALL = [Bernoulli(), Gaussian(), Gaussian(2.5), Gaussian("learned"), Categorical()]


@pytest.mark.parametrize("likelihood", ALL, ids=lambda each: each.name)
def test_log_prob_mean_and_draws_agree(likelihood):
    expected, x = expected_and_x(likelihood)
    found = likelihood.log_prob(x, DECODED)
    assert found.shape == (5,)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    draws = likelihood.sample(np.repeat(DECODED[:1], 40_000, axis=0), seed=0)
    assert tuple(draws.shape[1:]) == x.shape[1:]
    likelihood.check(np.asarray(draws), DECODED.shape[1:])
    mean = np.asarray(likelihood.mean(DECODED))[0]
    if isinstance(likelihood, Categorical):
        draws = np.eye(3)[np.asarray(draws)]
    np.testing.assert_allclose(np.mean(draws, axis=0), mean, atol=0.04)
    again = likelihood.sample(DECODED, seed=3)
    np.testing.assert_array_equal(again, likelihood.sample(DECODED, seed=3))


@pytest.mark.parametrize("likelihood", ALL, ids=lambda each: each.name)
def test_configuration_round_trip(likelihood):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(likelihood))
    assert type(copy) is type(likelihood)
    assert copy.get_config() == likelihood.get_config()


def test_names_stand_for_the_likelihoods():
    assert [type(likelihoods.get(name)) for name in likelihoods.NAMES] == [
        Bernoulli,
        Gaussian,
        Categorical,
    ]
    assert likelihoods.get("gaussian").variance == 0.5
    with pytest.raises(ValueError, match=r"must be one of .*Did you mean 'bernoulli'"):
        likelihoods.get("bernouli")
    for wrong in (None, 3, Bernoulli):
        with pytest.raises(ValueError, match="likelihood must be"):
            likelihoods.get(wrong)


@pytest.mark.parametrize("variance", [0, -1.0, float("nan"), "learnt", None, True, [1.0]])
def test_impossible_variances_are_refused(variance):
    with pytest.raises(ValueError, match=r"variance must be a finite number.* above 0"):
        Gaussian(variance)


# ---------------------------------------------------------------------- the learned variance


def frozen_vae(x, mean):
    """A VAE whose decoder gives `mean` whatever z, and which cannot learn another."""
    shape = x.shape[1:]
    decoder = dense_decoder(shape, 2, ())
    decoder.set_weights([np.zeros_like(decoder.get_weights()[0]), np.ravel(mean)])
    vae = VAE(dense_encoder(shape, 2, (4,)), decoder, Gaussian("learned"))
    vae.encoder.trainable = vae.decoder.trainable = False
    return vae


def test_its_optimum_is_the_mean_squared_error():
    x = rng.normal(3.0, 0.7, size=(60, 5)).astype("float32")
    mean = np.full(5, 2.5, "float32")
    error = np.mean((x - mean) ** 2)
    vae = frozen_vae(x, mean)
    vae.compile("sgd", jit_compile=False)
    assert vae.likelihood.variance == 0.5  # until it has seen data
    vae.fit(x, epochs=2, batch_size=60, verbose=0)
    assert vae.likelihood.variance == pytest.approx(error, rel=1e-5)
    # No other variance makes the data more likely.
    values = [
        np.mean(Gaussian(factor * error).log_prob(x, np.broadcast_to(mean, x.shape)))
        for factor in (0.9, 1.0, 1.1)
    ]
    assert values[1] == max(values)
    loss = vae.evaluate(x, batch_size=60, verbose=0, return_dict=True)["reconstruction_loss"]
    assert loss == pytest.approx(2.5 * np.log(2 * np.pi * np.e * error), rel=1e-4)  # a density's


def test_its_gradient_is_that_of_the_closed_form():
    """With the variance at its optimum, ∇(-log p) = ∇ ½ D log(mean squared error)."""
    x = tf.constant(rng.normal(size=(8, 5)).astype("float32"))
    decoded = tf.Variable(rng.normal(size=(8, 5)).astype("float32"))
    likelihood = Gaussian("learned")
    likelihood.adapt(x, decoded)
    with tf.GradientTape(persistent=True) as tape:
        loss = -tf.reduce_mean(likelihood.log_prob(x, decoded))
        closed = 2.5 * tf.math.log(tf.reduce_mean((x - decoded) ** 2))
    np.testing.assert_allclose(
        tape.gradient(loss, decoded), tape.gradient(closed, decoded), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("jit_compile", [True, False])
def test_it_is_saved_and_trains_under_xla(tmp_path, jit_compile):
    keras.utils.set_random_seed(0)
    x = (rng.normal(size=(400, 1)) * np.linspace(1, 2, 6)).astype("float32")
    x += 0.1 * rng.normal(size=x.shape).astype("float32")
    vae = VAE(dense_encoder((6,), 1, (16,)), dense_decoder((6,), 1, (16,)), Gaussian("learned"))
    vae.compile(keras.optimizers.Adam(1e-2), jit_compile=jit_compile)
    vae.fit(x[:384], epochs=44, verbose=0)  # batches of one size: XLA compiles for each anew
    assert 0.005 < vae.likelihood.variance < 0.1  # the noise's is 0.01, the data's 2.4
    vae.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert again.likelihood.variance == vae.likelihood.variance


def test_data_that_are_reproduced_exactly_do_not_diverge():
    x = np.ones((32, 3), "float32")
    vae = frozen_vae(x, np.ones(3))
    vae.compile("sgd")
    history = vae.fit(x, epochs=3, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert vae.likelihood.variance == pytest.approx(Gaussian.smallest_variance)
