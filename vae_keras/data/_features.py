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
        label_key: Name of the label feature, None where labels are not wanted.
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
        super().__init__(features=dict.fromkeys(keys, True), decoders=decoders)
        self._keys = keys

    # TFDS's own version compares types on the way and warns that its comparison is deprecated.
    def extract_features(self, features):
        return tfds.features.FeaturesDict({key: features[key] for key in self._keys})


def describe(builder: tfds.core.DatasetBuilder, *, labels: bool) -> ImageFeatures:
    """Returns which features to read; a ValueError says why a data set will not do."""
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
        label_key=_label_key(name, features, _supervised_key(builder, 1)) if labels else None,
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
        f"{sorted(features)}. For the images alone use image_pipeline({name!r}, labels=False)."
    )


def _supervised_key(builder: tfds.core.DatasetBuilder, position: int) -> str | None:
    keys = builder.info.supervised_keys
    return keys[position] if keys and isinstance(keys[position], str) else None
