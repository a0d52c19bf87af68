"""Measures beside the exact values that they estimate."""

import numpy as np

from vae_course.figures import drawable
from vae_course.figures.log_scales import on_scale, set_log_scales
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.line_looks import LINE_MARKERS
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import LINE_COLORS, LINE_STROKES

label = Labels(
    {
        "measured_exact": (
            "point: measured, line: exact",
            "point\u00a0: mesuré, trait\u00a0: exact",
        ),
        "see": (
            "Measures as points, over their exact values as lines",
            "Mesures en points, sur leurs valeurs exactes en traits",
        ),
    }
)


def plot_estimates(
    x, measured, exact, *, xlabel, ylabel, title=None, description=None, log_x=False, log_y=False
):
    """Draws what was measured as points, over the exact values drawn as lines.

    A measure and its formula share a colour, so that a glance tells whether they agree.

    Args:
        x: The abscissas, (n,), in any order.
        measured: A dict from names to measured values, each (n,).
        exact: A dict from the names of `measured`, or some of them, to exact values, each (n,).
        xlabel: What `x` is, with its unit.
        ylabel: What the values are, with their unit.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.
        log_x: Whether the x axis is logarithmic. Up to ten abscissas are then written as they are.
        log_y: Whether the y axis is logarithmic.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, if a formula has no measure of its name, if a value is not
            finite, or not positive on a log axis.

    Example:

    >>> plot_estimates([10, 100], {"mean": [0.11, 0.009]}, {"mean": [0.1, 0.01]},
    ...                xlabel="Draws", ylabel="Variance", log_x=True, log_y=True)
    """
    x = drawable.array(x, "x", "(n,)")
    measured, exact = (
        drawable.named_arrays(series, argument, "(n,)", along=("x", len(x)), positive=log_y)
        for argument, series in (("measured", measured), ("exact", exact))
    )
    unknown = [name for name in exact if name not in measured]
    if unknown:
        raise ValueError(
            f"exact must have the names of measured, {', '.join(map(repr, measured))}, got "
            f"{', '.join(map(repr, unknown))} as well."
        )
    if log_x:
        drawable.log_axis(x, "x")

    order = np.argsort(x, kind="stable")  # a line goes from left to right
    figure, axes = new_figure(
        6.0,
        4.3,
        description=description
        or describe(
            label("see"),
            measured,
            x=on_scale(xlabel, log_x),
            y=on_scale(ylabel, log_y),
            title=title,
        ),
    )
    for index, name in enumerate(measured):
        color = LINE_COLORS[index % len(LINE_COLORS)]
        points = {
            "color": color,
            "marker": LINE_MARKERS[index % len(LINE_MARKERS)],
            "markersize": 5.5,
        }
        stroke = LINE_STROKES[index % len(LINE_STROKES)] if name in exact else ""
        if name in exact:
            axes.plot(x[order], exact[name][order], color=color, linestyle=stroke)
        axes.plot(x, measured[name], linestyle="", **points)
        axes.plot([], [], linestyle=stroke, label=name, **points)  # the legend: both in one
    set_log_scales(axes, x, log_x, log_y)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    # Below the axes: measures and formulas leave no empty corner.
    figure.legend(
        loc="outside lower center",
        ncols=min(len(measured), 3),
        title=label("measured_exact"),
        title_fontsize=9,
    )
    return figure
