"""Several small plots of the same curves: methods compared under several conditions."""

import math

import numpy as np

from vae_course.figures import drawable
from vae_course.figures.legends import LEGEND_ROW, names_in_a_row
from vae_course.figures.log_scales import on_scale, set_log_scales
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.line_looks import LOOKS, line_look
from vae_keras.plotting.notebook_figure import new_figure

label = Labels(
    {
        "see": ("Curves, one panel each", "Courbes, un panneau chacune"),
        "names": ("The curves: {names}", "Les courbes\u00a0: {names}"),
    }
)


def plot_panels(panels, *, xlabel, ylabel, columns=2, log_x=False, title=None, description=None):
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
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a curve is not a pair of arrays of one length, if a value is not finite, or
            not positive on a log axis, if a panel has no label, or if there are too many names.

    Example:

    >>> noise = {"median": ([0.1, 0.3], [22.0, 17.2]), "VAE": ([0.1, 0.3], [20.5, 19.2])}
    >>> plot_panels({"Noise": noise}, xlabel="Standard deviation", ylabel="PSNR (dB)")
    """
    panels = {
        panel: _curves(f"panels[{panel!r}]", curves, log_x)
        for panel, curves in drawable.named(panels, "panels").items()
    }
    columns = min(drawable.whole_number(columns, "columns"), len(panels))
    xlabels = xlabel if isinstance(xlabel, dict) else dict.fromkeys(panels, xlabel)
    missing = [panel for panel in panels if panel not in xlabels]
    if missing:
        raise ValueError(f"xlabel must have an entry for each panel, {missing[0]!r} is missing.")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    if len(names) > LOOKS:
        raise ValueError(
            f"panels must hold at most {LOOKS} names of curves, which can be told apart, got "
            f"{len(names)}. Mend: make several figures."
        )

    rows = math.ceil(len(panels) / columns)
    alone = len(panels) == 1
    side_by_side = names_in_a_row(names, 7.6 if alone or columns > 1 else 3.7)
    legend_rows = math.ceil(len(names) / side_by_side)
    figure, grid = new_figure(
        6.8 if alone else 3.9 * columns,
        (3.9 if alone else 2.7 * rows) + LEGEND_ROW * legend_rows + (0.3 if title else 0),
        rows,
        columns,
        description=description
        or describe(
            label("see"),
            panels,
            x=on_scale(", ".join(dict.fromkeys(xlabels[panel] for panel in panels)), log_x),
            y=ylabel,
            title=title,
            also=label("names", names=", ".join(names)),
        ),
    )
    grid = np.reshape(grid, (rows, columns))
    handles = {}
    for axes, (panel, curves) in zip(grid.flat, panels.items(), strict=False):
        for name, (x, y) in curves.items():
            look = line_look(names.index(name), len(x))
            (handles[name],) = axes.plot(x, y, label=name, **look)
        abscissas = np.unique(np.concatenate([x for x, _ in curves.values()]))
        set_log_scales(axes, abscissas, log_x, False)
        axes.set(xlabel=xlabels[panel], title=str(panel) or None)
    for unused in grid.flat[len(panels) :]:
        unused.set_visible(False)
    for first in grid[:, 0]:
        first.set_ylabel(ylabel)
    figure.legend(
        handles=[handles[name] for name in names], loc="outside lower center", ncols=side_by_side
    )
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _curves(where, curves, log_x):
    checked = {}
    for name, curve in drawable.named(curves, where).items():
        each = f"{where}[{name!r}]"
        x, y = drawable.parts(curve, each, "(x, y)")
        x = drawable.array(x, f"the abscissas of {each}", "(n,)")
        y = drawable.array(y, f"the ordinates of {each}", "(n,)")
        drawable.same_length(y, f"the ordinates of {each}", "the abscissas", len(x))
        checked[str(name)] = (drawable.log_axis(x, each) if log_x else x, y)
    return checked
