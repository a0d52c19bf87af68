import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_course import figures
from vae_keras import load_chorales, plotting

pytestmark = pytest.mark.usefixtures("default_style")

X = load_chorales().x_test
DRAWINGS = {
    "one": lambda: figures.plot_piano_roll({"Bach": X[0]}, columns=1, title="a phrase"),
    "four": lambda: figures.plot_piano_roll({f"phrase {n}": X[n] for n in range(4)}),
    "silence": lambda: figures.plot_piano_roll({"nothing": np.ones((8, 4), int)}),
}

TestEveryFigure = every_figure(DRAWINGS)


def test_a_bar_for_each_note_where_the_score_has_it():
    frames = np.array([[44, 37, 32, 20], [0, 0, 0, 22], [46, 0, 1, 0]])
    figure = figures.plot_piano_roll({"three": frames})
    bars = {
        (bar.get_x(), round(bar.get_x() + bar.get_width() + 0.06, 6), bar.get_y() + 0.45)
        for bar in figure.axes[0].patches
    }
    assert bars == {
        (0.0, 1.0, 72),
        (1.0, 1.5, 74),
        (0.0, 1.5, 65),
        (0.0, 1.0, 60),
        (0.0, 0.5, 48),
        (0.5, 1.5, 50),
    }


def test_it_speaks_french():
    plotting.set_style(language="fr")
    figure = DRAWINGS["one"]()
    assert {"Hauteur", "do3", "Ténor"} <= set(texts(figure))
    assert figure.description.startswith("a phrase. Rouleaux de piano")


@pytest.mark.parametrize("wrong", [{}, [X[0]], {"a": np.zeros((3, 3))}])
def test_what_is_no_music(wrong):
    with pytest.raises(ValueError, match="must"):
        figures.plot_piano_roll(wrong)
