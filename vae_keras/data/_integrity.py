"""Finds damaged and missing files, so that a data set is whole or is refused."""

import json

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

# What TensorFlow raises while it reads a file that is not as it was written.
READING_ERRORS = (
    tf.errors.DataLossError,
    tf.errors.FailedPreconditionError,
    tf.errors.InvalidArgumentError,
    tf.errors.NotFoundError,
    tf.errors.OutOfRangeError,
)

# A TFRecord file frames each record in 8 bytes of length and two checksums of 4 bytes.
_BYTES_PER_RECORD = 16


def check_files(builder: tfds.core.DatasetBuilder, split: str) -> None:
    """Checks that the files of a split are there and as long as they were written.

    Only sizes are looked at, which costs nothing however large the files are.

    Args:
        builder: A prepared data set.
        split: Name or slice of a split.

    Raises:
        OSError: A file is missing, cut short or too long; the message names it.
    """
    for part in _parts(builder, split):
        for path in part.filepaths:
            if not path.exists():
                raise OSError(_message(builder, f"the file {path} is missing"))
        if builder.info.file_format != tfds.core.FileFormat.TFRECORD or not part.num_bytes:
            continue
        expected = part.num_bytes + _BYTES_PER_RECORD * part.num_examples
        if sum(path.stat().length for path in part.filepaths) != expected:
            # TFDS records the size of a split, not of each file: their records tell which one.
            _check_part(builder, part)


def check_records(builder: tfds.core.DatasetBuilder, split: str) -> None:
    """Reads all records of a split, which compares each with its checksum.

    Args:
        builder: A prepared data set.
        split: Name or slice of a split.

    Raises:
        OSError: A file is damaged; the message names it.
    """
    if builder.info.file_format == tfds.core.FileFormat.TFRECORD:
        for part in _parts(builder, split):
            _check_part(builder, part)


def damaged_data_error(builder: tfds.core.DatasetBuilder, split: str) -> OSError:
    """Returns the error to raise for a split that could not be read to its end."""
    try:
        check_records(builder, split)
    except OSError as error:
        return error
    return OSError(_message(builder, f"the split {split!r} in {builder.data_dir} cannot be read"))


def damaged_folder_error(name: str, folder: tfds.core.Path) -> OSError:
    """Returns the error to raise for a folder whose description cannot be read."""
    problem = f"the description of the data set in {folder} is missing or incomplete"
    for pattern in ("*.json", "*/*.json", "*/*/*.json"):  # name/config/version, or less of it.
        for path in folder.glob(pattern):
            try:
                json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                problem = f"the file {path} is not valid JSON"
    return OSError(_damaged(name, folder, problem))


def _parts(builder: tfds.core.DatasetBuilder, split: str) -> list[tfds.core.SplitInfo]:
    """Returns the splits as they were written that `split`, maybe a slice, draws from."""
    wanted = {str(path) for path in builder.info.splits[split].filepaths}
    return [
        part
        for part in builder.info.splits.values()
        if not wanted.isdisjoint(str(path) for path in part.filepaths)
    ]


def _check_part(builder: tfds.core.DatasetBuilder, part: tfds.core.SplitInfo) -> None:
    for path, expected in zip(part.filepaths, part.shard_lengths, strict=True):
        try:
            # In blocks: one step a record would take twenty times as long.
            found = (
                tf.data.TFRecordDataset(str(path))
                .batch(1024)
                .reduce(np.int64(0), lambda count, block: count + tf.size(block, tf.int64))
                .numpy()
            )
        except tf.errors.OpError as error:
            problem = f"the file {path} is cut short or damaged"
            raise OSError(_message(builder, problem)) from error
        if found != expected:
            problem = f"the file {path} holds {found} examples, expected {expected}"
            raise OSError(_message(builder, problem))


def _message(builder: tfds.core.DatasetBuilder, problem: str) -> str:
    return _damaged(builder.name, builder.data_path, problem)


def _damaged(name: str, folder: tfds.core.Path, problem: str) -> str:
    if name == "mnist_mini":
        mend = "Install vae-keras again: this data set is a part of it."
    else:
        mend = f"Delete the folder {folder} and load the data set again, which prepares it anew."
    return f"The data set {name!r} is damaged: {problem}. {mend}"
