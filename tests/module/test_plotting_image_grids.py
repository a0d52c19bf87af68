import numpy as np
import pytest
from drawn_figures import every_figure, texts

from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

IMAGES = np.random.default_rng(7).uniform(size=(7, 5, 4, 1)).astype("float32")


def draw_reconstructions():
    return plotting.plot_reconstructions(
        IMAGES, IMAGES / 2, labels=range(7), errors=range(7), difference=True, title="t"
    )


TestEveryFigure = every_figure(
    {
        "images": lambda: plotting.plot_images(IMAGES, columns=3, titles="abcdefg", title="t"),
        "reconstructions": draw_reconstructions,
    }
)


def canvas(figure):
    return figure.axes[0].images[0].get_array()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Original", "Error (nats)", "6.000"]),
        ("fr", ["Original", "Erreur (nats)", "6,000"]),
    ],
)
def test_labels_in_both_languages(language, expected):
    plotting.set_style(language=language)
    assert set(expected) <= set(texts(draw_reconstructions()))


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
            (IMAGES[:0], {}, "1 entry at least"),
            (IMAGES.repeat(2, axis=-1), {}, "channels"),
            (np.full((1, 2, 2, 1), np.nan), {}, "4 NaN"),
            (np.full((1, 2, 2, 1), 255, np.uint8), {}, "divide them by 255"),
            (np.full((1, 2, 2, 1), 2), {}, r"in \[0, 1\], got values from 2 to 2"),
            (
                255 * IMAGES,
                {},
                r"images must be in \[0, 1\], got values from .* divide them by 255",
            ),
            (127 * (IMAGES - 0.5), {}, r"must be in \[0, 1\]"),
            (IMAGES, {"colormap": "grey_s"}, "colormap must be the name .* got 'grey_s'"),
            (
                IMAGES.repeat(3, axis=-1),
                {"colormap": None},
                "colormap must be the name .* got None",
            ),
            (np.zeros((1001, 1, 1, 1)), {}, "at most 1000"),
            (IMAGES, {"columns": 0}, "columns must be a whole number"),
            (IMAGES, {"titles": ["a"]}, "each of the 7"),
            ([["a"]], {}, "must be an array of numbers"),
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
            (IMAGES[0], IMAGES[0], {}, "x must have the shape"),
            (IMAGES, IMAGES * np.inf, {}, "reconstruction must be finite"),
            (IMAGES, IMAGES, {"labels": [1]}, "labels must have one entry"),
            (IMAGES, IMAGES, {"errors": [1] * 6 + [np.nan]}, "errors must be finite"),
            (IMAGES, IMAGES, {"errors": 3}, "a single value"),
            (IMAGES, 255 * IMAGES, {}, r"reconstruction must be in \[0, 1\]"),
            (IMAGES, IMAGES, {"colormap": 3}, "colormap must be the name .* got 3"),
        ],
    )
    def test_refuses(self, x, reconstruction, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_reconstructions(x, reconstruction, **options)
