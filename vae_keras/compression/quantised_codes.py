"""Lossy compression with a VAE: its codes, rounded and entropy-coded."""

import math
import zlib

import constriction
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.compression._codec import WORD, AnsCoder, Codec, check_decoded

_LARGEST_SYMBOL = 2**22


class LatentCodec(Codec):
    """Lossy compression with a VAE: quantised codes, entropy-coded.

    An image becomes its code μ(x), each coordinate rounded to a multiple of the step; the integers
    are written by an ANS coder under a Gaussian for each dimension, fitted to the images at hand
    and stored in the file (8 bytes a dimension). Reading gives the decoder's images of the
    rounded codes: the writer's codes, to the bit, or an error.

    Args:
        vae: A `VAE`.
        step: The quantiser's step, above 0: the larger, the fewer bits.

    Raises:
        ValueError: If the step is not above 0, or is beyond a 32-bit float.

    Example:

    >>> codec = LatentCodec(vae, step=0.5)
    >>> codec.write(x_test, "digits.vae") / len(x_test)   # bytes an image
    >>> x_hat = codec.read("digits.vae")
    """

    _magic = b"VLC2"
    _fields = "fiiI"  # step, smallest and largest symbol, checksum of the symbols

    def __init__(self, vae, step):
        super().__init__(vae)
        held = np.finfo("float32")  # as the file holds it
        step = _checks.number(step, "step", least=float(held.tiny), most=float(held.max))
        self.step = float(np.float32(step))

    def quantise(self, images):
        """The whole numbers that stand for images, `(count, latent_dim)`: round(μ(x) / step)."""
        if not isinstance(images, tf.data.Dataset):
            images = self.vae.check_target(images, "images")
        z_mean, _ = self.vae.encode(images)
        symbols = np.round(z_mean.astype("float64") / self.step)
        if not np.all(np.abs(symbols) < _LARGEST_SYMBOL):
            raise ValueError(
                f"step={self.step:g} is too fine: some codes are more than four million steps from "
                "0, or not finite."
            )
        return symbols.astype("int32")

    def compress(self, images):
        """Compresses images, as the model takes them, into bytes.

        Returns:
            `bytes`: 38 bytes of header and checksums, 8 bytes a dimension, the ANS words.

        Raises:
            ValueError: If the images do not suit the model.
        """
        symbols = self.quantise(images)
        low, high = int(symbols.min()), int(symbols.max()) + 1  # a model needs two symbols
        means = symbols.mean(axis=0).astype("<f4")
        deviations = np.maximum(symbols.std(axis=0), 0.05).astype("<f4")
        coder, model = AnsCoder(), self._model(low, high, len(symbols), means, deviations)
        coder.encode_reverse(symbols.ravel(), *model)
        table = np.concatenate([means, deviations]).view(WORD)
        words = np.concatenate([table, coder.get_compressed()])
        fields = self.step, low, high, zlib.crc32(symbols.astype("<i4"))
        return self._seal(len(symbols), *fields, words=words)

    def decompress(self, data):
        """The images of what `compress` returned, as `VAE.decode` gives them from rounded codes.

        Raises:
            ValueError: If the bytes are damaged, foreign, or another model's, or if the coder does
                not find the codes that were written.
        """
        count, (step, low, high, checksum), payload = self._open(data)
        d = self.vae.latent_dim
        self._check_held(
            len(payload) >= 8 * d
            and 0 < step < math.inf
            and -_LARGEST_SYMBOL < low < high <= _LARGEST_SYMBOL
        )
        means, deviations = np.frombuffer(payload[: 8 * d], "<f4").reshape(2, d)
        self._check_held(np.isfinite([means, deviations]).all() and np.all(deviations > 0))
        coder = self._coder(payload[8 * d :])
        symbols = coder.decode(*self._model(low, high, count, means, deviations))
        check_decoded(zlib.crc32(symbols.astype("<i4")) == checksum)
        return self.vae.decode(step * symbols.reshape(count, d))

    @staticmethod
    def _model(low, high, count, means, deviations):
        """The family of models, then its parameters for each symbol, image after image."""
        family = constriction.stream.model.QuantizedGaussian(low, high)
        return family, *(np.tile(each.astype("float64"), count) for each in (means, deviations))
