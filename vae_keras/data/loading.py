"""A whole image data set in memory."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from vae_keras.data.faces import FACES, load_faces


class ImageSplits(NamedTuple):
    """The training and test images of a data set, and their labels.

    Attributes:
        x_train: Training images, `(count, height, width, channels)`, float32 in [0, 1].
        y_train: Their labels, `(count,)`, int64; for `"faces"` their factors, `(count, 6)`,
            float32.
        x_test: Test images, as `x_train`.
        y_test: Their labels, as `y_train`.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load_images(name="mnist_mini", *, data_dir=None, download=True):
    """Loads a whole image data set into memory, scaled to [0, 1].

    `"mnist_mini"`, 4,000 training and 1,000 test digits of MNIST, travels with the package and
    never needs a network. `"faces"`, 8,000 and 2,000 colour images of 64 x 64 pixels, is drawn in
    some seconds by `draw_faces` from known factors, which take the place of labels; a process
    draws it once. Any other name is a data set of TensorFlow Datasets (TFDS): `"mnist"`,
    `"fashion_mnist"`, `"cifar10"`, `"name/config"`, `"name:version"`. It is read from disk where
    it was prepared before, and otherwise downloaded and prepared once.

    Args:
        name: Name of the data set.
        data_dir: Folder where TFDS keeps its data sets. By default the environment variable
            `TFDS_DATA_DIR`, and `~/tensorflow_datasets` without it. `"mnist_mini"` and `"faces"`
            do without.
        download: Whether to download and prepare a data set that is not on disk.

    Returns:
        `ImageSplits(x_train, y_train, x_test, y_test)`: images `(count, height, width, channels)`
        in float32, labels `(count,)` in int64 (factors for `"faces"`). Where a data set has no
        `test` split, its `validation` split takes that place.

    Raises:
        ValueError: If an argument or the name is not valid, or the data set is not one of labelled
            images of one size with a training and a test split. `image_pipeline` takes some of
            these.
        FileNotFoundError: If the data set is not on disk and `download` is False.
        ConnectionError: If it is not on disk and there is no network; raised within seconds.
        OSError: If its files are damaged or incomplete.

    Example:

    >>> x_train, y_train, x_test, y_test = load_images()
    >>> x_train.shape
    (4000, 28, 28, 1)
    """
    from vae_keras.data import data_sets, features  # TFDS is imported where it is used

    data_sets.check_request(name, data_dir, download=download)
    if name == FACES:
        x_train, y_train, x_test, y_test = load_faces()
        scale = np.float32(255)
        return ImageSplits(x_train / scale, y_train.copy(), x_test / scale, y_test.copy())
    builder = data_sets.find_builder(name, data_dir)
    images = features.describe(builder, labels=True)
    if None in images.shape:
        raise ValueError(
            f"The images of {name!r} must have one size to be arrays, got the shape "
            f"{images.shape}. Mend: image_pipeline({name!r}, image_size=(height, width))."
        )
    data_sets.prepare(builder, name, download)
    splits = list(builder.info.splits)
    test = "test" if "test" in splits else "validation"
    if "train" not in splits or test not in splits:
        raise ValueError(
            f"{name!r} must have a 'train' split and a 'test' or 'validation' split, got {splits}. "
            f"Mend: image_pipeline({name!r}, split=...), which takes any split and slices of one, "
            "such as 'train[:80%]'."
        )
    return ImageSplits(*_read(builder, "train", images), *_read(builder, test, images))


def _read(builder, split, images):
    """The images and the labels of a split, in the order they have on disk."""
    from vae_keras.data import data_sets, features, integrity

    count = data_sets.count_images(builder, builder.name, split)
    integrity.check_files(builder, split)
    x = np.empty((count, *images.shape), dtype=np.float32)
    y = np.empty(count, dtype=np.int64)
    filled = 0
    try:
        dataset = builder.as_dataset(split=split, **features.reading_options(images))
        for batch in dataset.batch(512).prefetch(tf.data.AUTOTUNE).as_numpy_iterator():
            label = images.label_of(batch)
            following = filled + len(label)
            np.divide(batch[images.image_key], images.scale, out=x[filled:following])
            y[filled:following] = label
            filled = following
    except (*integrity.READING_ERRORS, ValueError) as error:  # More examples than announced.
        raise integrity.damaged_data_error(builder, split) from error
    if filled < count:
        raise integrity.damaged_data_error(builder, split)
    return x, y
