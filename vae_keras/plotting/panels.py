"""Several small plots of the same curves: methods compared under several conditions."""

import math

import numpy as np

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import localize_ticks, set_log_scales
from vae_keras.plotting.style import LINE_COLORS, LINE_MARKERS, LINE_STROKES, MUTED, line_look

_COLORS = (*LINE_COLORS, MUTED)  # the seventh curve is grey
_LOOKS = len(LINE_STROKES) ** 2


def plot_panels(panels, *, xlabel, ylabel, columns=2, log_x=False, title=None):
    """Draws named curves, each with its own abscissas, in one panel a condition.

    A name has the same stroke, colour and marker in all the panels, and one line in the legend.

    Args:
        panels: A dict from the panels' titles to dicts from names of curves to pairs `(x, y)` of
            arrays (n,). At most 36 names in all; the seventh curve is grey, as a reference is.
        xlabel: What the abscissas are, with their unit; or a dict from the panels' titles to it.
        ylabel: What the ordinates are, with their unit.
        columns: The number of panels in a row.
        log_x: Whether the x axes are logarithmic.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a curve is not a pair of arrays of one length, if a value is not finite, or
            not positive on a log axis, if a panel has no label, or if there are too many names.

    Example:

    >>> noise = {"median": ([0.1, 0.3], [22.0, 17.2]), "VAE": ([0.1, 0.3], [20.5, 19.2])}
    >>> plot_panels({"Noise": noise}, xlabel="Standard deviation", ylabel="PSNR (dB)")
    """
    checks.named(panels, "panels")
    checks.positive_integer(columns, "columns")
    panels = {str(panel): _curves(panel, curves, log_x) for panel, curves in panels.items()}
    if isinstance(xlabel, dict):
        xlabels = {str(panel): text for panel, text in xlabel.items()}
    else:
        xlabels = dict.fromkeys(panels, xlabel)
    missing = [panel for panel in panels if panel not in xlabels]
    if missing:
        raise ValueError(f"xlabel must have an entry for each panel, {missing[0]!r} is missing.")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    if len(names) > _LOOKS:
        raise ValueError(
            f"panels must hold at most {_LOOKS} names of curves, which can be told apart, got "
            f"{len(names)}: make several figures."
        )

    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    alone = len(panels) == 1
    side_by_side = _names_in_a_row(names, 7.6 if alone or columns > 1 else 3.7)
    legend_rows = math.ceil(len(names) / side_by_side)
    figure, grid = new_figure(
        6.8 if alone else 3.9 * columns,
        (3.9 if alone else 2.7 * rows) + 0.22 * legend_rows + (0.3 if title else 0),
        rows,
        columns,
    )
    grid = np.reshape(grid, (rows, columns))
    handles = {}
    for axes, (panel, curves) in zip(grid.flat, panels.items(), strict=False):
        for name, (x, y) in curves.items():
            look = _look(names.index(name), len(x))
            (handles[name],) = axes.plot(x, y, label=name, **look)
        abscissas = np.unique(np.concatenate([x for x, _ in curves.values()]))
        set_log_scales(axes, abscissas, log_x, False)
        axes.set(xlabel=xlabels[panel], title=panel if panel else None)
        localize_ticks(axes)
    for unused in grid.flat[len(panels) :]:
        unused.set_visible(False)
    for first in grid[:, 0]:
        first.set_ylabel(ylabel)
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="outside lower center",
        ncols=side_by_side,
    )
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _look(index, point_count):
    """The keywords of `Axes.plot`: no two indices have one stroke and colour, or marker."""
    look, turn = line_look(index, point_count), index // len(LINE_STROKES)
    look["color"] = _COLORS[index % len(_COLORS)]
    look["marker"] = look["marker"] and LINE_MARKERS[(index + turn) % len(LINE_MARKERS)]
    return look


def _names_in_a_row(names, width):
    """How many names of a legend fit side by side, in inches."""
    longest = max(len(name) for name in names)
    return max(1, min(len(names), int(width / (0.075 * longest + 0.65))))


def _curves(panel, curves, log_x):
    checks.named(curves, f"panels[{panel!r}]")
    checked = {}
    for name, curve in curves.items():
        where = f"panels[{panel!r}][{name!r}]"
        try:
            x, y = curve
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where} must be a pair (x, y) of arrays: {error}.") from error
        x = checks.finite_array(x, f"the abscissas of {where}", 1, "(n,)")
        y = checks.finite_array(y, f"the ordinates of {where}", 1, "(n,)")
        checks.same_length(f"the ordinates of {where}", y, "the abscissas", len(x))
        if log_x:
            checks.positive({f"{where}": x})
        checked[str(name)] = (x, y)
    return checked
