import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
AXES = {"xlabel": "K", "ylabel": "variance"}
MEASURED = {"raw": [11.0, 5.2, 2.4], "calm": [1.1, 0.4, 0.3]}
EXACT = {"raw": [10.0, 5.0, 2.5], "calm": [1.0, 0.5, 0.25]}


def draw_estimates(**changes):
    arguments = {"x": [1, 2, 4], "measured": MEASURED, "exact": EXACT, **AXES} | changes
    return figures.plot_estimates(**arguments)


DRAWINGS = {
    "linear": lambda: draw_estimates(title="t"),
    "log": lambda: draw_estimates(log_x=True, log_y=True),
}


class TestEveryFigure(every_figure(DRAWINGS)):
    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            ("en", ["point: measured, line: exact", "raw"]),
            ("fr", [f"point{NO_BREAK}: mesuré, trait{NO_BREAK}: exact"]),
        ],
    )
    def test_labels_in_both_languages(self, language, expected):
        plotting.set_style(language=language)
        written = "\n".join(texts(DRAWINGS["linear"]()))
        for text in expected:
            assert text in written


class TestEstimates:
    def test_measures_are_points_and_formulas_lines_of_one_colour(self):
        (axes,) = draw_estimates().axes
        lines = [line for line in axes.lines if len(line.get_xdata())]
        assert len(lines) == 4
        for formula, measure, name in zip(lines[::2], lines[1::2], MEASURED, strict=True):
            assert formula.get_color() == measure.get_color()
            assert formula.get_marker() in ("", "None")
            assert measure.get_linestyle() == "None"
            assert measure.get_marker() != ""
            assert formula.get_ydata().tolist() == EXACT[name]
            assert measure.get_ydata().tolist() == MEASURED[name]

    def test_lines_follow_the_abscissas_in_any_order(self):
        (axes,) = draw_estimates(x=[4, 1, 2]).axes
        formula, measure = [line for line in axes.lines if len(line.get_xdata())][:2]
        assert formula.get_xydata().tolist() == [[1, 5], [2, 2.5], [4, 10]]
        assert measure.get_ydata().tolist() == MEASURED["raw"]

    def test_names_differ_in_stroke_and_marker(self):
        (axes,) = draw_estimates().axes
        first, second = [line for line in axes.lines if not len(line.get_xdata())]
        assert first.get_linestyle() != second.get_linestyle()
        assert first.get_marker() != second.get_marker()

    def test_a_measure_without_formula_is_drawn(self):
        figure = draw_estimates(exact={"raw": EXACT["raw"]})
        lines = [line for line in figure.axes[0].lines if len(line.get_xdata())]
        assert len(lines) == 3
        assert "calm" in texts(figure)

    def test_the_legend_has_one_entry_a_name_outside_the_axes(self):
        figure = draw_estimates()
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == list(MEASURED)
        figure.draw_without_rendering()
        assert not legend.get_window_extent().overlaps(figure.axes[0].get_window_extent())

    def test_logarithmic_axes_write_their_abscissas(self):
        (axes,) = draw_estimates(x=[0.5, 2, 10], log_x=True, log_y=True).axes
        assert axes.get_xscale() == axes.get_yscale() == "log"
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.5", "2", "10"]

    def test_french_decimal_comma_on_a_logarithmic_axis(self):
        plotting.set_style(language="fr")
        assert "0,5" in texts(draw_estimates(x=[0.5, 2, 10], log_x=True))

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"measured": {}}, "measured must be a dict"),
            ({"exact": [1, 2, 4]}, "exact must be a dict"),
            ({"exact": {"cold": [1, 2, 3]}}, "'raw', 'calm', got 'cold' as well"),
            ({"measured": MEASURED | {"raw": [1, 2]}}, r"measured\['raw'\] must have one entry"),
            ({"exact": {"raw": [1, 2]}}, r"exact\['raw'\] must have one entry"),
            ({"exact": {"raw": [1, 2, np.nan]}}, "must be finite"),
            ({"x": [0, 1, 2], "log_x": True}, "x must be above 0 .* down to 0"),
            ({"exact": {"raw": [1, 0, 2]}, "log_y": True}, "exact.* down to 0"),
            ({"measured": MEASURED | {"raw": [1, -1, 2]}, "log_y": True}, "down to -1"),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, changes, message):
        with pytest.raises(ValueError, match=message):
            draw_estimates(**changes)
