"""Which of a data set's features is the image, which the label, and how to read only those."""

import functools
import operator
from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

# The value of a white pixel, by the type images are stored in.
_WHITE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}

# TFDS stores the pixels of these black-and-white sets as 0 and 1, though in the same uint8.
_ZERO_ONE_DATA_SETS = frozenset({"binarized_mnist", "dsprites"})


class ImageFeatures(NamedTuple):
    """What the readers need to know of a data set."""

    image_key: str
    label_path: tuple  # the keys that lead to the label, one inside the other; () for no label
    shape: tuple  # (height, width, channels), with None for a height and width that vary
    scale: np.float32  # the value that becomes 1.0
    decode: Any  # turns the bytes of one image into a tensor of that shape
    wanted: tfds.features.FeaturesDict  # the image and the label alone

    def label_of(self, example):
        """The label in an example, or the labels in a batch."""
        return functools.reduce(operator.getitem, self.label_path, example)


class _Only(tfds.decode.PartialDecoding):
    """Reads some features and skips the others; TFDS's own way to find them warns of each."""

    def extract_features(self, features):
        return self._feature_specs


def describe(builder, labels):
    """The `ImageFeatures` of a data set, with the label that is asked for, or a ValueError."""
    name, features = builder.name, builder.info.features
    features = dict(features) if isinstance(features, tfds.features.FeaturesDict) else {}
    # What the data set itself names as the input and the target of a classifier.
    supervised_image, supervised_label = (builder.info.supervised_keys or (None, None))[:2]
    image_key = _image_key(name, features, supervised_image)
    image = features[image_key]
    stored = np.dtype(image.np_dtype)
    if stored not in _WHITE:
        raise ValueError(
            f"The images of {name!r} must be stored as uint8 or uint16, which can be scaled to "
            f"[0, 1], got {stored.name}."
        )
    wanted, label_path = {image_key: image}, ()
    if labels:
        label_path = _label_path(name, features, labels, supervised_label)
        outer, *inner = label_path
        wanted[outer] = {key: features[outer][key] for key in inner} or features[outer]
    return ImageFeatures(
        image_key,
        label_path,
        shape=tuple(image.shape),
        scale=np.float32(1.0 if name in _ZERO_ONE_DATA_SETS else _WHITE[stored]),
        decode=image.decode_example,
        wanted=tfds.features.FeaturesDict(wanted),
    )


def reading_options(images, *, encoded=False, shuffle_files=False, seed=None):
    """The arguments of `builder.as_dataset` that read what `describe` found, no more.

    With `encoded`, images stay as the bytes they are stored in.
    """
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
    decoders = {images.image_key: tfds.decode.SkipDecoding()} if encoded else None
    return {
        "decoders": _Only(images.wanted, decoders),
        "read_config": read_config,
        "shuffle_files": shuffle_files,
    }


def _image_key(name, features, supervised):
    keys = [
        key
        for key, feature in features.items()
        if isinstance(feature, tfds.features.Image)
        and not isinstance(feature, tfds.features.LabeledImage)  # A mask of class numbers.
        and len(feature.shape) == 3
    ]
    key = _preferred(keys, ("image", supervised), keys)
    if key is None:
        found = f"several images, {sorted(keys)}" if keys else f"none in {sorted(features)}"
        raise ValueError(
            f"{name!r} must have one image an example, or one that is named 'image', got {found}."
        )
    return key


def _preferred(keys, names, candidates):
    """The first of `names` among `keys`, else the only one of `candidates`, else None."""
    return next(
        (name for name in names if name in keys), candidates[0] if len(candidates) == 1 else None
    )


def _label_path(name, features, asked, supervised):
    """Where the label is: at the top, or, if asked by its name, one level below (CelebA's)."""
    leaves = {(key,): feature for key, feature in features.items()}
    for outer, feature in features.items():
        if isinstance(feature, tfds.features.FeaturesDict):
            leaves |= {(outer, key): each for key, each in feature.items()}
    usable = {
        "/".join(path): path
        for path, feature in leaves.items()
        # Labels come as int64, which does not hold all of uint64.
        if feature.shape == ()
        and np.dtype(feature.np_dtype).kind in "bui"
        and feature.np_dtype != np.uint64
    }
    if isinstance(asked, str):
        found = [key for key, path in usable.items() if asked in (key, path[-1])]
        key = _preferred(found, (asked,), found)
    else:
        found = [key for key, path in usable.items() if len(path) == 1]
        classes = [key for key in found if isinstance(features[key], tfds.features.ClassLabel)]
        key = _preferred(found, ("label", supervised), classes)
    if key is None:
        raise ValueError(
            f"labels must be one of {sorted(found or usable)}, the features of {name!r} that are "
            f"whole numbers (but uint64) or truths, got {asked!r}, which fits {len(found)} of "
            f"them. Mend: image_pipeline({name!r}, labels='...'), or labels=False for none."
        )
    return usable[key]
