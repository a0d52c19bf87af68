"""Networks for sequences: of whole numbers, or of vectors.

x is `(batch, length)`, or `(batch, length, parts)` where each place has several parts, the voices
of a chord for instance. With `num_categories` it holds whole numbers, each of which is embedded,
and the decoder returns logits with a last axis of categories, for the categorical likelihood;
without, x holds numbers, `(batch, length, features)`.
"""

import math

import keras
import numpy as np
from keras import layers

from vae_keras import _checks
from vae_keras.networks._parts import given, latent_head, output_dtype, shifted, sizes

_SAME = {"padding": "same", "data_format": "channels_last"}


def conv1d_encoder(
    x_shape,
    latent_dim,
    filters=(64, 128),
    *,
    num_categories=None,
    embedding_dim=32,
    kernel_size=5,
    activation="relu",
    variational=True,
    condition_dim=None,
):
    """Convolutional encoder of sequences: x → `[z_mean, z_log_var]`.

    Each layer halves the length (rounded up) with a convolution of stride 2 along it.

    Args:
        x_shape: `(length,)` or `(length, parts)`.
        latent_dim, activation, variational: As for `dense_encoder`.
        filters: Number of filters of each convolution, from x to the latent space.
        num_categories: K, if x holds whole numbers below K; `None` for numbers.
        embedding_dim: Size of the vector that stands for a whole number.
        kernel_size: Places that a filter sees.
        condition_dim: As for `dense_encoder`; the condition is given at each place.

    Returns:
        A `keras.Model` from `(batch, *x_shape)` to two tensors (or one) of shape `(batch,
        latent_dim)`.

    Raises:
        ValueError: If a size is not a whole number above 0, or x has other axes.

    Example:

    >>> encoder = conv1d_encoder((16, 4), latent_dim=8, num_categories=50)
    >>> z_mean, z_log_var = encoder(np.zeros((5, 16, 4), "int32"))
    """
    x_shape = _sequence_shape(x_shape, num_categories)
    filters = sizes(filters, "filters")
    kernel_size = _checks.whole_number(kernel_size, "kernel_size")

    inputs = _input(x_shape, num_categories)
    x = _places(inputs, num_categories, embedding_dim)
    inputs, x = given(condition_dim, inputs, x)
    for count in filters:
        x = layers.Conv1D(count, kernel_size, strides=2, activation=activation, **_SAME)(x)
    x = layers.Flatten(data_format="channels_last")(x)
    return keras.Model(inputs, latent_head(x, latent_dim, variational), name="encoder")


def conv1d_decoder(
    x_shape,
    latent_dim,
    filters=(128, 64),
    *,
    num_categories=None,
    kernel_size=5,
    activation="relu",
    condition_dim=None,
):
    """Convolutional decoder of sequences: z → logits or means in x's shape.

    The mirror of `conv1d_encoder`: a dense layer, one transposed convolution of stride 2 for each
    entry of `filters`, then a convolution to the values of a place. Given z, all places are
    independent of each other.

    Args:
        x_shape, latent_dim, num_categories, kernel_size, activation, condition_dim: As for
            `conv1d_encoder`.
        filters: Number of filters of each transposed convolution, from the latent space to x.

    Returns:
        A `keras.Model` from `(batch, latent_dim)` to `(batch, *x_shape, K)`, or without categories
        to `(batch, *x_shape)`.

    Raises:
        ValueError: If a size is not a whole number above 0, or x has other axes.
    """
    x_shape = _sequence_shape(x_shape, num_categories)
    filters = sizes(filters, "filters")
    kernel_size = _checks.whole_number(kernel_size, "kernel_size")
    scale = 2 ** len(filters)
    small = math.ceil(x_shape[0] / scale)

    inputs, x = _codes(latent_dim, condition_dim)
    x = layers.Dense(small * filters[0], activation=activation)(x)
    x = layers.Reshape((small, filters[0]))(x)
    for count in filters:
        x = layers.Conv1DTranspose(count, kernel_size, strides=2, activation=activation, **_SAME)(x)
    if excess := small * scale - x_shape[0]:
        x = layers.Cropping1D((0, excess))(x)
    last = layers.Conv1D(
        _values_of_a_place(x_shape, num_categories), kernel_size, dtype=output_dtype(), **_SAME
    )
    return keras.Model(inputs, _as_x(last(x), x_shape, num_categories), name="decoder")


def recurrent_encoder(
    x_shape,
    latent_dim,
    units=128,
    *,
    num_categories=None,
    embedding_dim=32,
    variational=True,
    condition_dim=None,
):
    """Recurrent encoder of sequences: x → `[z_mean, z_log_var]`.

    One layer of gated recurrent units reads x forwards, one backwards; what both end on is taken.

    Args:
        x_shape, latent_dim, num_categories, embedding_dim, variational, condition_dim: As for
            `conv1d_encoder`.
        units: Number of units in each direction.

    Returns:
        A `keras.Model`, as `conv1d_encoder` returns it.

    Raises:
        ValueError: If a size is not a whole number above 0, or x has other axes.
    """
    x_shape = _sequence_shape(x_shape, num_categories)
    units = _checks.whole_number(units, "units")

    inputs = _input(x_shape, num_categories)
    x = _places(inputs, num_categories, embedding_dim)
    inputs, x = given(condition_dim, inputs, x)
    x = layers.Bidirectional(layers.GRU(units))(x)
    return keras.Model(inputs, latent_head(x, latent_dim, variational), name="encoder")


def recurrent_decoder(
    x_shape,
    latent_dim,
    units=128,
    *,
    num_categories=None,
    autoregressive=False,
    embedding_dim=32,
    token_dropout=0.0,
    condition_dim=None,
):
    """Recurrent decoder of sequences: z → logits or means in x's shape.

    A layer of gated recurrent units starts from z and is given z again at each place. With
    `autoregressive`, for an `AutoregressiveVAE`, it is given at each place what x holds at the one
    before as well, so that it can do without z; `token_dropout` takes some of that away from it.

    Source: Bowman and others, "Generating Sentences from a Continuous Space" (2016), section 3.

    Args:
        x_shape, latent_dim, num_categories, embedding_dim, condition_dim: As for `conv1d_encoder`.
        units: Number of units.
        autoregressive: Whether the network takes `[z, x]`, each place seeing those before it.
        token_dropout: Share of the places of x that it does not see in training, from 0 to 1.

    Returns:
        A `keras.Model` from `(batch, latent_dim)`, or with `autoregressive` from `[z, x]`, to
        `(batch, *x_shape, K)`, or without categories to `(batch, *x_shape)`.

    Raises:
        ValueError: If a size is not a whole number above 0, the dropout not a share, x has other
            axes, or a condition is asked for beside x.
    """
    x_shape = _sequence_shape(x_shape, num_categories)
    units = _checks.whole_number(units, "units")
    token_dropout = _checks.number(token_dropout, "token_dropout", least=0, most=1)
    if autoregressive and condition_dim is not None:
        raise ValueError(
            "condition_dim must be None for an autoregressive decoder, which takes x as its second "
            f"input, got {condition_dim}."
        )
    if token_dropout and not autoregressive:
        raise ValueError(
            f"token_dropout must be 0 for a decoder that does not see x, got {token_dropout:g}. "
            "Mend: autoregressive=True."
        )

    inputs, z = _codes(latent_dim, condition_dim)
    start = layers.Dense(units, activation="tanh")(z)
    # Not RepeatVector: its gradient makes oneDNN write a line to the console.
    places = layers.Reshape((1, z.shape[-1]))(z) * np.ones((1, x_shape[0], 1), "float32")
    if autoregressive:
        x = _input(x_shape, num_categories, name="x_before")
        seen = _places(x, num_categories, embedding_dim)
        if token_dropout:
            seen = layers.Dropout(token_dropout, noise_shape=(None, x_shape[0], 1))(seen)
        places = layers.Concatenate()([shifted(seen), places])
        inputs = [inputs, x]
    x = layers.GRU(units, return_sequences=True)(places, initial_state=start)
    last = layers.Dense(_values_of_a_place(x_shape, num_categories), dtype=output_dtype())
    return keras.Model(inputs, _as_x(last(x), x_shape, num_categories), name="decoder")


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
    x = shifted(layers.Embedding(num_codes, width)(codes))
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
    logits = layers.Dense(num_codes, dtype=output_dtype(), name="logits")(x)
    return keras.Model(codes, logits, name="prior")


def _sequence_shape(x_shape, num_categories):
    x_shape = sizes(x_shape, "x_shape")
    fitting = (1, 2) if num_categories is not None else (2,)
    if len(x_shape) not in fitting:
        of_numbers = "(length, features)"
        wanted = of_numbers if num_categories is None else "(length,) or (length, parts)"
        mend = ""
        if num_categories is None and len(x_shape) == 1:
            mend = " Mend: num_categories=K, if x holds whole numbers below K."
        raise ValueError(f"x_shape must be {wanted}, got {x_shape}.{mend}")
    if num_categories is not None:
        _checks.whole_number(num_categories, "num_categories", least=2)
    return x_shape


def _input(x_shape, num_categories, name="x"):
    return keras.Input(x_shape, dtype=None if num_categories is None else "int32", name=name)


def _places(x, num_categories, embedding_dim):
    """A vector for each place: its numbers, or the vectors of its whole numbers, side by side."""
    if num_categories is None:
        return x
    embedding_dim = _checks.whole_number(embedding_dim, "embedding_dim")
    length, *parts = x.shape[1:]
    x = layers.Embedding(num_categories, embedding_dim)(x)
    return layers.Reshape((length, math.prod(parts) * embedding_dim))(x) if parts else x


def _codes(latent_dim, condition_dim):
    """The input of a decoder, and z with the condition beside it, if there is one."""
    inputs = keras.Input((_checks.whole_number(latent_dim, "latent_dim"),), name="z")
    return given(condition_dim, inputs, inputs)


def _values_of_a_place(x_shape, num_categories):
    return math.prod(x_shape[1:]) * (num_categories or 1)


def _as_x(values, x_shape, num_categories):
    shape = x_shape if num_categories is None else (*x_shape, num_categories)
    return layers.Reshape(shape, dtype=output_dtype(), name="x")(values)
