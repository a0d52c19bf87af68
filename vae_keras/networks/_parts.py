"""What the builders of networks share."""

import math

import keras
from keras import layers

from vae_keras import _checks


def given(condition_dim, inputs, x):
    """The inputs, with the condition if there is one, and x with the condition on its last axis."""
    if condition_dim is None:
        return inputs, x
    condition_dim = _checks.whole_number(condition_dim, "condition_dim")
    condition = spread = keras.Input((condition_dim,), name="condition")
    if len(x.shape) > 2:  # at each pixel, at each place of a sequence
        spread = layers.RepeatVector(math.prod(x.shape[1:-1]))(condition)
        spread = layers.Reshape((*x.shape[1:-1], condition_dim))(spread)
    return [inputs, condition], layers.Concatenate()([x, spread])


def shifted(x):
    """A sequence by one place later: place t holds what t - 1 held, and the first one zeros."""
    return layers.Cropping1D((0, 1))(layers.ZeroPadding1D((1, 0))(x))


def latent_head(x, latent_dim, variational, suffix=""):
    latent_dim = _checks.whole_number(latent_dim, "latent_dim")
    names = ("z_mean", "z_log_var") if variational else ("z",)
    heads = [
        layers.Dense(latent_dim, dtype=output_dtype(), name=name + suffix)(x) for name in names
    ]
    return heads if variational else heads[0]


def discriminator(inputs, features):
    x = layers.Flatten(data_format="channels_last")(features)
    logit = layers.Dense(1, dtype=output_dtype(), name="logit")(x)
    return keras.Model(inputs, [features, logit], name="discriminator")


def output_dtype():
    """The outputs feed exponentials and sums: float32 where the layers compute in 16 bits."""
    return "float32" if "16" in keras.config.dtype_policy().compute_dtype else None


def sizes(sizes, name, least=1):
    if not isinstance(sizes, list | tuple) or len(sizes) < least:
        raise ValueError(f"{name} must be a tuple of whole numbers above 0, got {sizes!r}.")
    return tuple(_checks.whole_number(size, f"each entry of {name}") for size in sizes)
