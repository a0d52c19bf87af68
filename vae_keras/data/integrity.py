"""Finds damaged and missing files, so that a data set is whole or is refused."""

import json
import pathlib

import tensorflow as tf
import tensorflow_datasets as tfds

EMBEDDED = ("mnist_mini", "fashion_mini", "pneumonia_mnist")  # they travel with the package
# A TFRecord file frames each record in 8 bytes of length and two checksums of 4 bytes.
_BYTES_PER_RECORD = 16


def check_files(builder, split, *, every_record=False):
    """Raises an OSError, which names the file, if one is missing, cut short, too long or damaged.

    Without `every_record` only sizes are looked at, which costs nothing however large the files
    are; with it each record is compared with its checksum.
    """
    wanted = {str(path) for path in builder.info.splits[split].filepaths}
    for part in builder.info.splits.values():  # as they were written: `split` may be a slice
        if wanted.isdisjoint(str(path) for path in part.filepaths):
            continue
        for path in part.filepaths:
            if not path.exists():
                raise damaged(builder.name, builder.data_path, f"the file {path} is missing")
        if builder.info.file_format != tfds.core.FileFormat.TFRECORD:
            continue
        size = sum(path.stat().length for path in part.filepaths)
        right_size = part.num_bytes + _BYTES_PER_RECORD * part.num_examples
        # TFDS notes the size of a split, not of each file: the records tell which one is wrong.
        if not every_record and (not part.num_bytes or size == right_size):
            continue
        for path, expected in zip(part.filepaths, part.shard_lengths, strict=True):
            # In blocks: one step a record would take twenty times as long.
            blocks = tf.data.TFRecordDataset(str(path)).batch(1024)
            try:
                found = sum(len(block) for block in blocks)
            except tf.errors.OpError as error:
                problem = f"the file {path} is cut short or damaged"
                raise damaged(builder.name, builder.data_path, problem) from error
            if found != expected:
                problem = f"the file {path} holds {found} examples, expected {expected}"
                raise damaged(builder.name, builder.data_path, problem)


def damaged_folder_error(name, folder):
    """The error to raise for a folder whose description cannot be read."""
    problem = f"the description of the data set in {folder} is missing or incomplete"
    for path in pathlib.Path(folder).rglob("*.json"):  # TFDS's own path does not look deeper
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            problem = f"the file {path} is not valid JSON"
    return damaged(name, folder, problem)


def damaged(name, folder, problem):
    """The error to raise for a data set with this problem."""
    if name in EMBEDDED:
        mend = "install vae-keras again: this data set is a part of it."
    else:
        mend = f"delete the folder {folder} and load the data set again, which prepares it anew."
    return OSError(f"The data set {name!r} is damaged: {problem}. Mend: {mend}")
