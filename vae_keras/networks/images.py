"""Convolutional networks, for images of any size."""

import math

import keras
from keras import layers

from vae_keras import _checks
from vae_keras.networks._parts import discriminator, given, latent_head, output_dtype, sizes


def conv_encoder(
    image_shape,
    latent_dim,
    filters=(32, 64),
    *,
    activation="relu",
    variational=True,
    condition_dim=None,
    grid=False,
    residual_blocks=0,
):
    """Convolutional encoder: images → `[z_mean, z_log_var]`.

    Each layer halves height and width (rounded up) with a 3×3 convolution of stride 2, so any
    image size works. The channels are last, whatever Keras's default.

    Args:
        image_shape: `(height, width, channels)`.
        filters: Number of filters of each convolution, from the image to the latent space.
        latent_dim, activation, variational: As for `dense_encoder`.
        condition_dim: As for `dense_encoder`; each number of the condition becomes a channel, the
            same at every pixel.
        grid: For a `VQVAE`: whether the output is one vector of `latent_dim` numbers for each place
            of the last convolution, 7 × 7 of them for an image of 28 × 28, whatever `variational`.
        residual_blocks: Number of residual blocks after each convolution, for images that need a
            deeper network (He and others, "Identity Mappings in Deep Residual Networks", 2016).

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to two tensors (or one) of shape
        `(batch, latent_dim)`; with `grid` to one of shape `(batch, rows, columns, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    image_shape = _image_shape(image_shape)
    filters = sizes(filters, "filters")
    options = {"padding": "same", "activation": activation, "data_format": "channels_last"}

    inputs = keras.Input(image_shape, name="x")
    inputs, x = given(condition_dim, inputs, inputs)
    for count in filters:
        x = layers.Conv2D(count, 3, strides=2, **options)(x)
        x = _residual(x, residual_blocks, activation)
    if grid:
        size = _checks.whole_number(latent_dim, "latent_dim")
        last = {"data_format": "channels_last", "dtype": output_dtype(), "name": "z"}
        return keras.Model(inputs, layers.Conv2D(size, 1, **last)(x), name="encoder")
    x = layers.Flatten(data_format="channels_last")(x)
    return keras.Model(inputs, latent_head(x, latent_dim, variational), name="encoder")


def conv_decoder(
    image_shape,
    latent_dim,
    filters=(64, 32),
    *,
    activation="relu",
    output_activation=None,
    condition_dim=None,
    grid=False,
    residual_blocks=0,
):
    """Convolutional decoder: z → logits or means in the images' shape.

    The mirror of `conv_encoder`: a dense layer, then one 3×3 transposed convolution of stride 2 for
    each entry of `filters`, then a 3×3 convolution to the image's channels. Rows and columns that
    the doubling adds beyond the image are cut off. The channels are last, whatever Keras's default.

    Args:
        image_shape: `(height, width, channels)`.
        filters: Number of filters of each transposed convolution, from the latent space to the
            image.
        latent_dim, activation, output_activation, condition_dim: As for `dense_decoder`.
        grid: For a `VQVAE`: whether the input is a grid of vectors, as `conv_encoder` gives it; a
            3×3 convolution then takes the place of the dense layer.
        residual_blocks: As for `conv_encoder`, after each transposed convolution.

    Returns:
        A `keras.Model` from `(batch, latent_dim)`, or with `grid` from `(batch, rows, columns,
        latent_dim)`, to `(batch, height, width, channels)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    height, width, channels = _image_shape(image_shape)
    filters = sizes(filters, "filters")
    scale = 2 ** len(filters)
    small_height, small_width = math.ceil(height / scale), math.ceil(width / scale)
    options = {"padding": "same", "data_format": "channels_last"}

    places = (small_height, small_width) if grid else ()
    inputs = keras.Input((*places, _checks.whole_number(latent_dim, "latent_dim")), name="z")
    inputs, x = given(condition_dim, inputs, inputs)
    if grid:
        x = layers.Conv2D(filters[0], 3, activation=activation, **options)(x)
    else:
        x = layers.Dense(small_height * small_width * filters[0], activation=activation)(x)
        x = layers.Reshape((small_height, small_width, filters[0]))(x)
    for count in filters:
        x = layers.Conv2DTranspose(count, 3, strides=2, activation=activation, **options)(x)
        x = _residual(x, residual_blocks, activation)
    excess = ((0, small_height * scale - height), (0, small_width * scale - width))
    if excess != ((0, 0), (0, 0)):
        x = layers.Cropping2D(excess, data_format="channels_last")(x)
    x = layers.Conv2D(
        channels, 3, activation=output_activation, dtype=output_dtype(), name="x", **options
    )(x)
    return keras.Model(inputs, x, name="decoder")


def conv_discriminator(image_shape, filters=(32, 64), *, activation="relu"):
    """Convolutional discriminator of a `VAEGAN`: images → `[features, logit]`.

    Each layer halves height and width, as in `conv_encoder`; the features are what the last one
    gives, before a single dense layer.

    Args:
        image_shape, filters: As for `conv_encoder`.
        activation: Activation of the convolutions; with TensorFlow 2 on a processor, "leaky_relu"
            trains as it should and writes an error about a `remapper` to the console.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the features, of the shape of an
        image, and the logit of the probability that x is real, `(batch, 1)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    options = {"padding": "same", "activation": activation, "data_format": "channels_last"}
    inputs = features = keras.Input(_image_shape(image_shape), name="x")
    for count in sizes(filters, "filters"):
        features = layers.Conv2D(count, 3, strides=2, **options)(features)
    return discriminator(inputs, features)


def _residual(x, blocks, activation):
    """Blocks of two 3×3 convolutions which are added to what they are given."""
    options = {"padding": "same", "data_format": "channels_last"}
    for _ in range(_checks.whole_number(blocks, "residual_blocks", least=0)):
        y = layers.Conv2D(x.shape[-1], 3, **options)(layers.Activation(activation)(x))
        y = layers.Activation(activation)(y)
        # Zeros: a block starts as the identity, and depth alone cannot make the values explode.
        y = layers.Conv2D(x.shape[-1], 3, kernel_initializer="zeros", **options)(y)
        x = layers.Add()([x, y])
    return x


def _image_shape(image_shape):
    if not isinstance(image_shape, list | tuple) or len(image_shape) != 3:
        raise ValueError(
            "image_shape must be (height, width, channels), for instance (28, 28, 1), got "
            f"{image_shape!r}. Mend: dense_encoder and dense_decoder take any shape."
        )
    return sizes(image_shape, "image_shape")
