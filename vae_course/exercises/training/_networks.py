"""Networks small enough to choose their weights."""

import math

import keras


def affine_networks(shape, latent_dim, hidden=0):
    """An encoder that gives the mean and log σ², and a decoder, each affine.

    Args:
        shape: Of an image.
        latent_dim: Of a code.
        hidden: The number of rectified units that the decoder puts between; 0 for none.
    """
    x, z = keras.Input(shape), keras.Input((latent_dim,))
    flat = keras.layers.Flatten()(x)
    encoder = keras.Model(x, [keras.layers.Dense(latent_dim)(flat) for _ in range(2)])
    units = keras.layers.Dense(hidden, "relu")(z) if hidden else z
    logits = keras.layers.Dense(math.prod(shape))(units)
    return encoder, keras.Model(z, keras.layers.Reshape(shape)(logits))
