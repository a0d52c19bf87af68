"""Generators compared by two measures."""

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from vae_course.figures import drawable
from vae_course.figures.log_scales import on_scale
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, decimal
from vae_keras.plotting.line_looks import LINE_MARKERS
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.placement import place_texts
from vae_keras.plotting.style import INK, LINE_COLORS

label = Labels({"see": ("Named points", "Points nommés")})


def plot_named_points(groups, *, xlabel, ylabel, log_x=False, title=None, description=None):
    """Draws named points, a colour and a marker for each group: models by two of their scores.

    Args:
        groups: A dict from names of groups to dicts from names of points to `(x, y)`.
        xlabel: What the abscissas are, with their unit.
        ylabel: What the ordinates are, with their unit.
        log_x: Whether the x axis is logarithmic.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a point is not a pair of finite numbers, or is not positive on a log axis.

    Example:

    >>> plot_named_points({"VAE": {"N(0, I)": (5.1, 0.8)}, "real": {"test": (5.2, 0.9)}},
    ...                   xlabel="Distance", ylabel="Confidence")
    """
    groups = {
        group: drawable.named_arrays(points, f"groups[{group!r}]", "(2,)")
        for group, points in drawable.named(groups, "groups").items()
    }
    names = [str(name) for points in groups.values() for name in points]
    places = np.array([place for points in groups.values() for place in points.values()])
    if log_x:
        drawable.log_axis(places[:, 0], "groups")

    figure, axes = new_figure(
        7.2,
        4.6,
        description=description
        or describe(label("see"), names, x=on_scale(xlabel, log_x), y=ylabel, title=title),
    )
    for index, (group, points) in enumerate(groups.items()):
        axes.plot(
            *np.array(list(points.values())).T,
            color=LINE_COLORS[index % len(LINE_COLORS)],
            marker=LINE_MARKERS[index % len(LINE_MARKERS)],
            markersize=7,
            linestyle="",
            label=str(group),
            zorder=3,
        )
    if log_x:
        axes.set_xscale("log")
    axes.margins(x=0.16, y=0.1)  # for the names
    if log_x:
        _write_ticks_in_full(axes)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    figure.legend(loc="outside lower center", ncols=len(groups))
    place_texts(axes, places, names, "level", fontsize=9, color=INK)
    return figure


def _write_ticks_in_full(axes):
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
