import itertools

import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_course.figures import plot_correlations
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

RANDOM = np.random.default_rng(0)
TABLES = {"β = 1": RANDOM.uniform(-1, 1, (3, 5)), "β = 8": RANDOM.uniform(-1, 1, (3, 5))}


def draw_tables():
    return plot_correlations(
        TABLES, rows=["smile", "hue", "gaze"], columns=range(1, 6), xlabel="axis", title="Two"
    )


TestEveryFigure = every_figure({"tables": draw_tables})


def test_the_titles_of_tables_are_wrapped():
    names = ("β = 1", "a name that is much wider", "another that is")
    tables = dict.fromkeys(names, np.eye(2))
    figure = plot_correlations(tables, rows="ab", columns="cd")
    figure.draw_without_rendering()
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    assert all(one.x1 <= other.x0 for one, other in itertools.pairwise(boxes))
    for axes, name in zip(figure.axes, names, strict=True):
        assert axes.get_title().replace("\n", " ") == name
    size = draw_tables().get_size_inches()
    np.testing.assert_allclose(size, [0.08 * 5 + 0.3 + 2 * 5 * 0.38, 3 * 0.34 + 1.1])


def test_tables_write_their_numbers_and_shade_by_strength():
    plotting.set_style(language="fr")
    figure = plot_correlations({"one": [[1.0, -0.5], [0.04, 0.0]]}, rows="ab", columns="cd")
    written = texts(figure)
    for text in ("1,0", "−0,5", "0,0", "one", *"abcd"):
        assert text in written
    shades = figure.axes[0].images[0]
    np.testing.assert_allclose(shades.get_array(), [[1, 0.5], [0.04, 0]])
    assert shades.get_clim() == (0, 1)


@pytest.mark.parametrize(
    ("tables", "options", "message"),
    [
        ({}, {}, "matrices must be a dict"),
        ({"a": np.zeros(3)}, {}, r"must have the shape \(num_rows, num_columns\)"),
        ({"a": np.zeros((2, 3))}, {}, r"columns must have one entry for each of the 3"),
        ({"a": np.zeros((3, 2))}, {}, r"rows must have one entry for each of the 3"),
        ({"a": np.full((2, 2), 1.5)}, {}, r"must hold correlations in \[-1, 1\]"),
        ({"a": np.full((2, 2), np.nan)}, {}, "finite"),
    ],
)
def test_tables_refuse(tables, options, message):
    with pytest.raises(ValueError, match=message):
        plot_correlations(tables, rows="ab", columns="cd", **options)
