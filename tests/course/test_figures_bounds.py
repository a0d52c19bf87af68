import numpy as np
import pytest
from drawn_figures import every_figure, png, texts

from vae_course import figures
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
SPLITS = {"wide": (-3.0, 0.75), "narrow": (-2.5, 0.25), "exact": (-2.25, 0.0)}
WEIGHTS = [0.1, 0.5, 1.2, 2.4]
GAUSSIANS = {
    "a": ([0.5, 0.0], [[1.0, 0.6], [0.6, 1.0]]),
    "b": ([0.0, 0.0], [[0.5, 0.0], [0.0, 2.0]]),
}

DRAWINGS = {
    "split": lambda: figures.plot_evidence_split(SPLITS, title="t"),
    "jensen": lambda: figures.plot_jensen_gap(WEIGHTS, title="t"),
    "ellipses": lambda: figures.plot_gaussian_ellipses(GAUSSIANS, title="t"),
}


TestEveryFigure = every_figure(DRAWINGS)


@pytest.mark.parametrize(
    ("language", "drawing", "expected"),
    [
        ("en", "split", ["ELBO = −3.00", "KL = 0.75", "= −2.25"]),
        ("fr", "split", ["ELBO = −3,00", "KL = 0,75", "= −2,25"]),
        ("en", "jensen", ["mean of the logs", "gap: 0.53 nat", "log w"]),
        ("fr", "jensen", ["moyenne des log", f"écart{NO_BREAK}: 0,53 nat"]),
        ("en", "ellipses", ["Ellipses of 95%"]),
        ("fr", "ellipses", [f"Ellipses à 95{NO_BREAK}%"]),
    ],
)
def test_labels_in_both_languages(language, drawing, expected):
    plotting.set_style(language=language)
    written = "\n".join(texts(DRAWINGS[drawing]()))
    for text in expected:
        assert text in written


class TestEvidenceSplit:
    def test_every_bar_ends_at_the_evidence_and_is_cut_at_the_elbo(self):
        axes = figures.plot_evidence_split(SPLITS).axes[0]
        elbo_bars, kl_bars = axes.containers
        for (elbo, kl), left, right in zip(SPLITS.values(), elbo_bars, kl_bars, strict=True):
            assert left.get_x() + left.get_width() == pytest.approx(elbo)
            assert right.get_x() == pytest.approx(elbo)
            assert right.get_x() + right.get_width() == pytest.approx(elbo + kl)

    def test_one_q_that_is_exact(self):
        assert png(figures.plot_evidence_split({"exact": (-2.0, 0.0)}))

    @pytest.mark.parametrize("language", ["en", "fr"])
    @pytest.mark.parametrize(
        "splits", [{"a": (-3.1234, 0.0)}, {"a": (-3123.4, 1e-4), "b": (-3123.4, 0.0)}]
    )
    def test_ticks_of_parts_that_are_all_but_equal(self, splits, language):
        plotting.set_style(language=language)
        axes = figures.plot_evidence_split(splits).axes[0]
        axes.figure.draw_without_rendering()
        assert axes.xaxis.get_offset_text().get_text() == ""
        assert np.ptp(axes.get_xlim()) > 0.045

    @pytest.mark.parametrize(
        ("splits", "message"),
        [
            ({}, "dict"),
            ({"a": (-3.0, 1.0, 0.0)}, r"the shape \(2,\)"),
            ({"a": (-3.0, -1.0)}, "at least 0"),
            ({"a": (-3.0, 1.0), "b": (-3.0, 2.0)}, "same for every q"),
            ({"a": (np.nan, 1.0)}, "finite"),
        ],
    )
    def test_refuses(self, splits, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_evidence_split(splits)


class TestJensenGap:
    def test_the_centre_is_below_the_curve_by_the_gap(self):
        axes = figures.plot_jensen_gap(WEIGHTS).axes[0]
        gap = next(line for line in axes.lines if len(line.get_xdata()) == 2)
        assert gap.get_xdata() == pytest.approx([np.mean(WEIGHTS)] * 2)
        assert gap.get_ydata() == pytest.approx(
            [np.mean(np.log(WEIGHTS)), np.log(np.mean(WEIGHTS))]
        )

    @pytest.mark.parametrize(
        ("gap", "expected"), [(1.99, "1.99 nat"), (1.999, "2.00 nats"), (30.32, "30.32 nats")]
    )
    def test_nats_from_two_on(self, gap, expected):
        # Two weights 1 and w: log((1 + w) / 2) - log(w) / 2 = log cosh(log(w) / 2).
        weights = [1.0, np.exp(2 * np.arccosh(np.exp(gap)))]
        assert f"gap: {expected}" in texts(figures.plot_jensen_gap(weights))
        plotting.set_style(language="fr")
        french = f"écart{NO_BREAK}: {expected.replace('.', ',')}"
        assert french in texts(figures.plot_jensen_gap(weights))

    def test_refuses_a_name_that_is_no_text(self):
        with pytest.raises(ValueError, match="xlabel must be a text, got 3"):
            figures.plot_jensen_gap(WEIGHTS, xlabel=3)

    @pytest.mark.parametrize(
        ("weights", "message"),
        [([1e308, 1e308], "overflows"), ([1.0, 10**400], "weights"), ([1.0, np.inf], "finite")],
    )
    def test_refuses_what_overflows(self, weights, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_jensen_gap(weights)

    @pytest.mark.parametrize("weights", [[1.0], [0.0, 1.0], [-1.0, 1.0], []])
    def test_refuses(self, weights):
        with pytest.raises(ValueError, match="weights"):
            figures.plot_jensen_gap(weights)


class TestGaussianEllipses:
    def test_the_ellipse_is_where_the_mahalanobis_distance_is_the_radius(self):
        axes = figures.plot_gaussian_ellipses(GAUSSIANS, share=0.5).axes[0]
        for line, (mean, covariance) in zip(axes.lines[::2], GAUSSIANS.values(), strict=True):
            deviation = line.get_xydata() - mean
            squares = np.sum(deviation @ np.linalg.inv(covariance) * deviation, axis=1)
            np.testing.assert_allclose(squares, plotting.prior_radius(0.5) ** 2)

    @pytest.mark.parametrize(
        ("gaussian", "message"),
        [
            (3.0, "mean, covariance"),
            (([0.0], [[1.0]]), r"\(2,\)"),
            (([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
            (([0.0, 0.0], [[1.0, 0.9], [0.0, 1.0]]), "symmetric"),
        ],
    )
    def test_refuses(self, gaussian, message):
        with pytest.raises(ValueError, match=message):
            figures.plot_gaussian_ellipses({"a": gaussian})

    def test_six_gaussians_and_no_more(self):
        seven = dict.fromkeys("abcdefg", GAUSSIANS["a"])
        six = {name: seven[name] for name in "abcdef"}
        lines = figures.plot_gaussian_ellipses(six).legends[0].get_lines()
        assert len({line.get_color() for line in lines}) == 6
        with pytest.raises(ValueError, match="at most 6"):
            figures.plot_gaussian_ellipses(seven)

    def test_rounding_is_no_asymmetry(self):
        covariance = np.array([[1.0, 0.6], [0.6 + 1e-7, 1.0]])
        assert png(figures.plot_gaussian_ellipses({"a": ([0.0, 0.0], covariance)}))

    @pytest.mark.parametrize(
        ("language", "expected"),
        [("en", "Ellipses of 99.5%"), ("fr", f"Ellipses à 99,5{NO_BREAK}%")],
    )
    def test_writes_the_share_as_given(self, language, expected):
        plotting.set_style(language=language)
        assert expected in texts(figures.plot_gaussian_ellipses(GAUSSIANS, share=0.995))

    @pytest.mark.parametrize("share", [0, 1, 95, "a", None])
    def test_refuses_a_share_that_is_no_probability(self, share):
        with pytest.raises(ValueError, match="share"):
            figures.plot_gaussian_ellipses(GAUSSIANS, share=share)
