"""Compression with a VAE, to real bytes: lossless by bits back, lossy by quantised codes.

The codecs use the asymmetric numeral systems (ANS) of the library `constriction`. The model is part
of the codec: a file is read with the very model that wrote it, and its size does not count it.
"""

from vae_keras.compression.bits_back import BitsBackCodec
from vae_keras.compression.quantised_codes import LatentCodec
from vae_keras.compression.vq_codes import VQCodec

__all__ = ["BitsBackCodec", "LatentCodec", "VQCodec"]
