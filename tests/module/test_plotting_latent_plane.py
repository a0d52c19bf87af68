import matplotlib
import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_keras import plotting
from vae_keras.plotting import style

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
RANDOM = np.random.default_rng(7)
CODES = RANDOM.uniform(size=(7, 5))

DRAWINGS = {
    "latent_line": lambda: plotting.plot_latent_plane(
        np.linspace(-2, 2, 9)[:, None], [1, 2, 3] * 3
    ),
    "latent_plane": lambda: plotting.plot_latent_plane(CODES[:, :2], range(7)),
    "latent_space": lambda: plotting.plot_latent_plane(CODES),
}


class TestEveryFigure(every_figure(DRAWINGS)):
    @pytest.mark.parametrize(
        ("language", "expected"), [("en", ["Class", "95%"]), ("fr", ["Classe", f"95{NO_BREAK}%"])]
    )
    def test_labels_in_both_languages(self, language, expected):
        plotting.set_style(language=language)
        assert set(expected) <= set(texts(DRAWINGS["latent_plane"]()))


def drawn_places(figure):
    """Where the names of the classes stand, in the coordinates of the plane."""
    figure.draw_without_rendering()
    axes = figure.axes[0]
    names = [text for text in axes.texts if isinstance(text, matplotlib.text.Annotation)]
    boxes = [name.get_bbox_patch().get_window_extent() for name in names]
    middles = [(box.get_points()[0] + box.get_points()[1]) / 2 for box in boxes]
    return axes.transData.inverted().transform(middles)


class TestLatentPlane:
    Z = RANDOM.normal(size=(300, 2))
    LABELS = np.arange(300) % 10

    def test_every_point_is_drawn_in_its_class_colour(self):
        (dots,) = plotting.plot_latent_plane(self.Z, self.LABELS).axes[0].collections
        drawn = {
            tuple(place): matplotlib.colors.to_hex(color)
            for place, color in zip(dots.get_offsets().data, dots.get_facecolors(), strict=True)
        }
        assert len(drawn) == 300
        for place, each in zip(self.Z, self.LABELS, strict=True):
            assert drawn[tuple(place)] == style.CLASS_COLORS[each]

    def test_names_stand_at_the_class_medians(self):
        z = np.array([[0, 0], [0.1, 0], [9, 9], [5, 5], [5, 6], [5, 7.0]])
        figure = plotting.plot_latent_plane(z, [3, 3, 3, 8, 8, 8], class_names={3: "a", 8: "b"})
        places = dict(zip("ab", drawn_places(figure), strict=True))
        np.testing.assert_allclose(places["a"], [0.1, 0], atol=0.02)
        np.testing.assert_allclose(places["b"], [5, 6], atol=0.02)
        (_, legend) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]

    def test_names_do_not_hide_each_other(self):
        z = np.concatenate([np.zeros((3, 2)), [[-1, -1], [1, 1]]])
        figure = plotting.plot_latent_plane(z, [0, 1, 2, 3, 4])
        places = drawn_places(figure)
        distances = np.linalg.norm(places[:, None] - places, axis=-1)[np.triu_indices(5, 1)]
        assert distances.min() > 0.08

    def test_equal_axes(self):
        assert plotting.plot_latent_plane(self.Z, self.LABELS).axes[0].get_aspect() == 1

    def test_circles_hold_half_and_nineteen_twentieths_of_the_prior(self):
        assert plotting.prior_radius(0.5) == pytest.approx(np.sqrt(2 * np.log(2)))
        assert plotting.prior_radius(0.95) == pytest.approx(np.sqrt(-2 * np.log(0.05)))
        sample = np.linalg.norm(RANDOM.normal(size=(200_000, 2)), axis=1)
        for circle, share in zip(
            plotting.plot_latent_plane(self.Z).axes[0].lines, (0.5, 0.95), strict=True
        ):
            radius = np.linalg.norm(circle.get_xydata(), axis=1)
            np.testing.assert_allclose(radius, radius[0])
            assert np.mean(sample < radius[0]) == pytest.approx(share, abs=0.005)

    def test_circles_too_small_for_a_label_have_none(self):
        for scale, written in ((1, {"50%", "95%"}), (100, set())):
            (axes,) = plotting.plot_latent_plane(scale * self.Z).axes
            assert {text.get_text() for text in axes.texts} == written

    def test_without_prior(self):
        figure = plotting.plot_latent_plane(self.Z, prior=False)
        assert not figure.axes[0].lines
        assert not figure.legends

    def test_projects_more_dimensions_and_says_so(self):
        z = RANDOM.normal(size=(400, 5)) * [1, 9, 1, 3, 1] + 20
        figure = plotting.plot_latent_plane(z)
        (axes,) = figure.axes
        share = 81 / (81 + 9 + 3)
        assert axes.get_xlabel().startswith("Principal component 1 (")
        assert float(axes.get_xlabel().split("(")[1].split("%")[0]) == pytest.approx(
            100 * share, abs=3
        )
        # The circles lie around the image of the prior's mean, not around the data's.
        centre = axes.lines[0].get_xydata()[:-1].mean(axis=0)
        assert np.linalg.norm(centre) > 20

    def test_one_dimension_is_a_strip_for_each_class(self):
        (dots,) = plotting.plot_latent_plane(self.Z[:, :1], self.LABELS).axes[0].collections
        places = dots.get_offsets()
        order = np.argsort(places[:, 0])
        expected = self.LABELS[np.argsort(self.Z[:, 0])]
        np.testing.assert_array_equal(np.round(places[order, 1]), expected)

    def test_more_classes_than_colours_change_markers(self):
        assert len(plotting.plot_latent_plane(self.Z, np.arange(300) % 12).axes[0].collections) == 2

    @pytest.mark.parametrize(
        ("z", "classes", "options", "message"),
        [
            (Z[:, 0], None, {}, r"z must have the shape \(n, latent_dim\)"),
            (Z, LABELS[:5], {}, "each of the 300"),
            (Z, np.eye(10)[LABELS], {}, "argmax"),
            (Z * np.nan, LABELS, {}, "600 NaN"),
            (Z, LABELS, {"class_names": "abc"}, "3 has no name"),
            (np.zeros((1, 3)), None, {}, "at least 2 vectors"),
            (Z, [None] * len(Z), {}, "labels must all be numbers, or all be texts"),
            (Z, [[1], [2, 3]], {}, "labels must be an array of numbers, got list"),
        ],
    )
    def test_refuses(self, z, classes, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_latent_plane(z, classes, **options)
