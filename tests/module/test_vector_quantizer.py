"""The quantiser against NumPy: the nearest code, moving averages, restarts, the gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import VectorQuantizer
from vae_keras.layers import straight_through

K, D = 7, 3
rng = np.random.default_rng(0)


def nearest(z, codebook):
    """The definition, one vector after the other, in float64."""
    distances = ((z[..., None, :].astype("float64") - codebook) ** 2).sum(axis=-1)
    return distances.argmin(axis=-1)


def moved(z, codebook, usage, decay):
    """One step of appendix A.1, code by code: the new codebook and usage."""
    codes, m = nearest(z, codebook).ravel(), codebook * usage[:, None]
    rows = z.reshape(-1, D)
    for k in range(K):
        chosen = rows[codes == k]
        usage[k] = decay * usage[k] + (1 - decay) * len(chosen)
        m[k] = decay * m[k] + (1 - decay) * chosen.sum(axis=0)
    return np.where(usage[:, None] > 0, m / np.where(usage, usage, 1)[:, None], codebook), usage


@pytest.mark.parametrize("shape", [(40, D), (10, 5, D), (4, 3, 2, D)])
def test_each_vector_becomes_the_nearest_of_the_codebook(shape):
    z = rng.normal(size=shape).astype("float32")
    quantizer = VectorQuantizer(K, D, seed=0)
    codebook = quantizer.codebook.numpy()
    expected = nearest(z, codebook)
    codes = quantizer.nearest(z)
    np.testing.assert_array_equal(codes, expected)
    assert codes.dtype == "int32"
    np.testing.assert_array_equal(quantizer(z), codebook[expected])
    np.testing.assert_array_equal(quantizer.vectors(codes), codebook[expected])
    np.testing.assert_array_equal(quantizer.codebook, codebook)  # nothing is learnt from a call


@pytest.mark.parametrize("jit_compile", [True, False])
@pytest.mark.parametrize("decay", [0.9, 0.0])
def test_the_codebook_follows_moving_averages(decay, jit_compile):
    quantizer = VectorQuantizer(K, D, decay, restart_below=0, seed=0)
    codebook, usage = quantizer.codebook.numpy().astype("float64"), np.zeros(K)
    call = tf.function(lambda z: quantizer(z, training=True), jit_compile=jit_compile)
    for _ in range(6):
        z = rng.normal(size=(5, 4, D)).astype("float32")
        found = call(z)
        np.testing.assert_allclose(found, codebook[nearest(z, codebook)], atol=1e-5)
        codebook, usage = moved(z, codebook, usage, decay)
        np.testing.assert_allclose(quantizer.codebook, codebook, atol=1e-5)
        np.testing.assert_allclose(quantizer.usage, usage, atol=1e-5)


@pytest.mark.parametrize("decay", [0.9, None])
def test_dead_codes_start_anew_at_different_vectors_of_the_batch(decay):
    quantizer = VectorQuantizer(K, D, decay, restart_below=0.1, seed=0)
    z = rng.normal(size=(70, D)).astype("float32")
    quantizer(z, training=True)  # brings all of the codebook among the data
    before = quantizer.codebook.numpy()
    before[[1, 4]] = 1e3
    usage = np.array([9.0, 0.001, 9.0, 9.0, 0.001, 9.0, 9.0], "float32")
    quantizer.codebook.assign(before)
    quantizer.usage.assign(usage)
    quantizer(z, training=True)
    after = quantizer.codebook.numpy()
    for k in (1, 4):
        assert (after[k] == z).all(axis=1).any()
    assert (after[1] != after[4]).any()
    np.testing.assert_allclose(quantizer.usage.numpy()[[1, 4]], 2 * 0.1 * 70 / K)
    alive = [0, 2, 3, 5, 6]
    if decay is None:
        np.testing.assert_array_equal(after[alive], before[alive])
    else:
        expected = moved(z, before.astype("float64"), usage.astype("float64"), decay)[0]
        np.testing.assert_allclose(after[alive], expected[alive], atol=1e-5)


def test_the_draws_of_restarts_are_uniform_and_apart():
    """Each code takes any vector of its own part of the batch: chi-squared of 4,000 draws."""
    quantizer = VectorQuantizer(4, 1, seed=3)
    z = tf.reshape(tf.range(40.0), (40, 1))
    draw = tf.function(lambda: quantizer._draw(z))
    drawn = np.array([draw() for _ in range(1000)])[..., 0].astype(int)
    np.testing.assert_array_equal(drawn // 10, np.tile(np.arange(4), (1000, 1)))
    counts = np.bincount(drawn.ravel(), minlength=40)
    assert ((counts - 100) ** 2 / 100).sum() < 36 + 6 * np.sqrt(72)


def test_a_codebook_far_from_the_data_is_used_after_a_few_steps():
    """Vectors far from the origin and much smaller than a first codebook: all codes are used."""
    quantizer = VectorQuantizer(16, D, seed=0)
    step = tf.function(lambda z: quantizer(z, training=True))
    for _ in range(60):
        z = (0.01 * rng.normal(size=(320, D)) + 5).astype("float32")
        step(tf.constant(z))
    assert len(np.unique(quantizer.nearest(z))) == 16
    frozen = VectorQuantizer(16, D, restart_below=0, seed=0)
    for _ in range(60):
        frozen(z, training=True)
    assert len(np.unique(frozen.nearest(z))) < 4


def test_fewer_vectors_than_codes():
    quantizer = VectorQuantizer(K, D, seed=0)
    z = rng.normal(size=(2, D)).astype("float32")
    quantizer(z, training=True)
    for row in quantizer.codebook.numpy():
        assert np.isclose(row, z, atol=1e-5).all(axis=1).any()


def test_the_value_is_the_code_s_and_the_gradient_is_that_of_z():
    """d/dz of Σ sin(z_q) w is cos(e) w, that of e + (z - z₀) at z₀ (central differences)."""
    z = tf.constant(rng.normal(size=(6, D)))
    quantizer = VectorQuantizer(K, D, seed=0, dtype="float64")
    assert quantizer.codebook.dtype == "float64"
    weights = rng.normal(size=z.shape)
    vectors = quantizer.vectors(quantizer.nearest(z)).numpy()
    with tf.GradientTape() as tape:
        tape.watch(z)
        found = quantizer(z)
        value = tf.reduce_sum(tf.sin(found) * weights)
    np.testing.assert_array_equal(found, vectors)

    def surrogate(moved):
        return np.sum(np.sin(vectors + moved - z.numpy()) * weights)

    step, numeric = 1e-6, np.zeros(z.shape)
    for index in np.ndindex(*z.shape):
        shift = np.zeros(z.shape)
        shift[index] = step
        numeric[index] = (surrogate(z + shift) - surrogate(z - shift)) / (2 * step)
    np.testing.assert_allclose(tape.gradient(value, z), numeric, atol=1e-8)
    large, small = tf.constant([1e7, -3e5]), tf.constant([0.1, 0.3])
    np.testing.assert_array_equal(straight_through(large, small), small)


def test_the_gradient_of_the_codebook_goes_to_the_chosen_codes_alone():
    quantizer = VectorQuantizer(K, D, decay=None, seed=0)
    assert len(quantizer.trainable_weights) == 1
    assert VectorQuantizer(K, D).trainable_weights == []
    z = rng.normal(size=(5, D)).astype("float32")
    codes = quantizer.nearest(z)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((z - quantizer.vectors(codes)) ** 2)
    expected, codebook = np.zeros((K, D)), quantizer.codebook.numpy()
    for row, k in zip(z, np.asarray(codes), strict=True):
        expected[k] += 2 * (codebook[k] - row)
    found = tf.convert_to_tensor(tape.gradient(loss, quantizer.trainable_variables)[0])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_half_precision_is_quantised_in_single():
    z = rng.normal(size=(50, D)).astype("float16")
    quantizer = VectorQuantizer(K, D, seed=0, dtype="mixed_float16")
    found = quantizer(z, training=True)
    assert found.dtype == "float16"
    assert {each.dtype for each in quantizer.weights} == {"float32"}
    other = VectorQuantizer(K, D, seed=0)
    other(z.astype("float32"), training=True)
    np.testing.assert_allclose(quantizer.codebook, other.codebook, atol=1e-6)


def test_in_a_network_saved_and_trained_on(tmp_path):
    """Codebook, usage and the restarts' draws go on where they were."""
    z = keras.Input((4, D))
    model = keras.Model(z, VectorQuantizer(K, D, 0.8, restart_below=0.9, seed=4)(z))
    batches = rng.normal(size=(4, 10, 4, D)).astype("float32")
    model(batches[0], training=True)
    model.save(tmp_path / "quantizer.keras")
    copy = keras.saving.load_model(tmp_path / "quantizer.keras")
    options = copy.layers[-1].get_config()
    assert (options["decay"], options["restart_below"], options["seed"]) == (0.8, 0.9, 4)
    for batch in batches[1:]:
        np.testing.assert_array_equal(model(batch, training=True), copy(batch, training=True))
    for weight, other in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_the_seed_makes_the_codebook():
    first, same, other = (VectorQuantizer(K, D, seed=seed).codebook for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.allclose(first, other)
    codebooks = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        quantizer = VectorQuantizer(K, D)
        quantizer(rng.normal(size=(0, D)).astype("float32"))  # none is fine, too
        codebooks.append(quantizer.codebook)
    np.testing.assert_array_equal(*codebooks)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_codes": 1}, "num_codes must be a whole number at least 2"),
        ({"num_codes": 2.0}, "num_codes must be"),
        ({"code_dim": 0}, "code_dim must be a whole number above 0"),
        ({"decay": 1.0}, "decay must be a finite number, at least 0, at most 0.9999"),
        ({"decay": "slow"}, "decay must be"),
        ({"restart_below": -0.1}, "restart_below must be"),
        ({"restart_below": 1.1}, "restart_below must be"),
        ({"seed": 1.5}, "seed must be a whole number from 0 to 4294967295, or None"),
    ],
)
def test_wrong_options_are_explained(options, message):
    with pytest.raises(ValueError, match=message):
        VectorQuantizer(**{"num_codes": K, "code_dim": D, **options})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda layer: layer(np.zeros((5, D), int)), "Vectors must be of floating-point numbers"),
        (lambda layer: layer.nearest(np.zeros((5, D), complex)), "must be an array of numbers"),
        (lambda layer: layer.nearest(None), "z must be an array of numbers, got NoneType"),
        (lambda layer: layer.vectors([K]), r"codes must lie in \{0, …, \d+\} for num_codes="),
        (lambda layer: layer.vectors([0.5]), "codes must be whole numbers, got float"),
    ],
)
def test_what_is_no_vector_or_no_code_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call(VectorQuantizer(K, D))


@pytest.mark.parametrize("shape", [(5, 2), (D,), ()])
def test_wrong_input_is_explained(shape):
    with pytest.raises(ValueError, match=r"must be given vectors of shape \(batch, …, code_dim=3"):
        VectorQuantizer(K, D)(np.zeros(shape, "float32"))
