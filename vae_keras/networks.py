"""Encoders and decoders: dense, for x of any shape, and convolutional, for images of any size.

An encoder maps x to `[z_mean, z_log_var]`; a decoder maps z to **logits** (Bernoulli) or means
(Gaussian), in x's shape. Both are functional Keras models; any other pair with these inputs and
outputs works as well.
"""

import math

import keras
from keras import layers

from vae_keras import _checks


def dense_encoder(
    x_shape,
    latent_dim,
    hidden_units=(400,),
    *,
    activation="relu",
    variational=True,
    condition_dim=None,
):
    """Fully connected encoder: x → `[z_mean, z_log_var]`.

    Args:
        x_shape: Shape of one example: `(height, width, channels)`, `(features,)`, any.
        latent_dim: Number of latent dimensions, at least 1.
        hidden_units: Widths of the hidden layers, from x to the latent space. `()` makes the
            network linear.
        activation: Activation of the hidden layers.
        variational: Whether the output is `[z_mean, z_log_var]` (for a `VAE`), or one vector `z`
            (for an `Autoencoder`).
        condition_dim: For a `ConditionalVAE`, the size of its conditions, the network's second
            input, which is appended to the values of x; `None` for no such input.

    Returns:
        A `keras.Model` from `(batch, …)` to two tensors (or one) of shape `(batch, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.

    Example:

    >>> encoder = dense_encoder((28, 28, 1), latent_dim=2)
    >>> z_mean, z_log_var = encoder(np.zeros((5, 28, 28, 1)))
    """
    x_shape = _sizes(x_shape, "x_shape")
    hidden_units = _sizes(hidden_units, "hidden_units", least=0)

    inputs = keras.Input(x_shape, name="x")
    inputs, x = _given(condition_dim, inputs, layers.Flatten()(inputs))
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    return keras.Model(inputs, _latent_head(x, latent_dim, variational), name="encoder")


def dense_decoder(
    x_shape,
    latent_dim,
    hidden_units=(400,),
    *,
    activation="relu",
    output_activation=None,
    condition_dim=None,
):
    """Fully connected decoder: z → logits or means in x's shape.

    Args:
        x_shape: Shape of one example: `(height, width, channels)`, `(features,)`, any; for the
            categorical likelihood with a last axis of categories, `(length, K)`.
        latent_dim, activation: As for `dense_encoder`.
        hidden_units: Widths of the hidden layers, from the latent space to x. `()` makes the
            network linear.
        output_activation: `None` for logits (Bernoulli, Categorical) or unbounded means (Gaussian);
            `"sigmoid"` for means in [0, 1], as an `Autoencoder` wants.
        condition_dim: As for `dense_encoder`; the condition is appended to z.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to `(batch, …)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    x_shape = _sizes(x_shape, "x_shape")
    hidden_units = _sizes(hidden_units, "hidden_units", least=0)

    inputs = keras.Input((_checks.whole_number(latent_dim, "latent_dim"),), name="z")
    inputs, x = _given(condition_dim, inputs, inputs)
    for units in hidden_units:
        x = layers.Dense(units, activation=activation)(x)
    x = layers.Dense(math.prod(x_shape), activation=output_activation, dtype=_output_dtype())(x)
    x = layers.Reshape(x_shape, dtype=_output_dtype(), name="x")(x)
    return keras.Model(inputs, x, name="decoder")


def dense_ladder(x_shape, latent_dims, hidden_units, *, activation="relu"):
    """Fully connected networks of a `HierarchicalVAE`: its encoder, decoder and priors.

    Upwards x → d_1 → d_2 → …, a hidden layer for each layer of codes, which is encoded from d_l:
    the higher layers see the deeper features. Downwards a network with one hidden layer for each
    step, z_2 → z_1 and z_1 → x among them.

    Args:
        x_shape, activation: As for `dense_encoder`, and `dense_decoder`.
        latent_dims: Number of latent dimensions of each layer, the first being nearest to x.
        hidden_units: Width of the hidden layer between x and z_1, between z_1 and z_2, and so on.

    Returns:
        `(encoder, decoder, priors)`, as `HierarchicalVAE` takes them.

    Raises:
        ValueError: If a size is not a whole number above 0, or the two tuples differ in length.

    Example:

    >>> hvae = HierarchicalVAE(*dense_ladder((28, 28, 1), (32, 8), (400, 200)))
    """
    x_shape = _sizes(x_shape, "x_shape")
    latent_dims = _sizes(latent_dims, "latent_dims")
    hidden_units = _sizes(hidden_units, "hidden_units")
    _checks.same_length(hidden_units, "hidden_units", "latent_dims", len(latent_dims))

    inputs = keras.Input(x_shape, name="x")
    features, heads = layers.Flatten()(inputs), []
    for number, (size, units) in enumerate(zip(latent_dims, hidden_units, strict=True), start=1):
        features = layers.Dense(units, activation=activation)(features)
        heads.append(_latent_head(features, size, variational=True, suffix=f"_{number}"))
    outputs = heads[0]
    if len(heads) > 1:  # side by side
        join = layers.Concatenate(dtype=_output_dtype())
        outputs = [join([*parts]) for parts in zip(*heads, strict=True)]
    decoder = dense_decoder(x_shape, latent_dims[0], hidden_units[:1], activation=activation)
    priors = [
        dense_encoder((above,), size, (units,), activation=activation)
        for above, size, units in zip(
            latent_dims[1:], latent_dims[:-1], hidden_units[1:], strict=True
        )
    ]
    return keras.Model(inputs, outputs, name="encoder"), decoder, priors


def conv_encoder(
    image_shape,
    latent_dim,
    filters=(32, 64),
    *,
    activation="relu",
    variational=True,
    condition_dim=None,
    grid=False,
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

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to two tensors (or one) of shape
        `(batch, latent_dim)`; with `grid` to one of shape `(batch, rows, columns, latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    image_shape = _image_shape(image_shape)
    filters = _sizes(filters, "filters")
    options = {"padding": "same", "activation": activation, "data_format": "channels_last"}

    inputs = keras.Input(image_shape, name="x")
    inputs, x = _given(condition_dim, inputs, inputs)
    for count in filters:
        x = layers.Conv2D(count, 3, strides=2, **options)(x)
    if grid:
        size = _checks.whole_number(latent_dim, "latent_dim")
        last = {"data_format": "channels_last", "dtype": _output_dtype(), "name": "z"}
        return keras.Model(inputs, layers.Conv2D(size, 1, **last)(x), name="encoder")
    x = layers.Flatten(data_format="channels_last")(x)
    return keras.Model(inputs, _latent_head(x, latent_dim, variational), name="encoder")


def conv_decoder(
    image_shape,
    latent_dim,
    filters=(64, 32),
    *,
    activation="relu",
    output_activation=None,
    condition_dim=None,
    grid=False,
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

    Returns:
        A `keras.Model` from `(batch, latent_dim)`, or with `grid` from `(batch, rows, columns,
        latent_dim)`, to `(batch, height, width, channels)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    height, width, channels = _image_shape(image_shape)
    filters = _sizes(filters, "filters")
    scale = 2 ** len(filters)
    small_height, small_width = math.ceil(height / scale), math.ceil(width / scale)
    options = {"padding": "same", "data_format": "channels_last"}

    places = (small_height, small_width) if grid else ()
    inputs = keras.Input((*places, _checks.whole_number(latent_dim, "latent_dim")), name="z")
    inputs, x = _given(condition_dim, inputs, inputs)
    if grid:
        x = layers.Conv2D(filters[0], 3, activation=activation, **options)(x)
    else:
        x = layers.Dense(small_height * small_width * filters[0], activation=activation)(x)
        x = layers.Reshape((small_height, small_width, filters[0]))(x)
    for count in filters:
        x = layers.Conv2DTranspose(count, 3, strides=2, activation=activation, **options)(x)
    excess = ((0, small_height * scale - height), (0, small_width * scale - width))
    if excess != ((0, 0), (0, 0)):
        x = layers.Cropping2D(excess, data_format="channels_last")(x)
    x = layers.Conv2D(
        channels, 3, activation=output_activation, dtype=_output_dtype(), name="x", **options
    )(x)
    return keras.Model(inputs, x, name="decoder")


def dense_discriminator(x_shape, hidden_units=(400,), *, activation="leaky_relu"):
    """Fully connected discriminator of a `VAEGAN`: x → `[features, logit]`.

    Args:
        x_shape, hidden_units: As for `dense_encoder`, one hidden layer at least: the features are
            what the last one gives.
        activation: Activation of the hidden layers.

    Returns:
        A `keras.Model` from `(batch, …)` to the features `(batch, units)` and the logit of the
        probability that x is real, `(batch, 1)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    inputs = keras.Input(_sizes(x_shape, "x_shape"), name="x")
    features = layers.Flatten()(inputs)
    for units in _sizes(hidden_units, "hidden_units"):
        features = layers.Dense(units, activation=activation)(features)
    return _discriminator(inputs, features)


def conv_discriminator(image_shape, filters=(32, 64), *, activation="leaky_relu"):
    """Convolutional discriminator of a `VAEGAN`: images → `[features, logit]`.

    Each layer halves height and width, as in `conv_encoder`; the features are what the last one
    gives, before a single dense layer.

    Args:
        image_shape, filters: As for `conv_encoder`.
        activation: Activation of the convolutions.

    Returns:
        A `keras.Model` from `(batch, height, width, channels)` to the features, of the shape of an
        image, and the logit of the probability that x is real, `(batch, 1)`.

    Raises:
        ValueError: If a size is not a whole number above 0.
    """
    options = {"padding": "same", "activation": activation, "data_format": "channels_last"}
    inputs = features = keras.Input(_image_shape(image_shape), name="x")
    for count in _sizes(filters, "filters"):
        features = layers.Conv2D(count, 3, strides=2, **options)(features)
    return _discriminator(inputs, features)


def _discriminator(inputs, features):
    x = layers.Flatten(data_format="channels_last")(features)
    logit = layers.Dense(1, dtype=_output_dtype(), name="logit")(x)
    return keras.Model(inputs, [features, logit], name="discriminator")


def causal_transformer(length, num_codes, width=64, depth=2, num_heads=4):
    """A small Transformer which tells each code of a sequence from those before it.

    The sequence is shifted by one place, so that place t holds the code t - 1; each place is
    embedded and told where it is; then come `depth` blocks of self-attention, masked so that no
    place sees a later one, and of a dense layer of four times the width. It learns log p(k) as the
    sum of log p(k_t|k_1 … k_{t-1}): the prior of a `VQVAE`.

    Source: Vaswani and others, "Attention Is All You Need" (2017), section 3; normalised before
    each part, as Radford and others, "Language Models are Unsupervised Multitask Learners" (2019).

    Args:
        length: Number of codes.
        num_codes: How many there are to choose from, at least 2.
        width: Size of the vector of a place, a multiple of `num_heads`.
        depth: Number of blocks.
        num_heads: Number of heads of attention.

    Returns:
        A `keras.Model` from codes, whole numbers `(batch, length)`, to logits `(batch, length,
        num_codes)`.

    Raises:
        ValueError: If a size is not a whole number above 0, or the width no multiple of the heads.

    Example:

    >>> prior = causal_transformer(length=49, num_codes=64)
    >>> prior(np.zeros((5, 49), "int32")).shape
    TensorShape([5, 49, 64])
    """
    length = _checks.whole_number(length, "length")
    num_codes = _checks.whole_number(num_codes, "num_codes", least=2)
    width, depth = _checks.whole_number(width, "width"), _checks.whole_number(depth, "depth")
    num_heads = _checks.whole_number(num_heads, "num_heads")
    if width % num_heads:
        raise ValueError(f"width must be a multiple of num_heads={num_heads}, got {width}.")

    codes = keras.Input((length,), dtype="int32", name="codes")
    x = layers.Embedding(num_codes, width)(codes)
    x = layers.Cropping1D((0, 1))(layers.ZeroPadding1D((1, 0))(x))  # place t holds code t - 1
    x = layers.EinsumDense(  # whose bias, one for each place, says where it is
        "blw,wv->blv",
        (length, width),
        bias_axes="lv",
        bias_initializer=keras.initializers.RandomNormal(stddev=0.02),
    )(x)
    for _ in range(depth):
        y = layers.LayerNormalization()(x)
        y = layers.MultiHeadAttention(num_heads, width // num_heads)(y, y, use_causal_mask=True)
        x = layers.Add()([x, y])
        y = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(width)(y)])
    x = layers.LayerNormalization()(x)
    logits = layers.Dense(num_codes, dtype=_output_dtype(), name="logits")(x)
    return keras.Model(codes, logits, name="prior")


def _given(condition_dim, inputs, x):
    """The inputs, with the condition if there is one, and x with the condition on its last axis."""
    if condition_dim is None:
        return inputs, x
    condition_dim = _checks.whole_number(condition_dim, "condition_dim")
    condition = spread = keras.Input((condition_dim,), name="condition")
    if len(x.shape) == 4:  # at each pixel
        spread = layers.RepeatVector(math.prod(x.shape[1:3]))(condition)
        spread = layers.Reshape((*x.shape[1:3], condition_dim))(spread)
    return [inputs, condition], layers.Concatenate()([x, spread])


def _latent_head(x, latent_dim, variational, suffix=""):
    latent_dim = _checks.whole_number(latent_dim, "latent_dim")
    names = ("z_mean", "z_log_var") if variational else ("z",)
    heads = [
        layers.Dense(latent_dim, dtype=_output_dtype(), name=name + suffix)(x) for name in names
    ]
    return heads if variational else heads[0]


def _output_dtype():
    """The outputs feed exponentials and sums: float32 where the layers compute in 16 bits."""
    return "float32" if "16" in keras.config.dtype_policy().compute_dtype else None


def _image_shape(image_shape):
    if not isinstance(image_shape, list | tuple) or len(image_shape) != 3:
        raise ValueError(
            "image_shape must be (height, width, channels), for instance (28, 28, 1), got "
            f"{image_shape!r}. Mend: dense_encoder and dense_decoder take any shape."
        )
    return _sizes(image_shape, "image_shape")


def _sizes(sizes, name, least=1):
    if not isinstance(sizes, list | tuple) or len(sizes) < least:
        raise ValueError(f"{name} must be a tuple of whole numbers above 0, got {sizes!r}.")
    return tuple(_checks.whole_number(size, f"each entry of {name}") for size in sizes)
