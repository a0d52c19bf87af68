import matplotlib
import numpy as np
import pytest
from drawn_figures import every_figure, png, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
RATES, DISTORTIONS, BETAS = [96.0, 8.0, 5.0, 1.5], [164.0, 164.0, 165.0, 183.0], [0, 0.3, 1, 10]

DRAWINGS = {
    "inside": lambda: figures.plot_rate_distortion(RATES, DISTORTIONS, BETAS, title="t"),
    "beyond": lambda: figures.plot_rate_distortion(
        RATES, DISTORTIONS, BETAS, max_rate=10, title="t"
    ),
}


TestEveryFigure = every_figure(DRAWINGS)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Rate: ", "β = 0.3", "rate: 96 nats", "−ELBO = 170.0"]),
        ("fr", [f"Débit{NO_BREAK}: ", "β = 0,3", f"débit{NO_BREAK}: 96 nats"]),
    ],
)
def test_labels_in_both_languages(language, expected):
    plotting.set_style(language=language)
    written = "\n".join(texts(DRAWINGS["beyond"]()))
    for text in expected:
        assert text in written


class TestRateDistortion:
    def test_the_line_of_the_best_elbo_goes_through_the_best_model(self):
        axes = figures.plot_rate_distortion(RATES, DISTORTIONS, BETAS).axes[0]
        best = next(line for line in axes.lines if line.get_linestyle() == "--")
        assert best.get_xydata().sum(axis=1) == pytest.approx([170.0, 170.0])

    def test_the_curve_follows_the_rates(self):
        curve = figures.plot_rate_distortion(RATES[::-1], DISTORTIONS[::-1], BETAS).axes[0].lines
        assert list(curve[0].get_xdata()) == sorted(RATES)

    def test_a_single_model_without_rate(self):
        assert png(figures.plot_rate_distortion([0.0], [200.0], [30]))

    @pytest.mark.parametrize(
        ("rates", "distortions", "max_rate"),
        [
            ([5.0, 5.05, 5.1, 9.0], [165.0, 164.9, 164.8, 160.0], None),
            ([96.0, 120.0, 8.0, 1.5], [164.0, 164.0, 164.0, 183.0], 10),
            ([96.0, 97.0, 98.0, 1.5], [164.0, 164.0, 164.1, 183.0], 10),
        ],
    )
    def test_no_label_hides_another(self, rates, distortions, max_rate):
        figure = figures.plot_rate_distortion(
            rates, distortions, [0.3, 0.1, 1, 3], max_rate=max_rate
        )
        figure.draw_without_rendering()
        # The text alone: `Annotation.get_window_extent` takes in the annotated point.
        boxes = [
            matplotlib.text.Text.get_window_extent(text).shrunk(1, 0.9)
            for text in figure.axes[0].texts
        ]
        for index, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[index + 1 :])

    def test_labels_with_room_stand_above_their_points(self):
        figure = figures.plot_rate_distortion(RATES, DISTORTIONS, BETAS, max_rate=20)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        points = axes.transData.transform(list(zip(RATES, DISTORTIONS, strict=True)))
        for text, (x, y) in list(zip(axes.texts, points, strict=True))[1:]:
            box = matplotlib.text.Text.get_window_extent(text)
            assert 0 < (box.x0 - x) * 72 / figure.dpi < 10  # points of 1/72 inch
            assert 0 < (box.y0 - y) * 72 / figure.dpi < 10

    @pytest.mark.parametrize("language", ["en", "fr"])
    @pytest.mark.parametrize("distortions", [[3165.25], [3165.25, 3165.2501]])
    def test_distortions_that_are_all_but_equal(self, distortions, language):
        plotting.set_style(language=language)
        count = len(distortions)
        axes = figures.plot_rate_distortion([5.0] * count, distortions, [1] * count).axes[0]
        axes.figure.draw_without_rendering()
        low, high = axes.get_ylim()
        assert high - low > 1
        assert low < min(distortions) <= max(distortions) < high
        assert axes.yaxis.get_offset_text().get_text() == ""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([1.0, 2.0], [1.0], [1, 2]), "distortions"),
            (([1.0], [1.0], [1, 2]), "betas"),
            (([-1.0], [1.0], [1]), "at least 0"),
            (([np.inf], [1.0], [1]), "finite"),
            (([1.0], [1.0], [-1]), "betas must be at least 0"),
        ],
    )
    def test_refuses(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_rate_distortion(*arguments)

    @pytest.mark.parametrize("max_rate", [0.1, np.nan, np.inf, "a"])
    def test_refuses_an_edge_that_is_no_number_or_below_every_rate(self, max_rate):
        with pytest.raises(ValueError, match="max_rate"):
            figures.plot_rate_distortion(RATES, DISTORTIONS, BETAS, max_rate=max_rate)
