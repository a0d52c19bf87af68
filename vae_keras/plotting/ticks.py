"""The numbers along the axes: in the language of the figures, and on logarithmic scales."""

from matplotlib.ticker import LogLocator, ScalarFormatter

from vae_keras.plotting.labels import decimal, language


class _CommaFormatter(ScalarFormatter):
    """Matplotlib's tick labels with a decimal comma, without the need of a system locale."""

    def __call__(self, x, pos=None):
        # Braces: mathtext would otherwise put a space after a comma.
        return super().__call__(x, pos).replace(".", "{,}")


def localize(axes):
    """Gives linear axes the decimal mark of the language; explicit labels replace it."""
    if language() == "fr":
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_CommaFormatter(useMathText=True))


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
