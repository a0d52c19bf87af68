"""Lossless compression with a VAE: bits back."""

import math
import zlib

import constriction
import keras
import numpy as np
from scipy.special import ndtr, ndtri

from vae_keras import _checks
from vae_keras.compression._codec import AnsCoder, Codec, check_decoded
from vae_keras.compression.exact_network import ExactNetwork
from vae_keras.likelihoods import Bernoulli
from vae_keras.models import HierarchicalVAE

_BERNOULLI = constriction.stream.model.Bernoulli(perfect=False)
_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)
_UNIFORM = constriction.stream.model.Uniform

_AT_ONCE = 2**22  # pixels that are decoded at a time to estimate the bits of images
_SPARE_WORDS = 2  # the coder's own state: below, its draws are no longer random


class BitsBackCodec(Codec):
    """Lossless compression of binary images with a VAE: bits back with ANS.

    To write an image x one would write a code z, log(1/p(z)), then x knowing z, log(1/p(x|z)).
    Any z will do, so let z be *decoded* from the bits written so far, as though they were a draw
    of q(z|x): that takes log(1/q(z|x)) bits off the stack, which the reader, who gets x, puts
    back. In the mean an image costs

        E_q(z|x)[log q(z|x) - log p(z) - log p(x|z)] = -ELBO

    The images are chained: what one leaves on the stack pays the next one's z. The first one draws
    on `initial_bits` that are random and are found again at the end: d · latent_bits of them in
    words of 32, and two words more (twice as many where a code is unusually precise).

    z lives on a grid: each dimension is cut into 2^latent_bits bins of the same mass under the
    prior. A reader must find the writer's probabilities to the last digit, and those of a network
    depend on the batch, the number of threads and the processor. So the networks are rebuilt in 64
    bits, evaluated one image at a time, and their outputs rounded to multiples of 2^-16, far above
    what the order of a sum changes. What is left to chance, an output at the very middle of two
    multiples or the last digit of another SciPy, makes reading fail: it never gives wrong images.

    Source: Townsend, Bird and Barber, "Practical Lossless Compression with Latent Variables using
    Bits Back Coding" (2019).

    Args:
        vae: A `VAE` with the Bernoulli likelihood, trained on binary images.
        latent_bits: The logarithm of the number of bins, from 1 to 16.
        seed: Integer seed of the initial bits, below 2^32; `None` is 0.

    Raises:
        ValueError: If the VAE's likelihood is not Bernoulli, an argument is out of range, or the
            networks have layers that their configuration does not rebuild.

    Example:

    >>> codec = BitsBackCodec(vae)
    >>> data = codec.compress(x_test > 0.5)
    >>> 8 * len(data) / len(x_test)                      # bits an image, near -ELBO / log 2
    >>> np.array_equal(codec.decompress(data), x_test > 0.5)
    True
    """

    _magic = b"VBB2"
    _fields = "BIII"  # latent_bits, initial words, their seed, checksum of the images

    def __init__(self, vae, latent_bits=10, *, seed=0):
        super().__init__(vae)
        if not isinstance(vae.likelihood, Bernoulli):
            name = type(vae.likelihood).__name__
            raise ValueError(f"vae must have likelihood='bernoulli', binary pixels, got {name}.")
        if isinstance(vae, HierarchicalVAE):
            raise ValueError(
                "vae must have one layer of codes, got a HierarchicalVAE, whose q(z|x) has no bins "
                "that are known beforehand. Mend: a VAE."
            )
        self.latent_bits = _checks.whole_number(latent_bits, "latent_bits", most=16)
        self.seed = _checks.seed(seed, most=_checks.LARGEST_SEED) or 0  # what the header holds
        self._encoder = ExactNetwork(vae.encoder, "encoder")
        self._decoder = ExactNetwork(vae.decoder, "decoder")
        self._prior = _UNIFORM(2**self.latent_bits)  # the bins have the same mass
        self._edges = ndtri(np.linspace(0, 1, 2**self.latent_bits + 1))  # of the bins

    def compress(self, images):
        """Compresses images `(count, height, width, channels)` of 0 and 1, of any type, into bytes.

        Returns:
            `bytes`: 35 bytes of header and checksum, and the ANS words between them.

        Raises:
            ValueError: If a pixel is neither 0 nor 1, or the shape is another than the model's.
        """
        images = self._binary(images)
        self._copy_weights()
        words = math.ceil(self.vae.latent_dim * self.latent_bits / 32) + _SPARE_WORDS
        while (coder := self._push_all(images, words)) is None:  # an unusually precise code
            words *= 2
        fields = self.latent_bits, words, self.seed, zlib.crc32(np.packbits(images))
        return self._seal(len(images), *fields, words=coder.get_compressed())

    def decompress(self, data):
        """The images of what `compress` returned, bit for bit; of 0 and 1 in float32.

        Raises:
            ValueError: If the bytes are damaged, foreign, or another model's, or if the networks
                do not give here the digits that they gave the writer.
        """
        count, (latent_bits, initial, seed, checksum), payload = self._open(data)
        if latent_bits != self.latent_bits:
            raise ValueError(f"latent_bits={latent_bits} wrote the file, got {self.latent_bits}.")
        coder = self._coder(payload)
        self._copy_weights()
        images = np.stack([self._pop(coder) for _ in range(count)])
        left = coder.get_compressed()
        check_decoded(
            zlib.crc32(np.packbits(images)) == checksum
            and len(left) == initial
            and np.array_equal(left, _random_words(initial, seed))
        )
        return images.reshape(count, *self.vae.x_shape).astype("float32")

    def initial_bits(self, data):
        """How many of the bits of `compress` are the initial ones, which tell nothing of images."""
        return 32 * self._open(data)[1][1]

    def promised_bits(self, images, num_samples=10, *, seed=None):
        """The bits that each image should cost, `(count,)`: -ELBO in base 2, on the grid of codes.

        Means over `num_samples` draws of the code; `seed` is an integer, `None` for fresh draws.
        """
        images = self._binary(images)
        rows = np.arange(len(images)).repeat(_checks.whole_number(num_samples, "num_samples"))
        rng = np.random.default_rng(_checks.seed(seed))
        shaped = images.reshape(-1, *self.vae.x_shape).astype("float32")
        z_mean, z_log_var = (each.astype("float64") for each in self.vae.encode(shaped))
        sigma = np.exp(0.5 * z_log_var)
        at_once = max(1, _AT_ONCE // images.shape[1])
        parts = (rows[first : first + at_once] for first in range(0, len(rows), at_once))
        costs = [self._cost(images[part], z_mean[part], sigma[part], rng) for part in parts]
        return np.concatenate(costs).reshape(-1, num_samples).mean(axis=1)

    def _cost(self, x, z_mean, sigma, rng):
        """What each image costs with one draw of its code, in bits."""
        count = 2**self.latent_bits
        z = z_mean + sigma * rng.standard_normal(z_mean.shape)
        bins = np.minimum(np.floor(ndtr(z) * count), count - 1)
        sides = ndtri((bins[..., None] + [0, 1]) / count)
        masses = _masses((sides - z_mean[..., None]) / sigma[..., None])[..., 0]
        ratio = np.sum(self.latent_bits + np.log2(masses), axis=-1)  # log q(z|x) - log p(z)
        logits = keras.ops.convert_to_numpy(self.vae.decoder(self._centres(bins)))
        signed = np.where(x, -1.0, 1.0) * logits.reshape(x.shape)
        return ratio + np.logaddexp(0, signed).sum(axis=-1) / math.log(2)  # and -log p(x|z)

    def _copy_weights(self):
        self._encoder.copy_weights()
        self._decoder.copy_weights()

    def _push_all(self, images, words):
        """The coder after all the images, or None if its initial bits were not enough."""
        coder = AnsCoder(_random_words(words, self.seed))
        # A stack: the last one written is the first one read.
        return coder if all(self._push(coder, x) for x in images[::-1]) else None

    def _push(self, coder, x):
        """Writes one image; returns whether bits were left after its code was drawn."""
        bins = coder.decode(_CATEGORICAL, self._posterior(x))  # z ~ q(z|x): bits back
        enough = coder.num_words() > _SPARE_WORDS
        coder.encode_reverse(x.astype("int32"), _BERNOULLI, self._pixels(bins))  # x, knowing z
        coder.encode_reverse(bins, self._prior)  # z
        return enough

    def _pop(self, coder):
        """Reads one image: the three steps of `_push`, undone in the opposite order."""
        bins = coder.decode(self._prior, self.vae.latent_dim)
        x = coder.decode(_BERNOULLI, self._pixels(bins)).astype(bool)
        check_decoded(coder.num_words() > _SPARE_WORDS)
        coder.encode_reverse(bins, _CATEGORICAL, self._posterior(x))  # the bits, given back
        return x

    def _posterior(self, x):
        """The mass of each bin under q(z|x), `(latent_dim, 2^latent_bits)`."""
        z_mean, z_log_var = self._encoder(x.reshape(self.vae.x_shape))
        # Clipped far beyond any use, so that no infinite edge meets a 0.
        precision = np.exp(np.clip(-0.5 * z_log_var, -300, 300))
        return _masses((self._edges - z_mean[:, None]) * precision[:, None])

    def _pixels(self, bins):
        """The probability of ink of each pixel, knowing the code."""
        return np.exp(-np.logaddexp(0, -self._decoder(self._centres(bins)).reshape(-1)))

    def _centres(self, bins):
        """The codes that stand for bins: their medians under the prior."""
        return ndtri((bins + 0.5) / 2**self.latent_bits).astype("float32")

    def _binary(self, images):
        binary = _checks.array(images, "images", dtype="bool")
        self.vae.check_target(binary, "images")
        if not np.array_equal(binary, images):
            raise ValueError(
                "images must be binary images, every pixel 0 or 1, got others. Mend: images > 0.5."
            )
        return binary.reshape(len(binary), -1)


def _masses(scores):
    """The masses under N(0, 1) between consecutive scores, on the last axis; at least 2^-40."""
    # From the nearer tail, which keeps its digits where it is small.
    tails = ndtr(-np.abs(scores))
    masses = np.abs(np.diff(tails, axis=-1))
    around = (scores[..., :-1] <= 0) & (scores[..., 1:] > 0)
    masses[around] = 1 - tails[..., :-1][around] - tails[..., 1:][around]
    return np.maximum(masses, 2.0**-40)


def _random_words(count, seed):
    """The initial bits; the last word is not 0, which an ANS coder would drop."""
    return np.random.default_rng(seed).integers(1, 2**32, count, dtype=np.uint32)
