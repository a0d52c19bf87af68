"""What the scripts that make the embedded data sets share: TFDS's on-disk format, and a check.

A script names its images, a `Sample`, and calls `run`:

    python data/make_NAME.py                 # writes data/NAME/1.0.0
    python data/make_NAME.py --output DIR    # writes DIR/NAME/1.0.0
    python data/make_NAME.py --check         # remakes it and compares it to what is there
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow_datasets as tfds

VERSION = "1.0.0"


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


class Sample(NamedTuple):
    """A data set to write.

    Attributes:
        name: Its name.
        module: That of the script, which TFDS records.
        description, citation, license, homepage: What its files say of it.
        examples: A function that returns, for each split, `(key, image, label)` of its examples.
            TFDS orders them by a hash of their keys, which mixes the classes once and for all.
        num_classes: How many labels there are.
    """

    name: str
    module: str
    description: str
    citation: str
    license: str
    homepage: str
    examples: Callable[[], dict[str, list[tuple[int | str, np.ndarray, int]]]]
    num_classes: int = 10


def first_of_each_class(labels: np.ndarray, count: int) -> np.ndarray:
    """Whether each example is among the first `count` of its class."""
    rank = np.zeros_like(labels)
    for label in np.unique(labels):
        members = labels == label
        rank[members] = np.arange(members.sum())
    return rank < count


def _builder_class(sample: Sample) -> type:
    """The TFDS builder that writes the sample."""

    def info(self):
        return tfds.core.DatasetInfo(
            builder=self,
            description=sample.description,
            citation=sample.citation,
            license=sample.license,
            homepage=sample.homepage,
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(num_classes=sample.num_classes),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def split_generators(self, dl_manager):
        return {
            split: self._generate_examples(examples)
            for split, examples in sample.examples().items()
        }

    def generate_examples(self, examples):
        for key, image, label in examples:
            yield key, {"image": image, "label": label}

    members = {
        "__module__": sample.module,
        "name": sample.name,
        "VERSION": tfds.core.Version(VERSION),
        "RELEASE_NOTES": {VERSION: "First version."},
        "_info": info,
        "_split_generators": split_generators,
        "_generate_examples": generate_examples,
    }
    title = sample.name.title().replace("_", "")
    return type(title, (tfds.core.GeneratorBasedBuilder,), members, skip_registration=True)


def make(sample: Sample, output: Path) -> Path:
    """Writes the data set under the folder `output` and returns its folder."""
    target = output / sample.name / VERSION
    with tempfile.TemporaryDirectory() as temporary:
        builder = _builder_class(sample)(data_dir=temporary)
        builder.download_and_prepare()
        for path in Path(builder.data_dir).glob("*.tfrecord*"):
            _write_in_one_order(path)
        shutil.rmtree(target, ignore_errors=True)
        # Contents only: the temporary folder's access rights are not those of a repository.
        shutil.copytree(builder.data_dir, target, copy_function=shutil.copyfile)
    return target


def _write_in_one_order(path: Path) -> None:
    """Writes the file again: protobuf's order of an example's features is another at each run."""
    import tensorflow as tf

    records = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            example = tf.train.Example.FromString(record)
            writer.write(example.SerializeToString(deterministic=True))


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


def run(sample: Sample, made_from: Callable[[Path | None], Sample] | None = None) -> int:
    """Runs the command line and returns its exit status.

    Args:
        sample: The data set.
        made_from: What makes it of a file instead, where the command line has `--source FILE`.
    """
    parser = argparse.ArgumentParser(description=f"Make the data set {sample.name}, or check it.")
    if made_from is not None:
        parser.add_argument("--source", type=Path, metavar="FILE", help="what it is made from")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).resolve().parent,
        metavar="DIR",
        help=f"where {sample.name}/{VERSION} is written, or looked for (default: beside this)",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare what is there to a fresh copy, write nothing"
    )
    arguments = parser.parse_args()
    tfds.disable_progress_bar()
    if made_from is not None:
        sample = made_from(arguments.source)

    if arguments.check:
        folder = arguments.output / sample.name / VERSION
        try:
            found = read(folder)
        except Exception as error:  # Whatever is wrong with the folder, it is not what it should be
            print(f"{folder} cannot be read: {error}", file=sys.stderr)
            return 1
        with tempfile.TemporaryDirectory() as temporary:
            expected = read(make(sample, Path(temporary)))
        problems = list(differences(expected, found))
        for problem in problems:
            print(f"{folder} is not what this script makes: {problem}", file=sys.stderr)
        if problems:
            return 1
    else:
        folder = make(sample, arguments.output)
        found = read(folder)

    for name, split in found.items():
        print(f"{name}: {len(split.labels)} images, SHA-256 {split.sha256()}")
    return 0
