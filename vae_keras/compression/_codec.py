"""What the codecs share: a header, its checks, and whole files."""

import errno
import struct
import zlib

import constriction
import numpy as np

from vae_keras import _checks
from vae_keras._files import write_whole
from vae_keras.compression.exact_network import fingerprint
from vae_keras.models import VAE

AnsCoder = constriction.stream.stack.AnsCoder
WORD = np.dtype("<u4")  # what an ANS coder's bytes are made of
_COMMON = "<4sIHHHI"  # magic, number of images, their shape, fingerprint of the model
_LARGEST_SIDE = 2**16 - 1  # that the header holds


class Codec:
    _kind = VAE

    def __init__(self, vae):
        if not isinstance(vae, self._kind):
            raise ValueError(f"vae must be a {self._kind.__name__}, got {type(vae).__name__}.")
        if vae.is_conditional:
            raise ValueError("vae must be a VAE without conditions, which a file would not hold.")
        if len(vae.x_shape) != 3 or max(vae.x_shape) > _LARGEST_SIDE:
            raise ValueError(
                f"vae must be of images whose sides are at most {_LARGEST_SIDE}, got one of x of "
                f"the shape {vae.x_shape}."
            )
        self.vae = vae

    @property
    def decoder_bytes(self):
        """Size of the decoder's weights; bits back needs those of the encoder, too, to read."""
        return sum(weight.nbytes for weight in self.vae.decoder.get_weights())

    def write(self, images, path):
        """Compresses images into a file, written whole or not at all; returns its size in bytes.

        Raises:
            ValueError: As `compress` does, or if `path` is none.
            OSError: If the file cannot be written.
        """
        path = _checks.path(path)
        if path.is_dir():  # told before the work
            raise IsADirectoryError(errno.EISDIR, "This is a folder: name a file", str(path))
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "There is no such folder: make it", str(path))
        data = self.compress(images)
        write_whole(path, data)
        return len(data)

    def read(self, path):
        """The images of a file that `write` wrote with the same model; see `decompress`."""
        return self.decompress(_checks.path(path).read_bytes())

    def _seal(self, count, *fields, words):
        """The bytes of a file: what is common, the codec's own fields, words, checksum."""
        common = self._magic, count, *self.vae.x_shape, self._fingerprint()
        body = struct.pack(_COMMON + self._fields, *common, *fields) + words.astype(WORD).tobytes()
        return body + struct.pack("<I", zlib.crc32(body))

    def _open(self, data):
        """`(count, fields, words)` of what `_seal` made, or a ValueError that says why not."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise ValueError(f"data must be bytes, got {type(data).__name__}.")
        data = bytes(data)
        if not data.startswith(self._magic):
            mend = "It is another's."
            for codec in Codec.__subclasses__():
                if data[:3] == codec._magic[:3]:
                    mend = f"It was written by {codec.__name__}, maybe of another version."
            raise ValueError(f"This is not a file of {type(self).__name__}. {mend}")
        fixed = struct.calcsize(_COMMON + self._fields)
        if len(data) < fixed + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise ValueError(
                f"The file is damaged: its {len(data)} bytes do not have the checksum that was "
                "written at their end. It may be cut short; copy it again."
            )
        header = struct.unpack_from(_COMMON + self._fields, data)
        _, count, *shape, model = header[:6]
        self._check_held(count > 0 and (len(data) - fixed) % 4 == 0)
        if tuple(shape) != self.vae.x_shape or model != self._fingerprint():
            raise ValueError(
                "The file was written with another model: its codes mean nothing to this one. "
                f"It holds images of the shape {tuple(shape)}. Mend: load the weights of the model "
                "that wrote it."
            )
        return count, header[6:], data[fixed:-4]

    def _fingerprint(self):
        return fingerprint(self.vae.likelihood, *self._networks())

    def _networks(self):
        """What the codes of a file depend on."""
        return self.vae.encoder, self.vae.decoder

    def _coder(self, payload):
        words = np.frombuffer(payload, WORD).astype("uint32")
        self._check_held(not len(words) or words[-1] != 0)  # as an ANS coder leaves them
        return AnsCoder(words)

    def _check_held(self, holds):
        if not holds:
            raise ValueError(
                "The file is damaged: it does not hold what its header says, though its checksum "
                "is right."
            )


def check_decoded(same):
    if not same:
        raise ValueError(
            "The file is whole, and what it decodes to is not what was written: the probabilities "
            "computed here are not, to the last digit, those computed there. Mend: read it on the "
            "machine, and with the versions of TensorFlow, SciPy and constriction, that wrote it."
        )
