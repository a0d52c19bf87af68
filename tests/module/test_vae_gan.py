"""The VAE-GAN against its losses and gradients, worked out in NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from vae_keras import (
    VAEGAN,
    Sampling,
    conv_decoder,
    conv_discriminator,
    conv_encoder,
    dense_decoder,
    dense_discriminator,
    dense_encoder,
    elbo,
)

BETA, WEIGHT = 0.7, 0.3
rng = np.random.default_rng(0)
X = rng.random((12, 5)).astype("float32")


def networks(activation="tanh"):
    options = {"activation": activation}
    return (
        dense_encoder((5,), 2, (4,), **options),
        dense_decoder((5,), 2, (4,), **options),
        dense_discriminator((5,), (6,), **options),
    )


def build(optimizers=("adam", None), jit_compile=False, **options):
    keras.utils.set_random_seed(0)
    options = {"beta": BETA, "adversarial_weight": WEIGHT, "seed": 0} | options
    vae_gan = VAEGAN(*networks(), **options)
    vae_gan.compile(*optimizers, jit_compile=jit_compile)
    return vae_gan


# ---------------------------------------------------------------------- in NumPy


def dense(x, weights, bias):
    return x @ weights + bias


def log_sigmoid(logit):
    return -np.logaddexp(0, -logit)


def discriminate(x, weights):
    features = np.tanh(dense(x, *weights[:2]))
    return features, dense(features, *weights[2:])[:, 0]


def decode(z, weights):
    return 1 / (1 + np.exp(-dense(np.tanh(dense(z, *weights[:2])), *weights[2:])))


def by_hand(x, of_encoder, of_decoder, of_discriminator, noise, z_p):
    """The four terms, means over the batch."""
    hidden = np.tanh(dense(x, *of_encoder[:2]))
    mean, log_var = dense(hidden, *of_encoder[2:4]), dense(hidden, *of_encoder[4:])
    x_hat, x_p = (decode(z, of_decoder) for z in (mean + np.exp(log_var / 2) * noise, z_p))
    (features, real), (features_hat, fake), (_, fake_p) = (
        discriminate(each, of_discriminator) for each in (x, x_hat, x_p)
    )
    squares = np.sum((features - features_hat) ** 2, axis=1)
    values = {
        "reconstruction_loss": 0.5 * squares + 0.5 * features.shape[1] * np.log(2 * np.pi),
        "kl_loss": 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=1),
        "adversarial_loss": -log_sigmoid(fake) - log_sigmoid(fake_p),
        "discriminator_loss": -log_sigmoid(real) - log_sigmoid(-fake) - log_sigmoid(-fake_p),
    }
    return {name: each.mean() for name, each in values.items()}


def weights_of(vae_gan):
    parts = vae_gan.encoder, vae_gan.decoder, vae_gan.discriminator
    return [[weight.astype("float64") for weight in part.get_weights()] for part in parts]


def noise_of(training):
    """The noise of a first step, from a layer that is like the model's."""
    sampling, zeros = Sampling(seed=0), np.zeros((len(X), 2), "float32")
    return [np.asarray(sampling([zeros, zeros], training=training), "float64") for _ in range(2)]


def slopes(function, weights, step=1e-5):
    """The gradient of a function of a list of arrays, by central differences."""
    gradients = []
    for weight in weights:
        gradient = np.zeros_like(weight)
        for index in np.ndindex(weight.shape):
            before, values = weight[index], []
            for sign in (1, -1):
                weight[index] = before + sign * step
                values.append(function())
            weight[index] = before
            gradient[index] = (values[0] - values[1]) / (2 * step)
        gradients.append(gradient)
    return gradients


def test_the_losses_are_those_by_hand():
    vae_gan = build()
    found = vae_gan.evaluate(X, batch_size=12, verbose=0, return_dict=True)
    expected = by_hand(X, *weights_of(vae_gan), *noise_of(training=False))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-5), name
    parts = {name: np.float32(value) for name, value in found.items()}
    total = parts["reconstruction_loss"] + np.float32(BETA) * parts["kl_loss"]
    assert parts["loss"] == total + np.float32(WEIGHT) * parts["adversarial_loss"]


@pytest.mark.parametrize("jit_compile", [True, False])
def test_each_network_descends_what_is_its_own(jit_compile):
    """One step of rate 1 is the gradient: for the encoder, of a loss without the adversary."""
    one = keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0)
    vae_gan = build(one, jit_compile)
    before = weights_of(vae_gan)
    vae_gan.train_on_batch(X)
    noise = noise_of(training=True)

    def mean_of(**factors):
        terms = by_hand(X, *before, *noise)
        return sum(factor * terms[name] for name, factor in factors.items())

    expected = [
        slopes(lambda: mean_of(reconstruction_loss=1, kl_loss=BETA), before[0]),
        slopes(lambda: mean_of(reconstruction_loss=1, adversarial_loss=WEIGHT), before[1]),
        slopes(lambda: mean_of(discriminator_loss=1), before[2]),
    ]
    for network, old, gradients in zip(weights_of(vae_gan), before, expected, strict=True):
        for after, weight, gradient in zip(network, old, gradients, strict=True):
            np.testing.assert_allclose(weight - after, gradient, atol=2e-6)
            assert np.any(np.abs(gradient) > 1e-4)


# ---------------------------------------------------------------------- two optimizers


def test_a_file_holds_both_optimizers_and_the_training_goes_on(tmp_path):
    def optimizers():
        return keras.optimizers.Adam(1e-2), keras.optimizers.RMSprop(1e-3)

    options = {"batch_size": 4, "shuffle": False, "verbose": 0}
    whole = build(optimizers())
    whole.fit(X, epochs=4, **options)
    first = build(optimizers())
    first.fit(X, epochs=2, **options)
    first.save(tmp_path / "half.keras")
    second = keras.saving.load_model(tmp_path / "half.keras")
    assert isinstance(second.discriminator_optimizer, keras.optimizers.RMSprop)
    for name in ("optimizer", "discriminator_optimizer"):
        pair = getattr(first, name), getattr(second, name)
        assert int(pair[1].iterations) == 6
        for one, other in zip(*(each.variables for each in pair), strict=True):
            np.testing.assert_array_equal(one, other)
    second.fit(X, epochs=2, **options)
    for weight, expected in zip(second.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_the_second_optimizer_is_like_the_first_unless_given():
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    adam = keras.optimizers.Adam(rate, beta_1=0.5)
    vae_gan = build((adam, None))
    assert vae_gan.optimizer is adam
    assert vae_gan.discriminator_optimizer is not adam
    assert vae_gan.discriminator_optimizer.get_config() == adam.get_config()
    count = len(vae_gan.encoder.weights + vae_gan.decoder.weights)
    assert len(adam._trainable_variables) == count
    assert len(vae_gan.discriminator_optimizer._trainable_variables) == 4
    other = build(("adam", "sgd")).discriminator_optimizer
    assert isinstance(other, keras.optimizers.SGD)
    with pytest.raises(ValueError, match=r"must be two, got the same one twice.*Mend"):
        vae_gan.compile(adam, adam)
    with pytest.raises(ValueError, match="takes no 'loss'"):
        vae_gan.compile("adam", loss="mse")


def test_under_mixed_precision_both_are_scaled():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        vae_gan = build(("adam", "sgd"))
        vae_gan.fit(X, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    for each in (vae_gan.optimizer, vae_gan.discriminator_optimizer):
        assert isinstance(each, keras.optimizers.LossScaleOptimizer)
    assert isinstance(vae_gan.discriminator_optimizer.inner_optimizer, keras.optimizers.SGD)
    assert all(np.isfinite(weight).all() for weight in vae_gan.get_weights())


# ---------------------------------------------------------------------- as a VAE


def test_it_learns_to_give_x_back():
    """Of two clusters, by their features alone: no error on x itself is ever taken."""
    classes = rng.integers(0, 2, 200)
    centres = np.where(rng.random((2, 5)) < 0.5, 0.1, 0.9)
    centres[1, 0] = 1 - centres[0, 0]
    x = np.clip(centres[classes] + 0.05 * rng.normal(size=(200, 5)), 0, 1).astype("float32")
    keras.utils.set_random_seed(0)
    vae_gan = VAEGAN(*networks("leaky_relu"), beta=0.1, adversarial_weight=0.1, seed=0)
    vae_gan.compile(keras.optimizers.Adam(1e-2), keras.optimizers.Adam(1e-3), jit_compile=False)
    before = np.mean((vae_gan.reconstruct(x) - x) ** 2)
    vae_gan.fit(x, epochs=60, batch_size=50, verbose=0)
    assert np.mean((vae_gan.reconstruct(x) - x) ** 2) < before / 4


def test_convolutions_free_bits_and_bounds(capfd):
    x = rng.random((20, 8, 9, 2)).astype("float32")
    keras.utils.set_random_seed(0)
    networks = conv_encoder((8, 9, 2), 3, (4,)), conv_decoder((8, 9, 2), 3, (4,))
    vae_gan = VAEGAN(
        *networks, conv_discriminator((8, 9, 2), (4, 5)), "gaussian", free_bits=0.2, seed=0
    )
    vae_gan.compile("adam")
    vae_gan.fit(x, epochs=2, batch_size=8, validation_data=x, verbose=0)
    assert "remapper" not in capfd.readouterr().err  # what TensorFlow says of "leaky_relu"
    logs = vae_gan.evaluate(x, verbose=0, return_dict=True)
    parts = {name: np.float32(value) for name, value in logs.items()}
    of_vae = parts["reconstruction_loss"] + (parts["kl_loss"] + parts["free_bits_loss"])
    assert parts["loss"] == of_vae + parts["adversarial_loss"]
    assert vae_gan.generate(3, seed=0).shape == (3, 8, 9, 2)
    mean, log_var = vae_gan.encode(x)
    kl = 0.5 * np.sum(np.exp(log_var) + mean**2 - 1 - log_var, axis=1)
    squares = np.sum((vae_gan.reconstruct(x) - x) ** 2, axis=(1, 2, 3))
    at_mean = -squares - 0.5 * 144 * np.log(np.pi) - kl  # of x itself, not of features
    assert elbo(vae_gan, x, 50, seed=0).mean == pytest.approx(at_mean.mean(), rel=0.02)


# ---------------------------------------------------------------------- networks


def test_the_discriminators():
    x = rng.random((3, 7, 5, 2))
    features, logit = dense_discriminator((7, 5, 2), (9, 4))(x)
    assert (features.shape, logit.shape) == ((3, 4), (3, 1))
    discriminator = conv_discriminator((7, 5, 2), (6, 8))
    features, logit = discriminator(x)
    assert (features.shape, logit.shape) == ((3, 2, 2, 8), (3, 1))
    kernel, bias = discriminator.get_layer("logit").get_weights()
    expected = np.reshape(features, (3, -1)) @ kernel + bias
    np.testing.assert_allclose(logit, expected, atol=1e-5)
    for wrong in ((), (0,), 3):
        with pytest.raises(ValueError, match="hidden_units must be"):
            dense_discriminator((5,), wrong)
        with pytest.raises(ValueError, match="filters must be"):
            conv_discriminator((7, 5, 2), wrong)


def test_networks_and_options_that_do_not_fit_are_refused():
    encoder, decoder, discriminator = networks()
    inputs = keras.Input((5,))
    hidden = layers.Dense(3)(inputs)

    def refused(message, *outputs, **options):
        wrong = keras.Model(inputs, [*outputs]) if outputs else discriminator
        with pytest.raises(ValueError, match=message):
            VAEGAN(encoder, decoder, wrong, **options)

    refused(r"must return \[features, logit\].*Mend", layers.Dense(1)(hidden))
    refused(r"must return \[features, logit\]", hidden, layers.Dense(2)(hidden))
    refused(r"must return \[features, logit\]", layers.Dense(1)(hidden), hidden)
    probability = layers.Dense(1, activation="sigmoid")(hidden)
    refused("must return a logit.*ends in a sigmoid.*remove its last", hidden, probability)
    refused("adversarial_weight must be a finite number, at least 0", adversarial_weight=-1)
    with pytest.raises(ValueError, match=r"discriminator must take x of the shape \(None, 5\)"):
        VAEGAN(encoder, decoder, dense_discriminator((6,)))
    with pytest.raises(ValueError, match=r"discriminator must be a keras\.Model"):
        VAEGAN(encoder, decoder, None)
    shared = encoder.layers[2](encoder.inputs[0])
    shared = keras.Model(encoder.inputs, [shared, layers.Dense(1)(shared)])
    with pytest.raises(ValueError, match="encoder and the discriminator must not share a layer"):
        VAEGAN(encoder, decoder, shared)
    tokens = keras.Input((5,), dtype="int32")
    codes = layers.Dense(2)(layers.Flatten()(layers.Embedding(3, 2)(tokens)))
    with pytest.raises(ValueError, match=r"likelihood must have a mean of x's shape.*Categorical"):
        VAEGAN(
            keras.Model(tokens, [codes, codes]),
            dense_decoder((5, 3), 2),
            discriminator,
            "categorical",
        )
