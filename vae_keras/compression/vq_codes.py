"""Lossy compression with a VQ-VAE: its codes, entropy-coded under its prior."""

import math
import zlib

import constriction
import numpy as np

from vae_keras.compression._codec import AnsCoder, Codec, check_decoded
from vae_keras.compression.exact_network import ExactNetwork
from vae_keras.models import VQVAE

_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)
_AT_ONCE = 128  # images whose codes are written, and read, side by side


class VQCodec(Codec):
    """Lossy compression with a `VQVAE`: its codes, entropy-coded under its prior.

    An image becomes its grid of codes, and an ANS coder writes each code with the probabilities
    that the prior gives it, knowing those before it: an image costs -log₂ p(k) bits. Reading gives
    the decoder's images of the same codes, or an error. As in `BitsBackCodec` the prior is computed
    in 64 bits and rounded, so that the reader finds the writer's probabilities to the last digit;
    he computes them once for each place of the grid, and takes as many times longer.

    Sources: van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning"
    (2017), section 4.2, for compression by codes; Duda, "Asymmetric numeral systems" (2013).

    Args:
        vae: A `VQVAE` of images, after `fit_prior`.

    Raises:
        ValueError: If it is no such model, or has no prior, or one with layers that their
            configuration does not rebuild.

    Example:

    >>> codec = VQCodec(vqvae)
    >>> codec.write(x_test, "digits.vqc") / len(x_test)         # bytes an image
    >>> codec.promised_bits(x_test).mean() / 8                  # nearly the same
    >>> x_hat = codec.read("digits.vqc")                        # vqvae.reconstruct(x_test)
    """

    _kind = VQVAE
    _magic = b"VQC1"
    _fields = "I"  # checksum of the codes

    def __init__(self, vae):
        super().__init__(vae)
        self._prior, self._exact = None, None
        self._exact_prior()

    @property
    def decoder_bytes(self):
        """Size of what reading takes: the weights of the prior, of the codebook, of the decoder."""
        parts = self.vae.fitted_prior(), self.vae.quantizer, self.vae.decoder
        return sum(weight.nbytes for part in parts for weight in part.get_weights())

    def compress(self, images):
        """Compresses images, as the model takes them, into bytes.

        Returns:
            `bytes`: 26 bytes of header and checksums, and the ANS words between them.

        Raises:
            ValueError: If the images do not suit the model.
        """
        return self.compress_codes(self.vae.encode(self.vae.check_target(images, "images")))

    def decompress(self, data):
        """The images of what `compress` returned, as `VQVAE.decode` gives them from the codes.

        Raises:
            ValueError: If the bytes are damaged, foreign, or another model's, or if the coder does
                not find the codes that were written.
        """
        return self.vae.decode(self.decompress_codes(data))

    def compress_codes(self, codes):
        """`compress` of grids of codes, as `VQVAE.encode` gives them."""
        codes = np.asarray(self.vae.check_codes(codes), "int32")
        sequences, coder = codes.reshape(len(codes), -1), AnsCoder()
        prior = self._exact_prior()
        # A stack: the last one written is the first one read.
        for rows in reversed(_blocks(len(codes))):
            block = sequences[rows]
            logits = prior.of_batch(block)
            for place in reversed(range(block.shape[1])):
                probabilities = _softmax(logits[:, place])
                coder.encode_reverse(block[:, place].copy(), _CATEGORICAL, probabilities)
        return self._seal(len(codes), _checksum(codes), words=coder.get_compressed())

    def decompress_codes(self, data):
        """The grids of codes of what `compress` or `compress_codes` returned; see `decompress`."""
        count, (checksum,), payload = self._open(data)
        coder, prior = self._coder(payload), self._exact_prior()
        sequences = np.zeros((count, math.prod(self.vae.grid_shape)), "int32")
        for rows in _blocks(count):
            block = sequences[rows]
            for place in range(block.shape[1]):
                probabilities = _softmax(prior.of_batch(block)[:, place])
                block[:, place] = coder.decode(_CATEGORICAL, probabilities)
        check_decoded(_checksum(sequences) == checksum and coder.is_empty())
        return sequences.reshape(count, *self.vae.grid_shape)

    def promised_bits(self, images):
        """The bits that each image should cost, `(count,)`: -log₂ p(k) of its codes."""
        codes = self.vae.encode(self.vae.check_target(images, "images"))
        return -self.vae.code_log_prob(codes) / math.log(2)

    def _exact_prior(self):
        """The prior as it is now, in 64 bits."""
        if self._prior is not self.vae.fitted_prior():
            self._prior = self.vae.fitted_prior()
            self._exact = ExactNetwork(self._prior, "prior", rows=None)
        self._exact.copy_weights()
        return self._exact

    def _networks(self):
        return self.vae.encoder, self.vae.decoder, self.vae.quantizer, self.vae.fitted_prior()


def _blocks(count):
    return [slice(first, min(first + _AT_ONCE, count)) for first in range(0, count, _AT_ONCE)]


def _softmax(logits):
    exponentials = np.exp(np.ascontiguousarray(logits) - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _checksum(codes):
    return zlib.crc32(codes.astype("<i4").tobytes())
