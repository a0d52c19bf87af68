"""Rows of images that are to be compared."""

import math
import textwrap

from vae_course.figures import drawable
from vae_keras.plotting.image_grids import draw_rows
from vae_keras.plotting.style import IMAGE_COLORMAP

# In inches: the page's width and a tile's largest side, and a letter beside the rows.
_PAGE = (7.0, 0.66)
_LETTER = 0.075

_LETTERS = 40  # on a line beside the rows: they keep more than half of the page


def plot_image_rows(
    rows, *, columns=None, xlabel=None, title=None, description=None, colormap=IMAGE_COLORMAP
):
    """Draws rows of images, one under the other, each with its name.

    Args:
        rows: A dict from names, wrapped where they are long, to images, each (n, height, width,
            channels) with 1 or 3 channels, all of one shape; values are clipped to [0, 1].
        columns: One text for each column, written above it; (n,).
        xlabel: What the columns are, written below.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.
        colormap: How grey images are inked, see `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or far from [0, 1], or if
            there is no such colormap.

    Example:

    >>> paths = {method: vae.decode(interpolate(z[0], z[1], 9, method))
    ...          for method in ("linear", "spherical")}
    >>> plot_image_rows(paths, xlabel="from one digit to another")
    """
    rows = {
        _wrapped(str(name)): drawable.image_batch(images, f"rows[{name!r}]", most=math.inf)
        for name, images in drawable.named(rows, "rows").items()
    }
    first = next(iter(rows.values()))
    for name, images in rows.items():
        if images.shape != first.shape:
            raise ValueError(
                f"All rows must have one shape, got {first.shape} and {images.shape} "
                f"(rows[{name!r}])."
            )
    if columns is not None:
        drawable.same_length(columns, "columns", "images in a row", len(first))
    beside = _LETTER * max(len(line) for name in rows for line in name.splitlines() or [""]) + 0.2
    figure, _ = draw_rows(
        rows,
        colormap,
        _PAGE,
        beside,
        above=columns,
        xlabel=xlabel,
        title=title,
        description=description,
    )
    return figure


def _wrapped(name):
    lines = name.splitlines() or [""]
    return "\n".join(part for line in lines for part in textwrap.wrap(line, _LETTERS) or [line])
