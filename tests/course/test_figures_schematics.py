import matplotlib
import pytest
from drawn_figures import every_figure, texts
from matplotlib.patches import FancyArrowPatch

from vae_course import figures
from vae_course.figures import schematics
from vae_keras import plotting

pytestmark = pytest.mark.usefixtures("default_style")

DRAWINGS = {
    "paths": lambda: figures.plot_gradient_paths(),
    "paths_titled": lambda: figures.plot_gradient_paths(title="t"),
    "diagram": lambda: figures.plot_autoencoder_diagram(),
    "diagram_vae": lambda: figures.plot_autoencoder_diagram((784, 400, 2), variational=True),
}


class TestEveryFigure(every_figure(DRAWINGS)):
    @pytest.mark.parametrize(
        ("language", "drawing", "expected"),
        [
            ("en", "paths", ["The draw is on the path", "Encoder", "computation", "gradient"]),
            ("fr", "paths", ["Le bruit est à côté du chemin", "Encodeur", "calcul", "None"]),
            ("en", "diagram", ["Encoder", "Latent space", "Decoder"]),
            ("fr", "diagram", ["Encodeur", "Espace latent", "Décodeur"]),
        ],
    )
    def test_labels_in_both_languages(self, language, drawing, expected):
        plotting.set_style(language=language)
        written = "\n".join(texts(DRAWINGS[drawing]()))
        for text in expected:
            assert text in written


class TestGradientPaths:
    def arrows(self, axes, color):
        patches = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
        wanted = matplotlib.colors.to_rgba(color)
        return [patch for patch in patches if patch.get_edgecolor() == wanted]

    def test_the_gradient_stops_at_the_draw_and_passes_beside_the_noise(self):
        cut, whole = figures.plot_gradient_paths().axes
        assert len(self.arrows(cut, schematics._BACKWARD)) == 1  # from f to z only
        assert len(self.arrows(whole, schematics._BACKWARD)) == 5

    def test_only_the_noise_adds_a_computation(self):
        cut, whole = figures.plot_gradient_paths().axes
        assert len(self.arrows(cut, schematics.MUTED)) == 5
        assert len(self.arrows(whole, schematics.MUTED)) == 6

    def test_values_do_not_overlap(self):
        figure = figures.plot_gradient_paths()
        figure.draw_without_rendering()
        for axes in figure.axes:
            boxes = [text.get_window_extent() for text in axes.texts]
            for index, box in enumerate(boxes):
                assert not any(box.overlaps(other) for other in boxes[index + 1 :])


class TestDiagram:
    def test_sizes_are_mirrored(self):
        figure = figures.plot_autoencoder_diagram((784, 400, 20))
        sizes = sorted(
            (text.get_position()[0], text.get_text())
            for text in figure.axes[0].texts
            if text.get_text().isdigit()
        )
        assert [size for _, size in sizes] == ["784", "400", "20", "400", "784"]

    def test_the_variational_one_shows_the_trick(self):
        written = " ".join(texts(figures.plot_autoencoder_diagram((9, 4), variational=True)))
        for symbol in (r"\mu", r"\sigma^2", r"\varepsilon", "$z$", "q(z|x)", "p(x|z)"):
            assert symbol in written
        assert r"\mu" not in " ".join(texts(figures.plot_autoencoder_diagram((9, 4))))

    @pytest.mark.parametrize("sizes", [(784,), (), 784, (784, 0), (784, 2.5)])
    def test_refuses(self, sizes):
        with pytest.raises(ValueError, match="layer_sizes"):
            figures.plot_autoencoder_diagram(sizes)
