"""Images side by side: in a grid, or in rows that are to be compared."""

import math

import matplotlib
import numpy as np

from vae_keras.plotting import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import decimals_for, label, number
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.placement import small_print
from vae_keras.plotting.style import FRAME, IMAGE_COLORMAP

# In inches: the page's width and a tile's largest side; the height of a line of small print with
# its margins, and of the title.
_PAGE = (8.0, 1.5)
_TEXT_LINE, _TITLE = 0.2, 0.35


def plot_images(
    images, *, columns=10, titles=None, title=None, description=None, colormap=IMAGE_COLORMAP
):
    """Draws images in a grid, row after row.

    Args:
        images: Array (n, height, width, channels) with 1 or 3 channels; values are clipped to
            [0, 1]. At most 1,000 images.
        columns: The number of images in a row.
        titles: One text for each image, written above it.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.
        colormap: How grey images are inked. The default prints 1 in black on white paper; pass
            `"gray"` for photographs.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or far from [0, 1], or if
            there is no such colormap.

    Example:

    >>> plot_images(x_test[:40], title="Test digits")
    """
    images = drawable.image_batch(images, "images")
    columns = min(drawable.whole_number(columns, "columns"), len(images))
    if titles is not None:
        drawable.same_length(titles, "titles", "images", len(images))
    rows = math.ceil(len(images) / columns)
    pictures = enlarge(ink(images, colormap))
    height, width = pictures.shape[1:3]
    tile_width, tile_height = _tile_size(pictures, columns, *_PAGE)
    band = 0
    if titles is not None:
        band = math.ceil(_TEXT_LINE * height / tile_height)  # the text's height in pixels
        tile_height += _TEXT_LINE

    kind = label("see_images", count=len(images), columns=columns)
    figure, axes = new_figure(
        max(columns * tile_width, 3.0) + 0.1,
        rows * tile_height + 0.1 + (_TITLE if title else 0.0),
        description=description or describe(kind, title=title),
    )
    canvas, corners = tile(pictures, columns, band=band, frame=1)
    show_canvas(axes, canvas)
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
    description=None,
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
        title, description, colormap: As for `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: As `plot_images`, or if the shapes differ.

    Example:

    >>> plot_reconstructions(x_test[:10], vae.reconstruct(x_test[:10]), difference=True)
    """
    drawn = slice(drawable.whole_number(max_images, "max_images"))
    x = drawable.image_batch(x, "x", most=math.inf)
    reconstruction = drawable.image_batch(reconstruction, "reconstruction", most=math.inf)
    if x.shape != reconstruction.shape:
        raise ValueError(
            f"x and reconstruction must have the same shape, got {x.shape} and "
            f"{reconstruction.shape}. Mend: pass the reconstruction of these very images."
        )
    if labels is not None:
        labels = drawable.same_length(labels, "labels", "x", len(x))[drawn]
    below = also = None
    if errors is not None:
        drawable.same_length(errors, "errors", "x", len(x))
        errors = drawable.array(errors, "errors", "(n,)")[drawn]
        below = [number(error, decimals_for(errors)) for error in errors]
        also = label("see_errors", unit=unit)
    rows = {label("original"): x[drawn], label("reconstruction"): reconstruction[drawn]}
    if difference:
        one, other = (np.clip(images, 0, 1) for images in rows.values())
        rows[label("difference")] = np.abs(one - other)
    figure, axes = draw_rows(
        rows,
        colormap,
        _PAGE,
        1.2,
        least=2.5,
        above=labels,
        below=below,
        title=title,
        description=description,
        also=also,
    )
    if errors is not None:
        text = label("error", unit=unit)
        small_print(axes, text, (0, 0), (-4, -3), "axes fraction", ha="right", va="top")
    return figure


def ink(images, colormap):
    """Images (n, height, width, 1 or 3) in red, green and blue, clipped to [0, 1]."""
    if not isinstance(colormap, str) or colormap not in matplotlib.colormaps:
        raise ValueError(
            "colormap must be the name of a colormap of Matplotlib, such as 'gray', got "
            f"{colormap!r}."
        )
    colors = matplotlib.colormaps[colormap]
    images = np.clip(images, 0, 1)
    return images if images.shape[-1] == 3 else colors(images[..., 0])[..., :3]


def enlarge(pictures, side=64):
    """Repeats the pixels of small pictures (…, height, width, 3) up to `side` of them, about.

    Pixels become squares and are not blurred; a frame of one pixel is a thin line.
    """
    factor = max(1, round(side / max(pictures.shape[-3:-1])))
    return pictures.repeat(factor, axis=-3).repeat(factor, axis=-2)


def tile(pictures, columns, *, band=0, frame=0):
    """Lays pictures (n, height, width, 3) out, row after row from the top left, on a white canvas.

    In pixels: `band` is the height of a blank band above each picture, for a text, and `frame` the
    width of the line around it. One canvas is drawn at once, where hundreds of `Axes` would take
    seconds. Returns it, and the `(top, left)` of each picture in it.
    """
    count, height, width, _ = pictures.shape
    rows = math.ceil(count / columns)
    step_down, step_right = height + frame + band, width + frame
    canvas = np.ones((rows * step_down + frame, columns * step_right + frame, 3))
    corners = []
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        top, left = row * step_down + band + frame, column * step_right + frame
        bottom, right = top + height, left + width
        around = slice(top - frame, bottom + frame), slice(left - frame, right + frame)
        canvas[around] = matplotlib.colors.to_rgb(FRAME)
        canvas[top:bottom, left:right] = picture
        corners.append((top, left))
    return canvas, corners


def show_canvas(axes, canvas, **options):
    """Draws a canvas without anything around it; the options are those of `Axes.imshow`."""
    axes.imshow(canvas, **options)
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)


def draw_rows(
    rows,
    colormap,
    page,
    beside,
    *,
    least=0.0,
    above=None,
    below=None,
    xlabel=None,
    title=None,
    description=None,
    also=None,
):
    """Draws a dict of images of one shape, a row each, with texts above and below the columns.

    In inches: `page` is the width of all and the largest side of a tile, `beside` what the names of
    the rows take, `least` the smallest width of the rows. `also` ends the default description.
    Returns the figure and its axes.
    """
    pictures = enlarge(ink(np.concatenate(list(rows.values())), colormap))
    height, width = pictures.shape[1:3]
    columns = len(pictures) // len(rows)
    page_width, largest = page
    tile_width, tile_height = _tile_size(pictures, columns, page_width - beside, largest)
    text_lines = (above is not None) + (below is not None) + 1.3 * (xlabel is not None)
    kind = label("see_rows", columns=columns)
    figure, axes = new_figure(
        max(columns * tile_width, least) + beside,
        len(rows) * tile_height + 0.1 + _TEXT_LINE * text_lines + (_TITLE if title else 0.0),
        description=description or describe(kind, rows, x=xlabel, title=title, also=also),
    )
    canvas, corners = tile(pictures, columns, frame=1)
    show_canvas(axes, canvas)
    axes.set_yticks([top + height / 2 for top, _ in corners[::columns]], list(rows))
    axes.tick_params(left=False)
    axes.set_xlabel(xlabel or "")
    edges = axes.get_xaxis_transform()  # x in pixels, y from 0 to 1
    for texts, edge, up, va in ((above, 1, 3, "bottom"), (below, 0, -3, "top")):
        for (_, left), text in zip(corners, texts if texts is not None else (), strict=False):
            place = left + width / 2, edge
            small_print(axes, text, place, (0, up), edges, ha="center", va=va)
    if title:
        axes.set_title(title, pad=18 if above is not None else None)
    return figure, axes


def _tile_size(pictures, columns, page_width, largest):
    """The width and height of a tile in inches."""
    height, width = pictures.shape[1:3]
    tile_width = min(page_width / columns, largest * width / max(height, width))
    return tile_width, tile_width * height / width
