"""The prior over the codes of a VQ-VAE: exact, sampled as it says, trained, saved, refused."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import (
    VQVAE,
    causal_transformer,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    frechet_distance,
)
from vae_keras.models import _code_prior, vq_vae

pytestmark = pytest.mark.usefixtures("without_xla")
AS_FOR_A_USER = keras.Model._resolve_auto_jit_compile  # with XLA
SHAPE, K = (4, 4, 1), 3
rng = np.random.default_rng(0)
X = rng.random((40, *SHAPE)).astype("float32")
EVERY_GRID = np.array([*itertools.product(range(K), repeat=4)]).reshape(-1, 2, 2)


def build(num_codes=K, **options):
    """A model with grids of 2 × 2 codes."""
    keras.utils.set_random_seed(0)
    networks = (conv(SHAPE, 2, (4,), grid=True) for conv in (conv_encoder, conv_decoder))
    vqvae = VQVAE(*networks, num_codes, seed=0, **options)
    vqvae.compile("adam")
    return vqvae


def small_prior(length=4, num_codes=K, seed=1, scale=1.5):
    """A prior whose probabilities are far from uniform, by its random weights."""
    keras.utils.set_random_seed(seed)
    prior = causal_transformer(length, num_codes, width=8, depth=1, num_heads=2)
    prior.set_weights([scale * weight for weight in prior.get_weights()])
    return prior


@pytest.fixture
def small_by_default(monkeypatch):
    """A smaller network where none is given: its size makes no difference."""
    small = functools.partial(causal_transformer, width=8, depth=1, num_heads=2)
    monkeypatch.setattr(vq_vae, "causal_transformer", small)


@pytest.fixture(scope="module")
def with_prior():
    return build(prior=small_prior())


# ---------------------------------------------------------------------- exact


def test_probabilities_of_all_grids_add_up_to_one(with_prior):
    log_prob = with_prior.code_log_prob(EVERY_GRID)
    assert log_prob.dtype == np.float64
    assert np.exp(log_prob).sum() == pytest.approx(1, abs=1e-6)
    assert np.exp(log_prob).std() > 0.3 * np.exp(log_prob).mean()  # and are not all the same
    in_parts = with_prior.code_log_prob(EVERY_GRID, batch_size=7)
    np.testing.assert_allclose(in_parts, log_prob, rtol=1e-5, atol=1e-5)


def test_a_probability_is_the_product_over_places(with_prior):
    """Row after row, each code's softmax knowing those before it: the rest set to 0."""
    for grid in EVERY_GRID[::11]:
        sequence, expected = grid.ravel(), 0.0
        for place, code in enumerate(sequence):
            known = np.where(np.arange(4) < place, sequence, 0)
            logits = with_prior.prior(known[None])[0, place].numpy().astype("float64")
            expected += logits[code] - np.log(np.exp(logits).sum())
        assert with_prior.code_log_prob(grid[None]) == pytest.approx([expected], abs=1e-5)


def test_draws_have_the_probabilities_that_it_says(with_prior):
    """Chi-squared over all 81 grids, those expected less than five times together."""
    n = 20_000
    drawn = with_prior.sample_prior(n, seed=0, batch_size=5000)
    assert drawn.shape == (n, 2, 2)
    counts = np.bincount(drawn.reshape(n, 4) @ [27, 9, 3, 1], minlength=81)
    expected = n * np.exp(with_prior.code_log_prob(EVERY_GRID))
    rare = expected < 5
    counts = np.append(counts[~rare], counts[rare].sum())
    expected = np.append(expected[~rare], max(expected[rare].sum(), 1e-9))
    freedom = len(counts) - 1
    assert freedom > 10
    assert ((counts - expected) ** 2 / expected).sum() < freedom + 6 * np.sqrt(2 * freedom)


def test_the_seed_makes_the_draws(with_prior):
    codes = with_prior.sample_prior(6, seed=3)
    np.testing.assert_array_equal(with_prior.sample_prior(6, seed=3, batch_size=4), codes)
    np.testing.assert_array_equal(with_prior.sample_prior(5, seed=3), codes[:5])
    assert np.any(with_prior.sample_prior(6, seed=4) != codes)
    np.testing.assert_array_equal(with_prior.generate(6, seed=3), with_prior.decode(codes))
    assert np.any(with_prior.sample_prior(6) != with_prior.sample_prior(6))


# ---------------------------------------------------------------------- the network


def test_no_place_sees_itself_or_a_later_one():
    """All places, all codes that follow: the logits up to a place do not move by a bit."""
    prior = small_prior(6, 5)
    codes = rng.integers(0, 5, (1, 6))
    for place in range(6):
        changed = codes.copy()
        changed[0, place:] = (changed[0, place:] + rng.integers(1, 5, 6 - place)) % 5
        before, after = prior(codes).numpy(), prior(changed).numpy()
        np.testing.assert_array_equal(after[0, : place + 1], before[0, : place + 1])
        assert place == 5 or np.all(np.abs(after - before)[0, place + 1 :].max(axis=-1) > 1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "length must be a whole number above 0"),
        ({"num_codes": 1}, "num_codes must be a whole number at least 2"),
        ({"width": 10}, "width must be a multiple of num_heads=4, got 10"),
        ({"depth": 0}, "depth must be"),
        ({"num_heads": 1.5}, "num_heads must be"),
    ],
)
def test_wrong_sizes_of_a_network_are_explained(options, message):
    with pytest.raises(ValueError, match=message):
        causal_transformer(**{"length": 4, "num_codes": 3, **options})


def test_a_chain_is_learnt_to_its_entropy(monkeypatch):
    """Each code is the one before plus 1, 8 times in 10: the entropy rate is known."""
    first = rng.integers(0, 4, (3000, 1))
    steps = np.where(rng.random((3000, 7)) < 0.8, 1, rng.integers(2, 5, (3000, 7)))
    codes = (np.concatenate([first, steps], axis=1).cumsum(axis=1) % 4).astype("int32")
    share = 0.2 / 3
    entropy = np.log(4) - 7 * (0.8 * np.log(0.8) + 3 * share * np.log(share))
    monkeypatch.setattr(keras.Model, "_resolve_auto_jit_compile", AS_FOR_A_USER)
    keras.utils.set_random_seed(0)
    prior = causal_transformer(8, 4, width=16, depth=1)
    optimizer = keras.optimizers.Adam(1e-2)
    options = {"epochs": 5, "batch_size": 100, "verbose": 0}
    history = _code_prior.fit(prior, codes[:2500], optimizer, codes[2500:], **options).history
    assert history["val_loss"][-1] == pytest.approx(entropy, abs=0.35)
    found = _code_prior.log_prob(prior, codes[2500:])
    assert history["val_loss"][-1] == pytest.approx(-found.mean(), rel=1e-4)
    drawn = _code_prior.sample(prior, rng.random((2000, 8)))
    follows = np.mean((drawn[:, 1:] - drawn[:, :-1]) % 4 == 1)
    assert follows == pytest.approx(0.8, abs=0.03)


# ---------------------------------------------------------------------- fit_prior


def test_a_prior_is_trained_apart_and_forgotten_when_the_codes_change(tmp_path, small_by_default):
    vqvae = build()
    vqvae.fit(X, epochs=2, verbose=0)
    weights, own = vqvae.get_weights(), len(vqvae.trainable_weights)
    keras.utils.set_random_seed(2)
    history = vqvae.fit_prior(X, epochs=3, validation_data=X[:10], verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    np.testing.assert_allclose(
        history["val_loss"][-1], -vqvae.code_log_prob(vqvae.encode(X[:10])).mean(), rtol=1e-5
    )
    for weight, now in zip(weights, vqvae.get_weights(), strict=False):
        np.testing.assert_array_equal(now, weight)
    assert len(vqvae.trainable_weights) == own
    assert len(vqvae.get_weights()) > len(weights)
    first = vqvae.prior
    vqvae.save(tmp_path / "with.keras")
    again = keras.saving.load_model(tmp_path / "with.keras")
    assert len(again.trainable_weights) == own
    for value, other in zip(again.optimizer.variables, vqvae.optimizer.variables, strict=True):
        np.testing.assert_array_equal(value, other)

    vqvae.fit_prior(X, first, epochs=1, verbose=0)  # further
    assert vqvae.prior is first
    vqvae.fit_prior(X, epochs=1, verbose=0)  # anew
    assert vqvae.prior is not first

    for train in (lambda m: m.fit(X, verbose=0), lambda m: m.train_on_batch(X[:8])):
        if vqvae.prior is None:  # a second time; to train it is the longest
            vqvae = build(prior=small_prior())
        assert len(vqvae.get_weights()) > len(weights)
        train(vqvae)
        assert vqvae.prior is None
        assert len(vqvae.get_weights()) == len(weights)
        with pytest.raises(ValueError, match=r"must have a prior .*Mend: vqvae.fit_prior"):
            vqvae.generate(2)
    vqvae.save(tmp_path / "without.keras")
    assert keras.saving.load_model(tmp_path / "without.keras").prior is None


def test_streams_and_the_same_seed_give_the_same_prior(small_by_default):
    vqvae, priors = build(), []
    stream = tf.data.Dataset.from_tensor_slices(X).batch(8)
    for x in (X, X, stream):
        keras.utils.set_random_seed(7)
        vqvae.fit_prior(x, epochs=2, verbose=0)
        priors.append(vqvae.prior.get_weights())
    for weights in zip(*priors, strict=True):
        for other in weights[1:]:
            np.testing.assert_array_equal(other, weights[0])


def test_a_killed_training_of_a_prior_ends_as_it_would_have(tmp_path, small_by_default):
    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    def trained(*callbacks):
        vqvae = build()
        keras.utils.set_random_seed(7)
        options = {"epochs": 4, "shuffle": False, "verbose": 0}
        vqvae.fit_prior(X, callbacks=[*callbacks], **options)
        return vqvae.prior.get_weights()

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    with pytest.raises(KeyboardInterrupt):
        trained(backup(), Killed())
    for weight, expected in zip(trained(backup()), trained(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_one_code_an_example_and_half_precision(small_by_default):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        networks = dense_encoder((6,), 2, variational=False), dense_decoder((6,), 2)
        vqvae = VQVAE(*networks, K, seed=0)
        x = rng.random((40, 6)).astype("float32")
        vqvae.fit_prior(x, epochs=4, batch_size=4, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.exp(vqvae.code_log_prob(np.arange(3))).sum() == pytest.approx(1, abs=1e-5)
    assert vqvae.generate(5, seed=0).shape == (5, 6)


# ---------------------------------------------------------------------- what a prior is worth


def test_codes_drawn_at_random_are_not_the_codes_of_images(digits):
    """Drawn from the prior they are likely and their images near digits; uniformly they are not.

    By two measures: log p(k), beside that of test images; and the Fréchet distance of the decoded
    images to test images, in their 20 principal components.
    """
    x, x_test = ((each > 0.5).astype("float32") for each in (digits.x_train[:2000], digits.x_test))
    keras.utils.set_random_seed(0)
    networks = (
        conv((28, 28, 1), 8, (16, 32, 32), grid=True) for conv in (conv_encoder, conv_decoder)
    )
    vqvae = VQVAE(*networks, num_codes=16, seed=0)
    vqvae.compile(keras.optimizers.Adam(3e-3))
    vqvae.fit(x, batch_size=50, epochs=5, verbose=0)
    prior = causal_transformer(16, 16, width=32, depth=1)
    optimizer = keras.optimizers.Adam(3e-3)
    vqvae.fit_prior(x, prior, optimizer=optimizer, epochs=8, batch_size=50, verbose=0)
    codes = {
        "test": vqvae.encode(x_test),
        "prior": vqvae.sample_prior(1000, seed=1),
        "uniform": np.random.default_rng(1).integers(0, 16, (1000, 4, 4)),
    }
    nats = {name: -vqvae.code_log_prob(each).mean() for name, each in codes.items()}
    assert nats["test"] < 0.8 * 16 * np.log(16)  # the prior has learnt something
    assert nats["prior"] == pytest.approx(nats["test"], rel=0.15)
    assert nats["uniform"] > 1.5 * nats["test"]
    flat = x_test.reshape(len(x_test), -1)
    axes = np.linalg.svd(flat - flat.mean(axis=0), full_matrices=False)[2][:20].T
    far = {
        name: float(frechet_distance(flat @ axes, vqvae.decode(each).reshape(len(each), -1) @ axes))
        for name, each in codes.items()
    }
    assert far["test"] < far["prior"] < far["uniform"] / 3


# ---------------------------------------------------------------------- every door


def test_every_door_without_a_prior_asks_for_one():
    vqvae = build()
    for go in (
        lambda: vqvae.generate(2),
        lambda: vqvae.sample_prior(2),
        lambda: vqvae.code_log_prob(EVERY_GRID),
    ):
        with pytest.raises(ValueError, match=r"must have a prior .*Mend: vqvae.fit_prior\(x_train"):
            go()


def test_bad_input_is_refused(with_prior):
    for wrong in (0, 2.5, True):
        with pytest.raises(ValueError, match="n must be a whole number"):
            with_prior.generate(wrong)
    with pytest.raises(ValueError, match="seed must be"):
        with_prior.generate(2, seed=-1)
    for codes, message in (
        (EVERY_GRID + 1, r"codes must lie in \{0, …, 2\} for num_codes=3"),
        (EVERY_GRID.astype("float32"), "codes must hold whole numbers"),
        (EVERY_GRID.reshape(-1, 4), r"codes must have the shape \(batch, 2, 2\)"),
        (EVERY_GRID[:0], "codes is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            with_prior.code_log_prob(codes)
    vqvae = build()
    for x, message in (
        (255 * X, r"x must lie in \[0, 1\]"),
        (np.where(X > 0.9, np.nan, X), "NaN or infinite"),
        (X[..., 0], "x must have the shape"),
        (X[:0], "x is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            vqvae.fit_prior(x, verbose=0)
        with pytest.raises(ValueError, match=message):
            vqvae.fit_prior(X, validation_data=x, verbose=0)
    for options, message in (
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        (
            {"validation_split": 2},
            "validation_split must be a finite number, at least 0, at most 1",
        ),
        ({"epochs": 3, "initial_epoch": 3}, "initial_epoch must be a whole number from 0 to 2"),
        ({"sample_weight": np.ones(40)}, "sample_weight is not supported"),
        ({"callbacks": "x"}, "callbacks must be"),
        ({"optimizer": None}, "optimizer must be"),
    ):
        with pytest.raises(ValueError, match=message):
            vqvae.fit_prior(X, **options)


def test_an_interrupted_training_keeps_what_it_has_learnt(with_prior):
    class Interrupt(keras.callbacks.Callback):
        def __init__(self, step):
            super().__init__()
            self.step = step

        def on_train_batch_begin(self, batch, logs=None):
            if batch == self.step:
                raise KeyboardInterrupt

    vqvae = build()
    vqvae.set_weights(with_prior.get_weights()[: len(vqvae.get_weights())])
    prior = small_prior()
    start = prior.get_weights()
    with pytest.raises(KeyboardInterrupt):
        vqvae.fit_prior(X, prior, batch_size=20, verbose=0, callbacks=[Interrupt(0)])
    assert vqvae.prior is None  # nothing was learnt
    with pytest.raises(KeyboardInterrupt):
        vqvae.fit_prior(X, prior, batch_size=20, verbose=0, callbacks=[Interrupt(1)])
    assert vqvae.prior is prior
    assert any(np.any(old != new) for old, new in zip(start, prior.get_weights(), strict=True))
    assert vqvae.generate(2, seed=0).shape == (2, *SHAPE)


def test_networks_that_are_no_prior_are_refused():
    codes = keras.Input((4,), dtype="int32")
    embedded = keras.layers.Embedding(K, 8)(codes)
    sees_itself = keras.Model(codes, keras.layers.Dense(K)(embedded))
    everywhere = keras.layers.MultiHeadAttention(2, 4)(embedded, embedded)
    for prior, message in (
        (sees_itself, r"from those before it alone.*place \d .*Mend: shift"),
        (keras.Model(codes, keras.layers.Dense(K)(everywhere)), "from those before it alone"),
        (small_prior(5), r"from \(batch, 4\).* to \(batch, 4, 3\), got one from .*5"),
        (small_prior(4, 7), r"to \(batch, 4, 3\)"),
        ("a transformer", r"prior must be a keras.Model .*Mend: causal_transformer\(4, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            build().fit_prior(X, prior, verbose=0)
        with pytest.raises(ValueError, match=message):
            build(prior=prior)
