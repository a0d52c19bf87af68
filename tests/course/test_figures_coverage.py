import numpy as np
import pytest
from drawn_figures import every_figure, png, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
CODES = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
DRAWS = [[0.1, 0.1], [0.9, 0.1], [3.0, 3.0], [4.0, 0.0]]  # the last two are far from every code
SPACE = (CODES, 0.5, DRAWS)

DRAWINGS = {
    "coverage": lambda: figures.plot_coverage({"one": SPACE, "two": SPACE}, title="t"),
    "coverage_alone": lambda: figures.plot_coverage({"one": SPACE}),
}


TestEveryFigure = every_figure(DRAWINGS)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["50% of the draws in a hole", "near a code", "draws in a hole"]),
        ("fr", [f"50{NO_BREAK}% des tirages dans un trou", "à portée d’un code"]),
    ],
)
def test_labels_in_both_languages(language, expected):
    plotting.set_style(language=language)
    written = "\n".join(texts(DRAWINGS["coverage"]()))
    for text in expected:
        assert text in written


class TestCoverage:
    def test_marks_the_draws_that_no_code_reaches(self):
        axes = figures.plot_coverage({"one": SPACE}).axes[0]
        codes, in_holes = axes.collections[-2:]
        np.testing.assert_allclose(codes.get_offsets(), CODES)
        np.testing.assert_allclose(in_holes.get_offsets(), DRAWS[2:])

    def test_the_panels_have_their_own_scales(self):
        wide = (np.multiply(CODES, 100), 50.0, np.multiply(DRAWS, 100))
        one, two = figures.plot_coverage({"one": SPACE, "two": wide}).axes
        assert np.ptp(two.get_xlim()) == pytest.approx(100 * np.ptp(one.get_xlim()))
        assert one.get_title() == two.get_title().replace("two", "one")  # the same share

    @pytest.mark.parametrize("draws", [[[0.0, 0.0]], [[900.0, 0.0]]])
    def test_all_draws_near_or_all_in_a_hole(self, draws):
        assert png(figures.plot_coverage({"one": (CODES, 2.0, draws)}))

    @pytest.mark.parametrize(
        ("spaces", "message"),
        [
            ({}, "dict"),
            ({"a": (CODES, 1.0)}, "codes, reach, draws"),
            ({"a": (np.ones((4, 3)), 1.0, DRAWS)}, r"codes of .*\(n, 2\)"),
            ({"a": (CODES, 1.0, np.ones((4, 3)))}, r"draws of .*\(m, 2\)"),
            ({"a": (CODES, 0.0, DRAWS)}, "above 0"),
            ({"a": (CODES, np.nan, DRAWS)}, "finite"),
        ],
    )
    def test_refuses(self, spaces, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_coverage(spaces)
