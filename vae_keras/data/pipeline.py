"""Image data sets as streams of batches."""

import tensorflow as tf

from vae_keras import _checks

_SHUFFLE_BYTES = 256 * 2**20  # what shuffling may hold: examples as they are stored, compressed
_CHECKED_BYTES = 256 * 2**20  # up to here all records are read at the start, a second of work

_LARGEST_SIDE = 10_000  # of an image; at some tens of thousands resizing ends the process


def image_pipeline(
    name="mnist_mini",
    split="train",
    batch_size=128,
    *,
    image_size=None,
    labels=False,
    shuffle=None,
    seed=None,
    cache=False,
    data_dir=None,
    download=True,
):
    """Streams an image data set in batches, scaled to [0, 1].

    For data sets that do not fit in memory, or whose images differ in size: files are read,
    decoded, resized and shuffled while the model trains.

    Args:
        name: Name of a data set that `load_images` takes.
        split: Name of a split, or what TFDS makes of them: `"train[:80%]"`, `"train+validation"`.
        batch_size: Number of images a batch.
        image_size: `(height, width)` to resize to, whatever the proportions; None for no resizing.
        labels: Whether to yield `(x, y)` rather than `x`; or the name of the feature to yield as
            y, a whole number or a truth: `"Smiling"`, one of the attributes of `"celeb_a"`, or
            `"attributes/Smiling"` where two features have that name.
        shuffle: Whether to shuffle, anew in each epoch; by default where `split` starts with
            `"train"`. Data sets whose stored images take more than 256 MiB are shuffled in that
            much memory, the others as a whole.
        seed: Seed of the order: the same seed gives the same order.
        cache: Whether to keep the decoded and resized images in memory after the first epoch.
        data_dir, download: As in `load_images`.

    Returns:
        A `tf.data.Dataset` of images `(batch, height, width, channels)` in float32 or, with
        `labels`, of pairs of these and of labels `(batch,)` in int64.

    Raises:
        ValueError: If an argument is not valid, the images differ in size and `image_size` is None,
            or the split is empty.
        OSError: As `load_images` does. In data sets of more than 256 MiB only the sizes of the
            files are checked at the start; for what that does not show, TensorFlow raises a
            `tf.errors.DataLossError` when it comes to it.

    Example:

    >>> dataset = image_pipeline("mnist_mini", "train[:80%]", batch_size=100, image_size=(32, 32))
    >>> next(iter(dataset)).shape
    TensorShape([100, 32, 32, 1])
    """
    from vae_keras.data import data_sets, features, integrity  # TFDS is imported where it is used

    batch_size = _checks.whole_number(batch_size, "batch_size", most=_checks.LARGEST_INT32)
    if image_size is not None:
        if not isinstance(image_size, tuple | list) or len(image_size) != 2:
            raise ValueError(f"image_size must be (height, width) or None, got {image_size!r}.")
        for size in image_size:
            _checks.whole_number(size, "each number of image_size", most=_LARGEST_SIDE)
    _checks.seed(seed, most=_checks.LARGEST_SEED)
    if not isinstance(labels, bool | str) or labels == "":
        raise ValueError(f"labels must be True, False or the name of a feature, got {labels!r}.")
    if not isinstance(split, str):
        raise ValueError(f"split must be a string such as 'train[:80%]', got {split!r}.")
    if shuffle is None:
        shuffle = split.startswith("train")
    data_sets.check_request(name, data_dir, shuffle=shuffle, cache=cache, download=download)
    builder, images = data_sets.prepared(name, data_dir, download, labels, image_size)
    count = data_sets.count_images(builder, name, split)
    is_small = builder.info.dataset_size <= _CHECKED_BYTES
    integrity.check_files(builder, split, every_record=is_small)

    def decode(example):
        image = images.decode(example[images.image_key])
        if image_size is not None:
            image = tf.image.resize(image, image_size, antialias=True)
        return (image, tf.cast(images.label_of(example), tf.int64)) if labels else (image,)

    def scale(image, *label):
        # Clipped because the weights of a resized pixel sum to 1 only up to rounding.
        x = tf.clip_by_value(tf.cast(image, tf.float32) / images.scale, 0.0, 1.0)
        return (x, *label) if labels else x

    # An ordered data set is kept in one piece; its examples are shuffled below all the same.
    shuffle_files = shuffle and not builder.info.disable_shuffling
    options = features.reading_options(images, encoded=True, shuffle_files=shuffle_files, seed=seed)
    dataset = builder.as_dataset(split=split, **options)
    if shuffle and not cache:
        # Shuffled before decoding: in the same memory, many more examples.
        example_bytes = builder.info.dataset_size / builder.info.splits.total_num_examples
        most = max(1, int(_SHUFFLE_BYTES / max(1.0, example_bytes)))
        dataset = dataset.shuffle(min(count, most), seed=seed)
    dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
    if cache:
        dataset = dataset.cache()
    if shuffle and cache:
        # Shuffled after the cache, which would otherwise repeat the first epoch's order. The
        # shuffle holds references to the cached images, not copies.
        dataset = dataset.shuffle(count, seed=seed)
    dataset = dataset.batch(batch_size)
    dataset = dataset.map(scale, num_parallel_calls=tf.data.AUTOTUNE)

    options = tf.data.Options()
    # Under tf.distribute each worker takes its share of the examples. The default is a share of
    # the files, and a data set in one file has none to share.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)
