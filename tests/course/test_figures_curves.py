import pytest
from drawn_figures import every_figure

from vae_course import figures

pytestmark = pytest.mark.usefixtures("default_style")


def draw():
    return figures.plot_curves([2, 4, 8], {"a": [3, 2, 1]}, xlabel="x", ylabel="y", log_x=True)


TestEveryFigure = every_figure({"curves": draw})


def test_curves_on_logarithmic_axes():
    figure = figures.plot_curves(
        [2, 4, 8], {"a": [1, 10, 100]}, xlabel="d", ylabel="e", log_x=True, log_y=True
    )
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["2", "4", "8"]


@pytest.mark.parametrize(
    ("x", "curves", "options", "message"),
    [
        ([1, 2], {"a": [1]}, {}, "each of the 2"),
        ([0, 2], {"a": [1, 2]}, {"log_x": True}, "x must be above 0 .* down to 0"),
        (
            [1, 2],
            {"a": [1, -2]},
            {"log_y": True},
            r"curves\['a'\] must be above 0 .* down to -2",
        ),
        ([[1, 2]], {"a": [1, 2]}, {}, "x must have the shape"),
    ],
)
def test_curves_refuse(x, curves, options, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_curves(x, curves, xlabel="x", ylabel="y", **options)
