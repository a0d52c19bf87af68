"""Images side by side."""

import math

import matplotlib
import numpy as np

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import decimals_for, label, number
from vae_keras.plotting.style import FRAME, IMAGE_COLORMAP

_PAGE_WIDTH = 8.0  # inches
_LARGEST_TILE = 1.5  # inches
_TEXT_LINE = 0.2  # inches, a line of small print with its margins


def plot_images(images, *, columns=10, titles=None, title=None, colormap=IMAGE_COLORMAP):
    """Draws images in a grid, row after row.

    Args:
        images: Array (n, height, width, channels) with 1 or 3 channels; values are clipped to
            [0, 1]. At most 1,000 images.
        columns: The number of images in a row.
        titles: One text for each image, written above it.
        title: The title of the figure.
        colormap: How grey images are inked. The default prints 1 in black on white paper; pass
            `"gray"` for photographs.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, or if a value is not finite.

    Example:

    >>> plot_images(x_test[:40], title="Test digits")
    """
    images = checks.image_batch(images, "images")
    checks.positive_integer(columns, "columns")
    if titles is not None:
        checks.same_length("titles", titles, "images", len(images))
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    pictures = _enlarge(ink(images, colormap))
    height, width = pictures.shape[1:3]
    tile_width, tile_height = _tile_size(columns, height / width)
    band = 0
    if titles is not None:
        band = math.ceil(_TEXT_LINE * height / tile_height)  # the text's height in pixels
        tile_height += _TEXT_LINE

    figure, axes = new_figure(
        max(columns * tile_width, 3.0) + 0.1,
        rows * tile_height + 0.1 + (0.35 if title else 0.0),
    )
    canvas, corners = tile(pictures, columns, band=band, frame=1)
    _show_canvas(axes, canvas)
    if titles is not None:
        for (top, left), text in zip(corners, titles, strict=True):
            axes.text(left + width / 2, top - 3, text, fontsize=8, ha="center", va="bottom")
    if title:
        axes.set_title(title)
    return figure


def plot_reconstructions(
    x,
    reconstruction,
    *,
    labels=None,
    errors=None,
    difference=False,
    max_images=10,
    unit="nats",
    title=None,
    colormap=IMAGE_COLORMAP,
):
    """Draws images above their reconstructions.

    Args:
        x: The originals, an array (n, height, width, channels).
        reconstruction: The reconstructions, of the same shape.
        labels: One text or number for each image, written above it.
        errors: One number for each image, in `unit`, written below its reconstruction.
        difference: Whether to add a row with the absolute difference of the two.
        max_images: Only the first `max_images` are drawn.
        unit: The unit of `errors`.
        title: The title of the figure.
        colormap: How grey images are inked, see `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, or if a value is not finite.

    Example:

    >>> plot_reconstructions(x_test[:10], vae.reconstruct(x_test[:10]), difference=True)
    """
    checks.positive_integer(max_images, "max_images")
    x = checks.image_batch(x, "x", most=math.inf)
    reconstruction = checks.image_batch(reconstruction, "reconstruction", most=math.inf)
    if x.shape != reconstruction.shape:
        raise ValueError(
            f"x and reconstruction must have the same shape, got {x.shape} and "
            f"{reconstruction.shape}: pass the reconstruction of these very images."
        )
    for name, values in (("labels", labels), ("errors", errors)):
        if values is not None:
            checks.same_length(name, values, "x", len(x))
    if errors is not None:
        errors = checks.finite_array(errors, "errors", 1, "(n,)")[:max_images]
    x, reconstruction = x[:max_images], reconstruction[:max_images]
    rows = {label("original"): x, label("reconstruction"): reconstruction}
    if difference:
        rows[label("difference")] = np.abs(np.clip(x, 0, 1) - np.clip(reconstruction, 0, 1))
    columns = len(x)
    pictures = _enlarge(ink(np.concatenate(list(rows.values())), colormap))
    height, width = pictures.shape[1:3]
    tile_width, tile_height = _tile_size(columns, height / width, page_width=_PAGE_WIDTH - 1.2)

    text_lines = (labels is not None) + (errors is not None)
    figure, axes = new_figure(
        max(columns * tile_width, 2.5) + 1.2,
        len(rows) * tile_height + 0.1 + _TEXT_LINE * text_lines + (0.35 if title else 0.0),
    )
    canvas, corners = tile(pictures, columns, frame=1)
    _show_canvas(axes, canvas)
    row_centres = [corners[row * columns][0] + height / 2 for row in range(len(rows))]
    across = axes.get_xaxis_transform()  # x in pixels, y from 0 (bottom) to 1 (top)
    centres = [left + width / 2 for _, left in corners[:columns]]
    if labels is not None:
        for centre, text in zip(centres, labels[:columns], strict=True):
            axes.annotate(
                str(text),
                (centre, 1),
                (0, 3),
                fontsize=9,
                ha="center",
                va="bottom",
                xycoords=across,
                textcoords="offset points",
            )
    if errors is not None:
        decimals = decimals_for(errors)
        for centre, error in zip(centres, errors, strict=True):
            axes.annotate(
                number(error, decimals),
                (centre, 0),
                (0, -3),
                fontsize=8,
                ha="center",
                va="top",
                xycoords=across,
                textcoords="offset points",
            )
        axes.annotate(
            label("error", unit=unit),
            (0, 0),
            (-4, -3),
            fontsize=8,
            ha="right",
            va="top",
            xycoords="axes fraction",
            textcoords="offset points",
        )
    axes.set_yticks(row_centres, list(rows))
    axes.tick_params(left=False)
    if title:
        axes.set_title(title, pad=20 if labels is not None else None)
    return figure


def ink(images, colormap):
    """Turns images (n, height, width, 1 or 3) into red, green and blue, clipped to [0, 1]."""
    images = np.clip(images, 0, 1)
    if images.shape[-1] == 3:
        return images
    return matplotlib.colormaps[colormap](images[..., 0])[..., :3]


def tile(pictures, columns, *, band=0, frame=0):
    """Lays pictures out row after row, from the top left, on one white canvas.

    One canvas is drawn at once, where hundreds of `Axes` would take seconds.

    Args:
        pictures: Array (n, height, width, 3).
        columns: The number of pictures in a row.
        band: Height in pixels of a blank band above each picture, for a text.
        frame: Width in pixels of the line around each picture.

    Returns:
        The canvas (canvas_height, canvas_width, 3) and the `(top, left)` of each picture in it.
    """
    count, height, width, _ = pictures.shape
    rows = math.ceil(count / columns)
    step_down, step_right = height + frame + band, width + frame
    canvas = np.ones((rows * step_down + frame, columns * step_right + frame, 3))
    corners = []
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        top, left = row * step_down + band + frame, column * step_right + frame
        around = (
            slice(top - frame, top + height + frame),
            slice(left - frame, left + width + frame),
        )
        canvas[around] = matplotlib.colors.to_rgb(FRAME)
        canvas[top : top + height, left : left + width] = picture
        corners.append((top, left))
    return canvas, corners


def _enlarge(pictures):
    """Repeats the pixels of small pictures, so that a frame of one pixel is a thin line."""
    factor = max(1, round(64 / max(pictures.shape[1:3])))
    return pictures.repeat(factor, axis=1).repeat(factor, axis=2)


def _tile_size(columns, aspect, page_width=_PAGE_WIDTH):
    """Returns the width and height of a tile in inches; `aspect` is height over width."""
    width = min(page_width / columns, _LARGEST_TILE / max(1.0, aspect))
    return width, width * aspect


def _show_canvas(axes, canvas):
    axes.imshow(canvas)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    axes.spines[:].set_visible(False)
