"""A whole image data set in memory."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf


class ImageSplits(NamedTuple):
    """The training and test images of a data set, and their labels.

    Attributes:
        x_train, x_test: Images, `(count, height, width, channels)`, float32 in [0, 1].
        y_train, y_test: Their labels, `(count,)`, int64.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load_images(name="mnist_mini", *, data_dir=None, download=True):
    """Loads a whole image data set into memory, scaled to [0, 1].

    `"mnist_mini"` and `"fashion_mini"`, 4,000 training and 1,000 test images of MNIST's digits and
    of Fashion-MNIST's clothes, travel with the package and never need a network; so does
    `"pneumonia_mnist"`, 4,708 training and 624 test images of MedMNIST's chest X-rays, healthy (0)
    or with pneumonia (1), whose validation split of 524 `image_pipeline` reads. Any other name is a
    data set of TensorFlow Datasets (TFDS): `"mnist"`, `"fashion_mnist"`, `"cifar10"`,
    `"name/config"`, `"name:version"`. It is read from disk where it was prepared before, and
    otherwise downloaded and prepared once.

    Args:
        name: Name of the data set.
        data_dir: Folder of TFDS's data sets; by default that of the environment variable
            `TFDS_DATA_DIR`, and `~/tensorflow_datasets` without it.
        download: Whether to download and prepare a data set that is not on disk.

    Returns:
        `ImageSplits(x_train, y_train, x_test, y_test)`. Where a data set has no `test` split, its
        `validation` split takes that place.

    Raises:
        ValueError: If an argument is not valid, or the data set is not one of labelled images of
            one size with a training and a test split. `image_pipeline` takes some of these.
        FileNotFoundError: If the data set is not on disk and `download` is False.
        ConnectionError: If it is not on disk and there is no network; raised within seconds.
        OSError: If its files are damaged or incomplete.

    Example:

    >>> x_train, y_train, x_test, y_test = load_images()
    >>> x_train.shape
    (4000, 28, 28, 1)
    """
    from vae_keras.data import data_sets  # TFDS is imported where it is used

    data_sets.check_request(name, data_dir, download=download)
    builder, images = data_sets.prepared(name, data_dir, download, labels=True)
    splits = list(builder.info.splits)
    test = "test" if "test" in splits else "validation"
    if not {"train", test} <= set(splits):
        raise ValueError(
            f"{name!r} must have a 'train' split and a 'test' or 'validation' split, got {splits}. "
            f"Mend: image_pipeline({name!r}, split=...), which takes any split and slices of one, "
            "such as 'train[:80%]'."
        )
    return ImageSplits(*_read(builder, "train", images), *_read(builder, test, images))


def _read(builder, split, images):
    """The images and the labels of a split, in the order they have on disk."""
    from vae_keras.data import data_sets, features, integrity

    data_sets.count_images(builder, builder.name, split)
    integrity.check_files(builder, split, every_record=True)
    try:
        whole = builder.as_dataset(split=split, batch_size=-1, **features.reading_options(images))
    except tf.errors.InvalidArgumentError as error:
        problem = f"the split {split!r} holds an image that cannot be decoded"
        raise integrity.damaged(builder.name, builder.data_path, problem) from error
    x = whole[images.image_key].numpy() / images.scale
    return x, images.label_of(whole).numpy().astype("int64")
