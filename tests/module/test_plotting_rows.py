"""Rows of images and tables of correlations."""

import itertools

import numpy as np
import pytest
from drawn_figures import check_stays_on_the_page, every_figure, texts

from vae_keras import plotting
from vae_keras.plotting import plot_correlations, plot_image_rows

pytestmark = pytest.mark.usefixtures("default_style")

rng = np.random.default_rng(0)
GREY = {"réelles": rng.random((6, 8, 8, 1)), "a much longer\nname": rng.random((6, 8, 8, 1))}
COLOUR = {"smile": rng.random((3, 20, 10, 3))}
TABLES = {"β = 1": rng.uniform(-1, 1, (3, 5)), "β = 8": rng.uniform(-1, 1, (3, 5))}


def draw_rows():
    return plot_image_rows(GREY, columns=list("abcdef"), xlabel="amount", title="Two rows")


def draw_tables():
    return plot_correlations(
        TABLES, rows=["smile", "hue", "gaze"], columns=range(1, 6), xlabel="axis", title="Two"
    )


TestEveryFigure = every_figure({"rows": draw_rows, "tables": draw_tables})


@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("rows", [1, 12])
def test_rows_of_any_size_stay_on_the_page(count, rows):
    images = rng.random((count, 9, 5, 3))
    figure = plot_image_rows({f"row number {k}": images for k in range(rows)}, title="Title")
    check_stays_on_the_page(figure)


def test_a_long_name_leaves_room_for_the_images():
    name = "a name of many words " * 5
    figure = plot_image_rows({name: GREY["réelles"]})
    (label,) = figure.axes[0].get_yticklabels()
    assert label.get_text().replace("\n", " ") == name.strip()
    check_stays_on_the_page(figure)
    assert figure.axes[0].get_window_extent().width > 0.4 * figure.bbox.width
    ordinary = plot_image_rows({"x" * 40: GREY["réelles"]})  # as wide as ever
    assert ordinary.get_size_inches()[0] == pytest.approx(min(7.0, 0.075 * 40 + 0.2 + 6 * 0.66))


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


def test_rows_say_their_names_and_are_in_order():
    figure = draw_rows()
    written = texts(figure)
    for text in (*GREY, *"abcdef", "amount", "Two rows"):
        assert text in written
    canvas = figure.axes[0].images[0].get_array()
    places = figure.axes[0].get_yticks()
    assert places[0] < places[1]  # from the top
    side = canvas.shape[1] // 6
    for row, images in enumerate(GREY.values()):
        middle = round(places[row])
        for column in (0, 5):
            pixel = canvas[middle + 2, round((column + 0.5) * side) + 2]
            # the pixel just below and right of the middle, of eight enlarged eightfold
            np.testing.assert_allclose(pixel, 1 - images[column, 4, 4, 0], atol=0.01)


def test_colours_stay_colours():
    canvas = plot_image_rows(COLOUR).axes[0].images[0].get_array()
    assert np.ptp(np.asarray(canvas), axis=-1).max() > 0.5


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ({}, {}, "rows must be a dict from names"),
        ({"a": np.zeros((2, 4, 4))}, {}, r"rows\['a'\] must have shape"),
        ({"a": np.zeros((2, 4, 4, 2))}, {}, "1 .grey. or 3"),
        ({"a": np.full((2, 4, 4, 1), np.nan)}, {}, "finite"),
        ({"a": np.zeros((2, 4, 4, 1)), "b": np.zeros((3, 4, 4, 1))}, {}, "All rows must have one"),
        ({"a": np.zeros((2, 4, 4, 1))}, {"columns": ["x"]}, "columns must have one entry"),
        ({"a": np.zeros((2, 4, 4, 1))}, {"colormap": "no"}, "colormap must be the name .* 'no'"),
    ],
)
def test_rows_refuse(rows, options, message):
    with pytest.raises(ValueError, match=message):
        plot_image_rows(rows, **options)


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
        ({"a": np.zeros(3)}, {}, r"must have shape \(num_rows, num_columns\)"),
        ({"a": np.zeros((2, 3))}, {}, r"columns must have one entry for each of the 3"),
        ({"a": np.zeros((3, 2))}, {}, r"rows must have one entry for each of the 3"),
        ({"a": np.full((2, 2), 1.5)}, {}, r"must hold correlations in \[-1, 1\]"),
        ({"a": np.full((2, 2), np.nan)}, {}, "finite"),
    ],
)
def test_tables_refuse(tables, options, message):
    with pytest.raises(ValueError, match=message):
        plot_correlations(tables, rows="ab", columns="cd", **options)
