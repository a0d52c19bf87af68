"""image_pipeline: what it yields, in which order, and how Keras trains on it."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from tfds_data_sets import (
    image_and_label,
    labelled,
    make_celeb_a_like,
    make_data_set,
    make_labelled,
    random_images,
)

from vae_keras.data import image_pipeline, load_images


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[str, np.ndarray]:
    """A data set of 50 colour images in three files: its folder and its training images."""
    folder = tmp_path_factory.mktemp("small")
    images = random_images(50, (6, 10, 3))
    make_labelled(folder, "small", images, images[:7], num_shards=3)
    return str(folder), images


def collect(dataset: tf.data.Dataset) -> np.ndarray:
    return np.concatenate(list(dataset.as_numpy_iterator()))


def order(dataset: tf.data.Dataset, images: np.ndarray) -> list[int]:
    """Returns the indices of the images, in the order in which the dataset yields them."""
    index_of = {image.tobytes(): index for index, image in enumerate(images)}
    stored = np.rint(collect(dataset) * 255).astype(np.uint8)
    return [index_of[image.tobytes()] for image in stored]


class TestContents:
    def test_the_same_as_load_images(self):
        x_train, y_train, x_test, _ = load_images()
        x, y = zip(*image_pipeline(labels=True, shuffle=False).as_numpy_iterator(), strict=True)
        np.testing.assert_array_equal(np.concatenate(x), x_train)
        np.testing.assert_array_equal(np.concatenate(y), y_train)
        np.testing.assert_array_equal(collect(image_pipeline(split="test")), x_test)

    @pytest.mark.parametrize("image_size", [None, (14, 20)])
    def test_static_shapes_and_types(self, image_size):
        x, y = image_pipeline(image_size=image_size, labels=True).element_spec
        assert x.shape.as_list() == [None, *(image_size or (28, 28)), 1]
        assert y.shape.as_list() == [None]
        assert (x.dtype, y.dtype) == (tf.float32, tf.int64)

    @pytest.mark.parametrize(
        ("split", "sizes"),
        [
            ("train[:75]", [30, 30, 15]),
            ("test[90%:]", [30, 30, 30, 10]),
            ("train[:40]+test[:20]", [30, 30]),
        ],
    )
    def test_slices_and_last_batch(self, split, sizes):
        dataset = image_pipeline(split=split, batch_size=30)
        assert len(dataset) == len(sizes)
        assert [len(x) for x in dataset] == sizes

    def test_resizing_as_pillow_does(self, small):
        pillow = pytest.importorskip("PIL.Image")
        folder, images = small
        options = {"data_dir": folder, "shuffle": False}
        for height, width in ((3, 4), (9, 25)):
            found = collect(image_pipeline("small", image_size=(height, width), **options))
            expected = np.stack(
                [
                    np.stack(
                        [
                            np.asarray(
                                pillow.fromarray(channel).resize(
                                    (width, height), pillow.Resampling.BILINEAR
                                )
                            )
                            for channel in np.moveaxis(image.astype(np.float32) / 255, -1, 0)
                        ],
                        axis=-1,
                    )
                    for image in images
                ]
            )
            np.testing.assert_allclose(found, expected, atol=1e-5)
            assert found.min() >= 0
            assert found.max() <= 1

    def test_images_of_several_sizes(self, tmp_path):
        examples = [
            {"image": np.full((height, width, 3), 51, np.uint8), "label": 1}
            for height, width in ((4, 6), (9, 5), (20, 30))
        ]
        features = image_and_label((None, None, 3))
        make_data_set(tmp_path, "sizes", features, {"train": examples})
        x = collect(image_pipeline("sizes", image_size=[8, 7], data_dir=tmp_path))
        assert x.shape == (3, 8, 7, 3)
        np.testing.assert_allclose(x, 0.2, atol=1e-6)
        with pytest.raises(ValueError, match=r"image_size=\(height, width\)"):
            image_pipeline("sizes", data_dir=tmp_path)

    def test_celeb_a_format(self, tmp_path):
        images = random_images(10, (22, 18, 3))
        make_celeb_a_like(tmp_path, images)
        dataset = image_pipeline(
            "celeb_a_like", "train", 4, shuffle=False, data_dir=tmp_path, image_size=(22, 18)
        )
        np.testing.assert_allclose(collect(dataset), images / 255, atol=1e-6)
        with pytest.raises(ValueError, match="labels=False"):
            image_pipeline("celeb_a_like", labels=True, data_dir=tmp_path)

    def test_one_of_many_attributes_as_the_label(self, tmp_path):
        """CelebA's own code path: streamed, shuffled, resized, one attribute as y."""
        images = random_images(12, (22, 18, 3))
        make_celeb_a_like(tmp_path, images)
        options = {"data_dir": tmp_path, "image_size": (11, 9), "batch_size": 5}
        for name, every in {"Male": 3, "attributes/Smiling": 4, "Smiling": 4, "nose_x": 0}.items():
            dataset = image_pipeline("celeb_a_like", labels=name, shuffle=False, **options)
            x, y = (np.concatenate(part) for part in zip(*dataset.as_numpy_iterator(), strict=True))
            expected = np.arange(12) % every == 0 if every else np.arange(12)
            np.testing.assert_array_equal(y, expected)
            assert (x.shape, y.dtype) == ((12, 11, 9, 3), np.int64)
        first, second = dataset.element_spec
        assert (first.shape.as_list(), second.shape.as_list()) == ([None, 11, 9, 3], [None])
        shuffled = image_pipeline("celeb_a_like", labels="nose_x", seed=1, **options)
        pairs = list(shuffled.unbatch().as_numpy_iterator())
        in_order = list(dataset.unbatch().as_numpy_iterator())
        assert [y for _, y in pairs] != list(range(12))
        for x, y in pairs:  # each image keeps its own label
            np.testing.assert_array_equal(x, in_order[y][0])

    @pytest.mark.parametrize("labels", ["Smilling", "attributes", "image", "attributes/nose_x"])
    def test_an_attribute_that_is_not_there(self, tmp_path, labels):
        make_celeb_a_like(tmp_path, random_images(4, (4, 4, 3)))
        with pytest.raises(ValueError, match=r"labels must be one of .*'attributes/Smiling'"):
            image_pipeline("celeb_a_like", labels=labels, data_dir=tmp_path)

    def test_a_label_that_two_features_have_or_that_int64_does_not_hold(self, tmp_path):
        image = random_images(1, (4, 4, 3))[0]
        features = {
            "image": tfds.features.Image(shape=(4, 4, 3)),
            "a": {"x": np.int64, "hash": np.uint64},
            "b": {"x": np.int64},
        }
        example = {"image": image, "a": {"x": 1, "hash": np.uint64(2**63)}, "b": {"x": 2}}
        make_data_set(tmp_path, "nested", features, {"test": [example]})
        options = {"split": "test", "data_dir": tmp_path}
        with pytest.raises(ValueError, match=r"must be one of \['a/x', 'b/x'\].*which fits 2 "):
            image_pipeline("nested", labels="x", **options)
        with pytest.raises(ValueError, match=r"\(but uint64\) or truths, got 'hash'"):
            image_pipeline("nested", labels="hash", **options)
        ((_, y),) = image_pipeline("nested", labels="b/x", **options).as_numpy_iterator()
        assert y.tolist() == [2]

    def test_a_label_with_a_slash_in_its_name(self, tmp_path):
        """As COCO names its features."""
        features = {"image": tfds.features.Image(shape=(4, 4, 3)), "image/id": np.int64}
        example = {"image": random_images(1, (4, 4, 3))[0], "image/id": 7}
        make_data_set(tmp_path, "slashed", features, {"test": [example]})
        ((_, y),) = image_pipeline("slashed", "test", labels="image/id", data_dir=tmp_path)
        assert y.numpy().tolist() == [7]

    def test_uint16(self, tmp_path):
        images = random_images(5, (4, 6, 1), np.uint16)
        make_labelled(tmp_path, "deep_grey", images, images)
        x = collect(image_pipeline("deep_grey", shuffle=False, data_dir=tmp_path))
        np.testing.assert_array_equal(x, images.astype(np.float32) / np.float32(65535))


class TestOrder:
    @pytest.mark.parametrize("cache", [False, True])
    def test_shuffles_anew_each_epoch_and_skips_nothing(self, small, cache):
        folder, images = small
        dataset = image_pipeline("small", batch_size=8, seed=3, cache=cache, data_dir=folder)
        epochs = [order(dataset, images) for _ in range(3)]
        assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
        assert len(set(map(tuple, epochs))) == 3
        again = image_pipeline("small", batch_size=8, seed=3, cache=cache, data_dir=folder)
        assert [order(again, images) for _ in range(3)] == epochs
        other = image_pipeline("small", batch_size=8, seed=4, cache=cache, data_dir=folder)
        assert order(other, images) != epochs[0]

    def test_keras_seed_suffices(self, small):
        folder, images = small
        orders = []
        for _ in range(2):
            keras.utils.set_random_seed(5)
            orders.append(order(image_pipeline("small", data_dir=folder), images))
        assert orders[0] == orders[1] != list(range(50))

    def test_shuffles_training_splits_only(self, small):
        folder, images = small
        assert order(image_pipeline("small", "test", data_dir=folder), images) == list(range(7))
        for split in ("train", "train[:30]"):
            found = order(image_pipeline("small", split, data_dir=folder, seed=0), images)
            assert found != sorted(found)
        ordered = image_pipeline("small", "train[10:]", shuffle=False, data_dir=folder)
        assert order(ordered, images) == list(range(10, 50))
        shuffled = order(image_pipeline("small", "test", shuffle=True, data_dir=folder), images)
        assert sorted(shuffled) == list(range(7))

    def test_files_are_shuffled_where_tfds_allows(self, tmp_path):
        images = random_images(40, (4, 4, 1))
        make_labelled(tmp_path, "hashed", images, images, num_shards=4, keep_order=False)
        epochs = [
            order(image_pipeline("hashed", seed=1, data_dir=tmp_path), images) for _ in range(2)
        ]
        assert epochs[0] == epochs[1]
        assert sorted(epochs[0]) == list(range(40))

    def test_cache_holds_all_and_streaming_nothing(self, tmp_path):
        images = random_images(12, (4, 4, 1))
        folder = make_labelled(tmp_path, "vanishing", images, images)
        cached, streamed = (
            image_pipeline("vanishing", data_dir=tmp_path, cache=cache) for cache in (True, False)
        )
        assert len(order(cached, images)) == 12
        shutil.rmtree(folder)
        assert sorted(order(cached, images)) == list(range(12))
        with pytest.raises(tf.errors.NotFoundError):
            collect(streamed)


class TestTraining:
    def test_fit_on_labels(self):
        model = keras.Sequential(
            [
                keras.layers.Flatten(),
                keras.layers.Dense(10),
            ]
        )
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        history = model.fit(
            image_pipeline(split="train[:600]", batch_size=100, labels=True, seed=0),
            validation_data=image_pipeline(split="test[:100]", labels=True),
            epochs=2,
            shuffle=False,
            verbose=0,
        ).history
        assert history["loss"][1] < history["loss"][0]
        assert "val_loss" in history

    def test_fit_on_images_alone(self):
        class Reconstruction(keras.Model):
            def __init__(self):
                super().__init__()
                self.layer = keras.layers.Dense(1, activation="sigmoid")

            def call(self, x):
                return self.layer(x)

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
                return keras.ops.mean(keras.ops.square(x - y_pred))

        model = Reconstruction()
        model.compile("adam")
        dataset = image_pipeline(split="train[:300]", batch_size=100)
        assert np.isfinite(model.fit(dataset, shuffle=False, verbose=0).history["loss"][0])
        assert model.predict(dataset, verbose=0).shape == (300, 28, 28, 1)

    def test_each_worker_takes_a_share_of_the_examples(self):
        policy = image_pipeline().options().experimental_distribute.auto_shard_policy
        assert policy == tf.data.experimental.AutoShardPolicy.DATA


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            ({"split": "validation"}, r"'train', 'test'"),
            ({"split": "train[:10"}, r"'train', 'test'"),
            ({"split": "train[:99999]"}, r"'train', 'test'"),
            ({"split": "train[:0]"}, "empty"),
            ({"split": "train[50%:20%]"}, "empty"),
            ({"name": "mnist_minni"}, "mnist_mini"),
        ],
    )
    def test_each_is_checked(self, arguments, word):
        with pytest.raises(ValueError, match=word):
            image_pipeline(**arguments)

    def test_numpy_integers_are_integers(self):
        dataset = image_pipeline(batch_size=np.int64(10), image_size=np.array([7, 7]).tolist())
        assert dataset.element_spec.shape.as_list() == [None, 7, 7, 1]

    def test_split_that_only_the_pipeline_takes(self, tmp_path):
        examples = labelled(random_images(3, (4, 4, 1)))
        make_data_set(tmp_path, "untested", image_and_label((4, 4, 1)), {"everything": examples})
        assert len(collect(image_pipeline("untested", "everything", data_dir=tmp_path))) == 3
