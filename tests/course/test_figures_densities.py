import numpy as np
import pytest
from drawn_figures import every_figure

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

LINE = np.linspace(-4, 4, 81)
BELL = np.exp(-0.5 * LINE**2) / np.sqrt(2 * np.pi)
NARROW = 2 * np.exp(-2 * (LINE - 1) ** 2) / np.sqrt(2 * np.pi)
DRAWS = np.random.default_rng(3).standard_normal((500, 2))
PLANE = (LINE, LINE, np.outer(BELL, BELL))
SHIFTED = (LINE, LINE, np.outer(BELL, NARROW))

DRAWINGS = {
    "line": lambda: figures.plot_densities(LINE, {"prior": BELL, "posterior": NARROW}),
    "line_samples": lambda: figures.plot_densities(
        LINE, {"prior": BELL}, samples={"draws": DRAWS[:, 0], "others": DRAWS[:, 1]}, title="t"
    ),
    "plane": lambda: figures.plot_density_plane({"p": PLANE, "q": SHIFTED}, title="t"),
    "plane_all": lambda: figures.plot_density_plane(
        {"p": PLANE},
        points={"draws": DRAWS},
        lines={"decoder": [[-1, -1], [2, 2]]},
        marks={"observed": [0.5, 1.0], "mean": [0, 0]},
    ),
    "plane_points": lambda: figures.plot_density_plane(points={"draws": DRAWS}),
}


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


TestEveryFigure = every_figure(DRAWINGS)


class TestDensities:
    def test_draws_the_densities_as_given(self):
        axes = DRAWINGS["line"]().axes[0]
        first, second = axes.lines
        np.testing.assert_allclose(first.get_xydata(), np.stack([LINE, BELL], axis=1))
        np.testing.assert_allclose(second.get_ydata(), NARROW)
        assert first.get_linestyle() != second.get_linestyle()
        assert axes.get_xlim() == (-4, 4)
        assert axes.get_ylim()[0] == 0

    def test_histograms_have_area_one(self):
        (histogram, other) = DRAWINGS["line_samples"]().axes[0].patches
        x, y = histogram.get_xy().T
        shoelace = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
        assert shoelace == pytest.approx(1)
        assert histogram.get_hatch() != other.get_hatch()

    def test_names_stand_in_the_legend_and_the_axis_in_the_language(self):
        plotting.set_style(language="fr")
        figure = DRAWINGS["line_samples"]()
        assert set(legend_texts(figure)) == {"prior", "draws", "others"}
        assert figure.axes[0].get_ylabel() == "Densité"

    @pytest.mark.parametrize(
        ("x", "densities", "samples", "message"),
        [
            (LINE, {}, None, "dict from names"),
            (LINE, {"p": BELL[1:]}, None, "each of the 81"),
            (LINE, {"p": np.log(BELL)}, None, "not its logarithm"),
            (LINE, {"p": np.full(81, np.nan)}, None, "finite"),
            (LINE[::-1], {"p": BELL}, None, "above the one before"),
            ([0.0], {"p": [1.0]}, None, "2 entries at least"),
            (LINE, {"p": BELL}, {"s": []}, "1 entry at least"),
            (LINE, {"p": BELL}, {"s": DRAWS}, "shape"),
            (LINE, {"p": BELL}, [1, 2], "samples must be a dict from names"),
            (LINE, {"p": BELL}, DRAWS, "samples must be a dict from names"),
        ],
    )
    def test_refuses(self, x, densities, samples, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_densities(x, densities, samples=samples)


class TestDensityPlane:
    def test_regions_hold_the_shares_they_claim(self):
        """Of N(0, I), the regions are discs whose radii are known."""
        figure = figures.plot_density_plane({"p": PLANE})
        outlines = next(each for each in figure.axes[0].collections if not each.get_fill())
        radii = sorted(
            np.linalg.norm(path.vertices, axis=1).mean() for path in outlines.get_paths()
        )
        expected = [plotting.prior_radius(share) for share in (0.5, 0.95)]
        np.testing.assert_allclose(radii, expected, rtol=0.05)

    def test_a_factor_changes_nothing(self):
        x, y, values = PLANE
        levels = [
            figures.densities._levels("p", x, y, scale * values) / scale
            for scale in (np.float64(1), np.float64(1e-30))
        ]
        np.testing.assert_allclose(*levels)

    def test_rows_are_ordinates(self):
        """A density moved to the right is drawn to the right."""
        figure = figures.plot_density_plane({"q": SHIFTED})
        outlines = next(each for each in figure.axes[0].collections if not each.get_fill())
        vertices = np.concatenate([path.vertices for path in outlines.get_paths()])
        x, y = (vertices.max(axis=0) + vertices.min(axis=0)) / 2
        assert x == pytest.approx(1, abs=0.1)
        assert y == pytest.approx(0, abs=0.1)

    def test_shows_what_is_drawn_not_the_corners_of_the_grid(self):
        wide = np.linspace(-40, 40, 801)
        bell = np.exp(-0.5 * wide**2)
        figure = figures.plot_density_plane({"p": (wide, wide, np.outer(bell, bell))})
        figure.draw_without_rendering()
        low, high = figure.axes[0].get_ylim()
        assert -4 < low < -2.4
        assert 2.4 < high < 4

    def test_names_stand_in_the_legend(self):
        figure = DRAWINGS["plane_all"]()
        assert legend_texts(figure) == ["50% and 95% of p", "draws", "decoder", "observed", "mean"]

    def test_lines_and_densities_differ(self):
        figure = figures.plot_density_plane(
            {"p": PLANE, "q": SHIFTED}, lines={"a": [[0, 0], [1, 1]], "b": [[0, 1], [1, 0]]}
        )
        strokes = [handle.get_linestyle() for handle in figure.legends[0].get_lines()]
        assert len(set(strokes)) == 3

    @pytest.mark.parametrize(
        ("densities", "options", "message"),
        [
            (None, {}, "nothing to draw"),
            ({"p": BELL}, {}, r"\(x, y, values\)"),
            ({"p": (LINE, LINE[1:], PLANE[2])}, {}, r"must have the shape \(80, 81\)"),
            ({"p": (LINE, LINE, -PLANE[2])}, {}, "not its logarithm"),
            ({"p": (LINE, LINE, 0 * PLANE[2])}, {}, "0 on all of its grid"),
            ({"p": (LINE, LINE, PLANE[2] ** 400)}, {}, "too coarse"),
            ({"p": (LINE, LINE, np.ones((81, 81)))}, {}, "too coarse"),
            (None, {"points": {"a": [1.0, 2.0]}}, "shape"),
            (None, {"lines": {"a": [[1.0, 2.0, 3.0]]}}, r"lines.*shape \(k, 2\)"),
            (None, {"marks": {"a": [1.0]}}, r"marks.*shape \(2,\)"),
            (None, {"marks": {"a": None}}, "marks.*array of numbers, got NoneType"),
            (None, {"marks": [1.0, 2.0]}, "marks must be a dict from names"),
            ([1], {}, "densities must be a dict from names"),
            (None, {"points": [[1, 2]]}, "points must be a dict from names"),
            (None, {"lines": DRAWS}, "lines must be a dict from names"),
        ],
    )
    def test_refuses(self, densities, options, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_density_plane(densities, **options)
