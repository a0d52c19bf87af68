"""What the points of a latent plane decode to."""

import math
from statistics import NormalDist

import numpy as np

from vae_keras.plotting import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.image_grids import ink, show_canvas, tile
from vae_keras.plotting.labels import label, number
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import IMAGE_COLORMAP


def prior_quantiles(count, coverage=0.95):
    """Returns `count` latent values with equal shares of N(0, 1) between one and the next.

    Args:
        count: The number of values; a single one is the median, 0.
        coverage: The share of N(0, 1) between the first and the last.

    Returns:
        An increasing array (count,).

    Example:

    >>> prior_quantiles(3).round(2).tolist()
    [-1.96, 0.0, 1.96]
    """
    tail = (1 - drawable.share(coverage, "coverage")) / 2
    count = drawable.whole_number(count, "count")
    shares = np.linspace(tail, 1 - tail, count) if count > 1 else [0.5]
    return np.array([NormalDist().inv_cdf(share) for share in shares])


def plot_decoded_grid(
    decode,
    *,
    rows=20,
    columns=20,
    latent_dim=None,
    center=None,
    directions=None,
    coverage=0.95,
    title=None,
    description=None,
    colormap=IMAGE_COLORMAP,
):
    """Decodes a grid of latent points and draws the images where their points are.

    The grid follows the prior's quantiles: between two neighbours lies always the same share of
    N(0, 1), so that no part of the picture shows what the model would hardly ever generate.
    Upwards, the second coordinate increases, as in `plot_latent_plane`.

    Args:
        decode: A function from latent vectors (rows * columns, latent_dim) to images
            (rows * columns, height, width, channels), called once; e.g. `vae.decode`. The first
            vector is the top left's, then row after row.
        rows: The number of rows; a single one if `latent_dim` is 1.
        columns: The number of columns.
        latent_dim: The length of a latent vector. Default: that of `center` or `directions`, or 2.
        center: The latent vector in the middle, (latent_dim,). Default: the origin.
        directions: The two vectors that span the plane, (2, latent_dim): the axes count in their
            lengths. Default: the first two axes of the latent space.
        coverage: The share of N(0, 1) between the first and the last column, or row.
        title, description, colormap: As for `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: As `plot_images` for what is decoded, or if the shapes do not fit.

    Example:

    >>> plot_decoded_grid(vae.decode)
    """
    drawable.function(decode, "decode", "vae.decode")
    rows = drawable.whole_number(rows, "rows")
    columns = drawable.whole_number(columns, "columns")
    plain = center is None and directions is None
    center, directions = _plane(latent_dim, center, directions)
    if len(directions) == 1:
        rows = 1
    across, upwards = prior_quantiles(columns, coverage), prior_quantiles(rows, coverage)

    # Images are laid out from the top, where the second coordinate is largest.
    coordinates = np.stack(np.meshgrid(across, upwards[::-1]), axis=-1).reshape(-1, 2)
    z = center + coordinates[:, : len(directions)] @ directions
    images = drawable.image_batch(decode(z.astype(np.float32)), "decode(z)", most=math.inf)
    if len(images) != len(z):
        raise ValueError(
            f"decode(z) must return one image for each of the {len(z)} latent vectors, got "
            f"{len(images)}."
        )
    canvas, _ = tile(ink(images, colormap), columns)

    height, width = canvas.shape[:2]
    scale = min(6.0 / max(height, width), 1.2 / max(images.shape[1:3]))  # inches a pixel
    names = [f"$z_{i}$" if plain else label("direction", number=i) for i in (1, 2)]
    if len(directions) == 1:
        names = ["$z$" if plain else names[0], ""]
    kind = label("see_decoded", rows=rows, columns=columns)
    figure, axes = new_figure(
        max(width * scale, 2.5) + 0.8,
        height * scale + 0.6 + (0.35 if title else 0.0),
        description=description or describe(kind, x=names[0], y=names[1], title=title),
    )
    show_canvas(axes, canvas)
    axes.set(xlabel=names[0], ylabel=names[1], title=title)
    _set_tile_ticks(axes.xaxis, across)
    if len(directions) == 2:
        _set_tile_ticks(axes.yaxis, upwards[::-1])
    return figure


def _plane(latent_dim, center, directions):
    """The middle (latent_dim,) and the one or two directions of the decoded grid."""
    if latent_dim is None:
        given = center if directions is None else directions
        latent_dim = 2 if given is None else np.atleast_1d(given).shape[-1]
    latent_dim = drawable.whole_number(latent_dim, "latent_dim")
    plane_dim = min(2, latent_dim)
    if center is None:
        center = np.zeros(latent_dim)
    if directions is None:
        directions = np.eye(plane_dim, latent_dim)
    return (
        drawable.array(center, "center", f"({latent_dim},)"),
        drawable.array(directions, "directions", f"({plane_dim}, {latent_dim})"),
    )


def _set_tile_ticks(axis, values):
    """Writes the latent values at the tiles' centres: all, or the middle and three on each side."""
    last = len(values) - 1
    if len(values) <= 10:
        shown = np.arange(len(values))
    else:
        side = np.linspace(0, last / 2, 4)[:3].round()
        # Quantiles are symmetric: the value in the middle is 0, on a tile or between two.
        shown = np.concatenate([side, [last / 2], last - side[::-1]])
    start, end = sorted(axis.get_view_interval())
    axis.set_ticks(
        start + (shown + 0.5) * (end - start) / len(values),
        [number(value) for value in np.interp(shown, np.arange(len(values)), values)],
    )
