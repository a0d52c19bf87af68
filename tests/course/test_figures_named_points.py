import numpy as np
import pytest
from drawn_figures import every_figure, png, texts

from vae_course import figures
from vae_keras.plotting import labels

pytestmark = pytest.mark.usefixtures("default_style")

GROUPS = {
    "references": {"real digits": (5.0, 0.94), "noise": (15.0, 0.75)},
    "model": {"N(0, I)": (5.8, 0.62), "box": (6.6, 0.7)},
}

DRAWINGS = {
    "linear": lambda: figures.plot_named_points(GROUPS, xlabel="x", ylabel="y", title="t"),
    "log": lambda: figures.plot_named_points(GROUPS, xlabel="x", ylabel="y", log_x=True),
}


TestEveryFigure = every_figure(DRAWINGS)


class TestNamedPoints:
    def test_every_point_is_drawn_and_named(self):
        figure = figures.plot_named_points(GROUPS, xlabel="x", ylabel="y")
        drawn = np.concatenate([line.get_xydata() for line in figure.axes[0].lines])
        expected = [place for points in GROUPS.values() for place in points.values()]
        np.testing.assert_allclose(drawn, expected)
        written = texts(figure)
        for group, points in GROUPS.items():
            assert group in written
            assert all(name in written for name in points)

    def test_names_of_points_that_touch_do_not(self):
        figure = figures.plot_named_points(
            {"a": {"first of two": (1.0, 1.0), "second of two": (1.001, 1.0), "far": (2.0, 2.0)}},
            xlabel="x",
            ylabel="y",
        )
        png(figure)
        first, second = (text.get_window_extent() for text in figure.axes[0].texts[:2])
        assert not first.overlaps(second)

    def test_a_single_point(self):
        figure = figures.plot_named_points({"a": {"b": (3.0, 0.0)}}, xlabel="x", ylabel="y")
        assert png(figure)

    def test_plain_numbers_on_the_log_axis(self):
        labels.set_language("fr")
        figure = figures.plot_named_points(
            {"a": {"b": (0.2, 1.0), "c": (30.0, 2.0)}}, xlabel="x", ylabel="y", log_x=True
        )
        assert {"0,5", "1", "20"} <= set(texts(figure))

    @pytest.mark.parametrize("abscissas", [(5.1, 5.15, 5.2), (1000.1, 1000.2, 1000.3)])
    def test_ticks_on_the_log_axis_of_abscissas_close_to_each_other(self, abscissas):
        points = {f"p{x}": (x, 1.0) for x in abscissas}
        axes = figures.plot_named_points({"a": points}, xlabel="x", ylabel="y", log_x=True).axes[0]
        axes.figure.draw_without_rendering()
        low, high = axes.get_xlim()
        assert sum(low <= tick <= high for tick in axes.get_xticks()) >= 3
        written = [tick.get_text() for tick in axes.get_xticklabels()]
        assert len(set(written)) == len(written)

    def test_names_that_are_numbers(self):
        figure = figures.plot_named_points({0: {1: (1, 1)}}, xlabel="x", ylabel="y")
        assert figure.axes[0].texts[0].get_text() == "1"
        assert figure.legends[0].get_texts()[0].get_text() == "0"

    @pytest.mark.parametrize(
        ("groups", "message"),
        [
            ({}, "dict"),
            ({"a": {}}, "dict"),
            ({"a": {"b": (1.0, 2.0, 3.0)}}, r"the shape \(2,\)"),
            ({"a": {"b": (1.0, np.inf)}}, "finite"),
        ],
    )
    def test_refuses(self, groups, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_named_points(groups, xlabel="x", ylabel="y")

    def test_refuses_what_a_log_axis_cannot_show(self):
        with pytest.raises(ValueError, match="above 0 on a logarithmic axis"):
            figures.plot_named_points({"a": {"b": (0.0, 1.0)}}, xlabel="x", ylabel="y", log_x=True)
