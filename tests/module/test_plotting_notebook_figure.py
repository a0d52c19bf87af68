import base64
import io
import os
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from vae_keras import plotting
from vae_keras.plotting.descriptions import describe, plain
from vae_keras.plotting.notebook_figure import NotebookFigure, new_figure, take_png

pytestmark = pytest.mark.usefixtures("default_style")

IMAGES = np.random.default_rng(7).uniform(size=(7, 5, 4, 1)).astype("float32")


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
        message = "Could not save the figure: .* must be a folder, got the file .*file in its place"
        with pytest.raises(OSError, match=message):
            plotting.save_figure(plotting.plot_images(IMAGES), tmp_path / "file" / "digits.png")

    def test_refuses_other_formats_and_other_things(self, tmp_path):
        with pytest.raises(ValueError, match=r"must end in \.png"):
            plotting.save_figure(plotting.plot_images(IMAGES), tmp_path / "digits.jpg")
        with pytest.raises(ValueError, match="must be a Matplotlib figure"):
            plotting.save_figure(IMAGES, tmp_path / "digits.png")
        for wrong in (5, None, b"digits.png", [], ""):
            with pytest.raises(ValueError, match="path must be the path of a file, as a text, got"):
                plotting.save_figure(plotting.plot_images(IMAGES), wrong)


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

    def test_in_a_notebook_colour_images_have_256_colours_and_grey_ones_64(self):
        colour = np.random.default_rng(0).uniform(size=(24, 16, 16, 3))
        for images, least, most in ((colour, 200, 256), (colour[..., :1], 40, 64)):
            shown = Image.open(io.BytesIO(take_png(plotting.plot_images(images))))
            assert least <= len(shown.convert("RGB").getcolors()) <= most


class TestDescriptions:
    def test_no_figure_is_made_without(self):
        for make in (new_figure, NotebookFigure):
            with pytest.raises(TypeError, match="description"):
                make(5, 4)
        for nothing in ("", " \n", None, 3):
            with pytest.raises(ValueError, match="description must be what the figure shows"):
                new_figure(5, 4, description=nothing)

    def test_stands_on_one_line(self):
        assert new_figure(5, 4, description=" one\n  two ")[0].description == "one two"

    def test_one_s_own_takes_the_place_of_the_default(self):
        assert plotting.plot_images(IMAGES).description == "Grid of 7 images, 7 in a row."
        assert plotting.plot_images(IMAGES, description="Seven.").description == "Seven."

    def test_says_what_is_drawn_in_the_language_of_the_figures(self):
        options = {"x": "dim", "y": "$z_1$", "title": "What?", "also": "More"}
        assert describe("Curves", ["a\nb", 2], **options) == (
            "What? Curves: a b, 2. Across: dim. Upwards: z_1. More."
        )
        plotting.set_style(language="fr")
        assert describe("Courbes", ["a"], x="x") == "Courbes\u00a0: a. En abscisse\u00a0: x."

    def test_formulas_are_readable(self):
        assert plain(r"$D_{KL}(q\,\Vert\,p)$, $\mathcal{N}(0, I)$") == "D_KL(q ‖ p), N(0, I)"


FIRST_TRAINING = """\
import numpy as np
from vae_keras import VAE, dense_decoder, dense_encoder, plotting
x = np.zeros((3, 8, 8, 1), "float32")
vae = VAE(dense_encoder((8, 8, 1), 2), dense_decoder((8, 8, 1), 2))
vae.compile(jit_compile=True)
vae.fit(x, verbose=0)
vae.generate(2);"""


def test_a_notebook_shows_each_figure_once_and_nothing_of_a_first_training():
    # Each cell with the widths of the figures it must show, in order; no %matplotlib anywhere.
    cells = {
        FIRST_TRAINING: [],
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
    NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=600).execute()
    nbformat.validate(notebook)
    assert notebook.cells[0].outputs == []
    for cell, widths in zip(notebook.cells, cells.values(), strict=True):
        shown = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        found = [
            Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).width
            for output in shown
        ]
        if "pyplot" not in cell.source:  # whose figures are trimmed, and not ours to describe
            assert found == widths, cell.source
            for output in shown:
                assert re.match(r"Grid of \d+ images, \d+ in a row\.$", output.data["text/plain"])
                assert output.metadata["image/png"]["alt"] == output.data["text/plain"]
        assert len(found) == len(widths)
        assert not [output for output in cell.outputs if output.get("name") == "stderr"]
