"""Compression with a VAE, to real bytes: lossless by bits back, lossy by quantised codes.

Both codecs use the asymmetric numeral systems (ANS) of the library `constriction`. The VAE is part
of the codec: a file is read with the very model that wrote it, and its size does not count it.
"""

import errno
import json
import math
import pathlib
import random
import struct
import zlib

import constriction
import keras
import numpy as np
import tensorflow as tf
from scipy.special import ndtr, ndtri

from vae_keras._files import write_whole
from vae_keras.evaluation._checks import whole_number
from vae_keras.losses import check_positive
from vae_keras.models import VAE
from vae_keras.models._checks import check_images, check_seed, check_shape

_AnsCoder = constriction.stream.stack.AnsCoder
_BERNOULLI = constriction.stream.model.Bernoulli(perfect=False)
_CATEGORICAL = constriction.stream.model.Categorical(perfect=False)
_UNIFORM = constriction.stream.model.Uniform

_WORD = np.dtype("<u4")  # what an ANS coder's bytes are made of
_CHUNK = 100  # images whose bits are estimated at a time, at most
_AT_ONCE = 2**22  # pixels, or coordinates of codes, that this takes at a time
_GRID = 2.0**16  # the networks' outputs are multiples of 1 / _GRID
_LARGEST_SIDE = 2**16 - 1  # that the header holds
_LARGEST_SYMBOL = 2**22
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
        path = pathlib.Path(path)
        if path.is_dir():  # told before the work
            raise IsADirectoryError(errno.EISDIR, "This is a folder: name a file", str(path))
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "There is no such folder: make it", str(path))
        data = self.compress(images)
        write_whole(path, data)
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
            if data[:3] == self._magic[:3]:
                mend = "It is of another version: read it with the vae_keras that wrote it."
            raise ValueError(f"This is not a file of {kind}. {mend}")
        fixed = struct.calcsize("<IHHHI") + struct.calcsize(self._fields) + len(self._magic)
        if len(data) < fixed + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise ValueError(
                f"The file is damaged: its {len(data)} bytes do not have the checksum that was "
                "written at their end. It may be cut short; copy it again."
            )
        count, *shape, fingerprint = struct.unpack_from("<IHHHI", data, len(self._magic))
        self._check_held(count > 0 and (len(data) - fixed) % 4 == 0)
        if tuple(shape) != self.vae.image_shape or fingerprint != _fingerprint(self.vae):
            raise ValueError(
                "The file was written with another model: its codes mean nothing to this one. "
                f"It holds images of the shape {tuple(shape)}. Mend: load the weights of the model "
                "that wrote it."
            )
        fields = struct.unpack_from(self._fields, data, fixed - struct.calcsize(self._fields))
        return count, fields, data[fixed:-4]

    def _coder(self, payload):
        words = np.frombuffer(payload, _WORD).astype("uint32")
        self._check_held(not len(words) or words[-1] != 0)  # as an ANS coder leaves them
        return _AnsCoder(words)

    def _check_held(self, holds):
        if not holds:
            raise ValueError(
                "The file is damaged: what it holds is not what its header says, though its "
                f"checksum is right. It was not written by {type(self).__name__}."
            )


class BitsBackCodec(_Codec):
    """Lossless compression of binary images with a VAE: bits back with ANS.

    To write an image x one would write a code z, log(1/p(z)), then x knowing z, log(1/p(x|z)).
    Any z will do, so let z be *decoded* from the bits written so far, as though they were a draw
    of q(z|x): that takes log(1/q(z|x)) bits off the stack, which the reader, who gets x, puts
    back. In the mean an image costs

        E_q(z|x)[log q(z|x) - log p(z) - log p(x|z)] = -ELBO

    The images are chained: what one leaves on the stack pays the next one's z. The first one draws
    on `initial_bits` that are random and are found again at the end: d · latent_bits of them,
    filled up to whole words of 32, and two words more (twice as many where a code is unusually
    precise).

    z lives on a grid: each dimension is cut into 2^latent_bits bins of the same mass under the
    prior. A reader must find the writer's probabilities to the last digit, and those of a network
    depend on the batch, the number of threads and the processor. So the networks are rebuilt in 64
    bits, evaluated one image at a time, and their outputs rounded to multiples of 2^-16, far above
    what the order of a sum changes. A file is thus read under any number of threads, with oneDNN or
    without, and most likely elsewhere. What is left to chance is an output at the very middle of
    two multiples, about one in a billion, and the last digit of SciPy's functions of another
    version or processor. Reading then fails, in so many words; it never gives wrong images.

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
        self.seed = int(seed or 0)
        if self.seed >= 2**32:  # what the header holds
            raise ValueError(f"seed must be below 2**32, got {seed}.")
        self._encoder = _ExactNetwork(vae.encoder, "encoder")
        self._decoder = _ExactNetwork(vae.decoder, "decoder")
        self._edges = ndtri(np.linspace(0, 1, 2**self.latent_bits + 1))  # of the bins

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
        self._copy_weights()
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
            ValueError: If the bytes are damaged, foreign, or another model's, or if the networks
                do not give here the digits that they gave the writer.
        """
        count, (latent_bits, initial, seed, checksum), payload = self._open(data)
        if latent_bits != self.latent_bits:
            raise ValueError(
                f"The file was written with latent_bits={latent_bits}, and this codec has "
                f"{self.latent_bits}."
            )
        coder = self._coder(payload)
        self._copy_weights()
        images = np.stack([self._pop(coder) for _ in range(count)])
        left = coder.get_compressed()
        _check_decoded(
            zlib.crc32(np.packbits(images).tobytes()) == checksum
            and len(left) == initial
            and np.array_equal(left, _random_words(initial, seed))
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
        at_once = min(_CHUNK, max(1, _AT_ONCE // (num_samples * self.vae.latent_dim)))
        chunks = np.array_split(images, math.ceil(len(images) / at_once))
        return np.concatenate([self._promised(x, num_samples, rng) for x in chunks])

    def _promised(self, x, num_samples, rng):
        count, bins_a_dimension = len(x), 2**self.latent_bits
        shaped = x.reshape(count, *self.vae.image_shape).astype("float32")
        z_mean, z_log_var = (each.astype("float64")[:, None] for each in self.vae.encode(shaped))
        sigma = np.exp(0.5 * z_log_var)
        noise = rng.standard_normal((count, num_samples, self.vae.latent_dim))
        bins = np.floor(ndtr(z_mean + sigma * noise) * bins_a_dimension)
        bins = np.minimum(bins, bins_a_dimension - 1)
        sides = ndtri((bins[..., None] + [0, 1]) / bins_a_dimension)
        masses = _masses((sides - z_mean[..., None]) / sigma[..., None])[..., 0]
        ratio = np.sum(self.latent_bits + np.log2(masses), axis=-1)  # log q(z|x) - log p(z)
        z = self._centres(bins).reshape(count * num_samples, -1)
        rows = np.repeat(np.arange(count), num_samples)
        at_once = max(1, _AT_ONCE // x.shape[1])
        pixels = [
            self._information(x[rows[first : first + at_once]], z[first : first + at_once])
            for first in range(0, len(z), at_once)
        ]
        return np.mean(ratio + np.concatenate(pixels).reshape(count, num_samples), axis=1)

    def _information(self, x, z):
        """-log p(x|z) of each pair, in bits."""
        logits = keras.ops.convert_to_numpy(self.vae.decoder(z)).astype("float64")
        signed = np.where(x, -1.0, 1.0) * logits.reshape(x.shape)
        return np.logaddexp(0, signed).sum(axis=-1) / math.log(2)

    # ------------------------------------------------------------------ one image

    def _copy_weights(self):
        self._encoder.copy_weights()
        self._decoder.copy_weights()

    def _push_all(self, images, words):
        """The coder after all the images, and whether its initial bits were enough."""
        coder = _AnsCoder(_random_words(words, self.seed))
        # A stack: the last one written is the first one read.
        return coder, all(self._push(coder, x) for x in images[::-1])

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
        _check_decoded(coder.num_words() > _SPARE_WORDS)
        coder.encode_reverse(bins, _CATEGORICAL, self._posterior(x))  # the bits, given back
        return x

    def _prior(self):
        return _UNIFORM(2**self.latent_bits)  # the bins have the same mass

    def _posterior(self, x):
        """The mass of each bin under q(z|x), `(latent_dim, 2^latent_bits)`."""
        z_mean, z_log_var = self._encoder(x.reshape(self.vae.image_shape))
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
        try:
            images = np.asarray(images)
        except ValueError:
            raise ValueError(
                f"images must be one array of images of the shape {self.vae.image_shape}, got "
                f"{len(images)} elements of several shapes."
            ) from None
        if images.dtype.kind in "OSUcMm":
            raise ValueError(f"images must hold numbers, 0 and 1, got {images.dtype}.")
        check_shape(images.shape, self.vae.image_shape, "images")
        if not len(images):
            raise ValueError(f"images is empty (shape {images.shape}): one is needed at least.")
        binary = images.astype(bool)
        if not np.array_equal(binary, images):
            raise ValueError(
                "Bits back codes binary images: every pixel must be 0 or 1. Mend: images > 0.5."
            )
        return binary.reshape(len(binary), -1)


class LatentCodec(_Codec):
    """Lossy compression with a VAE: quantised codes, entropy-coded.

    An image becomes its code μ(x), each coordinate rounded to a multiple of the step; the integers
    are written by an ANS coder under a Gaussian for each dimension, fitted to the images at hand
    and stored in the file (8 bytes a dimension). Reading gives the decoder's images of the
    rounded codes. The codes are the writer's, to the bit, or reading fails; the images are as near
    to the writer's as two machines' float32 are.

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

    _magic = b"VLC2"
    _fields = "<fiiI"  # step, smallest and largest symbol, checksum of the symbols

    def __init__(self, vae, step):
        super().__init__(vae)
        check_positive(step, "step")
        with np.errstate(over="ignore", under="ignore"):
            self.step = float(np.float32(step))  # as the file holds it
        if not 0 < self.step < math.inf:
            raise ValueError(f"step={step!r} is beyond what a file holds, a 32-bit float.")

    def quantise(self, images):
        """The whole numbers that stand for images, `(count, latent_dim)`: round(μ(x) / step)."""
        if not isinstance(images, tf.data.Dataset):
            unit_interval = self.vae._unit_interval
            check_images(images, self.vae.image_shape, unit_interval=unit_interval, name="images")
        z_mean, _ = self.vae.encode(images)
        symbols = np.round(z_mean.astype("float64") / self.step)
        if not np.all(np.abs(symbols) < _LARGEST_SYMBOL):
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
            `bytes`: 38 bytes of header and checksums, 8 bytes a dimension, the ANS words.

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
        return self._seal(len(symbols), self.step, low, high, _crc(symbols), words=words)

    def decompress(self, data):
        """The images, as the decoder gives them from the rounded codes.

        Args:
            data: What `compress` returned.

        Returns:
            NumPy array `(count, height, width, channels)`, as `VAE.decode` returns it.

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
        self._check_held(np.all(np.isfinite(means)) and np.all(np.isfinite(deviations)))
        self._check_held(np.all(deviations > 0))
        coder = self._coder(payload[8 * d :])
        symbols = coder.decode(*self._model(low, high, count, means, deviations))
        _check_decoded(_crc(symbols) == checksum)
        return self.vae.decode(step * symbols.reshape(count, d))

    @staticmethod
    def _model(low, high, count, means, deviations):
        """The family of models, then its parameters for each symbol, image after image."""
        family = constriction.stream.model.QuantizedGaussian(low, high)
        return family, *(np.tile(each.astype("float64"), count) for each in (means, deviations))


class _ExactNetwork:
    """A network in 64 bits for one image at a time, its outputs rounded to multiples of 2^-16."""

    def __init__(self, network, role):
        self._network, self._role = network, role
        config = _in_float64(_config(network))
        state = random.getstate()  # Keras would draw on it for first weights that are not used
        try:
            self._twin = keras.saving.deserialize_keras_object(config)
            self.copy_weights()
            self._compiled = tf.function(
                lambda x: self._twin(x, training=False),
                input_signature=[tf.TensorSpec((1, *network.input_shape[1:]), "float64")],
            ).get_concrete_function()
        except Exception as error:
            raise ValueError(
                f"The {role} cannot be rebuilt in 64 bits from its configuration, as bits back "
                "needs; the error above says where. Mend: build it of Keras's layers; one of your "
                "own must be registered (register_keras_serializable) and keep its dtype."
            ) from error
        finally:
            random.setstate(state)

    def copy_weights(self):
        self._twin.set_weights(self._network.get_weights())

    def __call__(self, x):
        outputs = self._compiled(tf.constant(x[None], "float64"))
        outputs = keras.tree.map_structure(lambda each: each.numpy()[0], outputs)
        if not all(np.all(np.isfinite(each)) for each in keras.tree.flatten(outputs)):
            raise ValueError(
                f"The {self._role} gives NaN or infinite values: it cannot be coded with."
            )
        return keras.tree.map_structure(lambda each: np.round(each * _GRID) / _GRID, outputs)


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


def _crc(symbols):
    return zlib.crc32(symbols.astype("<i4").tobytes())


def _check_decoded(same):
    if not same:
        raise ValueError(
            "The file is whole, and what it decodes to is not what was written: the probabilities "
            "computed here are not, to the last digit, those computed there. Mend: read it on the "
            "machine, and with the versions of TensorFlow, SciPy and constriction, that wrote it."
        )


def _fingerprint(vae):
    """A checksum of what both networks compute: their layers, their weights, the likelihood."""
    networks = vae.encoder, vae.decoder
    layers = [_anonymous(_config(network)) for network in networks]
    checksum = zlib.crc32(json.dumps([vae.likelihood, *layers], sort_keys=True).encode())
    for weight in (weight for network in networks for weight in network.get_weights()):
        checksum = zlib.crc32(f"{weight.dtype} {weight.shape}".encode(), checksum)
        checksum = zlib.crc32(weight.tobytes(), checksum)
    return checksum


def _config(network):
    try:
        return {**keras.saving.serialize_keras_object(network), "compile_config": None}
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            f"A codec needs networks that Keras can save, and {network.name!r} is not one; the "
            "error above says why. Mend: give its layers a get_config."
        ) from error


# What may differ between two buildings of a network that compute the same.
_ASIDE = "name module registered_name shared_object_id dtype trainable build_config"
_TRAINING = "_initializer", "_regularizer", "_constraint"


def _anonymous(config, places=None):
    """A network's configuration without names, types, or what only training uses.

    Without what is None or False either: the options that another version of Keras adds.
    """
    if isinstance(config, dict):
        layers = config.get("layers")
        if isinstance(layers, list):  # their connections then name them by their places
            places = {each.get("name"): place for place, each in enumerate(layers)}
        return {
            key: _anonymous(value, places)
            for key, value in config.items()
            if not (value is None or value is False)
            and key not in _ASIDE.split()
            and not key.endswith(_TRAINING)
        }
    if not isinstance(config, (list, tuple)):
        return config
    if len(config) == 3 and isinstance(config[0], str):  # (layer, call, output)
        return [(places or {}).get(config[0], config[0]), *config[1:]]
    return [_anonymous(each, places) for each in config]


def _in_float64(config):
    """A network's configuration with all of its types, at any depth, 64-bit floats."""
    if isinstance(config, dict):
        return {
            key: "float64" if key == "dtype" else _in_float64(value)
            for key, value in config.items()
        }
    if isinstance(config, (list, tuple)):
        return [_in_float64(each) for each in config]
    return config
