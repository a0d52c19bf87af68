"""What is true of all figures: their look, their language, and what they leave alone."""

import ast
import inspect
import re
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from drawn_figures import texts

from vae_keras import plotting
from vae_keras.plotting import labels, style

pytestmark = pytest.mark.usefixtures("default_style")


def test_leaves_nothing_open():
    from matplotlib import pyplot

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(30):
            plotting.plot_images(np.zeros((7, 5, 4, 1)))
    assert pyplot.get_fignums() == []


def test_needs_neither_tensorflow_nor_pyplot():
    for path in Path(plotting.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert not re.search(r"\b(tensorflow|keras|pyplot)\b", ast.unparse(node))


def test_speaks_english_unless_told():
    assert "Epoch" in texts(plotting.plot_history({"loss": [1.0]}))


def test_french_typography():
    for english, french in labels.label.values():
        assert english
        assert french
        assert " :" not in french
        assert " %" not in french
        assert "'" not in french


def test_refuses_an_unknown_language_and_changes_nothing():
    plotting.set_style(language="fr")
    with pytest.raises(ValueError, match=r"one of \('en', 'fr'\), got 'de'"):
        plotting.set_style(language="de")
    assert labels.label("epoch") == "Époque"


def test_a_zero_has_no_sign():
    assert labels.number(-0.001) == "0.00"


def test_class_colors_differ_in_grey():
    red_green_blue = np.array([matplotlib.colors.to_rgb(color) for color in style.CLASS_COLORS])
    linear = np.where(
        red_green_blue <= 0.04045,
        red_green_blue / 12.92,
        ((red_green_blue + 0.055) / 1.055) ** 2.4,
    )
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert len(lightness) == 10
    assert np.diff(np.sort(lightness)).min() > 6


@pytest.mark.parametrize("name", [name for name in plotting.__all__ if name.startswith("plot_")])
def test_takes_a_description_in_one_s_own_words(name):
    assert "description" in inspect.signature(getattr(plotting, name)).parameters
