"""The latent space: where images go, and what its points decode to."""

import itertools
import math
from statistics import NormalDist

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.images import ink, tile
from vae_keras.plotting.labels import label, localize_ticks, number
from vae_keras.plotting.style import CLASS_COLORS, IMAGE_COLORMAP, INK, MUTED

_PRIOR_SHARES = (0.5, 0.95)
_CLASS_MARKERS = "o^sDv"  # one more for each ten classes
_GOLDEN = (math.sqrt(5) - 1) / 2


def prior_radius(share):
    """Returns the radius of the disc that holds a share of the two-dimensional N(0, I).

    The squared distance to the origin being exponential with mean 2, P(|z| ≤ r) = 1 − exp(−r²/2).

    Args:
        share: A probability, between 0 and 1.

    Example:

    >>> round(prior_radius(0.95), 3)
    2.448
    """
    return math.sqrt(-2 * math.log1p(-share))


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
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1, both excluded, got {coverage!r}.")
    checks.positive_integer(count, "count")
    tail = (1 - coverage) / 2
    shares = np.linspace(tail, 1 - tail, count) if count > 1 else [0.5]
    return np.array([NormalDist().inv_cdf(share) for share in shares])


def plot_latent_plane(z, labels=None, *, prior=True, class_names=None, title=None):
    """Draws where images fall in the latent space, coloured by class.

    Two dimensions are drawn as they are. More are projected onto their two principal components.
    A single one is drawn as a strip for each class. Distances are the same along both axes.

    Args:
        z: Latent vectors, (n, latent_dim).
        labels: The class of each, (n,). Without it, all the points have one colour.
        prior: Whether to draw the regions that hold 50% and 95% of the prior N(0, I).
        class_names: Names of the classes: a dict from labels, or a sequence that integer labels
            index. Default: the labels.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or a class has no name.

    Example:

    >>> z_mean, z_log_var = vae.encode(x_test)
    >>> plot_latent_plane(z_mean, y_test)
    """
    z = checks.finite_array(z, "z", 2, "(n, latent_dim)")
    if labels is None:
        classes, members = [], np.zeros(len(z), int)
    else:
        labels = np.asarray(labels)
        if labels.ndim != 1:
            raise ValueError(
                f"labels must have shape (n,), got shape {labels.shape}: for one-hot labels pass "
                "labels.argmax(axis=-1)."
            )
        checks.same_length("labels", labels, "z", len(z))
        classes, members = np.unique(labels, return_inverse=True)
    names = [_class_name(each, class_names) for each in classes]
    if z.shape[1] == 1:
        return _plot_latent_line(z[:, 0], members, names, prior, title)

    centre, axis_names = np.zeros(2), ("$z_1$", "$z_2$")
    if z.shape[1] > 2:
        z, centre, axis_names = _project(z)
    figure, axes = new_figure(6.4 if names else 5.6, 5.9 if prior else 5.6)
    _scatter(axes, z, members)
    if prior:
        circles = [_draw_prior_circle(axes, centre, share) for share in _PRIOR_SHARES]
        _draw_prior_legend(figure, circles[0])
    if names:
        dots = [
            Line2D([], [], color=_color(index), marker=_marker(index), linestyle="")
            for index in range(len(names))
        ]
        figure.legend(dots, names, title=label("class"), loc="outside right upper")
    # At the medians, which outliers do not move, or just beside where two would overlap.
    medians = [np.median(z[members == index], axis=0) for index in range(len(names))]
    places = _spread(medians, 0.055 * np.ptp(z, axis=0).max())
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        axes.annotate(
            name,
            place,
            ha="center",
            va="center",
            fontsize=10,
            fontweight="bold",
            color=INK,
            zorder=5,
            bbox={
                "boxstyle": "circle,pad=0.25" if len(name) == 1 else "round,pad=0.25",
                "facecolor": (1, 1, 1, 0.85),
                "edgecolor": _color(index),
                "linewidth": 1.8,
            },
        )
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1], title=title)
    axes.set_aspect("equal", adjustable="datalim")
    localize_ticks(axes)
    return figure


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
        title: The title of the figure.
        colormap: How grey images are inked, see `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, or if a decoded value is not finite.

    Example:

    >>> plot_decoded_grid(vae.decode)
    """
    checks.positive_integer(rows, "rows")
    checks.positive_integer(columns, "columns")
    plain = center is None and directions is None
    center, directions = _plane(latent_dim, center, directions)
    if len(directions) == 1:
        rows = 1
    across, upwards = prior_quantiles(columns, coverage), prior_quantiles(rows, coverage)

    # Images are laid out from the top, where the second coordinate is largest.
    coordinates = np.stack(np.meshgrid(across, upwards[::-1]), axis=-1).reshape(-1, 2)
    z = center + coordinates[:, : len(directions)] @ directions
    images = checks.image_batch(decode(z.astype(np.float32)), "decode(z)", most=math.inf)
    if len(images) != len(z):
        raise ValueError(
            f"decode(z) must return one image for each of the {len(z)} latent vectors, got "
            f"{len(images)}."
        )
    canvas, _ = tile(ink(images, colormap), columns)

    height, width = canvas.shape[:2]
    scale = min(6.0 / max(height, width), 1.2 / max(images.shape[1:3]))  # inches a pixel
    figure, axes = new_figure(
        max(width * scale, 2.5) + 0.8, height * scale + 0.6 + (0.35 if title else 0.0)
    )
    axes.imshow(canvas)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    names = [f"$z_{i}$" if plain else label("direction", number=i) for i in (1, 2)]
    axes.set(xlabel=names[0], ylabel=names[1], title=title)
    _set_tile_ticks(axes.xaxis, across)
    _set_tile_ticks(axes.yaxis, upwards[::-1])
    if len(directions) == 1:
        axes.set(yticks=[], ylabel="")
        if plain:
            axes.set_xlabel("$z$")
    return figure


def _plane(latent_dim, center, directions):
    """Returns the middle (latent_dim,) and the one or two directions of the decoded grid."""
    if center is not None:
        center = checks.finite_array(center, "center", 1, "(latent_dim,)")
    if directions is not None:
        directions = checks.finite_array(directions, "directions", 2, "(2, latent_dim)")
    if latent_dim is None:
        given = directions if directions is not None else center
        latent_dim = 2 if given is None else given.shape[-1]
    checks.positive_integer(latent_dim, "latent_dim")
    plane_dim = min(2, latent_dim)
    center = np.zeros(latent_dim) if center is None else center
    directions = np.eye(plane_dim, latent_dim) if directions is None else directions
    for name, vectors, shape in (
        ("center", center, (latent_dim,)),
        ("directions", directions, (plane_dim, latent_dim)),
    ):
        if vectors.shape != shape:
            raise ValueError(
                f"{name} must have shape {shape} in a latent space of dimension {latent_dim}, "
                f"got {vectors.shape}."
            )
    return center, directions


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


def _project(z):
    """Returns z in its two principal components, where the prior's mean falls, the axes' names."""
    from sklearn.decomposition import PCA  # half a second to import, needed here alone

    if len(z) < 2:
        raise ValueError(
            f"z must hold at least 2 vectors to be projected onto a plane, got shape {z.shape}."
        )
    pca = PCA(n_components=2, svd_solver="full").fit(z)
    names = [
        label("component", number=index + 1, share=number(100 * share, 0))
        for index, share in enumerate(np.nan_to_num(pca.explained_variance_ratio_))
    ]
    # Orthonormal directions: the projected prior is N(0, I) again, around the projected origin.
    return pca.transform(z), pca.transform(np.zeros((1, z.shape[1])))[0], names


def _plot_latent_line(z, members, names, prior, title):
    """Draws a strip of points for each class above the only latent axis."""
    count = max(len(names), 1)
    figure, axes = new_figure(6.4, 1.4 + 0.36 * count)
    # Heights spread evenly by the golden ratio: no two runs differ, no pattern shows.
    heights = members + 0.7 * ((np.arange(len(z)) * _GOLDEN) % 1 - 0.5)
    _scatter(axes, np.stack([z, heights], axis=1), members)
    if prior:
        for share in _PRIOR_SHARES:
            bound = NormalDist().inv_cdf((1 + share) / 2)
            span = axes.axvspan(-bound, bound, color=MUTED, alpha=0.12, linewidth=0, zorder=0)
            axes.annotate(
                _percent(share),
                (bound, 1),
                (-2, -2),
                fontsize=8,
                color=MUTED,
                ha="right",
                va="top",
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
            )
        _draw_prior_legend(figure, span)
    axes.set(xlabel="$z$", ylabel=label("class") if names else "", title=title)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(count - 0.5, -0.85)
    axes.grid(False, axis="y")
    localize_ticks(axes)
    return figure


def _scatter(axes, points, members):
    # Shuffled, lest the last class hide the others; always in the same way.
    order = np.random.default_rng(0).permutation(len(points))
    points, members = points[order], members[order]
    colors = np.take(CLASS_COLORS, members % len(CLASS_COLORS))
    size = float(np.clip(30000 / len(points), 4, 20))
    tens = members // len(CLASS_COLORS)
    for ten in np.unique(tens):
        axes.scatter(
            *points[tens == ten].T,
            s=size,
            c=colors[tens == ten],
            marker=_marker(ten * len(CLASS_COLORS)),
            alpha=0.8,
            linewidths=0,
            rasterized=True,
            zorder=2,
        )


def _spread(points, distance):
    """Moves points apart, by as little as it takes, until hardly any two are nearer than that."""
    points = [np.array(point, float) for point in points]
    for _ in range(50):
        for one, other in itertools.combinations(points, 2):
            apart = other - one
            length = math.hypot(*apart)
            if length < distance:
                way = apart / length if length else np.array([1.0, 0.0])
                one -= way * (distance - length) / 2
                other += way * (distance - length) / 2
    return points


def _draw_prior_circle(axes, centre, share):
    radius = prior_radius(share)
    angles = np.linspace(0, 2 * np.pi, 181)
    (circle,) = axes.plot(
        centre[0] + radius * np.cos(angles),
        centre[1] + radius * np.sin(angles),
        color=INK,
        linewidth=1.2,
        linestyle=(0, (4, 2)),
        zorder=3,
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )
    # On either side: where the circles are small their labels do not touch.
    side = np.array([1 if share > 0.5 else -1, -1]) / math.sqrt(2)
    axes.text(
        *(centre + radius * side),
        _percent(share),
        fontsize=9,
        color=INK,
        ha="center",
        va="center",
        zorder=6,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": (1, 1, 1, 0.9), "linewidth": 0},
    )
    return circle


def _draw_prior_legend(figure, handle):
    first, second = map(_percent, _PRIOR_SHARES)
    text = label("prior", first=first, second=second, prior=r"$\mathcal{N}(0, I)$")
    figure.legend([handle], [text], loc="outside lower center")


def _percent(share):
    return label("percent", share=f"{100 * share:.0f}")


def _class_name(each, class_names):
    if class_names is None:
        return str(each)
    try:
        return str(class_names[each])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"class_names must name every class in labels, {each} has no name: got "
            f"{len(class_names)} names. Pass a dict from labels, or a sequence for integers."
        ) from error


def _color(index):
    return CLASS_COLORS[index % len(CLASS_COLORS)]


def _marker(index):
    return _CLASS_MARKERS[index // len(CLASS_COLORS) % len(_CLASS_MARKERS)]
