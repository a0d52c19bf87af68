"""A table of correlations, shaded."""

import textwrap

from matplotlib.colors import LinearSegmentedColormap

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import number
from vae_keras.plotting.style import INK

# By strength alone: the sign is in the number, which a grey print keeps.
_CELL = 0.38  # inches, the width of a column
_LETTER = 0.085  # inches, the mean width of a letter of a title
_STRENGTH = LinearSegmentedColormap.from_list("strength", ["#ffffff", "#9dbcdc", "#215e94"])


def plot_correlations(matrices, *, rows, columns, xlabel=None, title=None):
    """Draws tables of correlations, side by side: the darker, the stronger, whatever the sign.

    Args:
        matrices: A dict from names, which are wrapped where they are wider than their tables, to
            arrays (num_rows, num_columns), in [-1, 1].
        rows: One name for each row.
        columns: One name for each column.
        xlabel: What the columns are.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure` with one panel a table.

    Raises:
        ValueError: If the shapes do not fit, or a value is out of [-1, 1].

    Example:

    >>> plot_correlations({"β = 1": factor_correlations(z, factors)},
    ...                   rows=FACE_FACTORS, columns=range(1, 11))
    """
    checks.named(matrices, "matrices")
    what = "(num_rows, num_columns)"
    matrices = {
        str(name): checks.finite_array(matrix, f"matrices[{name!r}]", 2, what)
        for name, matrix in matrices.items()
    }
    for name, matrix in matrices.items():
        checks.same_length("rows", rows, f"rows of matrices[{name!r}]", len(matrix))
        checks.same_length("columns", columns, f"columns of matrices[{name!r}]", matrix.shape[1])
        if abs(matrix).max() > 1 + 1e-6:
            raise ValueError(
                f"matrices[{name!r}] must hold correlations in [-1, 1], got values from "
                f"{matrix.min():g} to {matrix.max():g}."
            )
    beside = 0.08 * max(len(str(row)) for row in rows) + 0.3
    width = _CELL * len(columns)
    titles = [textwrap.fill(name, max(8, int(width / _LETTER))) for name in matrices]
    figure, panels = new_figure(
        beside + len(matrices) * width,
        0.34 * len(rows) + 1.1 + 0.2 * max(each.count("\n") for each in titles),
        columns=len(matrices),
    )
    panels = [panels] if len(matrices) == 1 else list(panels)
    for axes, name, matrix in zip(panels, titles, matrices.values(), strict=True):
        axes.imshow(abs(matrix), cmap=_STRENGTH, vmin=0, vmax=1, aspect="auto")
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_xticks(range(len(columns)), list(map(str, columns)))
        axes.set_yticks(range(len(rows)), list(map(str, rows)) if axes is panels[0] else [])
        axes.set(xlabel=xlabel or "", title=name)
        for place, value in ((p, matrix[p]) for p in _places(matrix)):
            axes.text(
                place[1],
                place[0],
                number(value, 1),
                fontsize=8,
                ha="center",
                va="center",
                color="white" if abs(value) > 0.6 else INK,
            )
    if title:
        figure.suptitle(title)
    return figure


def _places(matrix):
    return [(row, column) for row in range(matrix.shape[0]) for column in range(matrix.shape[1])]
