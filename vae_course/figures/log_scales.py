"""Logarithmic axes, whose numbers are written in full."""

from matplotlib.ticker import LogLocator

from vae_keras.plotting.labels import Labels, decimal

label = Labels(
    {"on_log_scale": ("{text}, on a logarithmic scale", "{text}, en échelle logarithmique")}
)


def on_scale(text, logarithmic):
    """What an axis is, for the description of a figure."""
    return label("on_log_scale", text=text) if logarithmic else text


def set_log_scales(axes, x, log_x, log_y):
    """Makes axes logarithmic; up to ten abscissas are written as they are.

    More of them, over less than four decades, have ticks at 1, 3, 10, 30…, written in full.
    """
    if log_x:
        axes.set_xscale("log")
        if len(x) <= 10:
            axes.set_xticks(x, [decimal(f"{value:g}") for value in x])
            axes.minorticks_off()
        elif max(x) < 1e4 * min(x):
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.xaxis.set_major_formatter(lambda value, _: decimal(f"{value:g}"))
            axes.minorticks_off()
    if log_y:
        axes.set_yscale("log")
