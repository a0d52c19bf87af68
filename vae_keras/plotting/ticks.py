"""The numbers along the axes, in the language of the figures."""

from matplotlib.ticker import ScalarFormatter

from vae_keras.plotting.labels import language


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
