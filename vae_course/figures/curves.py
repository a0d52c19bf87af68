"""Curves that are to be compared."""

import math

from vae_course.figures import drawable
from vae_course.figures.legends import LEGEND_ROW, names_in_a_row
from vae_course.figures.log_scales import on_scale, set_log_scales
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.line_looks import line_look
from vae_keras.plotting.notebook_figure import new_figure

label = Labels({"see": ("Curves", "Courbes")})


def plot_curves(
    x, curves, *, xlabel, ylabel, title=None, description=None, log_x=False, log_y=False
):
    """Draws named curves over the same abscissas.

    Args:
        x: The abscissas, (n,).
        curves: A dict from names to ordinates, each (n,).
        xlabel: What `x` is, with its unit.
        ylabel: What the ordinates are, with their unit.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.
        log_x: Whether the x axis is logarithmic. Up to ten abscissas are then written as they are.
        log_y: Whether the y axis is logarithmic.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, if a value is not finite, or not positive on a log axis.

    Example:

    >>> plot_curves([2, 4, 8], {"PCA": [41., 33., 25.], "autoencoder": [32., 22., 14.]},
    ...             xlabel="Latent dimensions", ylabel="Squared error per image", log_x=True)
    """
    x = drawable.array(x, "x", "(n,)")
    curves = drawable.named_arrays(curves, "curves", "(n,)", along=("x", len(x)), positive=log_y)
    if log_x:
        drawable.log_axis(x, "x")

    in_a_row = names_in_a_row(curves, 5.6)
    figure, axes = new_figure(
        6.0,
        3.6 + LEGEND_ROW * math.ceil(len(curves) / in_a_row),
        description=description
        or describe(
            label("see"),
            curves,
            x=on_scale(xlabel, log_x),
            y=on_scale(ylabel, log_y),
            title=title,
        ),
    )
    for index, (name, values) in enumerate(curves.items()):
        axes.plot(x, values, label=name, **line_look(index, len(x)))
    set_log_scales(axes, x, log_x, log_y)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    # Below the axes, never over the curves.
    figure.legend(loc="outside lower center", ncols=in_a_row)
    return figure
