import numpy as np
import pytest
from drawn_figures import every_figure

from vae_course import figures

pytestmark = pytest.mark.usefixtures("default_style")

EPSILON = np.random.default_rng(0).standard_normal((60, 2))
MEAN, SIGMA = [2.0, 1.0], [1.5, 0.5]
DRAWINGS = {
    "draws": lambda: figures.plot_reparameterized_draws(EPSILON, MEAN, SIGMA),
    "titled": lambda: figures.plot_reparameterized_draws(EPSILON, MEAN, SIGMA, title="t"),
}


class TestEveryFigure(every_figure(DRAWINGS)):
    pass


def test_the_points_of_the_right_are_those_of_the_left_transformed():
    left, right = DRAWINGS["draws"]().axes
    noise, codes = (axes.collections[0].get_offsets() for axes in (left, right))
    np.testing.assert_allclose(noise, EPSILON)
    np.testing.assert_allclose(codes, np.array(MEAN) + np.array(SIGMA) * EPSILON)
    for one, other in zip(left.texts, right.texts, strict=True):
        assert one.get_text() == other.get_text()
        expected = np.array(MEAN) + np.array(SIGMA) * one.get_position()
        np.testing.assert_allclose(other.get_position(), expected)
    assert len({text.get_position() for text in left.texts}) == 4
    assert left.get_xlim() == right.get_xlim()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((EPSILON[:, :1], MEAN, SIGMA), "epsilon must"),
        ((EPSILON, [1.0], SIGMA), "z_mean must"),
        ((EPSILON, MEAN, [1.0, 0.0]), "sigma must be positive"),
        ((EPSILON[:3], MEAN, SIGMA), "at least 4 draws"),
    ],
)
def test_what_it_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_reparameterized_draws(*arguments)
