import numpy as np
import pytest
from drawn_figures import (
    check_draws_without_a_warning,
    check_same_twice,
    check_writes_nothing_outside_the_page,
    texts,
)

from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NOISE = {"median": ([0.1, 0.3, 0.5], [22.0, 17.2, 14.0]), "VAE": ([0.1, 0.5], [20.5, 18.0])}
BLOCKS = {"VAE": ([4, 6, 8], [30, 28, 23]), "biharmonic": ([4, 8], [31, 20])}
PANELS = {"Noise": NOISE, "Blocks": BLOCKS, "More": NOISE}
LABELS = {"xlabel": "level", "ylabel": "PSNR (dB)"}

DRAWINGS = {
    "three": lambda: plotting.plot_panels(PANELS, **LABELS, title="t"),
    "alone": lambda: plotting.plot_panels({"": NOISE}, log_x=True, title="t", **LABELS),
    "a_row": lambda: plotting.plot_panels(
        {"Noise": NOISE, "Blocks": BLOCKS},
        columns=2,
        xlabel={"Noise": "standard deviation", "Blocks": "side (pixels)"},
        ylabel="PSNR (dB)",
    ),
    "long_names": lambda: plotting.plot_panels(
        {"p": {f"a method with a long name, number {n}": ([1, 2], [n, 3]) for n in range(7)}},
        **LABELS,
    ),
}


@pytest.mark.parametrize("name", DRAWINGS)
class TestEveryFigure:
    def test_is_a_figure_that_draws_without_a_warning(self, name):
        check_draws_without_a_warning(DRAWINGS[name])

    def test_is_the_same_twice(self, name):
        check_same_twice(DRAWINGS[name])

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_writes_nothing_outside_the_page(self, name, language):
        check_writes_nothing_outside_the_page(DRAWINGS[name], language)


def test_a_name_looks_the_same_in_every_panel_and_is_once_in_the_legend():
    figure = DRAWINGS["three"]()
    looks = {
        (line.get_label(), line.get_color(), line.get_linestyle(), line.get_marker())
        for axes in figure.axes
        for line in axes.lines
    }
    assert sorted(look[0] for look in looks) == ["VAE", "biharmonic", "median"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["median", "VAE", "biharmonic"]


def test_draws_the_values_given():
    figure = DRAWINGS["a_row"]()
    line = figure.axes[1].lines[1]
    np.testing.assert_array_equal(line.get_xydata(), [[4, 31], [8, 20]])
    assert [axes.get_xlabel() for axes in figure.axes] == ["standard deviation", "side (pixels)"]


def test_a_place_that_is_left_over_stays_empty():
    figure = DRAWINGS["three"]()
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]


def test_decimal_commas_in_french():
    plotting.set_style(language="fr")
    written = texts(DRAWINGS["three"]())
    assert any("{,}" in text for text in written)


@pytest.mark.parametrize(
    ("panels", "options", "message"),
    [
        ({}, {}, "panels must be a dict"),
        ({"p": {}}, {}, r"panels\['p'\] must be a dict"),
        ({"p": {"c": [1, 2, 3]}}, {}, "pair"),
        ({"p": {"c": 3}}, {}, "pair"),
        ({"p": {"c": ([1, 2], [1])}}, {}, "one entry for each of the 2"),
        ({"p": {"c": ([1, np.nan], [1, 2])}}, {}, "finite"),
        ({"p": {"c": ([0, 1], [1, 2])}}, {"log_x": True}, "positive"),
        ({"p": NOISE}, {"columns": 0}, "columns"),
        ({"p": NOISE, "q": NOISE}, {"xlabel": {"p": "level"}}, "'q' is missing"),
    ],
)
def test_refuses_what_cannot_be_drawn(panels, options, message):
    with pytest.raises(ValueError, match=message):
        plotting.plot_panels(panels, **{**LABELS, **options})
