"""Encoders and decoders: shapes for any image size, gradients everywhere, clear errors."""

import keras
import numpy as np
import pytest

from vae_keras import (
    VAE,
    VAEGAN,
    VQVAE,
    Autoencoder,
    conv1d_decoder,
    conv1d_encoder,
    conv_decoder,
    conv_encoder,
    dense_decoder,
    dense_encoder,
    recurrent_decoder,
    recurrent_encoder,
)

ENCODERS = [dense_encoder, conv_encoder]
DECODERS = [dense_decoder, conv_decoder]
SHAPES = [(28, 28, 1), (32, 32, 3), (30, 17, 3), (7, 5, 1), (1, 1, 1), (3, 64, 2)]


@pytest.mark.parametrize("image_shape", SHAPES)
@pytest.mark.parametrize("latent_dim", [1, 2, 33])
def test_shapes(image_shape, latent_dim):
    x = np.random.default_rng(0).uniform(size=(3, *image_shape))
    for encoder_builder, decoder_builder in zip(ENCODERS, DECODERS, strict=True):
        z_mean, z_log_var = encoder_builder(image_shape, latent_dim)(x)
        assert z_mean.shape == z_log_var.shape == (3, latent_dim)
        assert decoder_builder(image_shape, latent_dim)(z_mean).shape == (3, *image_shape)


@pytest.mark.parametrize("builder", ENCODERS)
def test_encoder_of_a_plain_autoencoder_has_one_output(builder):
    assert builder((8, 8, 1), 3, variational=False).output_shape == (None, 3)


@pytest.mark.parametrize("builder", DECODERS)
def test_decoder_returns_logits_unless_told_otherwise(builder):
    keras.utils.set_random_seed(0)
    z = np.random.default_rng(0).normal(scale=50, size=(20, 2))
    logits = np.asarray(builder((8, 8, 1), 2)(z))
    assert logits.min() < 0 or logits.max() > 1
    probabilities = np.asarray(builder((8, 8, 1), 2, output_activation="sigmoid")(z))
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1


def test_hidden_layers_are_those_asked_for():
    encoder = dense_encoder((8, 8, 1), 2, hidden_units=(30, 20), activation="tanh")
    dense = [layer for layer in encoder.layers if isinstance(layer, keras.layers.Dense)]
    assert [layer.units for layer in dense] == [30, 20, 2, 2]
    encoder = conv_encoder((8, 8, 1), 2, filters=(4, 5, 6))
    convolutions = [layer for layer in encoder.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [4, 5, 6]


def test_outputs_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        for builder in ENCODERS:
            assert all(output.dtype == "float32" for output in builder((8, 8, 1), 2).outputs)
        for builder in DECODERS:
            assert builder((8, 8, 1), 2).outputs[0].dtype == "float32"
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("builder", ENCODERS + DECODERS)
@pytest.mark.parametrize("shape", [28, (28, 28, 0), (28, 28, 1.5), (28, 28, None), ()])
def test_wrong_shape_is_explained(builder, shape):
    name = "image_shape" if builder in (conv_encoder, conv_decoder) else "x_shape"
    with pytest.raises(ValueError, match=name):
        builder(shape, 2)


@pytest.mark.parametrize("builder", [conv_encoder, conv_decoder])
def test_convolutions_take_images_and_say_what_takes_the_rest(builder):
    with pytest.raises(ValueError, match=r"image_shape must be .*dense_encoder"):
        builder((28, 28), 2)


@pytest.mark.parametrize("shape", [(5,), (7, 3), (4, 3, 2, 1)])
def test_dense_networks_take_any_shape(shape):
    z_mean, z_log_var = dense_encoder(shape, 2, (8,))(np.zeros((6, *shape)))
    assert z_mean.shape == z_log_var.shape == (6, 2)
    assert dense_decoder(shape, 2, (8,))(z_mean).shape == (6, *shape)


def test_channels_are_last_whatever_keras_does_by_default():
    keras.config.set_image_data_format("channels_first")
    try:
        encoder, decoder = conv_encoder((28, 20, 3), 2), conv_decoder((28, 20, 3), 2)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert encoder(np.zeros((2, 28, 20, 3)))[0].shape == (2, 2)
    assert decoder(np.zeros((2, 2))).shape == (2, 28, 20, 3)


@pytest.mark.parametrize("builder", ENCODERS + DECODERS)
@pytest.mark.parametrize("latent_dim", [0, -1, 2.5, "2", None, True])
def test_wrong_latent_dim_is_explained(builder, latent_dim):
    with pytest.raises(ValueError, match="latent_dim must be a whole number above 0"):
        builder((8, 8, 1), latent_dim)


@pytest.mark.parametrize("builder", ENCODERS + DECODERS)
@pytest.mark.parametrize("widths", [400, (400, 0), (1.5,)])
def test_wrong_widths_are_explained(builder, widths):
    with pytest.raises(ValueError, match="whole number"):
        builder((8, 8, 1), 2, widths)


@pytest.mark.parametrize("builder", [conv_encoder, conv_decoder])
def test_convolutions_need_at_least_one_layer(builder):
    with pytest.raises(ValueError, match="whole numbers"):
        builder((28, 28, 1), 2, ())


@pytest.mark.parametrize("builder", [conv_encoder, conv_decoder])
def test_residual_blocks_start_as_the_identity(builder):
    keras.utils.set_random_seed(0)
    plain = builder((9, 8, 3), 2, filters=(4, 6))
    deep = builder((9, 8, 3), 2, filters=(4, 6), residual_blocks=2)
    assert sum(isinstance(each, keras.layers.Add) for each in deep.layers) == 4
    outer = [each for each in deep.layers if each.weights and not _is_in_a_block(each)]
    for layer, given in zip(outer, [each for each in plain.layers if each.weights], strict=True):
        layer.set_weights(given.get_weights())
    x = np.random.default_rng(0).random((3, *plain.input_shape[1:]))
    for found, expected in zip(*(keras.tree.flatten(net(x)) for net in (deep, plain)), strict=True):
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="residual_blocks must be"):
        builder((9, 8, 3), 2, residual_blocks=-1)


def _is_in_a_block(layer):
    strides = getattr(layer, "strides", None)
    return type(layer) is keras.layers.Conv2D and strides == (1, 1) and layer.name != "x"


def test_no_hidden_layer_makes_a_linear_network():
    decoder = dense_decoder((4, 3, 1), 2, hidden_units=())
    kernel, bias = decoder.get_weights()
    z = np.random.default_rng(0).normal(size=(5, 2)).astype("float32")
    np.testing.assert_allclose(
        decoder(z), (z @ kernel + bias).reshape(5, 4, 3, 1), rtol=1e-5, atol=1e-6
    )
    assert len(dense_encoder((4, 3, 1), 2, hidden_units=()).get_weights()) == 4


SEQUENCE_NETWORKS = [(conv1d_encoder, conv1d_decoder), (recurrent_encoder, recurrent_decoder)]


@pytest.mark.parametrize(("encoder_builder", "decoder_builder"), SEQUENCE_NETWORKS)
@pytest.mark.parametrize(
    ("x_shape", "num_categories"), [((13,), 7), ((1,), 2), ((6, 4), 9), ((9, 5), None)]
)
def test_sequences(encoder_builder, decoder_builder, x_shape, num_categories):
    x = np.random.default_rng(0).integers(0, num_categories or 2, size=(3, *x_shape))
    for condition_dim in (None, 2):
        options = {"num_categories": num_categories, "condition_dim": condition_dim}
        conditions = [] if condition_dim is None else [np.ones((3, 2), "float32")]
        encoder = encoder_builder(x_shape, 5, **options)
        z_mean, z_log_var = encoder([x, *conditions] if conditions else x)
        assert z_mean.shape == z_log_var.shape == (3, 5)
        z = np.asarray(z_mean)
        decoder = decoder_builder(x_shape, 5, **options)
        decoded = decoder([z, *conditions] if conditions else z)
        categories = () if num_categories is None else (num_categories,)
        assert decoded.shape == (3, *x_shape, *categories)
    assert encoder_builder(x_shape, 5, num_categories=num_categories, variational=False).outputs


@pytest.mark.parametrize("builder", [each for pair in SEQUENCE_NETWORKS for each in pair])
def test_what_is_no_sequence_is_explained(builder):
    with pytest.raises(ValueError, match=r"x_shape must be \(length, features\).*num_categories=K"):
        builder((7,), 2)
    with pytest.raises(ValueError, match=r"x_shape must be \(length,\) or \(length, parts\)"):
        builder((7, 2, 3), 2, num_categories=4)
    with pytest.raises(ValueError, match="num_categories must be a whole number at least 2"):
        builder((7,), 2, num_categories=1)


def test_what_an_autoregressive_decoder_cannot_be_is_explained():
    with pytest.raises(ValueError, match=r"condition_dim must be None .* got 3"):
        recurrent_decoder((7,), 2, num_categories=4, autoregressive=True, condition_dim=3)
    with pytest.raises(ValueError, match=r"token_dropout must be 0.*Mend: autoregressive=True"):
        recurrent_decoder((7,), 2, num_categories=4, token_dropout=0.5)
    with pytest.raises(ValueError, match="token_dropout must be"):
        recurrent_decoder((7,), 2, num_categories=4, autoregressive=True, token_dropout=1.5)


@pytest.mark.parametrize(("encoder_builder", "decoder_builder"), SEQUENCE_NETWORKS)
def test_sequence_networks_learn_what_they_are_shown(encoder_builder, decoder_builder):
    keras.utils.set_random_seed(0)
    starts = np.random.default_rng(0).integers(0, 5, size=(256, 1))
    x = (starts + np.arange(8)) % 5  # five sequences: log 5 = 1.6 nats
    sizes = {"x_shape": (8,), "latent_dim": 2, "num_categories": 5}
    vae = VAE(encoder_builder(**sizes), decoder_builder(**sizes), "categorical", seed=0)
    vae.compile(keras.optimizers.Adam(1e-2))
    vae.fit(x, epochs=15, batch_size=64, verbose=0)
    assert (vae.reconstruct(x).argmax(axis=-1) == x).mean() > 0.99


def test_a_recurrent_decoder_is_saved_and_gives_z_at_each_place(tmp_path):
    sizes = {"x_shape": (5,), "latent_dim": 2, "num_categories": 3, "units": 4}
    decoder = recurrent_decoder(**sizes)
    decoder.save(tmp_path / "decoder.keras")
    again = keras.saving.load_model(tmp_path / "decoder.keras")
    z = np.array([[0.5, -2.0]], "float32")
    np.testing.assert_array_equal(again(z), decoder(z))
    (gru,) = (each for each in decoder.layers if isinstance(each, keras.layers.GRU))
    places = keras.Model(decoder.input, gru.input[0])(z)
    np.testing.assert_array_equal(places, np.repeat(z[:, None], 5, axis=1))


def test_a_sequential_encoder_is_one_that_was_never_called(tmp_path):
    """Keras tells the output of a Sequential only then; a model is built before."""
    layers, x = keras.layers, np.random.default_rng(0).random((8, 4, 5, 1)).astype("float32")

    def ends(*units):
        encoder = [keras.Input((4, 5, 1)), layers.Flatten(), *map(layers.Dense, units)]
        decoder = [keras.Input((units[-1],)), layers.Dense(20), layers.Reshape((4, 5, 1))]
        return keras.Sequential(encoder), keras.Sequential(decoder)

    with pytest.raises(ValueError, match=r"encoder must return \[z_mean, z_log_var\], got 1 out"):
        VAE(*ends(3))
    with pytest.raises(ValueError, match=r"discriminator must return \[features, logit\]"):
        VAEGAN(dense_encoder((4, 5, 1), 3, ()), ends(3)[1], ends(1)[0])
    for build in (Autoencoder, lambda *pair: VQVAE(*pair, num_codes=4, seed=0)):
        model = build(*ends(6, 3))
        model.compile("adam", jit_compile=False)
        model.fit(x, verbose=0)
        model.save(tmp_path / "model.keras")
        copy = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(copy.reconstruct(x), model.reconstruct(x))
