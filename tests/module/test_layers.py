"""Sampling: statistics, gradients, noise that is fresh, saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from vae_keras import Sampling


@pytest.fixture
def parameters():
    generator = np.random.default_rng(0)
    z_mean = generator.normal(size=(6, 3)).astype("float32")
    z_log_var = generator.normal(size=(6, 3)).astype("float32")
    return z_mean, z_log_var


def test_draws_follow_the_gaussian(parameters):
    z_mean, z_log_var = parameters
    many = 20_000
    z = Sampling(seed=1)([np.repeat(z_mean, many, axis=0), np.repeat(z_log_var, many, axis=0)])
    z = np.reshape(z, (6, many, 3))
    for example in range(6):
        for dimension in range(3):
            scale = np.exp(0.5 * z_log_var[example, dimension])
            law = stats.norm(z_mean[example, dimension], scale)
            # 18 independent tests, no failure expected above p = 1e-5.
            assert stats.kstest(z[example, :, dimension], law.cdf).pvalue > 1e-5


def test_noise_is_fresh_for_each_call_and_each_example():
    zeros = np.zeros((50, 4), "float32")
    sampling = Sampling(seed=3)
    first, second = np.asarray(sampling([zeros, zeros])), np.asarray(sampling([zeros, zeros]))
    assert len(np.unique(np.concatenate([first, second]).ravel())) == 2 * 50 * 4


def test_noise_is_fresh_inside_a_compiled_function():
    sampling = Sampling(seed=3)
    zeros = tf.zeros((5, 2))
    compiled = tf.function(lambda: sampling([zeros, zeros]))
    assert not np.allclose(compiled(), compiled())


def test_same_seed_same_noise():
    zeros = np.zeros((5, 2), "float32")
    np.testing.assert_array_equal(
        Sampling(seed=7)([zeros, zeros]), Sampling(seed=7)([zeros, zeros])
    )
    assert not np.allclose(Sampling(seed=7)([zeros, zeros]), Sampling(seed=8)([zeros, zeros]))


def test_gradient_through_sampling_against_finite_differences(parameters):
    """d/dθ of Σ sin(z) w, with the noise held: float64, central differences."""
    z_mean, z_log_var = (tf.constant(value, "float64") for value in parameters)
    weights = np.random.default_rng(1).normal(size=z_mean.shape)

    def value(mean, log_var):
        z = Sampling(seed=5, dtype="float64")([mean, log_var])  # same seed: same noise
        return tf.reduce_sum(tf.sin(z) * weights)

    with tf.GradientTape() as tape:
        tape.watch([z_mean, z_log_var])
        result = value(z_mean, z_log_var)
    gradients = tape.gradient(result, [z_mean, z_log_var])

    step = 1e-6
    for which, gradient in enumerate(gradients):
        numeric = np.zeros(z_mean.shape)
        for index in np.ndindex(*z_mean.shape):
            shift = np.zeros(z_mean.shape)
            shift[index] = step
            ahead, behind = [[z_mean, z_log_var] for _ in range(2)]
            ahead[which] = ahead[which] + shift
            behind[which] = behind[which] - shift
            numeric[index] = (value(*ahead) - value(*behind)) / (2 * step)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)


def test_mean_gradient_against_the_closed_form():
    """E[z²] = μ² + σ², so dE/dμ = 2μ and dE/d(log σ²) = σ²: Monte Carlo within 5 errors."""
    mean, log_var, many = 0.7, -0.5, 200_000
    z_mean = tf.fill((many, 1), mean)
    z_log_var = tf.fill((many, 1), log_var)
    with tf.GradientTape() as tape:
        tape.watch([z_mean, z_log_var])
        z = Sampling(seed=2)([z_mean, z_log_var])
        result = tf.reduce_sum(z**2)
    for gradient, expected in zip(
        tape.gradient(result, [z_mean, z_log_var]), [2 * mean, np.exp(log_var)], strict=True
    ):
        error = np.std(gradient) / np.sqrt(many)
        assert abs(np.mean(gradient) - expected) < 5 * error


@pytest.mark.parametrize("z_log_var", [-1e4, -1e3, -100.0, 100.0, 1e3, 1e4])
def test_extreme_log_variance_gives_finite_samples_and_gradients(z_log_var):
    z_mean = tf.zeros((4, 2))
    z_log_var = tf.fill((4, 2), z_log_var)
    with tf.GradientTape() as tape:
        tape.watch([z_mean, z_log_var])
        z = Sampling(seed=0)([z_mean, z_log_var])
        result = tf.reduce_sum(z)
    assert np.all(np.isfinite(z))
    for gradient in tape.gradient(result, [z_mean, z_log_var]):
        assert np.all(np.isfinite(gradient))


def test_config_and_seed_state_survive_saving(tmp_path):
    z_mean, z_log_var = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([z_mean, z_log_var], Sampling(seed=4)([z_mean, z_log_var]))
    zeros = [np.zeros((2, 3), "float32")] * 2
    model(zeros)
    model.save(tmp_path / "sampling.keras")
    copy = keras.saving.load_model(tmp_path / "sampling.keras")
    assert copy.layers[-1].get_config()["seed"] == 4
    np.testing.assert_array_equal(model(zeros), copy(zeros))  # the noise goes on where it was


def test_stays_float32_on_request_under_mixed_precision():
    half = [np.zeros((2, 3), "float16")] * 2
    assert Sampling(seed=0, dtype="float32")(half).dtype == "float32"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([np.zeros((2, 3))], "got 1 of the shapes"),
        (np.zeros((2, 3)), "must be given the list"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], r"\(2, 3\), \(2, 4\)"),
        ([np.zeros(3), np.zeros(3)], "one shape"),
        ([None, None], "got 2 of the shapes"),
        ([np.zeros((2, 3), int)] * 2, "must be of floating-point numbers, got int"),
        ([np.zeros((2, 3), complex)] * 2, "must be of floating-point numbers, got complex"),
    ],
)
def test_wrong_input_is_explained(inputs, message):
    with pytest.raises(ValueError, match=message):
        Sampling()(inputs)


@pytest.mark.parametrize("seed", ["1", 1.5, True])
def test_wrong_seed_is_explained(seed):
    with pytest.raises(
        ValueError, match="seed must be a whole number from 0 to 4294967295, or None"
    ):
        Sampling(seed=seed)
    with pytest.raises(ValueError, match="seed must be a whole number from 0 to 4294967295, got"):
        Sampling().set_seed(seed)
