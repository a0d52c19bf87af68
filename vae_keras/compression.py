"""Compression with a VAE, to real bytes: lossless by bits back, lossy by quantised codes.

Both codecs use the asymmetric numeral systems (ANS) of the library `constriction`. The VAE is part
of the codec: a file is read with the very model that wrote it, and its size does not count it.
"""

import math
import os
import pathlib
import struct
import uuid
import zlib

import constriction
import keras
import numpy as np
import tensorflow as tf
from scipy.special import ndtr, ndtri

from vae_keras.evaluation._checks import whole_number
from vae_keras.losses import check_positive
from vae_keras.models import VAE
from vae_keras.models._checks import check_images, check_seed

_AnsCoder = constriction.stream.stack.AnsCoder
_BERNOULLI = constriction.stream.model.Bernoulli(perfect=False)
_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)
_UNIFORM = constriction.stream.model.Uniform

_WORD = np.dtype("<u4")  # what an ANS coder's bytes are made of
_CHUNK = 100  # images whose bits are estimated at a time
_LARGEST_SIDE = 2**16 - 1  # that the header holds
_SPARE_WORDS = 2  # the coder's own state: below, its draws are no longer random


class _Codec:
    """What the two codecs share: the header, its checks, and whole files."""

    def __init__(self, vae):
        if not isinstance(vae, VAE):
            raise ValueError(f"vae must be a VAE, got {type(vae).__name__}.")
        if max(vae.image_shape) > _LARGEST_SIDE:
            raise ValueError(f"sides must be at most {_LARGEST_SIDE}, got {vae.image_shape}.")
        self.vae = vae

    @property
    def decoder_bytes(self):
        """Size of the decoder's weights, which a reader must have besides the file.

        Bits back needs the encoder too to read, and both codecs check that the weights of both
        networks are those that wrote the file.
        """
        return sum(weight.nbytes for weight in self.vae.decoder.get_weights())

    def write(self, images, path):
        """Compresses images into a file, written whole or not at all.

        Args:
            images: As for `compress`.
            path: The file; one that is there is replaced.

        Returns:
            The number of bytes written.

        Raises:
            ValueError: As `compress` does; nothing is written then.
            OSError: If the file cannot be written; one that was there is left as it was.
        """
        data, path = self.compress(images), pathlib.Path(path)
        partial = path.with_name(f".{path.name}-{uuid.uuid4().hex}.partial")
        try:
            with open(partial, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # a full disk shows here, before anything is replaced
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        return len(data)

    def read(self, path):
        """The images of a file that `write` wrote with the same model; see `decompress`."""
        return self.decompress(pathlib.Path(path).read_bytes())

    # ------------------------------------------------------------------ header

    def _seal(self, count, *fields, words):
        """The bytes of a file: magic, what is common, the codec's own fields, words, checksum."""
        head = self._magic + struct.pack(
            "<IHHHI", count, *self.vae.image_shape, _fingerprint(self.vae)
        )
        body = head + struct.pack(self._fields, *fields) + words.astype(_WORD).tobytes()
        return body + struct.pack("<I", zlib.crc32(body))

    def _open(self, data):
        """`(count, fields, words)` of what `_seal` made, or a ValueError that says why not."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise ValueError(f"data must be bytes, got {type(data).__name__}.")
        data = bytes(data)
        if not data.startswith(self._magic):
            kind = type(self).__name__
            other = {each._magic: each.__name__ for each in (BitsBackCodec, LatentCodec)}
            author = other.get(data[:4])
            mend = f"It was written by {author}: read it so." if author else "It is another's."
            raise ValueError(f"This is not a file of {kind}. {mend}")
        fixed = struct.calcsize("<IHHHI") + struct.calcsize(self._fields) + len(self._magic)
        if len(data) < fixed + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise ValueError(
                f"The file is damaged: its {len(data)} bytes do not have the checksum that was "
                "written at their end. It may be cut short; copy it again."
            )
        count, *shape, fingerprint = struct.unpack_from("<IHHHI", data, len(self._magic))
        if tuple(shape) != self.vae.image_shape or fingerprint != _fingerprint(self.vae):
            raise ValueError(
                "The file was written with another model: its codes mean nothing to this one. "
                f"It holds images of the shape {tuple(shape)}. Mend: load the weights of the model "
                "that wrote it."
            )
        fields = struct.unpack_from(self._fields, data, fixed - struct.calcsize(self._fields))
        return count, fields, data[fixed:-4]


class BitsBackCodec(_Codec):
    """Lossless compression of binary images with a VAE: bits back with ANS.

    To write an image x one would write a code z, log(1/p(z)), then x knowing z, log(1/p(x|z)).
    Any z will do, so let z be *decoded* from the bits written so far, as though they were a draw
    of q(z|x): that takes log(1/q(z|x)) bits off the stack, which the reader, who gets x, puts
    back. In the mean an image costs

        E_q(z|x)[log q(z|x) - log p(z) - log p(x|z)] = -ELBO

    The images are chained: what one leaves on the stack pays the next one's z. The first one draws
    on `initial_bits` that are random and are found again at the end, some 10 d of them in all.

    z lives on a grid: each dimension is cut into 2^latent_bits bins of the same mass under the
    prior. The networks are evaluated one image at a time, in writing as in reading, since their
    last digits depend on the size of the batch. They also depend on the machine and on the
    version of TensorFlow: a file is read where it was written. Elsewhere reading fails, or gives
    the right images; it never gives wrong ones.

    Source: Townsend, Bird and Barber, "Practical Lossless Compression with Latent Variables using
    Bits Back Coding" (2019).

    Args:
        vae: A `VAE` with the Bernoulli likelihood, trained on binary images.
        latent_bits: The logarithm of the number of bins, from 1 to 16.
        seed: Integer seed of the initial bits.

    Raises:
        ValueError: If the VAE's likelihood is not Bernoulli, or an argument is out of range.

    Example:

    >>> codec = BitsBackCodec(vae)
    >>> data = codec.compress(x_test > 0.5)
    >>> 8 * len(data) / len(x_test)                      # bits an image, near -ELBO / log 2
    >>> np.array_equal(codec.decompress(data), x_test > 0.5)
    True
    """

    _magic = b"VBB1"
    _fields = "<BIII"  # latent_bits, initial words, their seed, checksum of the images

    def __init__(self, vae, latent_bits=10, *, seed=0):
        super().__init__(vae)
        if vae.likelihood != "bernoulli":
            raise ValueError(
                f"Bits back needs a VAE of binary pixels, likelihood='bernoulli', got "
                f"{vae.likelihood!r}."
            )
        self.latent_bits = whole_number(latent_bits, "latent_bits")
        if self.latent_bits > 16:
            raise ValueError(f"latent_bits must be at most 16, got {latent_bits}.")
        check_seed(seed)
        self.seed = 0 if seed is None else int(seed) % 2**32
        self._encoder, self._decoder = _one_at_a_time(vae)

    def compress(self, images):
        """Compresses binary images into bytes.

        Args:
            images: Array `(count, height, width, channels)` of 0 and 1, of any type.

        Returns:
            `bytes`: 35 bytes of header and checksum, and the ANS words between them.

        Raises:
            ValueError: If a pixel is neither 0 nor 1, or the shape is another than the model's.
        """
        images = self._binary(images)
        words = math.ceil(self.vae.latent_dim * self.latent_bits / 32) + _SPARE_WORDS
        coder, enough = self._push_all(images, words)
        while not enough:  # an image of an unusually precise code
            words *= 2
            coder, enough = self._push_all(images, words)
        checksum = zlib.crc32(np.packbits(images).tobytes())
        fields = self.latent_bits, words, self.seed, checksum
        return self._seal(len(images), *fields, words=coder.get_compressed())

    def decompress(self, data):
        """The images of what `compress` returned, bit for bit.

        Args:
            data: `bytes`.

        Returns:
            NumPy array `(count, height, width, channels)` of 0 and 1, float32.

        Raises:
            ValueError: If the bytes are damaged, foreign, or another model's, or if this machine's
                networks do not give the digits that the writer's gave.
        """
        count, (latent_bits, initial, seed, checksum), payload = self._open(data)
        if latent_bits != self.latent_bits:
            raise ValueError(
                f"The file was written with latent_bits={latent_bits}, and this codec has "
                f"{self.latent_bits}."
            )
        coder = _AnsCoder(np.frombuffer(payload, _WORD).astype("uint32"))
        images = np.stack([self._pop(coder) for _ in range(count)])
        same = zlib.crc32(np.packbits(images).tobytes()) == checksum
        if not same or not np.array_equal(coder.get_compressed(), _random_words(initial, seed)):
            raise ValueError(
                "The file is whole, and what it decodes to is not what was written: the networks "
                "do not compute here, to the last digit, what they computed there. Mend: read it "
                "on the machine, and with the version of TensorFlow, that wrote it."
            )
        return images.reshape(count, *self.vae.image_shape).astype("float32")

    def initial_bits(self, data):
        """How many of the bits of `compress` are the initial ones, which tell nothing of images."""
        return 32 * self._open(data)[1][1]

    def promised_bits(self, images, num_samples=10, *, seed=None):
        """The bits that each image should cost: -ELBO in base 2, on the grid of codes.

        Args:
            images: As for `compress`.
            num_samples: Draws of the code, at least 1.
            seed: Integer seed of the draws; `None` for fresh ones.

        Returns:
            NumPy array `(count,)`.
        """
        images = self._binary(images)
        whole_number(num_samples, "num_samples")
        check_seed(seed)
        rng = np.random.default_rng(seed)
        chunks = np.array_split(images, math.ceil(len(images) / _CHUNK))
        return np.concatenate([self._promised(x, num_samples, rng) for x in chunks])

    def _promised(self, x, num_samples, rng):
        count, bins_a_dimension = len(x), 2**self.latent_bits
        shaped = x.reshape(count, *self.vae.image_shape).astype("float32")
        z_mean, z_log_var = (each.astype("float64")[:, None] for each in self.vae.encode(shaped))
        sigma = np.exp(0.5 * z_log_var)
        noise = rng.standard_normal((count, num_samples, self.vae.latent_dim))
        bins = np.floor(ndtr(z_mean + sigma * noise) * bins_a_dimension)
        bins = np.minimum(bins, bins_a_dimension - 1)
        left, right = (ndtri((bins + side) / bins_a_dimension) for side in (0, 1))
        masses = _mass((left - z_mean) / sigma, (right - z_mean) / sigma)
        ratio = np.sum(self.latent_bits + np.log2(masses), axis=-1)  # log q(z|x) - log p(z)
        z = self._centres(bins).reshape(count * num_samples, -1)
        logits = keras.ops.convert_to_numpy(self.vae.decoder(z)).astype("float64")
        signs = np.where(x, 1.0, -1.0)[:, None]
        pixels = np.logaddexp(0, -signs * logits.reshape(count, num_samples, -1)).sum(axis=-1)
        return np.mean(ratio + pixels / math.log(2), axis=1)

    # ------------------------------------------------------------------ one image

    def _push_all(self, images, words):
        """The coder after all the images, and whether its initial bits were enough."""
        coder = _AnsCoder(_random_words(words, self.seed))
        enough = True
        for x in images[::-1]:  # a stack: the last one written is the first one read
            enough &= self._push(coder, x)
        return coder, enough

    def _push(self, coder, x):
        """Writes one image; returns whether bits were left after its code was drawn."""
        bins = coder.decode(_CATEGORICAL, self._posterior(x))  # z ~ q(z|x): bits back
        enough = coder.num_words() > _SPARE_WORDS
        coder.encode_reverse(x.astype("int32"), _BERNOULLI, self._pixels(bins))  # x, knowing z
        coder.encode_reverse(bins, self._prior())  # z
        return enough

    def _pop(self, coder):
        """Reads one image: the three steps of `_push`, undone in the opposite order."""
        bins = coder.decode(self._prior(), self.vae.latent_dim)
        x = coder.decode(_BERNOULLI, self._pixels(bins)).astype(bool)
        coder.encode_reverse(bins, _CATEGORICAL, self._posterior(x))  # the bits, given back
        return x

    def _prior(self):
        return _UNIFORM(2**self.latent_bits)  # the bins have the same mass

    def _posterior(self, x):
        """The mass of each bin under q(z|x), `(latent_dim, 2^latent_bits)`."""
        image = x.reshape(1, *self.vae.image_shape).astype("float32")
        z_mean, z_log_var = (each.numpy()[0].astype("float64") for each in self._encoder(image))
        if not (np.all(np.isfinite(z_mean)) and np.all(np.isfinite(z_log_var))):
            raise ValueError("The encoder gives NaN or infinite values: it cannot be coded with.")
        edges = ndtri(np.linspace(0, 1, 2**self.latent_bits + 1))
        scores = (edges - z_mean[:, None]) * np.exp(-0.5 * z_log_var)[:, None]
        return _mass(scores[:, :-1], scores[:, 1:])

    def _pixels(self, bins):
        """The probability of ink of each pixel, knowing the code."""
        logits = self._decoder(self._centres(bins)[None]).numpy().reshape(-1).astype("float64")
        if not np.all(np.isfinite(logits)):
            raise ValueError("The decoder gives NaN or infinite values: it cannot be coded with.")
        return np.exp(-np.logaddexp(0, -logits))

    def _centres(self, bins):
        """The codes that stand for bins: their medians under the prior."""
        return ndtri((bins + 0.5) / 2**self.latent_bits).astype("float32")

    def _binary(self, images):
        images = np.asarray(images)
        if not np.all((images == 0) | (images == 1)):
            raise ValueError(
                "Bits back codes binary images: every pixel must be 0 or 1. Mend: images > 0.5."
            )
        checked = check_images(
            images.astype("float32"), self.vae.image_shape, unit_interval=None, name="images"
        )
        return checked.reshape(len(checked), -1).astype(bool)


class LatentCodec(_Codec):
    """Lossy compression with a VAE: quantised codes, entropy-coded.

    An image becomes its code μ(x), each coordinate rounded to a multiple of the step; the integers
    are written by an ANS coder under a Gaussian for each dimension, fitted to the images at hand
    and stored in the file (8 bytes a dimension). Reading gives the decoder's images of the
    rounded codes.

    Args:
        vae: A `VAE`.
        step: The quantiser's step, above 0: the larger, the fewer bits.

    Raises:
        ValueError: If the step is not above 0.

    Example:

    >>> codec = LatentCodec(vae, step=0.5)
    >>> codec.write(x_test, "digits.vae") / len(x_test)   # bytes an image
    >>> x_hat = codec.read("digits.vae")
    """

    _magic = b"VLC1"
    _fields = "<fii"  # step, smallest and largest symbol

    def __init__(self, vae, step):
        super().__init__(vae)
        check_positive(step, "step")
        with np.errstate(over="ignore", under="ignore"):
            self.step = float(np.float32(step))  # as the file holds it
        if not 0 < self.step < math.inf:
            raise ValueError(f"step={step!r} is beyond what a file holds, a 32-bit float.")

    def quantise(self, images):
        """The whole numbers that stand for images, `(count, latent_dim)`: round(μ(x) / step)."""
        z_mean, _ = self.vae.encode(images)
        symbols = np.round(z_mean.astype("float64") / self.step)
        if not np.all(np.abs(symbols) < 2**22):
            raise ValueError(
                f"step={self.step:g} is too fine for these codes, or they are not finite: some "
                "are more than four million steps from 0."
            )
        return symbols.astype("int32")

    def compress(self, images):
        """Compresses images into bytes.

        Args:
            images: Array `(count, height, width, channels)`, as the model takes them.

        Returns:
            `bytes`: 34 bytes of header and checksum, 8 bytes a dimension, the ANS words.

        Raises:
            ValueError: If the images do not suit the model.
        """
        symbols = self.quantise(images)
        low, high = int(symbols.min()), int(symbols.max()) + 1  # a model needs two symbols
        means = symbols.mean(axis=0).astype("<f4")
        deviations = np.maximum(symbols.std(axis=0), 0.05).astype("<f4")
        coder = _AnsCoder()
        coder.encode_reverse(
            symbols.ravel(), *self._model(low, high, len(symbols), means, deviations)
        )
        table = np.concatenate([means, deviations]).view(_WORD)
        words = np.concatenate([table, coder.get_compressed()])
        return self._seal(len(symbols), self.step, low, high, words=words)

    def decompress(self, data):
        """The images, as the decoder gives them from the rounded codes.

        Args:
            data: What `compress` returned.

        Returns:
            NumPy array `(count, height, width, channels)`, as `VAE.decode` returns it.

        Raises:
            ValueError: If the bytes are damaged, foreign, or another model's.
        """
        count, (step, low, high), payload = self._open(data)
        d = self.vae.latent_dim
        means, deviations = np.frombuffer(payload[: 8 * d], "<f4").reshape(2, d)
        coder = _AnsCoder(np.frombuffer(payload[8 * d :], _WORD).astype("uint32"))
        symbols = coder.decode(*self._model(low, high, count, means, deviations))
        return self.vae.decode(step * symbols.reshape(count, d))

    @staticmethod
    def _model(low, high, count, means, deviations):
        """The family of models, then its parameters for each symbol, image after image."""
        family = constriction.stream.model.QuantizedGaussian(low, high)
        return family, *(np.tile(each.astype("float64"), count) for each in (means, deviations))


def _one_at_a_time(vae):
    """The encoder and the decoder as functions of a batch of exactly one, without randomness."""

    def compiled(network):
        signature = tf.TensorSpec((1, *network.input_shape[1:]), "float32")
        return tf.function(lambda x: network(x, training=False), input_signature=[signature])

    return compiled(vae.encoder), compiled(vae.decoder)


def _mass(left, right):
    """The mass of the interval [left, right] under N(0, 1), at least 2^-40."""
    # On the side where the distribution function is small, and keeps its digits.
    mass = np.where(left > 0, ndtr(-left) - ndtr(-right), ndtr(right) - ndtr(left))
    return np.maximum(mass, 2.0**-40)


def _random_words(count, seed):
    """The initial bits; the last word is not 0, which an ANS coder would drop."""
    return np.random.default_rng(seed).integers(1, 2**32, count, dtype=np.uint32)


def _fingerprint(vae):
    """A checksum of the weights of both networks."""
    checksum = 0
    for weight in (*vae.encoder.get_weights(), *vae.decoder.get_weights()):
        checksum = zlib.crc32(np.ascontiguousarray(weight), checksum)
    return checksum
