"""Encoders and decoders: dense and convolutional, for images of any size.

An encoder maps images to `[z_mean, z_log_var]`; a decoder maps z to **logits** (Bernoulli) or means
(Gaussian), in the images' shape. Both are functional Keras models; any other pair with these
inputs and outputs works as well.
"""

import math

import keras
from keras import layers


def dense_encoder(
    image_shape, latent_dim, hidden_units=(400,), *, activation="relu", variational=True
):
    """Fully connected encoder: images → `[z_mean, z_log_var]`.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions, at least 1.
        hidden_units: Widths of the hidden layers, from the image to the latent space. `()` makes
            the network linear.
        activation: Activation of the hidden layers.
        variational: Whether the output is `[z_mean, z_log_var]` (for a `VAE`), or one vector `z`
            (for an `Autoencoder`).

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to two tensors (or one) of shape
        `(batch, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=2)
    >>> z_mean, z_log_var = encoder(np.zeros((5, 28, 28, 1)))
    """
    image_shape = _check_image_shape(image_shape)
    hidden_units = _check_sizes(hidden_units, "hidden_units", empty=True)

    inputs = keras.Input(image_shape, name="x")
    x = layers.Flatten()(inputs)
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, _latent_head(x, latent_dim, variational), name="encoder")


def dense_decoder(
    image_shape, latent_dim, hidden_units=(400,), *, activation="relu", output_activation=None
):
    """Fully connected decoder: z → logits or means in the images' shape.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions, at least 1.
        hidden_units: Widths of the hidden layers, from the latent space to the image. `()` makes
            the network linear.
        activation: Activation of the hidden layers.
        output_activation: `None` for logits (Bernoulli) or unbounded means (Gaussian); `"sigmoid"`
            for means in [0, 1], as an `Autoencoder` wants.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to `(batch, height, width, channels)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    image_shape = _check_image_shape(image_shape)
    hidden_units = _check_sizes(hidden_units, "hidden_units", empty=True)

    inputs = keras.Input((_check_size(latent_dim, "latent_dim"),), name="z")
    x = inputs
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    x = layers.Dense(math.prod(image_shape), activation=output_activation, dtype=_output_dtype())(x)
    x = layers.Reshape(image_shape, dtype=_output_dtype(), name="x")(x)
    return keras.Model(inputs, x, name="decoder")


def conv_encoder(image_shape, latent_dim, filters=(32, 64), *, activation="relu", variational=True):
    """Convolutional encoder: images → `[z_mean, z_log_var]`.

    Each layer halves height and width (rounded up) with a 3×3 convolution of stride 2, so any
    image size works.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions, at least 1.
        filters: Number of filters of each convolution, from the image to the latent space.
        activation: Activation of the hidden layers.
        variational: Whether the output is `[z_mean, z_log_var]` (for a `VAE`), or one vector `z`
            (for an `Autoencoder`).

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to two tensors (or one) of shape
        `(batch, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    image_shape = _check_image_shape(image_shape)
    filters = _check_sizes(filters, "filters")

    inputs = keras.Input(image_shape, name="x")
    x = inputs
    for count in filters:
        x = layers.Conv2D(count, 3, strides=2, padding="same", activation=activation)(x)
    x = layers.Flatten()(x)
    return keras.Model(inputs, _latent_head(x, latent_dim, variational), name="encoder")


def conv_decoder(
    image_shape, latent_dim, filters=(64, 32), *, activation="relu", output_activation=None
):
    """Convolutional decoder: z → logits or means in the images' shape.

    The mirror of `conv_encoder`: a dense layer, then one 3×3 transposed convolution of stride 2 for
    each entry of `filters`, then a 3×3 convolution to the image's channels. Rows and columns that
    the doubling adds beyond the image are cut off.

    Args:
        image_shape: `(height, width, channels)`.
        latent_dim: Number of latent dimensions, at least 1.
        filters: Number of filters of each transposed convolution, from the latent space to the
            image.
        activation: Activation of the hidden layers.
        output_activation: `None` for logits (Bernoulli) or unbounded means (Gaussian); `"sigmoid"`
            for means in [0, 1], as an `Autoencoder` wants.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to `(batch, height, width, channels)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    height, width, channels = _check_image_shape(image_shape)
    filters = _check_sizes(filters, "filters")
    scale = 2 ** len(filters)
    small_height, small_width = math.ceil(height / scale), math.ceil(width / scale)

    inputs = keras.Input((_check_size(latent_dim, "latent_dim"),), name="z")
    x = layers.Dense(small_height * small_width * filters[0], activation=activation)(inputs)
    x = layers.Reshape((small_height, small_width, filters[0]))(x)
    for count in filters:
        x = layers.Conv2DTranspose(count, 3, strides=2, padding="same", activation=activation)(x)
    excess = ((0, small_height * scale - height), (0, small_width * scale - width))
    if excess != ((0, 0), (0, 0)):
        x = layers.Cropping2D(excess)(x)
    x = layers.Conv2D(
        channels, 3, padding="same", activation=output_activation, dtype=_output_dtype(), name="x"
    )(x)
    return keras.Model(inputs, x, name="decoder")


def _latent_head(x, latent_dim, variational):
    latent_dim = _check_size(latent_dim, "latent_dim")
    if not variational:
        return layers.Dense(latent_dim, dtype=_output_dtype(), name="z")(x)
    z_mean = layers.Dense(latent_dim, dtype=_output_dtype(), name="z_mean")(x)
    z_log_var = layers.Dense(latent_dim, dtype=_output_dtype(), name="z_log_var")(x)
    return [z_mean, z_log_var]


def _output_dtype():
    """The outputs feed exponentials and sums: float32 where the layers compute in 16 bits."""
    return "float32" if "16" in keras.config.dtype_policy().compute_dtype else None


def _check_image_shape(image_shape):
    shape = tuple(image_shape) if isinstance(image_shape, (list, tuple)) else image_shape
    if not isinstance(shape, tuple) or len(shape) != 3:
        raise ValueError(
            "image_shape must be (height, width, channels), for instance (28, 28, 1); got "
            f"{shape!r}."
        )
    return _check_sizes(shape, "image_shape")


def _check_sizes(sizes, name, empty=False):
    if not isinstance(sizes, (list, tuple)) or (len(sizes) == 0 and not empty):
        raise ValueError(f"{name} must be a tuple of whole numbers above 0, got {sizes!r}.")
    return tuple(_check_size(size, f"each entry of {name}") for size in sizes)


def _check_size(size, name):
    try:
        valid = not isinstance(size, bool) and int(size) == size and size > 0
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(f"{name} must be a whole number above 0, got {size!r}.")
    return int(size)
