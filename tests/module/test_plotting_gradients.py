import matplotlib
import numpy as np
import pytest
from drawn_figures import every_figure, texts
from matplotlib.patches import FancyArrowPatch

from vae_keras import plotting
from vae_keras.plotting import gradients

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
AXES = {"xlabel": "K", "ylabel": "variance"}
MEASURED = {"raw": [11.0, 5.2, 2.4], "calm": [1.1, 0.4, 0.3]}
EXACT = {"raw": [10.0, 5.0, 2.5], "calm": [1.0, 0.5, 0.25]}


def draw_estimates(**changes):
    arguments = {"x": [1, 2, 4], "measured": MEASURED, "exact": EXACT, **AXES} | changes
    return plotting.plot_estimates(**arguments)


DRAWINGS = {
    "paths": lambda: plotting.plot_gradient_paths(),
    "paths_titled": lambda: plotting.plot_gradient_paths(title="t"),
    "estimates": lambda: draw_estimates(title="t"),
    "estimates_log": lambda: draw_estimates(log_x=True, log_y=True),
}


class TestEveryFigure(every_figure(DRAWINGS)):
    @pytest.mark.parametrize(
        ("language", "drawing", "expected"),
        [
            ("en", "paths", ["The draw is on the path", "Encoder", "computation", "gradient"]),
            ("fr", "paths", ["Le bruit est à côté du chemin", "Encodeur", "calcul", "None"]),
            ("en", "estimates", ["point: measured, line: exact", "raw"]),
            ("fr", "estimates", [f"point{NO_BREAK}: mesuré, trait{NO_BREAK}: exact"]),
        ],
    )
    def test_labels_in_both_languages(self, language, drawing, expected):
        plotting.set_style(language=language)
        written = "\n".join(texts(DRAWINGS[drawing]()))
        for text in expected:
            assert text in written


class TestGradientPaths:
    def arrows(self, axes, color):
        patches = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
        wanted = matplotlib.colors.to_rgba(color)
        return [patch for patch in patches if patch.get_edgecolor() == wanted]

    def test_the_gradient_stops_at_the_draw_and_passes_beside_the_noise(self):
        cut, whole = plotting.plot_gradient_paths().axes
        assert len(self.arrows(cut, gradients._BACKWARD)) == 1  # from f to z only
        assert len(self.arrows(whole, gradients._BACKWARD)) == 5

    def test_only_the_noise_adds_a_computation(self):
        cut, whole = plotting.plot_gradient_paths().axes
        assert len(self.arrows(cut, gradients.MUTED)) == 5
        assert len(self.arrows(whole, gradients.MUTED)) == 6

    def test_values_do_not_overlap(self):
        figure = plotting.plot_gradient_paths()
        figure.draw_without_rendering()
        for axes in figure.axes:
            boxes = [text.get_window_extent() for text in axes.texts]
            for index, box in enumerate(boxes):
                assert not any(box.overlaps(other) for other in boxes[index + 1 :])


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
            ({"x": [0, 1, 2], "log_x": True}, "x goes down to 0"),
            ({"exact": {"raw": [1, 0, 2]}, "log_y": True}, "exact.*goes down to 0"),
            ({"measured": MEASURED | {"raw": [1, -1, 2]}, "log_y": True}, "goes down to -1"),
        ],
    )
    def test_refuses_what_cannot_be_drawn(self, changes, message):
        with pytest.raises(ValueError, match=message):
            draw_estimates(**changes)
