import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

ROC = {"VAE": ([0.0, 0.1, 1.0], [0.0, 0.8, 1.0], 0.87)}

TestEveryFigure = every_figure({"roc": lambda: figures.plot_roc(ROC)})


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["False positive rate", "VAE (AUC = 0.870)"]),
        ("fr", ["Taux de faux positifs", "VAE (AUC = 0,870)"]),
    ],
)
def test_labels_in_both_languages(language, expected):
    plotting.set_style(language=language)
    written = texts(figures.plot_roc(ROC))
    assert set(expected) <= set(written)


def test_french_ticks_have_decimal_commas():
    plotting.set_style(language="fr")
    written = texts(figures.plot_roc(ROC))
    assert any("0{,}2" in text for text in written)
    assert not any("0.2" in text for text in written)


def test_roc_draws_each_curve_and_chance():
    figure = figures.plot_roc(ROC | {"PCA": ([0, 1], [0, 1], 0.5)})
    first, second, chance = figure.axes[0].lines
    assert first.get_xydata().tolist() == [[0, 0], [0.1, 0.8], [1, 1]]
    assert chance.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert len({line.get_linestyle() for line in (first, second, chance)}) == 3


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (([0, 1], [0, 1]), "auc"),
        (3, "auc"),
        (([0, 1], [0, 0.5, 1], 0.5), "each of the 2"),
        (([0, 100], [0, 100], 0.5), "fractions"),
        (([0, 1], [0, 1], np.nan), "finite"),
    ],
)
def test_roc_refuses(curve, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_roc({"VAE": curve})
