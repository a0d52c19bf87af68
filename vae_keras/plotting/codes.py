"""What the codes leave empty, and generators compared by two measures."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import decimal, label, localize_ticks, number
from vae_keras.plotting.style import INK, LINE_COLORS, LINE_MARKERS, REGION_SHADES

_REACHED, _REACHED_EDGE = REGION_SHADES
_HOLE = LINE_COLORS[2]
_CELLS = 260  # cells of the map along its side
_TEXT_HEIGHT, _CHARACTER = 0.17, 0.068  # inches, of the names beside points


def plot_coverage(spaces, *, title=None):
    """Draws which part of a latent plane lies near a code, and which draws fall into a hole.

    A point is in a hole if no code lies within the reach, a distance that is the caller's to
    choose. Each space is drawn to its own scale, equal along both axes, as far as its draws go.

    Args:
        spaces: A dict from names to `(codes, reach, draws)`, one panel each: the codes (n, 2), the
            largest distance to a code that is near, and points (m, 2) of which those in a hole
            are marked, their share being written above the panel.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or a reach is not above 0.

    Example:

    >>> draws = rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), 1000)
    >>> plot_coverage({"autoencoder": (z, 0.8, draws)})
    """
    checks.named(spaces, "spaces")
    spaces = {name: _checked_space(f"spaces[{name!r}]", each) for name, each in spaces.items()}
    count = len(spaces)
    figure, panels = new_figure(max(3.3 * count, 4.6), 3.95 + (0.3 if title else 0), columns=count)
    for axes, (name, space) in zip(np.atleast_1d(panels), spaces.items(), strict=True):
        share = _draw_coverage(axes, *space)
        text = label("in_a_hole", share=label("percent", share=number(100 * share, 0)))
        axes.set_title(f"{name}\n{text}", fontsize=10)
        axes.set(xlabel="$z_1$", ylabel="$z_2$")
        localize_ticks(axes)
    handles = [
        Patch(facecolor=_REACHED, edgecolor=_REACHED_EDGE, label=label("within_reach")),
        _dot("o", INK, label("codes"), size=3),
        _dot("x", _HOLE, label("draws_in_holes"), size=6),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def plot_named_points(groups, *, xlabel, ylabel, log_x=False, title=None):
    """Draws named points, a colour and a marker for each group: models by two of their scores.

    Args:
        groups: A dict from names of groups to dicts from names of points to `(x, y)`.
        xlabel: What the abscissas are, with their unit.
        ylabel: What the ordinates are, with their unit.
        log_x: Whether the x axis is logarithmic.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a point is not a pair of finite numbers, or is not positive on a log axis.

    Example:

    >>> plot_named_points({"VAE": {"N(0, I)": (5.1, 0.8)}, "real": {"test": (5.2, 0.9)}},
    ...                   xlabel="Distance", ylabel="Confidence")
    """
    checks.named(groups, "groups")
    for group, points in groups.items():
        checks.named(points, f"groups[{group!r}]")
    pairs = [
        (str(name), checks.pair(place, f"groups[{group!r}][{name!r}]").astype(float))
        for group, points in groups.items()
        for name, place in points.items()
    ]
    places = np.array([place for _, place in pairs])
    if log_x and places[:, 0].min() <= 0:
        raise ValueError(
            f"A logarithmic axis needs positive values, an abscissa is {places[:, 0].min():g}: "
            "draw it on a linear axis."
        )

    width, height = 7.2, 4.6
    figure, axes = new_figure(width, height)
    for index, (group, points) in enumerate(groups.items()):
        axes.plot(
            *np.array([points[name] for name in points], float).T,
            color=LINE_COLORS[index % len(LINE_COLORS)],
            marker=LINE_MARKERS[index % len(LINE_MARKERS)],
            markersize=7,
            linestyle="",
            label=str(group),
            zorder=3,
        )
    if log_x:
        axes.set_xscale("log")
    _make_room(axes, places, log_x)
    if log_x:
        _plain_log_ticks(axes)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    # Where the points will be on the page, in inches: the margins of the axes are about one.
    inches = axes.transAxes.inverted().transform(axes.transData.transform(places))
    inches *= (width - 0.9, height - 1.2)
    names = [name for name, _ in pairs]
    sides = _place_names(inches, names, (width - 0.9, height - 1.2))
    for (name, place), (right, up) in zip(pairs, sides, strict=True):
        axes.annotate(
            name,
            place,
            (8 * right if up == 0 else 0, 13 * up),
            fontsize=9,
            color=INK,
            ha="center" if up else ("left" if right > 0 else "right"),
            va="center",
            textcoords="offset points",
            zorder=4,
        )
    figure.legend(loc="outside lower center", ncols=len(groups))
    localize_ticks(axes)
    return figure


def _draw_coverage(axes, codes, reach, draws):
    """Draws one space; returns the share of the draws that lie in a hole."""
    from sklearn.neighbors import NearestNeighbors  # half a second to import, needed here alone

    nearest = NearestNeighbors(n_neighbors=1).fit(codes)
    in_hole = nearest.kneighbors(draws)[0][:, 0] > reach
    low, high = draws.min(axis=0), draws.max(axis=0)
    middle, half = (low + high) / 2, 0.53 * max(np.max(high - low), 2 * reach)
    across, upwards = (np.linspace(each - half, each + half, _CELLS) for each in middle)
    grid = np.stack(np.meshgrid(across, upwards), axis=-1)
    distances = nearest.kneighbors(grid.reshape(-1, 2))[0].reshape(_CELLS, _CELLS)
    if distances.min() < reach:  # a code is in sight
        axes.contourf(across, upwards, distances, [0, reach], colors=[_REACHED])
        if distances.max() > reach:
            axes.contour(
                across, upwards, distances, [reach], colors=[_REACHED_EDGE], linewidths=0.7
            )
    size = float(np.clip(4000 / len(codes), 0.6, 8))
    axes.scatter(*codes.T, s=size, c=INK, linewidths=0, rasterized=True, zorder=2)
    axes.scatter(
        *draws[in_hole].T, s=14, c=_HOLE, marker="x", linewidths=0.9, rasterized=True, zorder=3
    )
    axes.grid(False)
    axes.set(xlim=across[[0, -1]], ylim=upwards[[0, -1]])
    axes.set_aspect("equal")
    return np.mean(in_hole)


def _checked_space(name, space):
    try:
        codes, reach, draws = space
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be (codes, reach, draws): {error}.") from error
    codes = checks.finite_array(codes, f"the codes of {name}", 2, "(n, 2)")
    draws = checks.finite_array(draws, f"the draws of {name}", 2, "(m, 2)")
    for what, points in (("codes", codes), ("draws", draws)):
        if points.shape[1] != 2:
            raise ValueError(
                f"The {what} of {name} must have shape (n, 2), got {points.shape}: a map needs a "
                "plane."
            )
    reach = float(checks.finite_array(reach, f"the reach of {name}", 0, "()"))
    if reach <= 0:
        raise ValueError(f"The reach of {name} must be above 0, got {reach:g}.")
    return codes, reach, draws


def _dot(marker, color, text, size):
    return Line2D([], [], color=color, marker=marker, linestyle="", markersize=size, label=text)


def _make_room(axes, places, log_x):
    """Sets limits that leave room for the names beside the outermost points."""
    x = np.log10(places[:, 0]) if log_x else places[:, 0]
    for values, part, set_limits, power in (
        (x, 0.16, axes.set_xlim, log_x),
        (places[:, 1], 0.10, axes.set_ylim, False),
    ):
        room = part * (np.ptp(values) or 1.0)
        limits = np.array([values.min() - room, values.max() + room])
        set_limits(10**limits if power else limits)


def _plain_log_ticks(axes):
    """Writes 5, 10, 20 rather than powers of ten: the range is seldom more than two decades."""
    low, high = axes.get_xlim()
    exponents = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    fine, coarse = (1, 2, 3, 4, 5, 6, 8), (1, 2, 5)
    factors = fine if high / low < 10 else coarse if high / low < 1000 else (1,)
    ticks = np.outer(10.0**exponents, factors).ravel()
    digits = "g"
    if np.sum((low <= ticks) & (ticks <= high)) < 3:  # abscissas that are close to each other
        ticks, digits = MaxNLocator(5).tick_values(low, high), ".10g"
    axes.xaxis.set_major_locator(FixedLocator(ticks[(low <= ticks) & (ticks <= high)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: decimal(f"{value:{digits}}")))


def _place_names(points, names, page):
    """Chooses for each name the side of its point where it hides the least.

    Args:
        points: The points in inches, (n, 2).
        names: Their names.
        page: Width and height of the axes in inches.

    Returns:
        For each name `(right, up)`: beside its point, (1, 0) or (-1, 0), above or below it,
        (0, 1) or (0, -1).
    """
    taken = [(point, np.array([0.14, 0.14])) for point in points]
    chosen = []
    for point, name in zip(points, names, strict=True):
        size = np.array([_CHARACTER * len(name), _TEXT_HEIGHT])

        def centre(side, point=point, size=size):
            return point + side * np.array([size[0] / 2 + 0.11, 0.18])

        def hidden(side, centre=centre, size=size):
            place = centre(side)
            outside = np.maximum(np.abs(place - np.divide(page, 2)) + (size - page) / 2, 0)
            return 10 * outside.sum() + sum(_overlap(place, size, *each) for each in taken)

        sides = [np.array(side) for side in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        best = min(sides, key=hidden)  # the first of equals
        chosen.append(best)
        taken.append((centre(best), size))
    return chosen


def _overlap(centre, size, other_centre, other_size):
    """The area that two rectangles share."""
    sides = (size + other_size) / 2 - np.abs(centre - other_centre)
    return np.prod(np.maximum(np.minimum(sides, np.minimum(size, other_size)), 0))
