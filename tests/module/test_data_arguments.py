"""What data loading is asked with: every argument of every function, with every bad value."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from vae_keras.data import image_pipeline, load_images

# A folder that is a file is written by the tests: `{}` stands for its path.
NO_STRINGS = [None, 3, True, b"train", ["train"], np.array(["a", "b"])]
NO_NUMBERS = [True, np.True_, "8", b"8", 2.5, 2.0, 1j, float("nan"), float("inf"), [3], {}]
BAD = {
    "name": [*NO_STRINGS, "", " ", "mnist!", "mnist ", "a/b/c/d", "../mnist", "é", "mnist_mimi"],
    "split": [*NO_STRINGS, "", "validation", "train[", "train[:10", "train[:99999]", "train[:0]"],
    "labels": [None, 3, 1.0, b"label", ["label"], "", "nothing"],
    "data_dir": [3, True, b"/tmp", ["/tmp"], "", "a\0b", "{}", "{}/inside", "/dev/null"],
    "batch_size": [*NO_NUMBERS, None, 0, -5, 2**70],
    "seed": [*NO_NUMBERS, -1],
    "image_size": [28, "28", (28,), (28, 28, 1), [], {"height": 28, "width": 28}]
    + [(size, 28) for size in (*NO_NUMBERS, None, 0, -5, 2**70)],
    "flag": [0, 1, "no", "", [True]],
}
FUNCTIONS = {
    load_images: {},
    image_pipeline: {},
}
FLAGS = ("shuffle", "cache", "download")


def bad_values(function, argument):
    return BAD["flag" if argument in FLAGS else argument]


TABLE = [
    pytest.param(function, argument, value, id=f"{function.__name__}-{argument}-{value!r:.30}")
    for function in FUNCTIONS
    for argument in inspect.signature(function).parameters
    for value in bad_values(function, argument)
]


@pytest.fixture
def a_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("not a folder")
    return str(path)


@pytest.mark.parametrize(("function", "argument", "value"), TABLE)
def test_every_bad_value_is_refused(function, argument, value, a_file):
    if isinstance(value, str):
        value = value.replace("{}", a_file)
    with pytest.raises(ValueError, match=rf"(?s)\b{argument}\b.* must .*, got ") as caught:
        function(**{**FUNCTIONS[function], argument: value})
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("function", [load_images, image_pipeline])
@pytest.mark.parametrize("name", ["mnist_mini", "fashion_mini", "pneumonia_mnist", "mnist"])
@pytest.mark.parametrize("value", BAD["data_dir"])
def test_the_folder_is_checked_whatever_the_name(function, name, value, a_file):
    if isinstance(value, str):
        value = value.replace("{}", a_file)
    with pytest.raises(ValueError, match=r"data_dir.* must be the path of a folder"):
        function(name, data_dir=value)


def test_the_folder_of_the_environment(a_file, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", a_file)
    assert len(load_images("mnist_mini").x_test) == 1000
    with pytest.raises(ValueError, match=r"TFDS_DATA_DIR.* is a file"):
        load_images("mnist")
    monkeypatch.setenv("TFDS_DATA_DIR", "")
    monkeypatch.setenv("HOME", str(Path(a_file).parent))
    with pytest.raises(FileNotFoundError, match=r"tensorflow_datasets.mnist"):
        load_images("mnist", download=False)
