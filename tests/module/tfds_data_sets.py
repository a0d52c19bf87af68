"""Makes small data sets in TFDS's on-disk format, for the tests of vae_keras.data."""

import types
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

_CELEB_A_ATTRIBUTES = ("Eyeglasses", "Male", "Smiling", "Young")
_CELEB_A_LANDMARKS = ("lefteye_x", "lefteye_y", "nose_x", "nose_y")


def make_data_set(
    folder: Path,
    name: str,
    features: dict,
    splits: dict[str, list[dict]],
    *,
    version: str = "1.0.0",
    num_shards: int = 1,
    keep_order: bool = True,
    supervised_keys: tuple[str, str] | None = None,
) -> Path:
    """Writes `splits` under `folder` as TFDS would, and returns the data set's folder."""

    def describe(self):
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=supervised_keys,
            disable_shuffling=keep_order,
        )

    def split_generators(self, dl_manager):
        return {split: enumerate(examples) for split, examples in splits.items()}

    builder_class = types.new_class(
        "SmallDataSet",
        (tfds.core.GeneratorBasedBuilder,),
        {"skip_registration": True},  # Found by its files, as one whose code is not at hand.
        lambda namespace: namespace.update(
            name=name,
            VERSION=tfds.core.Version(version),
            _info=describe,
            _split_generators=split_generators,
            _generate_examples=None,
            __module__=__name__,
        ),
    )
    builder = builder_class(data_dir=folder)
    tfds.disable_progress_bar()
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(num_shards=num_shards)
    )
    return Path(builder.data_dir)


def random_images(count: int, shape: tuple[int, ...], dtype=np.uint8, seed: int = 0) -> np.ndarray:
    """Returns images of noise that use the type's whole range."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, np.iinfo(dtype).max, (count, *shape), dtype, endpoint=True)
    images[:, 0, 0] = 0
    images[:, -1, -1] = np.iinfo(dtype).max
    return images


def labelled(images: np.ndarray) -> list[dict]:
    """Returns examples with labels 0, 1, 2, 0, 1, 2, …"""
    return [{"image": image, "label": index % 3} for index, image in enumerate(images)]


def image_and_label(shape: tuple[int | None, ...], dtype=np.uint8) -> dict:
    """Returns the features of `labelled` examples."""
    return {
        "image": tfds.features.Image(shape=shape, dtype=dtype),
        "label": tfds.features.ClassLabel(num_classes=3),
    }


def make_labelled(
    folder: Path,
    name: str,
    train: np.ndarray,
    test: np.ndarray,
    test_name: str = "test",
    **options,
) -> Path:
    """Writes a labelled data set of images of one size."""
    return make_data_set(
        folder,
        name,
        image_and_label(train.shape[1:], train.dtype),
        {"train": labelled(train), test_name: labelled(test)},
        **options,
    )


def make_celeb_a_like(folder: Path, images: np.ndarray) -> Path:
    """Writes a data set in CelebA's format: attributes and landmarks, and no label."""
    features = {
        "image": tfds.features.Image(shape=images.shape[1:], encoding_format="png"),
        "attributes": {attribute: np.bool_ for attribute in _CELEB_A_ATTRIBUTES},
        "landmarks": {landmark: np.int64 for landmark in _CELEB_A_LANDMARKS},
        "identity": {"Identity_No": np.int64},
    }
    examples = [
        {
            "image": image,
            "attributes": {
                attribute: index % (place + 2) == 0
                for place, attribute in enumerate(_CELEB_A_ATTRIBUTES)
            },
            "landmarks": dict.fromkeys(_CELEB_A_LANDMARKS, index),
            "identity": {"Identity_No": index},
        }
        for index, image in enumerate(images)
    ]
    splits = {"train": examples, "validation": examples[:3], "test": examples[:3]}
    return make_data_set(folder, "celeb_a_like", features, splits)
