import numpy as np
import pytest
from drawn_figures import every_figure, texts
from scipy import stats

from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")


def decode(z):
    """A decoder whose images are flat, of a grey that tells where they come from."""
    return np.broadcast_to(stats.norm.cdf(z[:, :1])[..., None, None], (len(z), 3, 2, 1))


def draw():
    return plotting.plot_decoded_grid(decode, rows=4, columns=5)


def canvas(figure):
    return figure.axes[0].images[0].get_array()


class TestEveryFigure(every_figure({"grid": draw})):
    @pytest.mark.parametrize(("language", "expected"), [("en", "−1.96"), ("fr", "−1,96")])
    def test_labels_in_both_languages(self, language, expected):
        plotting.set_style(language=language)
        assert expected in texts(draw())


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
            ({"latent_dim": 3, "center": [0.0, 0.0]}, r"center must have the shape \(3,\)"),
            ({"directions": [[1.0, 0.0, 0.0]]}, r"directions must have the shape \(2, 3\)"),
            ({"decode": lambda z: np.zeros((1, 2, 2, 1))}, "one image for each of the 400"),
            ({"decode": lambda z: 255 * decode(z)}, r"decode\(z\) must be in \[0, 1\]"),
            ({"decode": "decode"}, "decode must be a function, such as vae.decode, got 'decode'"),
            ({"colormap": "no"}, "colormap must be the name .* got 'no'"),
            ({"decode": lambda z: z}, r"decode\(z\) must have the shape"),
        ],
    )
    def test_refuses(self, options, message):
        with pytest.raises(ValueError, match=message):
            plotting.plot_decoded_grid(**{"decode": decode} | options)
