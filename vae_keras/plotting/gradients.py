"""How gradients travel through a random draw, and how well they are estimated."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import label, localize_ticks, set_log_scales
from vae_keras.plotting.style import INK, LINE_COLORS, LINE_MARKERS, LINE_STROKES, MUTED

# One unit is 0.62 inch; z is at height 0.
_UNIT = 0.62
_LEFT, _RIGHT, _BOTTOM, _TOP = -0.95, 6.95, -1.75, 2.2
_ENCODER, _MEAN, _LOG_VAR, _Z, _NOISE, _F = (
    (0.0, 0.0),
    (2.1, 1.0),
    (2.1, -1.0),
    (4.2, 0.0),
    (4.2, 1.65),
    (6.2, 0.0),
)
_NETWORK, _DRAW, _BACKWARD = "#215e94", "#e08a1e", "#a3195b"


def plot_gradient_paths(*, title=None):
    """Draws where the gradient goes without and with the reparameterization trick.

    On the left z is drawn from N(μ, σ²): the computation passes through a random node, and the
    gradient that comes back from f(z) stops there. On the right z = μ + σ·ε: the noise stands
    beside the path, which is differentiable from end to end.

    Args:
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure` with two panels.

    Example:

    >>> plot_gradient_paths()
    """
    width, height = 2 * _UNIT * (_RIGHT - _LEFT), _UNIT * (_TOP - _BOTTOM) + 0.75
    figure, panels = new_figure(width, height, columns=2)
    for axes, reparameterized in zip(panels, (False, True), strict=True):
        axes.set(xlim=(_LEFT, _RIGHT), ylim=(_BOTTOM, _TOP), aspect="equal")
        axes.set_title(label("noise_beside" if reparameterized else "draw_on_path"))
        axes.axis("off")
        nodes = _draw_nodes(axes, reparameterized)
        _draw_paths(axes, nodes, reparameterized)
    strokes = [
        Line2D([], [], color=MUTED, label=label("computation")),
        Line2D([], [], color=_BACKWARD, linestyle="--", label=label("gradient")),
    ]
    figure.legend(handles=strokes, loc="outside lower center", ncols=2)
    if title:
        figure.suptitle(title)
    return figure


def _draw_nodes(axes, reparameterized):
    """Draws the values and the networks; returns the patch at each place, for arrows to meet."""
    nodes = {}
    for place, name in ((_ENCODER, label("encoder")), (_F, "$f(z)$")):
        nodes[place] = FancyBboxPatch(
            (place[0] - 0.72, place[1] - 0.36),
            1.44,
            0.72,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="white",
            edgecolor=_NETWORK,
            linewidth=1.4,
            zorder=3,
        )
        axes.add_patch(nodes[place])
        axes.text(*place, name, color=INK, fontsize=10, ha="center", va="center", zorder=4)
    nodes[_MEAN] = _draw_value(axes, _MEAN, r"$\mu$", 13)
    nodes[_LOG_VAR] = _draw_value(axes, _LOG_VAR, r"$\log\sigma^2$", 8.5)
    nodes[_Z] = _draw_value(axes, _Z, "$z$", 13, random=not reparameterized)
    if reparameterized:
        law = r"$z=\mu+\sigma\cdot\varepsilon$"
        nodes[_NOISE] = _draw_value(axes, _NOISE, r"$\varepsilon$", 13, random=True)
        noise_law = r"$\varepsilon\sim\mathcal{N}(0,I)$"
        axes.text(_NOISE[0] + 0.6, _NOISE[1], noise_law, color=INK, fontsize=11, va="center")
    else:
        law = r"$z\sim\mathcal{N}(\mu,\,\sigma^2)$"
    axes.text(_Z[0] + 0.95, _Z[1] - 1.0, law, color=INK, fontsize=11, ha="center", va="center")
    return nodes


def _draw_value(axes, place, name, size, random=False):
    """Draws a value of the computation; a random one is tinted and dashed."""
    color = _DRAW if random else _NETWORK
    circle = Circle(
        place,
        0.42,
        facecolor=(color, 0.22) if random else "white",
        edgecolor=color,
        linestyle="--" if random else "-",
        linewidth=1.4,
        zorder=3,
    )
    axes.add_patch(circle)
    axes.text(*place, name, color=INK, fontsize=size, ha="center", va="center", zorder=4)
    return circle


def _draw_paths(axes, nodes, reparameterized):
    paths = [(_ENCODER, _MEAN), (_ENCODER, _LOG_VAR), (_MEAN, _Z), (_LOG_VAR, _Z), (_Z, _F)]
    for start, stop in paths:
        _draw_arrow(axes, nodes, start, stop, MUTED)
        if reparameterized or start == _Z:
            _draw_arrow(axes, nodes, stop, start, _BACKWARD, "--")
    if reparameterized:
        _draw_arrow(axes, nodes, _NOISE, _Z, MUTED, bend=0.0)
        return
    for up, text_up in ((0.52, 0.95), (-0.52, -0.95)):
        axes.plot(
            3.15, up, marker="x", markersize=10, markeredgewidth=2.4, color=_BACKWARD, zorder=5
        )
        axes.text(
            3.3,
            text_up,
            "None",
            color=_BACKWARD,
            family="monospace",
            ha="center",
            va="center",
        )


def _draw_arrow(axes, nodes, start, stop, color, stroke="-", bend=0.16):
    axes.add_patch(
        FancyArrowPatch(
            start,
            stop,
            arrowstyle="-|>",
            mutation_scale=11,
            connectionstyle=f"arc3,rad={bend}",  # there and back side by side
            patchA=nodes[start],
            patchB=nodes[stop],
            color=color,
            linestyle=stroke,
            linewidth=1.4,
            shrinkA=3,
            shrinkB=3,
            zorder=2,
        )
    )


def plot_estimates(x, measured, exact, *, xlabel, ylabel, title=None, log_x=False, log_y=False):
    """Draws what was measured as points, over the exact values drawn as lines.

    A measure and its formula share a colour, so that a glance tells whether they agree.

    Args:
        x: The abscissas, (n,), in any order.
        measured: A dict from names to measured values, each (n,).
        exact: A dict from the names of `measured`, or some of them, to exact values, each (n,).
        xlabel: What `x` is, with its unit.
        ylabel: What the values are, with their unit.
        title: The title of the figure.
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
    x = checks.finite_array(x, "x", 1, "(n,)")
    checks.named(measured, "measured")
    checks.named(exact, "exact")
    unknown = [name for name in exact if name not in measured]
    if unknown:
        raise ValueError(
            f"exact must have the names of measured, {', '.join(map(repr, measured))}, got "
            f"{', '.join(map(repr, unknown))} as well."
        )
    drawn = {}
    for argument, series in (("measured", measured), ("exact", exact)):
        for name, values in series.items():
            key = f"{argument}[{name!r}]"
            drawn[key] = checks.finite_array(values, key, 1, "(n,)")
            checks.same_length(key, drawn[key], "x", len(x))
    if log_x:
        checks.positive({"x": x})
    if log_y:
        checks.positive(drawn)

    order = np.argsort(x, kind="stable")  # a line goes from left to right
    figure, axes = new_figure(6.0, 4.3)
    for index, name in enumerate(measured):
        color = LINE_COLORS[index % len(LINE_COLORS)]
        points = {
            "color": color,
            "marker": LINE_MARKERS[index % len(LINE_MARKERS)],
            "markersize": 5.5,
        }
        stroke = LINE_STROKES[index % len(LINE_STROKES)] if name in exact else ""
        if name in exact:
            exact_values = drawn[f"exact[{name!r}]"]
            axes.plot(x[order], exact_values[order], color=color, linestyle=stroke)
        axes.plot(x, drawn[f"measured[{name!r}]"], linestyle="", **points)
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
    localize_ticks(axes)
    return figure
