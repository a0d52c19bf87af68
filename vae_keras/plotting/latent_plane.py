"""The latent space: where images go."""

import math
from statistics import NormalDist

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from vae_keras.plotting import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import label, number, percent
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.placement import place_texts, small_print
from vae_keras.plotting.style import CLASS_COLORS, INK, MUTED

_PRIOR_SHARES = (0.5, 0.95)
_LEAST_LABELLED = 0.1  # the radius of the smallest circle that has a label, as a share of the axes
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
    return math.sqrt(-2 * math.log1p(-drawable.share(share, "share")))


def plot_latent_plane(
    z, labels=None, *, prior=True, class_names=None, title=None, description=None
):
    """Draws where images fall in the latent space, coloured by class.

    Two dimensions are drawn as they are. More are projected onto their two principal components.
    A single one is drawn as a strip for each class. Distances are the same along both axes.

    Args:
        z: Latent vectors, (n, latent_dim).
        labels: The class of each, (n,). Without it, all the points have one colour.
        prior: Whether to draw the regions that hold 50% and 95% of the prior N(0, I).
        class_names: Names of the classes: a dict from labels, or a sequence that integer labels
            index. Default: the labels.
        title, description: As for `plot_images`.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or a class has no name.

    Example:

    >>> z_mean, z_log_var = vae.encode(x_test)
    >>> plot_latent_plane(z_mean, y_test)
    """
    z = drawable.array(z, "z", "(n, latent_dim)")
    classes, members = [], np.zeros(len(z), int)
    if labels is not None:
        labels = drawable.as_array(labels, "labels")
        if labels.ndim != 1:
            raise ValueError(
                f"labels must have the shape (n,), got {labels.shape}. Mend: for one-hot labels "
                "pass labels.argmax(axis=-1)."
            )
        drawable.same_length(labels, "labels", "z", len(z))
        try:
            classes, members = np.unique(labels, return_inverse=True)
        except TypeError:  # they have no order
            raise ValueError(
                "labels must all be numbers, or all be texts, got others. Mend: draw the points "
                "that have a label."
            ) from None
    names = [_class_name(each, class_names) for each in classes]
    description = description or _describe(z, names, prior, title)
    if z.shape[1] == 1:
        return _plot_latent_line(z[:, 0], members, names, prior, title, description)

    centre, axis_names = np.zeros(2), ("$z_1$", "$z_2$")
    if z.shape[1] > 2:
        z, centre, axis_names = _project(z)
    figure, axes = new_figure(6.4 if names else 5.6, 5.9 if prior else 5.6, description=description)
    axes.set(xlabel=axis_names[0], ylabel=axis_names[1], title=title)
    axes.set_aspect("equal", adjustable="datalim")
    _scatter(axes, z, members)
    if prior:
        circles = [_draw_prior_circle(axes, centre, share) for share in _PRIOR_SHARES]
        _draw_prior_legend(figure, circles[0])
    if names:
        dots = [Line2D([], [], linestyle="", **_look(index)) for index in range(len(names))]
        figure.legend(dots, names, title=label("class"), loc="outside right upper")
        # At the medians, which outliers do not move.
        medians = [np.median(z[members == index], axis=0) for index in range(len(names))]
        looks = [{"bbox": _name_box(index, name)} for index, name in enumerate(names)]
        look = {"color": INK, "fontsize": 10, "fontweight": "bold"}
        place_texts(axes, medians, names, "on", looks=looks, **look)
    return figure


def _describe(z, names, prior, title):
    kind = {1: "see_line", 2: "see_plane"}.get(z.shape[1], "see_projection")
    kind = label(kind, count=len(z))
    if names:
        kind = label("see_classes", kind=kind)
    first, second = map(percent, _PRIOR_SHARES)
    also = label("see_prior", first=first, second=second) if prior else None
    return describe(kind, names, title=title, also=also)


def _project(z):
    """z in its two principal components, where the prior's mean falls, and the axes' names."""
    from sklearn.decomposition import PCA  # half a second to import, needed here alone

    if len(z) < 2:
        raise ValueError(
            f"z must be at least 2 vectors to be projected onto a plane, got the shape {z.shape}."
        )
    pca = PCA(n_components=2, svd_solver="full").fit(z)
    names = [
        label("component", number=index + 1, share=number(100 * share, 0))
        for index, share in enumerate(np.nan_to_num(pca.explained_variance_ratio_))
    ]
    # Orthonormal directions: the projected prior is N(0, I) again, around the projected origin.
    return pca.transform(z), pca.transform(np.zeros((1, z.shape[1])))[0], names


def _plot_latent_line(z, members, names, prior, title, description):
    """Draws a strip of points for each class above the only latent axis."""
    count = max(len(names), 1)
    figure, axes = new_figure(6.4, 1.4 + 0.36 * count, description=description)
    # Heights spread evenly by the golden ratio: no two runs differ, no pattern shows.
    heights = members + 0.7 * ((np.arange(len(z)) * _GOLDEN) % 1 - 0.5)
    _scatter(axes, np.stack([z, heights], axis=1), members)
    if prior:
        for share in _PRIOR_SHARES:
            bound = NormalDist().inv_cdf((1 + share) / 2)
            span = axes.axvspan(-bound, bound, color=MUTED, alpha=0.12, linewidth=0, zorder=0)
            place, look = axes.get_xaxis_transform(), {"color": MUTED, "ha": "right", "va": "top"}
            small_print(axes, percent(share), (bound, 1), (-2, -2), place, **look)
        _draw_prior_legend(figure, span)
    axes.set(xlabel="$z$", ylabel=label("class") if names else "", title=title)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(count - 0.5, -0.85)
    axes.grid(False, axis="y")
    return figure


def _scatter(axes, points, members):
    # Shuffled, lest the last class hide the others; always in the same way.
    order = np.random.default_rng(0).permutation(len(points))
    points, members = points[order], members[order]
    tens, colors = np.divmod(members, len(CLASS_COLORS))
    for ten in np.unique(tens):  # one marker a call
        axes.scatter(
            *points[tens == ten].T,
            s=float(np.clip(30000 / len(points), 4, 20)),
            c=np.take(CLASS_COLORS, colors[tens == ten]),
            marker=_look(ten * len(CLASS_COLORS))["marker"],
            alpha=0.8,
            linewidths=0,
            rasterized=True,
            zorder=2,
        )


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
    if radius < _LEAST_LABELLED * max(axes.viewLim.size):
        return circle  # its label would hide it: the legend says what it holds
    side = np.array([1 if share > 0.5 else -1, -1]) / math.sqrt(2)
    axes.text(
        *(centre + radius * side),
        percent(share),
        fontsize=9,
        color=INK,
        ha="center",
        va="center",
        zorder=6,
        bbox={"boxstyle": "round,pad=0.1", "facecolor": (1, 1, 1, 0.9), "linewidth": 0},
    )
    return circle


def _draw_prior_legend(figure, handle):
    first, second = map(percent, _PRIOR_SHARES)
    text = label("prior", first=first, second=second, prior=r"$\mathcal{N}(0, I)$")
    figure.legend([handle], [text], loc="outside lower center")


def _class_name(each, class_names):
    if class_names is None:
        return str(each)
    try:
        return str(class_names[each])
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"class_names must name every class in labels, {each} has no name: got "
            f"{len(class_names)} names. Mend: a dict from labels, or a sequence for integers."
        ) from error


def _name_box(index, name):
    return {
        "boxstyle": "circle,pad=0.25" if len(name) == 1 else "round,pad=0.25",
        "facecolor": (1, 1, 1, 0.85),
        "edgecolor": _look(index)["color"],
        "linewidth": 1.8,
    }


def _look(index):
    ten, color = divmod(index, len(CLASS_COLORS))
    return {"color": CLASS_COLORS[color], "marker": _CLASS_MARKERS[ten % len(_CLASS_MARKERS)]}
