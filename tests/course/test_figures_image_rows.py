import numpy as np
import pytest
from drawn_figures import check_stays_on_the_page, every_figure, texts

from vae_course import figures

pytestmark = pytest.mark.usefixtures("default_style")

RANDOM = np.random.default_rng(7)
ROWS = {
    "réelles": RANDOM.random((6, 8, 8, 1)),
    "a much longer\nname": RANDOM.random((6, 8, 8, 1)),
}


def draw_rows():
    return figures.plot_image_rows(ROWS, columns=list("abcdef"), xlabel="amount", title="Two rows")


TestEveryFigure = every_figure({"rows": draw_rows})


@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("rows", [1, 12])
def test_rows_of_any_size_stay_on_the_page(count, rows):
    images = RANDOM.random((count, 9, 5, 3))
    figure = figures.plot_image_rows(
        {f"row number {k}": images for k in range(rows)}, title="Title"
    )
    check_stays_on_the_page(figure)


def test_a_long_name_leaves_room_for_the_images():
    name = "a name of many words " * 5
    figure = figures.plot_image_rows({name: ROWS["réelles"]})
    (label,) = figure.axes[0].get_yticklabels()
    assert label.get_text().replace("\n", " ") == name.strip()
    check_stays_on_the_page(figure)
    assert figure.axes[0].get_window_extent().width > 0.4 * figure.bbox.width
    ordinary = figures.plot_image_rows({"x" * 40: ROWS["réelles"]})  # as wide as ever
    assert ordinary.get_size_inches()[0] == pytest.approx(min(7.0, 0.075 * 40 + 0.2 + 6 * 0.66))


def test_rows_say_their_names_and_are_in_order():
    figure = draw_rows()
    written = texts(figure)
    for text in (*ROWS, *"abcdef", "amount", "Two rows"):
        assert text in written
    canvas = figure.axes[0].images[0].get_array()
    places = figure.axes[0].get_yticks()
    assert places[0] < places[1]  # from the top
    side = canvas.shape[1] // 6
    for row, images in enumerate(ROWS.values()):
        middle = round(places[row])
        for column in (0, 5):
            pixel = canvas[middle + 2, round((column + 0.5) * side) + 2]
            # the pixel just below and right of the middle, of eight enlarged eightfold
            np.testing.assert_allclose(pixel, 1 - images[column, 4, 4, 0], atol=0.01)


def test_colours_stay_colours():
    canvas = (
        figures.plot_image_rows({"smile": RANDOM.random((3, 20, 10, 3))})
        .axes[0]
        .images[0]
        .get_array()
    )
    assert np.ptp(np.asarray(canvas), axis=-1).max() > 0.5


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ({}, {}, "rows must be a dict from names"),
        ({"a": np.zeros((2, 4, 4))}, {}, r"rows\['a'\] must have the shape"),
        ({"a": np.zeros((2, 4, 4, 2))}, {}, "1 .grey. or 3"),
        ({"a": np.full((2, 4, 4, 1), np.nan)}, {}, "finite"),
        ({"a": np.zeros((2, 4, 4, 1)), "b": np.zeros((3, 4, 4, 1))}, {}, "All rows must have one"),
        ({"a": np.zeros((2, 4, 4, 1))}, {"columns": ["x"]}, "columns must have one entry"),
        ({"a": np.zeros((2, 4, 4, 1))}, {"colormap": "no"}, "colormap must be the name .* 'no'"),
    ],
)
def test_rows_refuse(rows, options, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_image_rows(rows, **options)
