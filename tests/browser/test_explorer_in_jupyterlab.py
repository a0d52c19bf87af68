"""The interactive explorer in a real JupyterLab: a slider is moved, and the picture changes."""

import nbformat
import pytest

IMPORTS = """\
import keras
from vae_course.explorer import explore
from vae_keras import VAE, dense_decoder, dense_encoder, plotting

keras.utils.set_random_seed(0)
plotting.set_style(language="fr")
shape = (12, 12, 3)"""

MODEL = """\
vae = VAE(dense_encoder(shape, {d}, (8,)), dense_decoder(shape, {d}, (8,)), "gaussian")
explorer = explore(vae)
explorer"""

SHOWN = ".jp-OutputArea-output .widget-image"  # an ipywidgets image: the static one is not


@pytest.fixture
def explored(open_notebook, run_cell, lab_folder):
    """A function: a latent dimension → the page where its explorer is shown."""

    def open_it(latent_dim):
        sources = [IMPORTS, MODEL.format(d=latent_dim), "explorer.amounts.round(2).tolist()"]
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        name = f"explorer-{latent_dim}.ipynb"
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
        nbformat.write(notebook, lab_folder / name)
        page = open_notebook(name)
        run_cell(page, 0)
        run_cell(page, 1)
        page.locator(SHOWN).first.wait_for()
        return page

    return open_it


def move(page, number, key):
    """Presses a key on a slider's handle, and waits until an image has changed."""
    before = pictures(page)
    page.locator(".widget-slider .noUi-handle").nth(number).press(key)
    page.wait_for_function(
        "([selector, before]) => [...document.querySelectorAll(selector)]"
        ".map((image) => image.src).join() !== before",
        arg=[SHOWN, ",".join(before)],
    )


def pictures(page):
    """The addresses of the images: a new one each time the kernel sends new bytes."""
    return page.locator(SHOWN).evaluate_all("images => images.map(image => image.src)")


def drawn(page, number):
    """The pixels of an image, as the page draws it."""
    return page.locator(SHOWN).nth(number).screenshot()


def test_a_slider_moves_and_the_image_follows(explored, run_cell):
    page = explored(3)
    assert page.locator(".widget-slider").count() == 3
    first = drawn(page, 0)
    for _ in range(5):
        move(page, 1, "ArrowRight")
    moved = drawn(page, 0)
    assert moved != first
    assert run_cell(page, 2) == "[0.0, 0.25, 0.0]"
    for _ in range(5):
        move(page, 1, "ArrowLeft")
    assert drawn(page, 0) == first
    # The widget alone: the static picture is for front ends without widgets.
    assert page.locator(".jp-OutputArea-output img:not(.widget-image)").count() == 0


def test_the_plane_has_a_map_and_buttons(explored, run_cell):
    page = explored(2)
    assert page.locator(SHOWN).count() == 2
    plane, image = drawn(page, 0), drawn(page, 1)
    move(page, 0, "ArrowUp")
    assert drawn(page, 0) != plane
    page.get_by_text("Au hasard").click()
    page.wait_for_timeout(500)
    assert "[0.0, 0.0]" not in run_cell(page, 2)
    assert drawn(page, 1) != image
    page.get_by_text("Centre", exact=True).click()
    page.wait_for_timeout(500)
    assert run_cell(page, 2) == "[0.0, 0.0]"
    assert (drawn(page, 0), drawn(page, 1)) == (plane, image)
