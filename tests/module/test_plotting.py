import ast
import os
import re
import warnings
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest
from drawn_figures import every_figure, texts
from nbclient import NotebookClient
from PIL import Image
from scipy import stats

from vae_keras import plotting
from vae_keras.plotting import labels, style

pytestmark = pytest.mark.usefixtures("default_style")

NO_BREAK = "\u00a0"
RANDOM = np.random.default_rng(7)
IMAGES = RANDOM.uniform(size=(7, 5, 4, 1)).astype("float32")
TERMS = {"reconstruction_loss": [90.0, 80.0, 75.0], "kl_loss": [2.0, 5.0, 6.0]}
HISTORY = {"loss": [92.0, 85.0, 81.0], **TERMS}
HISTORY |= {f"val_{key}": [value + 1 for value in values] for key, values in HISTORY.items()}
HISTORY["val_loss"] = [value + 2 for value in HISTORY["loss"]]
ROC = {"VAE": ([0.0, 0.1, 1.0], [0.0, 0.8, 1.0], 0.87)}


def decode(z):
    """A decoder whose images are flat, of a grey that tells where they come from."""
    return np.broadcast_to(stats.norm.cdf(z[:, :1])[..., None, None], (len(z), 3, 2, 1))


# Each public function that draws, with arguments that fit.
DRAWINGS = {
    "history": lambda: plotting.plot_history(HISTORY),
    "images": lambda: plotting.plot_images(IMAGES, columns=3, titles="abcdefg", title="t"),
    "reconstructions": lambda: plotting.plot_reconstructions(
        IMAGES, IMAGES / 2, labels=range(7), errors=range(7), difference=True, title="t"
    ),
    "latent_line": lambda: plotting.plot_latent_plane(
        np.linspace(-2, 2, 9)[:, None], [1, 2, 3] * 3
    ),
    "latent_plane": lambda: plotting.plot_latent_plane(IMAGES[:, :2, 0, 0], range(7)),
    "latent_space": lambda: plotting.plot_latent_plane(IMAGES[:, :, 0, 0]),
    "decoded_grid": lambda: plotting.plot_decoded_grid(decode, rows=4, columns=5),
    "roc": lambda: plotting.plot_roc(ROC),
    "scores": lambda: plotting.plot_score_histograms({"a": [1, 2, 2], "b": [3, 4]}, threshold=2.5),
    "curves": lambda: plotting.plot_curves(
        [2, 4, 8], {"a": [3, 2, 1]}, xlabel="x", ylabel="y", log_x=True
    ),
    "diagram": lambda: plotting.plot_autoencoder_diagram(),
    "diagram_vae": lambda: plotting.plot_autoencoder_diagram((784, 400, 2), variational=True),
}


def canvas(figure):
    return figure.axes[0].images[0].get_array()


class TestEveryFigure(every_figure(DRAWINGS)):
    def test_leaves_nothing_open(self):
        from matplotlib import pyplot

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(30):
                plotting.plot_images(IMAGES)
        assert pyplot.get_fignums() == []

    def test_needs_neither_tensorflow_nor_pyplot(self):
        for path in Path(plotting.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    assert not re.search(r"\b(tensorflow|keras|pyplot)\b", ast.unparse(node))


class TestStyle:
    def test_speaks_english_unless_told(self):
        assert "Epoch" in texts(plotting.plot_history(HISTORY))

    @pytest.mark.parametrize(
        ("language", "drawing", "expected"),
        [
            ("en", "history", ["Epoch", "nats per image", "training", "KL divergence"]),
            ("fr", "history", ["Époque", "nats par image", "entraînement", "Divergence KL"]),
            ("en", "roc", ["False positive rate", "VAE (AUC = 0.870)"]),
            ("fr", "roc", ["Taux de faux positifs", "VAE (AUC = 0,870)"]),
            ("en", "scores", ["Score (nats per image)", "threshold: 2.500"]),
            ("fr", "scores", ["Score (nats par image)", f"seuil{NO_BREAK}: 2,500"]),
            ("en", "reconstructions", ["Original", "Error (nats)", "6.000"]),
            ("fr", "reconstructions", ["Original", "Erreur (nats)", "6,000"]),
            ("en", "latent_plane", ["Class", "95%"]),
            ("fr", "latent_plane", ["Classe", f"95{NO_BREAK}%"]),
            ("en", "diagram", ["Encoder", "Latent space", "Decoder"]),
            ("fr", "diagram", ["Encodeur", "Espace latent", "Décodeur"]),
            ("en", "decoded_grid", ["−1.96"]),
            ("fr", "decoded_grid", ["−1,96"]),
        ],
    )
    def test_labels_in_both_languages(self, language, drawing, expected):
        plotting.set_style(language=language)
        written = "\n".join(texts(DRAWINGS[drawing]()))
        for text in expected:
            assert text in written

    def test_french_ticks_have_decimal_commas(self):
        plotting.set_style(language="fr")
        written = texts(plotting.plot_roc(ROC))
        assert any("0{,}2" in text for text in written)
        assert not any("0.2" in text for text in written)

    def test_french_typography(self):
        for english, french in labels._LABELS.values():
            assert english
            assert french
            assert " :" not in french
            assert " %" not in french
            assert "'" not in french

    def test_refuses_an_unknown_language_and_changes_nothing(self):
        plotting.set_style(language="fr")
        with pytest.raises(ValueError, match="'en', 'fr', got 'de'"):
            plotting.set_style(language="de")
        assert labels.label("epoch") == "Époque"

    def test_a_zero_has_no_sign(self):
        assert labels.number(-0.001) == "0.00"

    def test_class_colors_differ_in_grey(self):
        red_green_blue = np.array([matplotlib.colors.to_rgb(color) for color in style.CLASS_COLORS])
        linear = np.where(
            red_green_blue <= 0.04045,
            red_green_blue / 12.92,
            ((red_green_blue + 0.055) / 1.055) ** 2.4,
        )
        lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
        assert len(lightness) == 10
        assert np.diff(np.sort(lightness)).min() > 6


class TestHistory:
    def test_three_panels_from_epoch_one(self):
        figure = plotting.plot_history(HISTORY)
        assert len(figure.axes) == 3
        for axes, key in zip(figure.axes, ("loss", *TERMS), strict=True):
            training, validation = axes.lines
            assert training.get_xdata().tolist() == [1, 2, 3]
            assert training.get_ydata().tolist() == HISTORY[key]
            assert validation.get_ydata().tolist() == HISTORY[f"val_{key}"]
            assert training.get_linestyle() != validation.get_linestyle()
        assert "−ELBO" in figure.axes[0].get_title()

    def test_the_loss_is_the_elbo_only_if_beta_is_one(self):
        weighted = HISTORY | {"loss": [94.0, 90.0, 87.0]}
        assert "ELBO" not in plotting.plot_history(weighted).axes[0].get_title()

    def test_the_two_terms_alone(self):
        assert len(plotting.plot_history(TERMS).axes) == 2

    def test_an_autoencoder_and_a_keras_history(self):
        class History:
            history: dict = {"loss": [3.0], "val_loss": [4.0]}  # noqa: RUF012

        figure = plotting.plot_history(History(), unit="squared_error")
        assert figure.axes[0].get_ylabel() == "squared error per image"
        assert figure.axes[0].get_title() == "Loss"
        assert figure.axes[0].lines[0].get_marker() == "o"  # one epoch is visible

    @pytest.mark.parametrize(
        ("history", "message"),
        [
            ({}, "empty dict"),
            ([1, 2], "got list"),
            ({"accuracy": [1.0]}, "got 'accuracy'"),
            ({"loss": []}, "is empty"),
            ({"loss": [1.0, float("nan")]}, "1 NaN or infinite"),
            ({"loss": [1.0, 2.0], "val_loss": [1.0]}, "each of the 2"),
            ({"loss": ["low"]}, "must be numbers"),
        ],
    )
    def test_refuses(self, history, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_history(history)


class TestImages:
    def test_rows_are_filled_and_the_rest_is_blank(self):
        picture = canvas(plotting.plot_images(IMAGES, columns=3))
        factor = 13  # 5 pixels become 65, about 64
        height, width = 5 * factor, 4 * factor
        assert picture.shape == (3 * (height + 1) + 1, 3 * (width + 1) + 1, 3)
        for index, image in enumerate(IMAGES):
            row, column = divmod(index, 3)
            top, left = row * (height + 1) + 1, column * (width + 1) + 1
            tile = picture[top : top + height : factor, left : left + width : factor]
            # Ink on paper: 1 is black. The colormap has 256 greys.
            np.testing.assert_allclose(tile[..., 0], 1 - image[..., 0], atol=1 / 255)
        assert (picture[-height:, -2 * width :] == 1).all()

    def test_one_axes_without_ticks(self):
        figure = plotting.plot_images(IMAGES, columns=3)
        assert len(figure.axes) == 1
        assert not len(figure.axes[0].get_xticks())
        assert not len(figure.axes[0].get_yticks())

    def test_fewer_images_than_columns(self):
        picture = canvas(plotting.plot_images(IMAGES[:2]))
        assert picture.shape[1] == 2 * (4 * 13 + 1) + 1

    def test_colours_are_kept_and_clipped(self):
        image = np.array([[[[-1.0, 0.5, 2.0]]]])
        picture = canvas(plotting.plot_images(image))
        np.testing.assert_array_equal(picture[1, 1], [0, 0.5, 1])

    def test_large_images_are_not_enlarged(self):
        assert canvas(plotting.plot_images(np.zeros((1, 100, 90, 1)))).shape == (102, 92, 3)

    def test_titles_stand_above_their_images(self):
        figure = plotting.plot_images(IMAGES, columns=3, titles="abcdefg")
        places = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
        assert places["a"][0] < places["b"][0] < places["c"][0]
        assert places["a"][0] == places["d"][0]
        assert 0 < places["a"][1] < places["d"][1]

    @pytest.mark.parametrize(
        ("images", "options", "message"),
        [
            (IMAGES[0], {}, r"image\[None, ...\]"),
            (IMAGES[:0], {}, "empty"),
            (IMAGES.repeat(2, axis=-1), {}, "channels"),
            (np.full((1, 2, 2, 1), np.nan), {}, "4 NaN"),
            (np.full((1, 2, 2, 1), 255, np.uint8), {}, "divide them by 255"),
            (np.zeros((1001, 1, 1, 1)), {}, "at most 1000"),
            (IMAGES, {"columns": 0}, "columns must be a whole number"),
            (IMAGES, {"titles": ["a"]}, "each of the 7"),
            ([["a"]], {}, "must be numbers"),
        ],
    )
    def test_refuses(self, images, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_images(images, **options)


class TestReconstructions:
    def test_originals_above_reconstructions_above_differences(self):
        figure = plotting.plot_reconstructions(IMAGES, IMAGES / 4, difference=True)
        picture, height, width = canvas(figure), 65, 52
        assert picture.shape == (3 * (height + 1) + 1, 7 * (width + 1) + 1, 3)
        for row, factor in enumerate((1, 0.25, 0.75)):
            corner = picture[row * (height + 1) + 1, 1, 0]
            np.testing.assert_allclose(corner, 1 - factor * IMAGES[0, 0, 0, 0], atol=1 / 255)
        names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
        assert names == ["Original", "Reconstruction", "|Difference|"]
        assert np.all(np.diff(figure.axes[0].get_yticks()) > 0)  # downwards, as images go

    def test_draws_the_first_ones_only(self):
        figure = plotting.plot_reconstructions(
            IMAGES, IMAGES, labels=range(7), errors=range(7), max_images=2
        )
        assert canvas(figure).shape[1] == 2 * 53 + 1
        assert [text.get_text() for text in figure.axes[0].texts] == [
            "0", "1", "0.000", "1.000", "Error (nats)",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("x", "reconstruction", "options", "message"),
        [
            (IMAGES, IMAGES[:3], {}, "the same shape"),
            (IMAGES[0], IMAGES[0], {}, "x must have shape"),
            (IMAGES, IMAGES * np.inf, {}, "reconstruction must be finite"),
            (IMAGES, IMAGES, {"labels": [1]}, "labels must have one entry"),
            (IMAGES, IMAGES, {"errors": [1] * 6 + [np.nan]}, "errors must be finite"),
            (IMAGES, IMAGES, {"errors": 3}, "a single value"),
        ],
    )
    def test_refuses(self, x, reconstruction, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_reconstructions(x, reconstruction, **options)


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
        places = {text.get_text(): text.xy for text in figure.axes[0].texts if hasattr(text, "xy")}
        np.testing.assert_allclose(places["a"], [0.1, 0])
        np.testing.assert_allclose(places["b"], [5, 6])
        (_, legend) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]

    def test_names_do_not_hide_each_other(self):
        z = np.concatenate([np.zeros((3, 2)), [[-1, -1], [1, 1]]])
        figure = plotting.plot_latent_plane(z, [0, 1, 2, 3, 4])
        places = np.array([text.xy for text in figure.axes[0].texts if hasattr(text, "xy")])
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
            (Z[:, 0], None, {}, r"z must have shape \(n, latent_dim\)"),
            (Z, LABELS[:5], {}, "each of the 300"),
            (Z, np.eye(10)[LABELS], {}, "argmax"),
            (Z * np.nan, LABELS, {}, "600 NaN"),
            (Z, LABELS, {"class_names": "abc"}, "3 has no name"),
            (np.zeros((1, 3)), None, {}, "at least 2 vectors"),
        ],
    )
    def test_refuses(self, z, classes, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_latent_plane(z, classes, **options)


class TestDecodedGrid:
    def record(self, **options):
        """Returns the latent vectors that were decoded, and the figure."""
        calls = []

        def remember(z):
            calls.append(z)
            return np.zeros((len(z), 3, 2, 1))

        figure = plotting.plot_decoded_grid(remember, **options)
        (z,) = calls  # one call
        return z, figure

    def test_quantiles_are_those_of_the_prior(self):
        np.testing.assert_allclose(
            plotting.prior_quantiles(20), stats.norm.ppf(np.linspace(0.025, 0.975, 20)), atol=1e-12
        )
        np.testing.assert_allclose(
            np.diff(stats.norm.cdf(plotting.prior_quantiles(9, 0.8))), 0.1, atol=1e-12
        )
        assert plotting.prior_quantiles(1).tolist() == [0]

    def test_runs_from_the_top_left_row_after_row(self):
        z, _ = self.record(rows=4, columns=5)
        assert z.shape == (20, 2)
        assert z.dtype == np.float32
        grid = z.reshape(4, 5, 2)
        np.testing.assert_allclose(grid[2, :, 0], stats.norm.ppf(np.linspace(0.025, 0.975, 5)),
                                   rtol=1e-6, atol=1e-7)  # fmt: skip
        np.testing.assert_allclose(grid[::-1, 2, 1], stats.norm.ppf(np.linspace(0.025, 0.975, 4)),
                                   rtol=1e-6, atol=1e-7)  # fmt: skip

    def test_each_image_stands_where_its_point_is(self):
        def shares_of_z(z):  # red tells z1, green tells z2
            pixel = np.stack([*stats.norm.cdf(z.T), np.zeros(len(z))], axis=-1)
            return np.broadcast_to(pixel[:, None, None], (len(z), 3, 2, 3))

        figure = plotting.plot_decoded_grid(shares_of_z, rows=4, columns=5)
        picture = canvas(figure)
        assert picture.shape == (4 * 3, 5 * 2, 3)
        np.testing.assert_allclose(picture[0, 0, :2], [0.025, 0.975], atol=1e-6)
        np.testing.assert_allclose(picture[-1, -1, :2], [0.975, 0.025], atol=1e-6)
        # The ticks tell the same as the pixels under them.
        for axis, colour in ((figure.axes[0].xaxis, 0), (figure.axes[0].yaxis, 1)):
            for tick, text in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True):
                place = round(tick - 0.1)
                share = picture[(0, place) if colour == 0 else (place, 0)][colour]
                value = float(text.get_text().replace("−", "-"))
                assert stats.norm.ppf(share) == pytest.approx(value, abs=0.006)

    def test_the_second_coordinate_increases_upwards(self):
        _, figure = self.record(rows=20, columns=20)
        axis = figure.axes[0].yaxis
        values = [float(text.get_text().replace("−", "-")) for text in axis.get_ticklabels()]
        assert np.argsort(axis.get_ticklocs()).tolist() == np.argsort(values)[::-1].tolist()
        bottom, top = axis.get_view_interval()
        assert bottom > top
        assert len(values) == 7
        assert 0 in values

    def test_one_dimension_is_one_row(self):
        z, figure = self.record(latent_dim=1, columns=6)
        assert z.shape == (6, 1)
        assert canvas(figure).shape == (3, 12, 3)

    def test_more_dimensions_follow_a_plane(self):
        z, _ = self.record(latent_dim=4, rows=2, columns=3)
        assert not z[:, 2:].any()
        center, directions = np.arange(3.0), np.array([[0, 0, 2.0], [1, 0, 0]])
        z, figure = self.record(center=center, directions=directions, rows=3, columns=3)
        np.testing.assert_allclose(z[4], center, atol=1e-7)
        np.testing.assert_allclose(z[5], center + 1.959964 * directions[0], rtol=1e-6)
        np.testing.assert_allclose(z[1], center + 1.959964 * directions[1], rtol=1e-6)
        assert figure.axes[0].get_xlabel() == "Along direction 1"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"rows": 0}, "rows"),
            ({"coverage": 1.0}, "coverage must be between 0 and 1"),
            ({"latent_dim": 2.5}, "latent_dim"),
            ({"latent_dim": 3, "center": [0.0, 0.0]}, r"center must have shape \(3,\)"),
            ({"directions": [[1.0, 0.0, 0.0]]}, r"directions must have shape \(2, 3\)"),
            ({"decode": lambda z: np.zeros((1, 2, 2, 1))}, "one image for each of the 400"),
            ({"decode": lambda z: z}, r"decode\(z\) must have shape"),
        ],
    )
    def test_refuses(self, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_decoded_grid(**{"decode": decode} | options)


class TestCurves:
    def test_roc_draws_each_curve_and_chance(self):
        figure = plotting.plot_roc(ROC | {"PCA": ([0, 1], [0, 1], 0.5)})
        first, second, chance = figure.axes[0].lines
        assert first.get_xydata().tolist() == [[0, 0], [0.1, 0.8], [1, 1]]
        assert chance.get_xydata().tolist() == [[0, 0], [1, 1]]
        assert len({line.get_linestyle() for line in (first, second, chance)}) == 3

    @pytest.mark.parametrize(
        ("curve", "message"),
        [
            (([0, 1], [0, 1]), "auc"),
            (3, "auc"),
            (([0, 1], [0, 0.5, 1], 0.5), "each of the 2"),
            (([0, 100], [0, 100], 0.5), "fractions"),
            (([0, 1], [0, 1], np.nan), "finite"),
        ],
    )
    def test_roc_refuses(self, curve, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_roc({"VAE": curve})

    def test_histograms_are_shares_of_each_group(self):
        figure = plotting.plot_score_histograms({"a": [0.0], "b": [1.0, 1, 1, 2]}, bins=2)
        first, second = figure.axes[0].patches
        assert first.get_xy()[:, 1].max() == pytest.approx(100)
        assert second.get_xy()[:, 1].max() == pytest.approx(100)  # 1 and 2 share the last bin
        assert first.get_hatch() != second.get_hatch()

    @pytest.mark.parametrize(
        ("groups", "options"),
        [({}, {}), ({"a": []}, {}), ({"a": [np.nan]}, {}), ({"a": [1]}, {"threshold": np.inf}),
         ({"a": [1]}, {"bins": 0})],
    )  # fmt: skip
    def test_histograms_refuse(self, groups, options):
        with pytest.raises(ValueError, match=r"must|empty"):
            plotting.plot_score_histograms(groups, **options)

    def test_curves_on_logarithmic_axes(self):
        figure = plotting.plot_curves(
            [2, 4, 8], {"a": [1, 10, 100]}, xlabel="d", ylabel="e", log_x=True, log_y=True
        )
        (axes,) = figure.axes
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert [text.get_text() for text in axes.get_xticklabels()] == ["2", "4", "8"]

    @pytest.mark.parametrize(
        ("x", "curves", "options", "message"),
        [
            ([1, 2], {"a": [1]}, {}, "each of the 2"),
            ([0, 2], {"a": [1, 2]}, {"log_x": True}, "x goes down to 0"),
            ([1, 2], {"a": [1, -2]}, {"log_y": True}, "a goes down to -2"),
            ([[1, 2]], {"a": [1, 2]}, {}, "x must have shape"),
        ],
    )
    def test_curves_refuse(self, x, curves, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_curves(x, curves, xlabel="x", ylabel="y", **options)


class TestDiagram:
    def test_sizes_are_mirrored(self):
        figure = plotting.plot_autoencoder_diagram((784, 400, 20))
        sizes = sorted(
            (text.get_position()[0], text.get_text())
            for text in figure.axes[0].texts
            if text.get_text().isdigit()
        )
        assert [size for _, size in sizes] == ["784", "400", "20", "400", "784"]

    def test_the_variational_one_shows_the_trick(self):
        written = " ".join(texts(plotting.plot_autoencoder_diagram((9, 4), variational=True)))
        for symbol in (r"\mu", r"\sigma^2", r"\varepsilon", "$z$", "q(z|x)", "p(x|z)"):
            assert symbol in written
        assert r"\mu" not in " ".join(texts(plotting.plot_autoencoder_diagram((9, 4))))

    @pytest.mark.parametrize("sizes", [(784,), (), 784, (784, 0), (784, 2.5)])
    def test_refuses(self, sizes):
        with pytest.raises(ValueError, match="layer_sizes"):
            plotting.plot_autoencoder_diagram(sizes)


class TestSaveFigure:
    def test_writes_a_png_of_150_dots_an_inch(self, tmp_path):
        figure = plotting.plot_images(IMAGES)
        path = plotting.save_figure(figure, tmp_path / "new" / "folder" / "digits.png")
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert int.from_bytes(data[16:20], "big") == int(figure.get_figwidth() * 150)
        assert os.listdir(path.parent) == ["digits.png"]

    def test_replaces_what_was_there(self, tmp_path):
        path = tmp_path / "digits.png"
        path.write_text("old")
        plotting.save_figure(plotting.plot_images(IMAGES), str(path))
        assert path.read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize("failing", ["fsync", "replace"])
    def test_keeps_the_old_picture_if_the_new_one_cannot_be_written(
        self, tmp_path, monkeypatch, failing
    ):
        path = tmp_path / "digits.png"
        path.write_text("old")

        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, failing, fail)
        with pytest.raises(OSError, match=r"Could not save the figure \(No space left") as raised:
            plotting.save_figure(plotting.plot_images(IMAGES), path)
        assert raised.value.errno == 28
        assert path.read_text() == "old"
        assert os.listdir(tmp_path) == ["digits.png"]

    def test_says_why_a_folder_cannot_be_made(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="Could not save the figure"):
            plotting.save_figure(plotting.plot_images(IMAGES), tmp_path / "file" / "digits.png")

    def test_refuses_other_formats_and_other_things(self, tmp_path):
        with pytest.raises(ValueError, match=r"must end in \.png"):
            plotting.save_figure(plotting.plot_images(IMAGES), tmp_path / "digits.jpg")
        with pytest.raises(ValueError, match="must be a Matplotlib figure"):
            plotting.save_figure(IMAGES, tmp_path / "digits.png")


def test_a_notebook_shows_each_figure_once():
    # Each cell with the widths of the figures it must show, in order; no %matplotlib anywhere.
    cells = {
        "from vae_keras import plotting\nimport numpy as np\nx = np.zeros((3, 8, 8, 1))": [],
        "plotting.plot_images(x)": [460],
        "plotting.plot_images(x);": [460],
        "figure = plotting.plot_images(x)": [460],
        "figure": [460],
        "1 + 1": [],
        "plotting.plot_images(x)\nplotting.plot_images(x[:1])": [460, 310],
        "for _ in range(25):\n    plotting.plot_images(x)": [460] * 25,
        "from IPython.display import display\ndisplay(plotting.plot_images(x))\nNone": [460],
        "plotting.plot_images(x)\nplotting.plot_images(x[0])": [460],  # the second is an error
        "from matplotlib import pyplot\npyplot.plot([1, 2])\nplotting.plot_images(x);": [640, 460],
    }
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120).execute()
    for cell, widths in zip(notebook.cells, cells.values(), strict=True):
        shown = [
            output.data["text/plain"]
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        assert [int(text.split("size ")[1].split("x")[0]) for text in shown] == widths, cell.source
        assert not [output for output in cell.outputs if output.get("name") == "stderr"]


class TestSavedPictures:
    def test_grey_images_are_stored_with_a_palette_and_lose_nothing(self, tmp_path):
        figure = plotting.plot_images(np.linspace(0, 1, 4 * 64).reshape(4, 8, 8, 1))
        path = plotting.save_figure(figure, tmp_path / "grey.png")
        figure.savefig(tmp_path / "plain.png", dpi=150)
        assert Image.open(path).mode == "P"
        plain = Image.open(tmp_path / "plain.png").convert("RGB")
        np.testing.assert_array_equal(np.asarray(Image.open(path).convert("RGB")), plain)

    def test_colour_images_keep_all_their_colours(self, tmp_path):
        images = np.random.default_rng(0).uniform(size=(4, 16, 16, 3))
        path = plotting.save_figure(plotting.plot_images(images), tmp_path / "colour.png")
        assert Image.open(path).mode != "P"
