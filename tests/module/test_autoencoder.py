"""The plain autoencoder: its loss, its methods, saving, errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vae_keras import Autoencoder, conv_decoder, conv_encoder, dense_decoder, dense_encoder


def test_loss_is_the_squared_error_summed_over_pixels(small_autoencoder, x_small):
    autoencoder = small_autoencoder()
    autoencoder.compile()
    expected = np.sum((x_small - autoencoder.reconstruct(x_small)) ** 2, axis=(1, 2, 3)).mean()
    loss = autoencoder.evaluate(x_small, batch_size=100, verbose=0)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    logs = autoencoder.evaluate(x_small, verbose=0, return_dict=True)
    np.testing.assert_allclose(logs["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("as_dataset", [True, False])
def test_fit_learns(small_autoencoder, digits, as_dataset):
    x, x_val = digits.x_train[:512], digits.x_test[:100]
    autoencoder = small_autoencoder()
    autoencoder.compile(keras.optimizers.Adam(3e-3), jit_compile=not as_dataset)
    if as_dataset:
        x = tf.data.Dataset.from_tensor_slices(x).batch(64)
    history = autoencoder.fit(x, epochs=20, validation_data=x_val, verbose=0).history
    assert set(history) == {"loss", "val_loss"}
    # Better than the best constant answer, the mean image, whose error is the variance.
    variance = np.sum((x_val - digits.x_train[:512].mean(axis=0)) ** 2, axis=(1, 2, 3)).mean()
    assert history["val_loss"][-1] < 0.95 * variance


def test_train_step_is_gradient_descent_on_the_loss(small_autoencoder, x_small):
    autoencoder = small_autoencoder()
    autoencoder.compile(keras.optimizers.SGD(1e-3))
    with tf.GradientTape() as tape:
        difference = autoencoder.decoder(autoencoder.encoder(x_small)) - x_small
        loss = tf.reduce_sum(difference**2) / 256
    gradients = tape.gradient(loss, autoencoder.trainable_variables)
    expected = [
        variable.numpy() - 1e-3 * gradient
        for variable, gradient in zip(autoencoder.trainable_variables, gradients, strict=True)
    ]
    autoencoder.fit(x_small, batch_size=256, shuffle=False, verbose=0)
    for variable, value in zip(autoencoder.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("image_shape", [(28, 28, 1), (12, 9, 3)])
@pytest.mark.parametrize("network", ["dense", "conv"])
def test_methods_and_shapes(image_shape, network):
    encoder_builder, decoder_builder = {
        "dense": (dense_encoder, dense_decoder),
        "conv": (conv_encoder, conv_decoder),
    }[network]
    x = np.random.default_rng(0).uniform(size=(5, *image_shape)).astype("float32")
    autoencoder = Autoencoder(
        encoder_builder(image_shape, 3, (4,), variational=False),
        decoder_builder(image_shape, 3, (4,), output_activation="sigmoid"),
    )
    codes = autoencoder.encode(x)
    assert codes.shape == (5, 3)
    np.testing.assert_allclose(
        autoencoder.decode(codes), autoencoder.reconstruct(x), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        autoencoder.predict(x, verbose=0), autoencoder.reconstruct(x), rtol=1e-5, atol=1e-6
    )


def test_pairs_train_a_denoiser(small_autoencoder, x_small):
    autoencoder = small_autoencoder()
    autoencoder.compile()
    loss = autoencoder.evaluate(1 - x_small, x_small, batch_size=256, verbose=0)
    difference = autoencoder.reconstruct(1 - x_small) - x_small
    np.testing.assert_allclose(loss, np.sum(difference**2) / 256, rtol=1e-5)


def test_round_trip(small_autoencoder, x_small, tmp_path):
    autoencoder = small_autoencoder()
    autoencoder.compile("adam")
    autoencoder.fit(x_small, verbose=0)
    autoencoder.save(tmp_path / "autoencoder.keras")
    copy = keras.saving.load_model(tmp_path / "autoencoder.keras")
    np.testing.assert_allclose(
        copy.reconstruct(x_small), autoencoder.reconstruct(x_small), rtol=1e-5, atol=1e-6
    )
    copy.fit(x_small, verbose=0)


def test_wrong_use_is_explained(small_autoencoder, x_small):
    with pytest.raises(ValueError, match=r"must return one tensor z.*variational=False"):
        Autoencoder(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2))
    autoencoder = small_autoencoder()
    autoencoder.compile()
    with pytest.raises(ValueError, match="integers"):
        autoencoder.fit((x_small * 255).astype("uint8"), verbose=0)
    with pytest.raises(ValueError, match=r"\[0, 1\] for a decoder that ends in a sigmoid.*/ 255"):
        autoencoder.fit(x_small * 255, verbose=0)
    with pytest.raises(ValueError, match="takes no 'metrics'"):
        autoencoder.compile("adam", metrics=["mse"])
    with pytest.raises(ValueError, match="target of x must have the shape"):
        autoencoder.fit(x_small, np.zeros(256), verbose=0)
