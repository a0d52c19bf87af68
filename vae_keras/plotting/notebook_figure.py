"""Figures that a notebook shows exactly once, and that are saved whole or not at all."""

import base64
import io
import re
import sys

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from vae_keras import _checks
from vae_keras._files import make_folder, write_whole
from vae_keras.plotting.labels import localize

SAVED_DPI = 150


class NotebookFigure(Figure):
    """A Matplotlib figure that shows itself once in the notebook cell that draws it.

    Pyplot is not involved: nothing stays open, however many figures a program draws, and no
    `%matplotlib` line is needed. In a notebook a figure appears below its cell once, whether the
    call is the last line or not, ends with a semicolon or not, is assigned to a name or not.
    Figures appear in the order in which they were drawn. Naming or `display`ing a figure later
    shows it again. Outside a notebook nothing appears: see `save_figure`.

    Its description, in words, is the picture's alternative text, and stands for it where none can
    be shown.
    """

    def __init__(self, *args, description, **options):
        if not isinstance(description, str) or not description.strip():
            raise ValueError(
                "description must be what the figure shows, in words, got "
                f"{description!r}. Mend: one or two sentences for who does not see it."
            )
        super().__init__(*args, **options)
        self.description = re.sub(r"[ \n]+", " ", description).strip()

    def _ipython_display_(self):
        # Those drawn before come first, so that the order on the page is the order of the code.
        if self not in _not_yet_shown:
            _not_yet_shown.append(self)
        count = _not_yet_shown.index(self) + 1
        shown, _not_yet_shown[:] = _not_yet_shown[:count], _not_yet_shown[count:]
        for each in shown:
            each._publish()

    def _publish(self):
        from IPython.display import display  # only reached from IPython

        png = base64.b64encode(_to_png(self, self.dpi)).decode("ascii")
        display(
            {"text/plain": self.description, "image/png": png},
            metadata={"image/png": {"alt": self.description}},
            raw=True,
        )


def new_figure(width, height, rows=1, columns=1, *, description):
    """A figure of `width` by `height` inches and its axes, one `Axes` if it is alone."""
    # The constrained layout, which moreover keeps the names beside images on the page.
    figure = NotebookFigure(figsize=(width, height), layout="compressed", description=description)
    if _cell_is_running:
        _not_yet_shown.append(figure)
    panels = figure.subplots(rows, columns)
    for axes in figure.axes:
        localize(axes)
    return figure, panels


def save_figure(figure, path):
    """Writes a figure to a PNG file, whole or not at all: what was there is not lost.

    Args:
        figure: A `matplotlib.figure.Figure`, from this module or not.
        path: Where to write, ending in `.png`. Missing folders are created.

    Returns:
        The path written, as a `pathlib.Path`.

    Raises:
        ValueError: If `path` does not end in `.png` or `figure` is no figure.
        OSError: If the file cannot be written: no right to, no room, no such device.

    Example:

    >>> save_figure(plot_images(x_test[:40]), "figures/digits.png")
    """
    path = _checks.path(path)
    if not isinstance(figure, Figure):
        raise ValueError(
            f"figure must be a Matplotlib figure, got {type(figure).__name__}. "
            "Mend: pass what a plotting function returned."
        )
    if path.suffix.lower() != ".png":
        raise ValueError(f"path must end in .png, got {str(path)!r}. Mend: 'plot.png'.")
    png = _to_png(figure, SAVED_DPI, all_colours=True)
    try:
        make_folder(path.parent)
        write_whole(path, png)
    except OSError as error:
        if error.errno is None:  # it says what must be
            raise type(error)(f"Could not save the figure: {error}") from error
        what = f"Could not save the figure ({error.strerror})"
        raise OSError(error.errno, what, str(path)) from error
    return path


def take_png(figure):
    """The PNG of a figure for something else to show: below the cell it does not appear."""
    if figure in _not_yet_shown:
        _not_yet_shown.remove(figure)
    return _to_png(figure, figure.dpi)


def _to_png(figure, dpi, all_colours=False):
    # In memory: a picture that cannot be drawn never touches the disk.
    drawn, compact = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi)
    picture = Image.open(drawn).convert("RGB")
    # A drawing needs no more than 256 colours, and grey images have no more: half the bytes, the
    # same look. In a file of their own, colour images are left as they are; in a notebook, whose
    # file must stay small, 256 colours or 64 greys come near enough to all of them.
    images = [image.get_array() for axes in figure.axes for image in axes.images]
    in_colour = any(each.ndim == 3 and np.ptp(each, axis=-1).max() > 0.1 for each in images)
    if all_colours and in_colour and picture.getcolors(256) is None:
        return drawn.getvalue()
    count = 64 if images and not (in_colour or all_colours) else 256
    picture = picture.quantize(count, dither=Image.Dither.NONE)
    picture.save(compact, format="png", dpi=(dpi, dpi), optimize=True)
    return compact.getvalue()


# What follows shows each figure once. Jupyter displays the value of a cell's last line only, and
# nothing if a semicolon follows it. So the figures that a cell draws wait here: one that Jupyter
# (or the reader, with `display`) shows leaves the list, the others are shown when the cell ends.
_not_yet_shown = []
_cell_is_running = False


def _before_cell(info=None):
    global _cell_is_running
    _not_yet_shown.clear()
    _cell_is_running = True


def _after_cell(result=None):
    # A figure drawn between cells, by a widget's callback, is the callback's to display.
    global _cell_is_running
    _cell_is_running = False
    if _not_yet_shown:
        _not_yet_shown[-1]._ipython_display_()


def _watch_notebook():
    """Follows the cells of the notebook that imports this module, if it is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if getattr(shell, "kernel", None) is None:
        return  # a script, a test or a terminal: nowhere to show a picture
    _before_cell()  # the import itself runs in a cell
    shell.events.register("pre_run_cell", _before_cell)
    shell.events.register("post_run_cell", _after_cell)


_watch_notebook()
