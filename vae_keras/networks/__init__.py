"""Encoders and decoders: dense, for x of any shape; convolutional, for images; for sequences.

An encoder maps x to `[z_mean, z_log_var]`; a decoder maps z to **logits** (Bernoulli, Categorical)
or means (Gaussian), in x's shape. All are functional Keras models; any other pair with these inputs
and outputs works as well.
"""

from vae_keras.networks.dense import (
    dense_decoder,
    dense_discriminator,
    dense_encoder,
    dense_ladder,
)
from vae_keras.networks.images import conv_decoder, conv_discriminator, conv_encoder
from vae_keras.networks.sequences import (
    causal_transformer,
    conv1d_decoder,
    conv1d_encoder,
    recurrent_decoder,
    recurrent_encoder,
)

__all__ = [
    "causal_transformer",
    "conv1d_decoder",
    "conv1d_encoder",
    "conv_decoder",
    "conv_discriminator",
    "conv_encoder",
    "dense_decoder",
    "dense_discriminator",
    "dense_encoder",
    "dense_ladder",
    "recurrent_decoder",
    "recurrent_encoder",
]
