"""Rows of images that are to be compared: paths, traversals, one method a row."""

import math
import textwrap

import matplotlib
import numpy as np

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.images import ink, tile
from vae_keras.plotting.style import IMAGE_COLORMAP

_PAGE_WIDTH = 7.0  # inches
_LARGEST_TILE = 0.66  # inches
_TEXT_LINE = 0.2  # inches, a line of small print with its margins
_LETTER = 0.075  # inches, the mean width of a letter beside the rows
_LETTERS = 40  # on a line beside the rows: they keep more than half of the page


def plot_image_rows(rows, *, columns=None, xlabel=None, title=None, colormap=IMAGE_COLORMAP):
    """Draws rows of images, one under the other, each with its name.

    Args:
        rows: A dict from names, wrapped where they are long, to images, each (n, height, width,
            channels) with 1 or 3 channels, all of one shape; values are clipped to [0, 1].
        columns: One text for each column, written above it; (n,).
        xlabel: What the columns are, written below.
        title: The title of the figure.
        colormap: How grey images are inked, see `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite, or if there is no such
            colormap.

    Example:

    >>> paths = {method: vae.decode(interpolate(z[0], z[1], 9, method))
    ...          for method in ("linear", "spherical")}
    >>> plot_image_rows(paths, xlabel="from one digit to another")
    """
    checks.named(rows, "rows")
    if not isinstance(colormap, str) or colormap not in matplotlib.colormaps:
        raise ValueError(
            f"colormap must be the name of a colormap of Matplotlib, such as 'gray', got "
            f"{colormap!r}."
        )
    rows = {
        _wrapped(str(name)): checks.image_batch(images, f"rows[{name!r}]", most=math.inf)
        for name, images in rows.items()
    }
    first = next(iter(rows.values()))
    for name, images in rows.items():
        if images.shape != first.shape:
            raise ValueError(
                f"All rows must have one shape, got {first.shape} and {images.shape} "
                f"(rows[{name!r}])."
            )
    count = len(first)
    if columns is not None:
        checks.same_length("columns", columns, "images in a row", count)
    pictures = ink(np.concatenate(list(rows.values())), colormap)
    factor = max(1, round(64 / max(pictures.shape[1:3])))
    pictures = pictures.repeat(factor, axis=1).repeat(factor, axis=2)
    height, width = pictures.shape[1:3]

    beside = _LETTER * max(len(line) for name in rows for line in name.splitlines() or [""]) + 0.2
    tile_width = min((_PAGE_WIDTH - beside) / count, _LARGEST_TILE * width / max(height, width))
    text_lines = (columns is not None) + 1.3 * (xlabel is not None)
    figure, axes = new_figure(
        count * tile_width + beside,
        len(rows) * tile_width * height / width
        + 0.1
        + _TEXT_LINE * text_lines
        + (0.35 if title else 0.0),
    )
    canvas, corners = tile(pictures, count, frame=1)
    axes.imshow(canvas)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set_yticks([corners[row * count][0] + height / 2 for row in range(len(rows))], list(rows))
    axes.set_xticks([])
    axes.tick_params(left=False)
    if columns is not None:
        for (_, left), text in zip(corners[:count], columns, strict=True):
            axes.annotate(
                str(text),
                (left + width / 2, 1),
                (0, 3),
                fontsize=8,
                ha="center",
                va="bottom",
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
            )
    axes.set_xlabel(xlabel or "")
    if title:
        axes.set_title(title, pad=18 if columns is not None else None)
    return figure


def _wrapped(name):
    lines = name.splitlines() or [""]
    return "\n".join(part for line in lines for part in textwrap.wrap(line, _LETTERS) or [line])
