"""Curves that are to be compared."""

from vae_course.figures import drawable
from vae_course.figures.log_scales import set_log_scales
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import line_look


def plot_curves(x, curves, *, xlabel, ylabel, title=None, log_x=False, log_y=False):
    """Draws named curves over the same abscissas.

    Args:
        x: The abscissas, (n,).
        curves: A dict from names to ordinates, each (n,).
        xlabel: What `x` is, with its unit.
        ylabel: What the ordinates are, with their unit.
        title: The title of the figure.
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

    figure, axes = new_figure(6.0, 3.8)
    for index, (name, values) in enumerate(curves.items()):
        axes.plot(x, values, label=name, **line_look(index, len(x)))
    set_log_scales(axes, x, log_x, log_y)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.legend()
    return figure
