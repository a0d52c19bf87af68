"""The hierarchical VAE against two linear layers, whose laws are worked out by hand in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal

from vae_keras import (
    VAE,
    Gaussian,
    HierarchicalVAE,
    LinearGaussianModel,
    active_units,
    dense_decoder,
    dense_encoder,
    dense_ladder,
    elbo,
    find_collapse,
    importance_weighted_bound,
    mutual_information,
)
from vae_keras.compression import BitsBackCodec, LatentCodec
from vae_keras.evaluation import ladder_information

# z_2 ~ N(0, I), z_1 = A z_2 + a + N(0, D), x = W z_1 + b + N(0, s² I)
SIZE, FIRST, SECOND, VARIANCE = 4, 2, 3, 0.3
rng = np.random.default_rng(0)
A, OFFSET = rng.normal(size=(FIRST, SECOND)), rng.normal(size=FIRST)
W, BIAS = rng.normal(size=(SIZE, FIRST)), rng.normal(size=SIZE)
D = np.array([0.4, 1.5])


def linear(a, w, of_x, offset_of_x, variances):
    """A ladder of these matrices; what it says of x is N(of_x x + offset_of_x, variances)."""
    first, second = a.shape
    encoder = dense_encoder((SIZE,), first + second, ())
    zeros = np.zeros((SIZE, first + second))
    encoder.set_weights([of_x.T, offset_of_x, zeros, np.log(variances)])
    decoder = dense_decoder((SIZE,), first, ())
    decoder.set_weights([w.T, BIAS])
    prior = dense_encoder((second,), first, ())
    prior.set_weights([a.T, OFFSET, np.zeros((second, first)), np.log(D)])
    hvae = HierarchicalVAE(encoder, decoder, [prior], Gaussian(VARIANCE), seed=0)
    hvae.compile("adam", jit_compile=False)
    return hvae


def log_marginal(x, a=A, w=W):
    covariance = w @ (a @ a.T + np.diag(D)) @ w.T + VARIANCE * np.eye(SIZE)
    return multivariate_normal(w @ OFFSET + BIAS, covariance).logpdf(x)


def draw_x(count, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(count, SECOND)) @ A.T + OFFSET
    z = z + rng.normal(size=z.shape) * np.sqrt(D)
    return (z @ W.T + BIAS + np.sqrt(VARIANCE) * rng.normal(size=(count, SIZE))).astype("float32")


X = draw_x(10)

# What the encoder says, N(OF_X x + OFFSET_OF_X, SAID): near the truth, not at it.
_UP = np.linalg.pinv(W)
_GAIN = A.T @ np.linalg.inv(A @ A.T + np.diag(D))
OF_X = np.concatenate([_UP, _GAIN @ _UP]) + 0.05 * rng.normal(size=(5, SIZE))
OFFSET_OF_X = -np.concatenate([_UP @ BIAS, _GAIN @ (_UP @ BIAS + OFFSET)]) + 0.1
SAID = 1.2 * np.concatenate([VARIANCE / np.sum(W**2, axis=0), 1 - np.sum(_GAIN.T * A, axis=0)])


@pytest.fixture(scope="module")
def hvae():
    return linear(A, W, OF_X, OFFSET_OF_X, SAID)


def merged(x, z_2):
    """q(z_1|x, z_2) as the paper has it, and p(z_1|z_2): means and variances."""
    said, foreseen = x @ OF_X[:FIRST].T + OFFSET_OF_X[:FIRST], z_2 @ A.T + OFFSET
    variance = 1 / (1 / SAID[:FIRST] + 1 / D)
    return variance * (said / SAID[:FIRST] + foreseen / D), variance, foreseen, D


def kl(mean_q, variance_q, mean_p, variance_p):
    ratio = variance_q / variance_p
    return 0.5 * np.sum(ratio + (mean_q - mean_p) ** 2 / variance_p - 1 - np.log(ratio), axis=-1)


def exact_elbo(x):
    """log p(x) less KL(q ‖ p(z|x)), of the two joint Gaussians of (z_1, z_2), each x."""
    prior = np.block([[A @ A.T + np.diag(D), A], [A.T, np.eye(SECOND)]])
    to_x = np.hstack([W, np.zeros((SIZE, SECOND))])
    gain = prior @ to_x.T @ np.linalg.inv(to_x @ prior @ to_x.T + VARIANCE * np.eye(SIZE))
    covariance_p = prior - gain @ to_x @ prior
    mean_p = np.concatenate([OFFSET, np.zeros(SECOND)]) + (x - W @ OFFSET - BIAS) @ gain.T
    z_2 = x @ OF_X[FIRST:].T + OFFSET_OF_X[FIRST:]
    mean_1, variance_1, _, _ = merged(x, z_2)
    slope = variance_1[:, None] / D[:, None] * A  # of E[z_1|x, z_2] in z_2
    across = slope * SAID[FIRST:]
    covariance_q = np.block(
        [[across @ slope.T + np.diag(variance_1), across], [across.T, np.diag(SAID[FIRST:])]]
    )
    difference = mean_p - np.concatenate([mean_1, z_2], axis=1)
    precision = np.linalg.inv(covariance_p)
    log_ratio = np.linalg.slogdet(covariance_p)[1] - np.linalg.slogdet(covariance_q)[1]
    squares = np.einsum("ni,ij,nj->n", difference, precision, difference)
    gap = 0.5 * (np.trace(precision @ covariance_q) + squares - 5 + log_ratio)
    return log_marginal(x) - gap


# ---------------------------------------------------------------------- against the exact laws


def test_a_draw_and_its_terms_are_those_of_the_paper(hvae):
    epsilon = rng.normal(size=(len(X), 5)).astype("float32")
    z_1, codes, mean, log_var = map(np.asarray, hvae.top_down(*hvae.encoder(X), epsilon))
    z_2 = X @ OF_X[FIRST:].T + OFFSET_OF_X[FIRST:] + np.sqrt(SAID[FIRST:]) * epsilon[:, FIRST:]
    mean_q, variance_q, mean_p, variance_p = merged(X, z_2)
    expected = mean_q + np.sqrt(variance_q) * epsilon[:, :FIRST]
    np.testing.assert_allclose(z_1, expected, atol=1e-5)
    # Codes are in the unit of the prior, and decode to the same.
    expected = np.concatenate([(expected - mean_p) / np.sqrt(variance_p), z_2], axis=1)
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    np.testing.assert_allclose(hvae.decode(codes), z_1 @ W.T + BIAS, atol=1e-5)
    by_layer = zip(hvae.split(mean), hvae.split(np.exp(log_var)), strict=True)
    first, second = (kl(m, v, 0, 1) for m, v in by_layer)
    np.testing.assert_allclose(first, kl(mean_q, variance_q, mean_p, variance_p), atol=1e-5)
    of_second = z_2 - np.sqrt(SAID[FIRST:]) * epsilon[:, FIRST:]
    np.testing.assert_allclose(second, kl(of_second, SAID[FIRST:], 0, 1), atol=1e-5)


def test_losses_are_the_exact_elbo_and_each_layer_s_kl(hvae):
    many = tf.constant(np.tile(X, (4000, 1)))
    terms = hvae.terms(many, many, training=False)
    terms = {name: np.reshape(value, (4000, -1)) for name, value in terms.items()}
    z_2 = X @ OF_X[FIRST:].T + OFFSET_OF_X[FIRST:]
    expected = kl(z_2, SAID[FIRST:], 0, 1)
    np.testing.assert_allclose(terms["kl_loss_2"], np.tile(expected, (4000, 1)), rtol=1e-4)
    mean_q, variance_q, mean_p, variance_p = merged(X, z_2)
    spread = (variance_q / SAID[:FIRST]) ** 2 * np.sum(A**2 * SAID[FIRST:], axis=1)
    expected = kl(mean_q, variance_q, mean_p, variance_p) + 0.5 * np.sum(spread / D)
    for values, truth in ((terms["kl_loss_1"], expected), (sum(terms.values()), -exact_elbo(X))):
        error = values.std(axis=0) / np.sqrt(4000)
        assert np.all(np.abs(values.mean(axis=0) - truth) < 5 * error)
        assert np.all(error < 0.05)
    losses = hvae.evaluate(X, verbose=0, return_dict=True)
    as_float32 = {name: np.float32(value) for name, value in losses.items()}
    assert as_float32["kl_loss"] == as_float32["kl_loss_1"] + as_float32["kl_loss_2"]
    assert as_float32["loss"] == as_float32["reconstruction_loss"] + as_float32["kl_loss"]


def test_bounds_lie_below_log_p_and_reach_it(hvae):
    truth, exact = log_marginal(X), exact_elbo(X)
    assert np.all(truth - exact > 0.05)
    estimate = elbo(hvae, X, 3000, seed=0)
    assert np.all(np.abs(estimate.values - exact) < 5 * estimate.standard_errors)
    means = [exact.mean()]
    for count in (10, 5000):
        bound = importance_weighted_bound(hvae, np.tile(X, (20, 1)), count, seed=0)
        means.append(bound.mean)
    assert means[0] + 0.1 < means[1] < means[2] - 3 * bound.standard_error
    deviations = bound.values - np.tile(truth, 20)
    assert np.abs(deviations.mean()) < 5 * bound.standard_error + 1e-3
    np.testing.assert_allclose(LinearGaussianModel.from_vae(hvae).log_marginal(X), truth, atol=1e-4)


def exact_information():
    """I(x; u) in closed form: codes in the unit of the prior, u = B x + N(0, S), x Gaussian."""
    deviation, said = np.sqrt(D), SAID[:FIRST]
    gain = D / (D + said) / deviation  # of what x says of z_1, less what z_2 foresees
    of_z_2 = -gain[:, None] * A
    b = np.concatenate([gain[:, None] * OF_X[:FIRST] + of_z_2 @ OF_X[FIRST:], OF_X[FIRST:]])
    noise = np.block([[np.diag(np.sqrt(said / (D + said))), of_z_2 * np.sqrt(SAID[FIRST:])],
                      [np.zeros((SECOND, FIRST)), np.diag(np.sqrt(SAID[FIRST:]))]])  # fmt: skip
    of_x = W @ (A @ A.T + np.diag(D)) @ W.T + VARIANCE * np.eye(SIZE)
    given_x = noise @ noise.T
    whole = b @ of_x @ b.T + given_x
    mean = b @ (W @ OFFSET + BIAS) + np.concatenate(
        [gain * (OFFSET_OF_X[:FIRST] - OFFSET) + of_z_2 @ OFFSET_OF_X[FIRST:], OFFSET_OF_X[FIRST:]]
    )
    gap = 0.5 * (np.trace(whole) + mean @ mean - 5 - np.linalg.slogdet(whole)[1])
    return 0.5 * (np.linalg.slogdet(whole)[1] - np.linalg.slogdet(given_x)[1]), gap


def test_the_information_of_all_layers_is_that_of_what_is_drawn(hvae):
    """And not of `encode`, which has the layers above at their means."""
    x = draw_x(3000, seed=2)
    truth, true_gap = exact_information()
    found, gap, error = ladder_information(hvae, x, seed=0)
    assert found.lower - 4 * found.standard_error < truth
    assert truth < found.upper + 4 * found.upper_standard_error
    assert 0 < found.upper - found.lower < 0.2
    assert found.standard_error < 0.05
    kl = hvae.evaluate(x, verbose=0, return_dict=True)["kl_loss"]
    assert abs(gap - true_gap) < 4 * error + (found.upper - found.lower)
    assert found.lower + gap == pytest.approx(kl, abs=0.2)
    beside = mutual_information(*hvae.encode(x), seed=0)
    assert beside.upper + 4 * beside.upper_standard_error < truth


def test_with_one_layer_the_information_is_that_of_its_codes():
    keras.utils.set_random_seed(0)
    one = HierarchicalVAE(dense_encoder((SIZE,), 2, (4,)), dense_decoder((SIZE,), 2), [])
    x = rng.random((300, SIZE)).astype("float32")
    found, gap, _ = ladder_information(one, x, seed=3)
    expected = mutual_information(*one.encode(x), seed=3)
    for name in ("lower", "upper", "standard_error", "ceiling"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-5)
    assert gap > -0.2
    with pytest.raises(ValueError, match="hvae must be a HierarchicalVAE, got str"):
        ladder_information("hvae", x)


def test_where_the_merge_is_the_posterior_every_draw_gives_log_p():
    """Columns of W at right angles and a diagonal A: each layer's posterior is in the family."""
    w = np.linalg.qr(W)[0] * np.array([1.5, 0.6])
    a = np.diag([0.8, -1.3])
    lengths = np.sum(w**2, axis=0)
    said_1 = VARIANCE / lengths  # x says of z_1: N(wᵀ(x - b)/‖w‖², s²/‖w‖²)
    gain = np.diag(a) / (np.diag(a) ** 2 + D + said_1)  # and so of z_2, A and D being between
    of_x = np.concatenate([w.T / lengths[:, None], gain[:, None] * w.T / lengths[:, None]])
    offset = np.concatenate([-BIAS @ w / lengths, -gain * (BIAS @ w / lengths + OFFSET)])
    variances = np.concatenate([said_1, 1 - gain * np.diag(a)])
    hvae = linear(a, w, of_x, offset, variances)
    truth = log_marginal(X, a, w)
    for seed in range(3):
        found = importance_weighted_bound(hvae, X, 1, seed=seed).values
        np.testing.assert_allclose(found, truth, atol=2e-4)
    estimate = elbo(hvae, X, 2000, seed=0)
    assert np.all(np.abs(estimate.values - truth) < 5 * estimate.standard_errors)


def test_what_is_generated_has_the_law_of_the_model(hvae):
    x = hvae.generate(40_000, seed=0)
    np.testing.assert_array_equal(x[:5], hvae.generate(40_000, seed=0)[:5])
    covariance = W @ (A @ A.T + np.diag(D)) @ W.T
    error = np.sqrt(np.diag(covariance) / len(x))
    assert np.all(np.abs(x.mean(axis=0) - W @ OFFSET - BIAS) < 5 * error)
    np.testing.assert_allclose(np.cov(x.T), covariance, atol=0.03 * np.trace(covariance))


# ---------------------------------------------------------------------- as a VAE


@pytest.mark.parametrize("jit_compile", [True, False])
def test_one_layer_is_the_vae(jit_compile):
    x = rng.random((70, 5)).astype("float32")
    x = x[:64] if jit_compile else x  # XLA compiles for each size of batch anew

    def trained(build):
        keras.utils.set_random_seed(0)
        model = build(dense_encoder((5,), 2, (8,)), dense_decoder((5,), 2, (8,)))
        model.compile(keras.optimizers.SGD(1e-2), jit_compile=jit_compile)  # quick to compile
        return model, model.fit(x, epochs=3, batch_size=16, validation_data=x, verbose=0).history

    vae, expected = trained(lambda *pair: VAE(*pair, beta=0.7, free_bits=0.1, seed=0))
    hvae, history = trained(
        lambda *pair: HierarchicalVAE(*pair, [], beta=0.7, free_bits=0.1, seed=0)
    )
    for weight, other in zip(hvae.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, rtol=0, atol=1e-6)  # sums in another order
    for name, values in expected.items():
        assert history[name] == pytest.approx(values, rel=1e-6), name
    assert history["kl_loss_1"] == history["kl_loss"]


def test_what_is_encoded_is_the_mean_path(hvae):
    mean, log_var = hvae.encode(X, batch_size=3)
    z_2 = X @ OF_X[FIRST:].T + OFFSET_OF_X[FIRST:]
    mean_q, variance_q, mean_p, variance_p = merged(X, z_2)
    expected = np.concatenate([(mean_q - mean_p) / np.sqrt(variance_p), z_2], axis=1)
    np.testing.assert_allclose(mean, expected, atol=1e-5)
    expected = np.log(np.concatenate([variance_q / variance_p, SAID[FIRST:]]))
    np.testing.assert_allclose(log_var, np.tile(expected, (len(X), 1)), atol=1e-5)
    np.testing.assert_allclose(hvae.reconstruct(X), mean_q @ W.T + BIAS, atol=1e-5)
    np.testing.assert_allclose(hvae.predict(X, verbose=0), mean_q @ W.T + BIAS, atol=1e-5)


def test_a_layer_that_is_not_used_is_at_zero_and_its_units_inactive():
    """x says nothing of z_2, and of the first unit of z_1: huge variances, and N(0, 1) above."""
    of_x = np.where(np.arange(5)[:, None] == 1, 1.0, 0.0) * np.ones(SIZE)
    hvae = linear(A, W, of_x, np.zeros(5), np.array([1e12, 0.1, 1, 1, 1]))
    x = draw_x(200)
    first, second = hvae.split(active_units(hvae, x))
    assert first.tolist() == [False, True]
    assert second.tolist() == [False] * 3
    losses = hvae.evaluate(x, verbose=0, return_dict=True)
    assert losses["kl_loss_2"] == pytest.approx(0, abs=1e-6)
    assert losses["kl_loss_1"] > 0.5
    collapse = find_collapse(*hvae.encode(x))
    assert collapse.collapsed.tolist() == [True, False, True, True, True]


def test_images_three_layers_and_free_bits():
    x = rng.random((40, 4, 5, 1)).astype("float32")
    keras.utils.set_random_seed(0)
    networks = dense_ladder((4, 5, 1), (3, 2, 2), (9, 7, 5), activation="tanh")
    hvae = HierarchicalVAE(*networks, beta=0.5, free_bits=0.2, seed=0)
    hvae.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    stop = keras.callbacks.EarlyStopping("val_kl_loss", patience=9)
    hvae.fit(x, epochs=2, batch_size=10, validation_data=x, callbacks=[stop], verbose=0)
    logs = hvae.evaluate(x, verbose=0, return_dict=True)
    parts = {name: np.float32(value) for name, value in logs.items()}
    kl_loss = sum(parts[f"kl_loss_{number}"] for number in (1, 2, 3))
    assert parts["kl_loss"] == kl_loss
    total = parts["reconstruction_loss"] + np.float32(0.5) * (kl_loss + parts["free_bits_loss"])
    assert parts["loss"] == total
    assert hvae.latent_dim == 7
    assert hvae.generate(2, seed=0).shape == (2, 4, 5, 1)
    assert [each.shape for each in hvae.split(hvae.encode(x)[0])] == [(40, 3), (40, 2), (40, 2)]
    for prior in hvae.priors:
        assert all(np.any(weight.numpy()) for weight in prior.trainable_weights)
    codec = LatentCodec(hvae, 0.05)
    np.testing.assert_allclose(codec.decompress(codec.compress(x)), hvae.reconstruct(x), atol=0.05)
    with pytest.raises(ValueError, match="vae must have one layer of codes"):
        BitsBackCodec(hvae)


# ---------------------------------------------------------------------- networks


def test_the_networks_of_a_ladder():
    encoder, decoder, priors = dense_ladder((6,), (4, 3, 2), (10, 8, 5))
    assert encoder.output_shape == [(None, 9), (None, 9)]
    assert decoder.input_shape == (None, 4)
    assert [prior.input_shape for prior in priors] == [(None, 3), (None, 2)]
    assert [prior.output_shape[0] for prior in priors] == [(None, 4), (None, 3)]
    sizes = {
        "encoder": sum([6 * 10 + 10, 10 * 8 + 8, 8 * 5 + 5, 2 * (11 * 4 + 9 * 3 + 6 * 2)]),
        "decoder": 4 * 10 + 10 + 10 * 6 + 6,
        "priors": [3 * 8 + 8 + 2 * 9 * 4, 2 * 5 + 5 + 2 * 6 * 3],
    }
    assert encoder.count_params() == sizes["encoder"]
    assert decoder.count_params() == sizes["decoder"]
    assert [prior.count_params() for prior in priors] == sizes["priors"]
    with pytest.raises(ValueError, match="hidden_units must have one entry for each of the 2"):
        dense_ladder((6,), (4, 3), (10,))
    for wrong in ((), (0, 1), 3, (2.5,)):
        with pytest.raises(ValueError, match="latent_dims must be"):
            dense_ladder((6,), wrong, (10,))


def test_only_codes_are_split():
    hvae = linear(A, W, np.zeros((FIRST + SECOND, SIZE)), np.zeros(FIRST + SECOND), np.ones(5))
    first, second = hvae.split([[1, 2, 3, 4, 5]])
    assert (first.tolist(), second.tolist()) == ([[1, 2]], [[3, 4, 5]])
    for wrong in (np.zeros((3, 4)), 3.0, None, [[1, 2], [3]], "codes"):
        with pytest.raises(ValueError, match="codes must"):
            hvae.split(wrong)


def test_networks_that_do_not_fit_are_refused():
    encoder, decoder = dense_encoder((6,), 5, ()), dense_decoder((6,), 2, ())
    prior = dense_encoder((3,), 2, ())
    with pytest.raises(ValueError, match=r"priors must be a list.*got Functional.*dense_ladder"):
        HierarchicalVAE(encoder, decoder, prior)
    with pytest.raises(ValueError, match=r"network priors\[0\] must be a keras.Model.*got 'z'"):
        HierarchicalVAE(encoder, decoder, ["z"])
    with pytest.raises(ValueError, match=r"network priors\[0\] must return \[z_mean, z_log_var\]"):
        HierarchicalVAE(encoder, decoder, [dense_encoder((3,), 2, (), variational=False)])
    with pytest.raises(ValueError, match=r"priors\[0\] must return .* the 2 .* decoder .*got 4"):
        HierarchicalVAE(encoder, decoder, [dense_encoder((3,), 4, ())])
    with pytest.raises(ValueError, match=r"priors\[1\] .* the 3 codes .*priors\[0\] takes, got 2"):
        HierarchicalVAE(encoder, decoder, [prior, dense_encoder((3,), 2, ())])
    with pytest.raises(ValueError, match=r"all layers, \(2, 3\) and so 5, got 4.*latent_dim=5"):
        HierarchicalVAE(dense_encoder((6,), 4, ()), decoder, [prior])
    with pytest.raises(ValueError, match=r"priors\[0\] must take codes of the shape"):
        HierarchicalVAE(encoder, decoder, [dense_encoder((3, 1), 2, ())])
    square = dense_encoder((2,), 2, ())
    with pytest.raises(ValueError, match=r"priors\[0\] and .*priors\[1\] must not share a layer"):
        HierarchicalVAE(dense_encoder((6,), 6, ()), decoder, [square, square])
    sigmoid = dense_decoder((6,), 2, (), output_activation="sigmoid")
    with pytest.raises(ValueError, match="must return logits"):
        HierarchicalVAE(encoder, sigmoid, [prior])
