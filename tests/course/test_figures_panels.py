import numpy as np
import pytest
from drawn_figures import check_stays_on_the_page, every_figure, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NOISE = {"median": ([0.1, 0.3, 0.5], [22.0, 17.2, 14.0]), "VAE": ([0.1, 0.5], [20.5, 18.0])}
BLOCKS = {"VAE": ([4, 6, 8], [30, 28, 23]), "biharmonic": ([4, 8], [31, 20])}
PANELS = {"Noise": NOISE, "Blocks": BLOCKS, "More": NOISE}
LABELS = {"xlabel": "level", "ylabel": "PSNR (dB)"}

DRAWINGS = {
    "three": lambda: figures.plot_panels(PANELS, **LABELS, title="t"),
    "alone": lambda: figures.plot_panels({"": NOISE}, log_x=True, title="t", **LABELS),
    "a_row": lambda: figures.plot_panels(
        {"Noise": NOISE, "Blocks": BLOCKS},
        columns=2,
        xlabel={"Noise": "standard deviation", "Blocks": "side (pixels)"},
        ylabel="PSNR (dB)",
    ),
    "long_names": lambda: figures.plot_panels(
        {"p": {f"a method with a long name, number {n}": ([1, 2], [n, 3]) for n in range(7)}},
        **LABELS,
    ),
}


TestEveryFigure = every_figure(DRAWINGS)


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


@pytest.mark.parametrize("points", [2, 20])
def test_every_name_looks_different(points):
    x = np.arange(points)
    figure = figures.plot_panels({"p": {f"c{n}": (x, x + n) for n in range(36)}}, **LABELS)
    lines = figure.axes[0].lines
    assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == 36
    if points < 15:
        assert len({(line.get_marker(), str(line._dash_pattern)) for line in lines}) == 36
    with pytest.raises(ValueError, match=r"at most 36 names of curves, .* got 37"):
        figures.plot_panels({"p": {f"c{n}": (x, x) for n in range(37)}}, **LABELS)


def test_many_abscissas_of_a_log_axis_have_round_ticks_in_full():
    x = np.geomspace(1.1, 220, 12)
    axes = figures.plot_panels({"": {"c": (x, x)}}, log_x=True, **LABELS).axes[0]
    texts(axes.figure)  # places the ticks
    low, high = axes.get_xlim()
    ticks = {tick.get_position()[0]: tick.get_text() for tick in axes.get_xticklabels()}
    shown = [text for value, text in ticks.items() if low <= value <= high]
    assert shown == ["1", "3", "10", "30", "100"]


def test_each_row_has_the_ordinates_label():
    figure = figures.plot_panels(PANELS, columns=1, **LABELS)
    assert [axes.get_ylabel() for axes in figure.axes] == ["PSNR (dB)"] * 3
    figure = DRAWINGS["three"]()
    assert [axes.get_ylabel() for axes in figure.axes] == ["PSNR (dB)", "", "PSNR (dB)", ""]


def test_the_legend_of_one_column_is_as_narrow_as_it():
    names = {f"method number {n}": ([1, 2], [n, 3]) for n in range(7)}
    figure = figures.plot_panels({"a": names, "b": names}, columns=1, **LABELS)
    check_stays_on_the_page(figure)


def test_names_need_not_be_texts():
    figure = figures.plot_panels({1: NOISE, 2: BLOCKS}, xlabel={1: "a", 2: "b"}, ylabel="y")
    assert [axes.get_xlabel() for axes in figure.axes] == ["a", "b"]


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
        ({"p": {"c": [1, 2, 3]}}, {}, r"must be \(x, y\), got 3 entries"),
        ({"p": {"c": 3}}, {}, r"must be \(x, y\), got int"),
        ({"p": {"c": ([1, 2], [1])}}, {}, "one entry for each of the 2"),
        ({"p": {"c": ([1, np.nan], [1, 2])}}, {}, "finite"),
        ({"p": {"c": ([0, 1], [1, 2])}}, {"log_x": True}, "above 0 on a logarithmic axis"),
        ({"p": NOISE}, {"columns": 0}, "columns"),
        ({"p": NOISE, "q": NOISE}, {"xlabel": {"p": "level"}}, "'q' is missing"),
    ],
)
def test_refuses_what_cannot_be_drawn(panels, options, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_panels(panels, **{**LABELS, **options})
