import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
ROC = {"VAE": ([0.0, 0.1, 1.0], [0.0, 0.8, 1.0], 0.87)}

DRAWINGS = {
    "roc": lambda: figures.plot_roc(ROC),
    "scores": lambda: figures.plot_score_histograms({"a": [1, 2, 2], "b": [3, 4]}, threshold=2.5),
}

TestEveryFigure = every_figure(DRAWINGS)


@pytest.mark.parametrize(
    ("language", "drawing", "expected"),
    [
        ("en", "roc", ["False positive rate", "VAE (AUC = 0.870)"]),
        ("fr", "roc", ["Taux de faux positifs", "VAE (AUC = 0,870)"]),
        ("en", "scores", ["Score (nats per image)", "threshold: 2.500"]),
        ("fr", "scores", ["Score (nats par image)", f"seuil{NO_BREAK}: 2,500"]),
    ],
)
def test_labels_in_both_languages(language, drawing, expected):
    plotting.set_style(language=language)
    written = texts(DRAWINGS[drawing]())
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


def test_histograms_are_shares_of_each_group():
    figure = figures.plot_score_histograms({"a": [0.0], "b": [1.0, 1, 1, 2]}, bins=2)
    first, second = figure.axes[0].patches
    assert first.get_xy()[:, 1].max() == pytest.approx(100)
    assert second.get_xy()[:, 1].max() == pytest.approx(100)  # 1 and 2 share the last bin
    assert first.get_hatch() != second.get_hatch()


@pytest.mark.parametrize(
    ("groups", "options"),
    [({}, {}), ({"a": []}, {}), ({"a": [np.nan]}, {}), ({"a": [1]}, {"threshold": np.inf}),
     ({"a": [1]}, {"bins": 0})],
)  # fmt: skip
def test_histograms_refuse(groups, options):
    with pytest.raises(ValueError, match="must"):
        figures.plot_score_histograms(groups, **options)
