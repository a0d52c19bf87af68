"""Which of a data set's features is the image, which the label, and how to read only those."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

# The value of a white pixel, by the type images are stored in.
_WHITE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}

# TFDS stores the pixels of these black-and-white sets as 0 and 1, though in the same uint8.
_ZERO_ONE_DATA_SETS = frozenset({"binarized_mnist", "dsprites"})


class ImageFeatures(NamedTuple):
    """What the readers need to know of a data set.

    Attributes:
        image_key: Name of the image feature.
        label_key: Name of the label feature, None where labels are not wanted; for a feature
            inside another one, their names with a `/` between.
        shape: `(height, width, channels)`, None for a height and width that vary.
        scale: The value that becomes 1.0.
        decode: Function that turns one encoded image into a tensor of shape `shape`.
    """

    image_key: str
    label_key: str | None
    shape: tuple[int | None, ...]
    scale: np.float32
    decode: Any


class _Only(tfds.decode.PartialDecoding):
    """Reads the named features and skips the others, which may be many and large."""

    def __init__(self, keys, decoders=None):
        super().__init__(features=_nested(keys, lambda key: True), decoders=decoders)
        self._keys = keys

    # TFDS's own version compares types on the way and warns that its comparison is deprecated.
    def extract_features(self, features):
        return tfds.features.FeaturesDict(_nested(self._keys, lambda key: _find(features, key)))


def describe(builder: tfds.core.DatasetBuilder, *, labels: bool | str) -> ImageFeatures:
    """Returns which features to read; a ValueError says why a data set will not do.

    Args:
        builder: What `find_builder` returned.
        labels: Whether the label is to be read, or the name of the feature that takes its place.
    """
    name, features = builder.name, builder.info.features
    if not isinstance(features, tfds.features.FeaturesDict):
        features = {}
    image_key = _image_key(name, features, _supervised_key(builder, 0))
    image = features[image_key]
    stored = np.dtype(image.np_dtype)
    if stored not in _WHITE:
        raise ValueError(
            f"The images of {name!r} hold {stored.name} values; expected uint8 "
            "or uint16, which can be scaled to [0, 1]."
        )
    return ImageFeatures(
        image_key=image_key,
        label_key=_chosen_label_key(builder, features, labels),
        shape=tuple(image.shape),
        scale=np.float32(1.0 if name in _ZERO_ONE_DATA_SETS else _WHITE[stored]),
        decode=image.decode_example,
    )


def reading_options(
    images: ImageFeatures,
    *,
    encoded: bool = False,
    shuffle_files: bool = False,
    seed: int | None = None,
) -> dict[str, Any]:
    """Returns the arguments of `builder.as_dataset` that read the image and label, no more.

    Args:
        images: What `describe` returned.
        encoded: Whether images stay as the bytes they are stored in.
        shuffle_files: Whether the files are read in random order.
        seed: Seed of that order.
    """
    keys = [key for key in (images.image_key, images.label_key) if key is not None]
    decoders = {images.image_key: tfds.decode.SkipDecoding()} if encoded else None
    read_config = tfds.ReadConfig(
        # Caching and prefetching are the pipeline's to decide, once and in the right place.
        try_autocache=False,
        skip_prefetch=True,
        shuffle_seed=seed,
    )
    # Otherwise TFDS lets files arrive in any order, and a seed no longer fixes the result.
    read_config.options.deterministic = True
    if not shuffle_files:
        read_config.interleave_cycle_length = 1  # One file after the other: the order on disk.
    return {
        "decoders": _Only(keys, decoders),
        "read_config": read_config,
        "shuffle_files": shuffle_files,
    }


def _image_key(name: str, features, supervised: str | None) -> str:
    keys = [
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Image)
        and not isinstance(feature, tfds.features.LabeledImage)  # A mask of class numbers.
        and len(feature.shape) == 3
    ]
    if not keys:
        raise ValueError(
            f"{name!r} is not a data set of images: expected an image feature, it has "
            f"{sorted(features)}."
        )
    for key in ("image", supervised):
        if key in keys:
            return key
    if len(keys) == 1:
        return keys[0]
    raise ValueError(
        f"{name!r} has several images an example, {sorted(keys)}, and none is named 'image': "
        "it does not say which one to model."
    )


def label_of(images: ImageFeatures, example: dict[str, Any]) -> Any:
    """Returns the label in an example that was read with `reading_options`."""
    return _find(example, images.label_key)


def _chosen_label_key(builder, features, labels: bool | str) -> str | None:
    if isinstance(labels, str):
        return _named_label_key(builder.name, features, labels)
    return _label_key(builder.name, features, _supervised_key(builder, 1)) if labels else None


def _named_label_key(name: str, features, label: str) -> str:
    """The key of the feature of that name, at the top or one level below (CelebA's attributes)."""
    keys = dict(features.items())
    for key, feature in features.items():
        if isinstance(feature, tfds.features.FeaturesDict):
            keys |= {f"{key}/{inner}": each for inner, each in feature.items()}
    usable = [
        key
        for key, feature in keys.items()
        # Labels come as int64, which does not hold all of uint64.
        if feature.shape == ()
        and np.dtype(feature.np_dtype).kind in "bui"
        and feature.np_dtype != np.uint64
    ]
    found = [key for key in usable if label in (key, key.rpartition("/")[2])]
    if len(found) == 1:
        return found[0]
    if label in found:
        return label
    if found:
        raise ValueError(
            f"{name!r} has {len(found)} features named {label!r}: labels should be one of "
            f"{sorted(found)}."
        )
    raise ValueError(
        f"{name!r} has no whole or true-or-false feature (but uint64) named {label!r}: labels "
        f"should be one of {sorted(usable)}."
    )


def _find(features, key: str):
    for part in key.split("/"):
        features = features[part]
    return features


def _nested(keys, value) -> dict[str, Any]:
    """A dict of `value(key)` for each key, with a dict in it for those of the form `a/b`."""
    result: dict[str, Any] = {}
    for key in keys:
        *outer, last = key.split("/")
        inside = result
        for part in outer:
            inside = inside.setdefault(part, {})
        inside[last] = value(key)
    return result


def _label_key(name: str, features, supervised: str | None) -> str:
    keys = [
        key
        for key, feature in features.items()
        if feature.shape == () and np.issubdtype(feature.np_dtype, np.integer)
    ]
    for key in ("label", supervised):
        if key in keys:
            return key
    classes = [key for key in keys if isinstance(features[key], tfds.features.ClassLabel)]
    if len(classes) == 1:
        return classes[0]
    raise ValueError(
        f"{name!r} has no single label an image: expected an integer feature 'label', it has "
        f"{sorted(features)}. Name one, image_pipeline({name!r}, labels='...'), or take the images "
        "alone, labels=False."
    )


def _supervised_key(builder: tfds.core.DatasetBuilder, position: int) -> str | None:
    keys = builder.info.supervised_keys
    return keys[position] if keys and isinstance(keys[position], str) else None
