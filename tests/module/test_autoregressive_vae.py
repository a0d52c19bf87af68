"""Sequences written symbol after symbol: against enumeration, and writing one by one."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from vae_keras import (
    VAE,
    AutoregressiveVAE,
    Categorical,
    importance_weighted_bound,
    recurrent_decoder,
    recurrent_encoder,
)
from vae_keras.likelihoods import Likelihood

ALL_X = np.array([*itertools.product(range(3), repeat=3)], "int32")  # 27 sequences


def small_model(x_shape=(3,), num_categories=3, latent_dim=1, **options):
    """Untrained, of weights large enough that each place tells of the next."""
    keras.utils.set_random_seed(3)
    sizes = {"x_shape": x_shape, "latent_dim": latent_dim, "units": 6}
    sizes |= {"num_categories": num_categories, "embedding_dim": 4}
    if num_categories is None:
        del sizes["embedding_dim"]
    decoder = recurrent_decoder(**sizes, autoregressive=True)
    decoder.set_weights([2.5 * weight for weight in decoder.get_weights()])
    return AutoregressiveVAE(recurrent_encoder(**sizes), decoder, seed=0, **options)


@pytest.fixture(scope="module")
def model():
    return small_model()


def log_probs(model, z):
    """log p(x|z) of all x, `(27,)`."""
    codes = np.full((len(ALL_X), 1), z, "float32")
    return model.log_likelihood(ALL_X, model.decoded(codes, ALL_X)).numpy()


def test_the_sequences_share_one_unit_of_probability(model):
    for z in (-2.0, 0.0, 1.5):
        assert special.logsumexp(log_probs(model, z)) == pytest.approx(0.0, abs=1e-5)


def test_draws_have_the_frequencies_of_the_exact_probabilities(model):
    z = 0.7
    drawn = model.decode(np.full((5000, 1), z), sampled=True, seed=1)
    counts = (drawn[:, None] == ALL_X).all(axis=2).sum(axis=0)
    expected = 5000 * np.exp(log_probs(model, z).astype("float64"))
    common = expected > 5
    pooled = [np.append(each[common], each[~common].sum()) for each in (counts, expected)]
    assert stats.chisquare(*pooled, sum_check=False).pvalue > 1e-3
    assert counts.sum() == 5000


def test_the_most_probable_is_what_one_by_one_gives():
    model = small_model((12,), latent_dim=2)
    z = model.sample_prior(40, seed=2)
    one_by_one = np.zeros((40, 12), "int32")
    for place in range(12):
        one_by_one[:, place] = np.argmax(model.decoded(z, one_by_one)[:, place], axis=-1)
    written = model.decode(z)
    np.testing.assert_array_equal(written, one_by_one)
    np.testing.assert_array_equal(model.decode(z, batch_size=7), written)
    assert len(np.unique(written)) == 3


def test_the_bound_reaches_the_exact_log_probability(model):
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = np.log(weights / weights.sum())
    table = np.stack([log_probs(model, node) for node in nodes])
    exact = special.logsumexp(table + weights[:, None], axis=0)
    bound = importance_weighted_bound(model, ALL_X, 4000, seed=0)
    assert np.all(np.abs(bound.values - exact) < 5 * bound.standard_errors + 1e-3)


def test_seeds(model):
    first = model.generate(50, seed=1)
    assert first.shape == (50, 3)
    assert first.dtype == np.int32
    np.testing.assert_array_equal(model.generate(50, seed=1), first)
    assert (model.generate(50, seed=2) != first).any()
    assert (model.generate(50) != model.generate(50)).any()


def test_frames_of_several_parts_are_written_frame_after_frame():
    model = small_model((5, 4), None, likelihood="bernoulli")
    x = np.random.default_rng(0).integers(0, 2, (30, 5, 4)).astype("float32")
    model.compile("adam")
    model.fit(x, epochs=1, verbose=0)
    for written in (model.generate(20, seed=0), model.reconstruct(x), model.predict(x, verbose=0)):
        assert written.shape[1:] == (5, 4)
        assert np.isin(written, (0.0, 1.0)).all()


def test_token_dropout_hides_places_in_training_alone():
    sizes = {"x_shape": (6,), "latent_dim": 2, "units": 4, "num_categories": 3}
    decoder = recurrent_decoder(**sizes, autoregressive=True, token_dropout=1.0)
    z = np.ones((2, 2), "float32")
    x, other = np.zeros((2, 6), "int32"), np.ones((2, 6), "int32")
    both = [decoder([z, each], training=True) for each in (x, other)]
    np.testing.assert_array_equal(*both)
    assert tf.reduce_any(decoder([z, x]) != decoder([z, other]))


@pytest.mark.parametrize("start", ["glorot_uniform", "zeros"])
def test_a_decoder_that_sees_the_place_itself_is_refused(start):
    z, x = keras.Input((2,)), keras.Input((6,), dtype="int32")
    seen = keras.layers.Embedding(3, 4)(x)
    logits = keras.layers.Dense(3, kernel_initializer=start)(
        keras.layers.Concatenate()([seen, keras.layers.RepeatVector(6)(z)])
    )
    encoder = recurrent_encoder((6,), 2, 4, num_categories=3)
    with pytest.raises(ValueError, match=r"from those before it alone.*Mend: recurrent_decoder"):
        AutoregressiveVAE(encoder, keras.Model([z, x], logits))


def test_a_decoder_of_probabilities_is_refused():
    sizes = {"x_shape": (6,), "latent_dim": 2, "units": 4, "num_categories": 3}
    decoder = recurrent_decoder(**sizes, autoregressive=True)
    decoder = keras.Model(decoder.inputs, keras.layers.Softmax()(decoder.output))
    with pytest.raises(ValueError, match="decoder must return logits"):
        AutoregressiveVAE(recurrent_encoder(**sizes), decoder)


def test_a_likelihood_without_a_mode_draws():
    class Own(Categorical):
        mode = Likelihood.mode

    model = small_model(likelihood=Own())
    assert model.generate(3, seed=0).shape == (3, 3)
    with pytest.raises(NotImplementedError, match=r"Own must have a method mode.*Mend"):
        model.decode(np.zeros((1, 1)))


def test_a_decoder_may_start_from_zeros():
    sizes = {"x_shape": (6,), "latent_dim": 2, "units": 4, "num_categories": 3}
    decoder = recurrent_decoder(**sizes, autoregressive=True)
    decoder.set_weights([0 * each for each in decoder.get_weights()])
    AutoregressiveVAE(recurrent_encoder(**sizes), decoder)
    assert not any(each.any() for each in decoder.get_weights())


def test_each_model_says_which_decoder_it_takes():
    sizes = {"x_shape": (6,), "latent_dim": 2, "units": 4, "num_categories": 3}
    encoder = recurrent_encoder(**sizes)
    with pytest.raises(ValueError, match=r"must take the list \[z, x\].*autoregressive=True"):
        AutoregressiveVAE(encoder, recurrent_decoder(**sizes))
    with pytest.raises(ValueError, match=r"must have one input"):
        VAE(encoder, recurrent_decoder(**sizes, autoregressive=True), "categorical")
