"""Bounds on log p(x) against a linear VAE, where the truth has a closed form."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    VAE,
    LinearGaussianModel,
    active_units,
    dense_decoder,
    dense_encoder,
    elbo,
    importance_weighted_bound,
)
from vae_keras.likelihoods import Gaussian

SHAPE = (4, 3, 2)


@pytest.fixture(scope="module")
def linear_vae():
    """A linear VAE whose q is near the posterior, not on it; its exact model; data from it."""
    generator = np.random.default_rng(0)
    vae = VAE(
        dense_encoder(SHAPE, 3, hidden_units=()),
        dense_decoder(SHAPE, 3, hidden_units=()),
        likelihood=Gaussian(0.3),
    )
    weights, bias = generator.normal(size=(3, 24)) / 3, generator.normal(size=24)
    vae.decoder.set_weights([weights, bias])
    model = LinearGaussianModel.from_vae(vae)
    covariance = model.posterior(bias)[1].numpy()
    mean_weights = weights.T @ covariance / 0.3
    vae.encoder.set_weights(
        [
            mean_weights,
            -bias @ mean_weights + 0.05,  # a mean a little beside the posterior's
            np.zeros((24, 3)),
            np.log(np.diag(covariance)) + 0.2,
        ]
    )
    x = model.sample(40, seed=1)[1].astype("float32")
    return vae, model, x.reshape(-1, *SHAPE)


def exact_elbo(vae, model, x):
    return model.elbo(x.reshape(len(x), -1), *vae.encode(x)).numpy()


def test_importance_weighted_bound_reaches_the_exact_log_marginal(linear_vae):
    vae, model, x = linear_vae
    truth = model.log_marginal(x.reshape(len(x), -1)).numpy()
    bound = importance_weighted_bound(vae, x, 5000, seed=0)
    assert bound.values.shape == bound.standard_errors.shape == (40,)
    assert bound.values.dtype == "float64"
    assert np.all(np.abs(bound.values - truth) < 5 * bound.standard_errors + 1e-4)
    assert abs(bound.mean - truth.mean()) < 4 * bound.standard_error + 1e-4
    assert bound.standard_error < 0.01
    assert truth.mean() - exact_elbo(vae, model, x).mean() > 0.1  # there was a gap to close
    assert np.all((bound.effective_sample_sizes > 1000) & (bound.effective_sample_sizes <= 5000))


def test_the_standard_error_is_that_of_repeated_estimates(linear_vae):
    vae, _, x = linear_vae
    runs = [importance_weighted_bound(vae, x, 100, seed=seed) for seed in range(40)]
    spread = np.std([run.values for run in runs], axis=0)
    claimed = np.mean([run.standard_errors for run in runs], axis=0)
    assert 0.8 < np.median(claimed / spread) < 1.25


def test_elbo_against_the_closed_form(linear_vae):
    vae, model, x = linear_vae
    estimate = elbo(vae, x, num_samples=3000, seed=0)
    truth = exact_elbo(vae, model, x)
    assert np.all(np.abs(estimate.values - truth) < 5 * estimate.standard_errors + 1e-4)
    assert abs(estimate.mean - truth.mean()) < 4 * estimate.standard_error + 1e-4
    assert estimate.effective_sample_sizes is None


def test_the_bound_rises_with_the_number_of_samples(linear_vae):
    vae, model, x = linear_vae
    many = np.tile(x, (50, 1, 1, 1))  # fifty replicas of each image: the bounds' expectations
    bounds = [importance_weighted_bound(vae, many, k, seed=0).mean for k in (1, 5, 50)]
    bounds.insert(0, exact_elbo(vae, model, x).mean())
    truth = model.log_marginal(x.reshape(len(x), -1)).numpy().mean()
    assert abs(bounds[0] - bounds[1]) < 0.15  # k = 1 is the ELBO
    assert bounds[1] < bounds[2] < bounds[3] < truth + 0.01


def test_the_optimal_q_needs_one_sample(linear_vae):
    """With q = p(z|x) every weight is p(x): here for one latent dimension, where q can be that."""
    generator = np.random.default_rng(3)
    vae = VAE(
        dense_encoder((2, 2, 1), 1, hidden_units=()),
        dense_decoder((2, 2, 1), 1, hidden_units=()),
        likelihood=Gaussian(0.5),
    )
    weights = generator.normal(size=(1, 4))
    vae.decoder.set_weights([weights, np.zeros(4)])
    model = LinearGaussianModel.from_vae(vae)
    covariance = model.posterior(np.zeros(4))[1].numpy()
    vae.encoder.set_weights(
        [weights.T @ covariance / 0.5, np.zeros(1), np.zeros((4, 1)), np.log(covariance[0])]
    )
    x = generator.normal(size=(6, 2, 2, 1)).astype("float32")
    bound = importance_weighted_bound(vae, x, 1, seed=0)
    np.testing.assert_allclose(bound.values, model.log_marginal(x.reshape(6, 4)), atol=1e-4)
    assert np.isnan(bound.standard_errors).all()


@pytest.mark.parametrize("estimator", [elbo, importance_weighted_bound])
def test_chunks_do_not_change_the_result(linear_vae, estimator):
    vae, _, x = linear_vae
    whole = estimator(vae, x, 30, seed=5)
    for batch_size in (1, 7, 40, 100):
        chunked = estimator(vae, x, 30, seed=5, batch_size=batch_size)
        np.testing.assert_allclose(chunked.values, whole.values, rtol=1e-5)
        np.testing.assert_allclose(chunked.standard_errors, whole.standard_errors, rtol=1e-3)
    assert not np.allclose(estimator(vae, x, 30).values, estimator(vae, x, 30).values)


def test_elbo_is_the_opposite_of_the_loss_whatever_beta(small_vae, x_small):
    vae = small_vae(beta=7.0)
    vae.compile("adam")
    vae.fit(x_small, epochs=2, verbose=0)
    estimate = elbo(vae, x_small, num_samples=20, seed=0)
    logs = vae.evaluate(x_small, verbose=0, return_dict=True)
    loss = logs["reconstruction_loss"] + logs["kl_loss"]
    assert abs(-estimate.mean - loss) < 1.0
    assert importance_weighted_bound(vae, x_small, 20, seed=0).mean > estimate.mean


def test_weights_far_below_the_smallest_float_are_no_difficulty(linear_vae):
    vae, model, x = linear_vae
    far = x + 100.0  # log p(x) of some -100,000 nats
    bound = importance_weighted_bound(vae, far, 50, seed=0)
    truth = model.log_marginal(far.reshape(len(x), -1)).numpy()
    assert np.isfinite(bound.values).all()
    assert truth.max() < -10_000
    np.testing.assert_allclose(bound.values, truth, rtol=1e-3)


def test_mixed_precision_gives_the_same_bound(x_small, small_vae):
    import keras

    vae = small_vae()
    expected = importance_weighted_bound(vae, x_small, 10, seed=0)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = small_vae()
        half.set_weights(vae.get_weights())
        bound = importance_weighted_bound(half, x_small, 10, seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(bound.values, expected.values, rtol=2e-3)


def test_active_units(linear_vae):
    vae, _, x = linear_vae
    assert active_units(vae, x).tolist() == [True, True, True]
    kernel, bias, *rest = vae.encoder.get_weights()
    collapsed = kernel.copy()
    collapsed[:, 1] = 0.0
    vae.encoder.set_weights([collapsed, bias, *rest])
    try:
        assert active_units(vae, x).tolist() == [True, False, True]
        assert active_units(vae, x, threshold=1e6).sum() == 0
    finally:
        vae.encoder.set_weights([kernel, bias, *rest])
    with pytest.raises(ValueError, match="at least two examples"):
        active_units(vae, x[:1])
    with pytest.raises(ValueError, match="threshold"):
        active_units(vae, x, threshold=-1.0)


def test_many_calls_trace_once_and_see_new_weights(small_vae, x_small, caplog):
    vae = small_vae()
    before = importance_weighted_bound(vae, x_small, 2, seed=0).mean
    for count in (1, 7, 30, 100, 200):
        importance_weighted_bound(vae, x_small[:count], 2, seed=0)
        elbo(vae, x_small[:count], 2, seed=0)
    assert not caplog.records
    vae.set_weights([0.5 * weight for weight in vae.get_weights()])
    assert importance_weighted_bound(vae, x_small, 2, seed=0).mean != before
    forgotten = weakref.ref(vae)
    del vae
    gc.collect()
    assert forgotten() is None


def test_the_score_is_traced_once_for_each_model_and_likelihood(x_small):
    class Counting(Gaussian):
        traces = 0

        def log_prob(self, x, decoded):
            type(self).traces += 1
            return super().log_prob(x, decoded)

    networks = dense_encoder(x_small.shape[1:], 2), dense_decoder(x_small.shape[1:], 2)
    vae = VAE(*networks, likelihood=Counting(0.3))
    first = elbo(vae, x_small, num_samples=3, seed=0).values
    again = elbo(vae, x_small, num_samples=3, seed=0).values
    importance_weighted_bound(vae, x_small[:2], num_samples=3)
    assert Counting.traces == 1
    np.testing.assert_array_equal(first, again)

    vae.likelihood = Counting(3.0)
    other = VAE(*networks, likelihood=Counting(3.0))
    wider = [elbo(each, x_small, num_samples=3, seed=0).values for each in (vae, other)]
    np.testing.assert_array_equal(*wider)
    assert not np.allclose(wider[0], first)
    assert Counting.traces == 3


def test_what_overflows_is_an_error_not_a_nan(small_vae, x_small):
    vae = small_vae(likelihood="gaussian")
    with pytest.raises(ValueError, match="beyond what float32 holds"):
        importance_weighted_bound(vae, np.full_like(x_small[:2], 1e30), 3)


@pytest.mark.parametrize("function", [elbo, importance_weighted_bound, active_units])
def test_other_things_than_a_vae_are_refused(function, small_autoencoder, x_small):
    extra = () if function is active_units else (3,)
    for other in (None, x_small, small_autoencoder()):
        with pytest.raises(ValueError, match=r"vae must be a vae_keras\.VAE"):
            function(other, x_small, *extra)


def test_estimates_can_be_compared_and_kept_in_sets(small_vae, x_small):
    estimate = elbo(small_vae(), x_small[:3], 2)
    assert estimate == estimate
    assert len({estimate}) == 1


def test_bad_arguments(small_vae, x_small):
    vae = small_vae()
    assert active_units(vae, tf.constant(x_small)).shape == (3,)
    for seed in (-1, 1.5, "a", True):
        with pytest.raises(ValueError, match="seed must be a whole number"):
            elbo(vae, x_small, 2, seed=seed)
    with pytest.raises(ValueError, match="array of images"):
        active_units(vae, iter([x_small]))
    for function in (elbo, importance_weighted_bound):
        with pytest.raises(ValueError, match="num_samples must be a whole number above 0, got 0"):
            function(vae, x_small, 0)
        with pytest.raises(ValueError, match="num_samples must be"):
            function(vae, x_small, 2.5)
        with pytest.raises(ValueError, match="batch_size must be"):
            function(vae, x_small, 2, batch_size=0)
        with pytest.raises(ValueError, match="NaN"):
            function(vae, np.full_like(x_small, np.nan), 2)
        with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
            function(vae, 255 * x_small, 2)
        with pytest.raises(ValueError, match="shape"):
            function(vae, x_small[:, :20], 2)
        with pytest.raises(ValueError, match=r"tf\.data\.Dataset"):
            function(vae, tf.data.Dataset.from_tensor_slices(x_small).batch(8), 2)
