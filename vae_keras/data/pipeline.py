"""Image data sets as streams of batches."""

import os
from numbers import Integral
from typing import Any

import tensorflow as tf

from vae_keras.data._features import describe, label_of, reading_options
from vae_keras.data._integrity import check_files, check_records
from vae_keras.data._tfds import find_builder, prepare, split_names
from vae_keras.data.faces import FACES

# What shuffling may hold: examples as they are stored, compressed.
_SHUFFLE_BYTES = 256 * 2**20

# Up to here all records are read once at the start, a second of work, so that a damaged file is
# reported before the training and not in its midst.
_CHECKED_BYTES = 256 * 2**20


def image_pipeline(
    name: str = "mnist_mini",
    split: str = "train",
    batch_size: int = 128,
    *,
    image_size: tuple[int, int] | None = None,
    labels: bool | str = False,
    shuffle: bool | None = None,
    seed: int | None = None,
    cache: bool = False,
    drop_remainder: bool = False,
    data_dir: str | os.PathLike | None = None,
    download: bool = True,
) -> tf.data.Dataset:
    """Streams an image data set in batches, scaled to [0, 1].

    For data sets that do not fit in memory, or whose images differ in size: files are read,
    decoded, resized and shuffled while the model trains. It takes the names `load_images` takes,
    but `"faces"`, which is drawn in memory.

    Example:

    ```python
    from vae_keras.data import image_pipeline

    dataset = image_pipeline("mnist_mini", "train[:80%]", batch_size=100, image_size=(32, 32))
    for x in dataset.take(1):
        print(x.shape)  # (100, 32, 32, 1)
    ```

    Args:
        name: Name of the data set.
        split: Name of a split, or any of what TFDS makes of them: `"train[:80%]"`,
            `"train+validation"`.
        batch_size: Number of images a batch.
        image_size: `(height, width)` to resize to, without regard to the proportions; None to
            keep the images as they are.
        labels: Whether to yield `(x, y)` rather than `x`; or the name of the feature to yield as
            y, a whole number or a truth: `"Smiling"`, one of the attributes of `"celeb_a"`, or
            `"attributes/Smiling"` where two features have that name.
        shuffle: Whether to shuffle, anew in each epoch; by default where `split` starts with
            `"train"`. Data sets whose stored images take more than 256 MiB are shuffled in that
            much memory, the others as a whole.
        seed: Seed of the order: the same seed gives the same order.
        cache: Whether to keep the decoded and resized images in memory after the first epoch.
        drop_remainder: Whether to leave out a last batch that is not full.
        data_dir: Folder where TFDS keeps its data sets, as in `load_images`.
        download: Whether to download and prepare a data set that is not on disk.

    Returns:
        A `tf.data.Dataset` of images `(batch, height, width, channels)` in float32 or, with
        `labels`, of pairs of these and of labels `(batch,)` in int64.

    Raises:
        ValueError: An argument or a name is not valid, or the images differ in size and
            `image_size` is None.
        FileNotFoundError: The data set is not on disk and `download` is False.
        ConnectionError: It is not on disk and there is no network; raised within seconds.
        OSError: Its files are damaged or incomplete. In data sets of more than 256 MiB only the
            sizes of the files are checked at the start; for what that does not show, TensorFlow
            raises a `tf.errors.DataLossError` when it comes to it.
    """
    _require_positive_integer("batch_size", batch_size)
    if image_size is not None:
        if not isinstance(image_size, tuple | list) or len(image_size) != 2:
            raise ValueError(f"image_size should be (height, width) or None; got {image_size!r}.")
        for size in image_size:
            _require_positive_integer("Each of image_size's two numbers", size)
    if seed is not None and not isinstance(seed, Integral):
        raise ValueError(f"seed should be an integer or None; got {seed!r}.")
    if not isinstance(labels, bool | str) or labels == "":
        raise ValueError(f"labels should be True, False or the name of a feature; got {labels!r}.")
    if not isinstance(split, str):
        raise ValueError(f"split should be a string such as 'train[:80%]'; got {split!r}.")

    if name == FACES:
        raise ValueError(
            f"{FACES!r} is drawn in memory, not read from files: use load_images({FACES!r})."
        )
    builder = find_builder(name, data_dir)
    images = describe(builder, labels=labels)
    if image_size is None and None in images.shape:
        raise ValueError(
            f"The images of {name!r} differ in size: their shape is {images.shape}. Batches need "
            "one size: give image_size=(height, width)."
        )
    prepare(builder, name, download)
    count = _count(builder, name, split)
    check_files(builder, split)
    if builder.info.dataset_size <= _CHECKED_BYTES:
        check_records(builder, split)

    def decode(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
        image = images.decode(example[images.image_key])
        if image_size is not None:
            image = tf.image.resize(image, image_size, antialias=True)
        if labels:
            return image, tf.cast(label_of(images, example), tf.int64)
        return (image,)

    def scale(image: tf.Tensor, *label: tf.Tensor) -> Any:
        # Clipped because the weights of a resized pixel sum to 1 only up to rounding.
        x = tf.clip_by_value(tf.cast(image, tf.float32) / images.scale, 0.0, 1.0)
        return (x, *label) if labels else x

    if shuffle is None:
        shuffle = split.startswith("train")
    dataset = builder.as_dataset(
        split=split,
        # An ordered data set is kept in one piece; its examples are shuffled below all the same.
        **reading_options(
            images,
            encoded=True,
            shuffle_files=shuffle and not builder.info.disable_shuffling,
            seed=seed,
        ),
    )
    if cache:
        # Shuffled after the cache, which would otherwise repeat the first epoch's order. The
        # shuffle holds references to the cached images, not copies.
        dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE).cache()
        if shuffle:
            dataset = dataset.shuffle(count, seed=seed)
    else:
        # Shuffled before decoding: in the same memory, many more examples.
        if shuffle:
            dataset = dataset.shuffle(_shuffle_buffer(builder, count), seed=seed)
        dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = dataset.batch(batch_size, drop_remainder=drop_remainder)
    dataset = dataset.map(scale, num_parallel_calls=tf.data.AUTOTUNE)

    options = tf.data.Options()
    # Under tf.distribute each worker takes its share of the examples. The default is a share of
    # the files, and a data set in one file has none to share.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _count(builder, name: str, split: str) -> int:
    """Returns the number of examples in a split, and raises a ValueError if it has none."""
    available = f"{name!r} has the splits {split_names(builder)}, of which 'train[:80%]' is a slice"
    try:
        count = builder.info.splits[split].num_examples
    except (AssertionError, KeyError, ValueError) as error:
        raise ValueError(f"There is no split {split!r}: {available}. {error}") from error
    if count <= 0:
        raise ValueError(f"The split {split!r} is empty: {available}.")
    return count


def _shuffle_buffer(builder, count: int) -> int:
    """Returns how many stored examples fit in the memory that shuffling may take."""
    example_bytes = builder.info.dataset_size / builder.info.splits.total_num_examples
    return min(count, max(1, int(_SHUFFLE_BYTES / max(1.0, example_bytes))))


def _require_positive_integer(argument: str, value: object) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{argument} should be a positive integer; got {value!r}.")
