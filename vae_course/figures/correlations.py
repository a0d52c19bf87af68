"""A table of correlations, shaded."""

import textwrap

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from vae_course.figures import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.image_grids import show_canvas
from vae_keras.plotting.labels import Labels, number
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK

_CELL = 0.38  # inches, the width of a column
_LETTER = 0.085  # inches, the mean width of a letter of a title
# By strength alone: the sign is in the number, which a grey print keeps.
_STRENGTH = LinearSegmentedColormap.from_list("strength", ["#ffffff", "#9dbcdc", "#215e94"])

label = Labels(
    {
        "see": (
            "Tables of correlations, {rows} rows by {columns} columns, the darker the stronger",
            "Tables de corrélations, {rows} sur {columns}, plus foncées quand elles sont fortes",
        ),
        "rows": ("Rows: {names}", "Lignes\u00a0: {names}"),
    }
)


def plot_correlations(matrices, *, rows, columns, xlabel=None, title=None, description=None):
    """Draws tables of correlations, side by side: the darker, the stronger, whatever the sign.

    Args:
        matrices: A dict from names, which are wrapped where they are wider than their tables, to
            arrays (num_rows, num_columns), in [-1, 1].
        rows: One name for each row.
        columns: One name for each column.
        xlabel: What the columns are.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure` with one panel a table.

    Raises:
        ValueError: If the shapes do not fit, or a value is out of [-1, 1].

    Example:

    >>> plot_correlations({"β = 1": factor_correlations(z, factors)},
    ...                   rows=FACE_FACTORS, columns=range(1, 11))
    """
    matrices = drawable.named_arrays(matrices, "matrices", "(num_rows, num_columns)")
    for name, matrix in matrices.items():
        where = f"matrices[{name!r}]"
        drawable.same_length(rows, "rows", f"rows of {where}", len(matrix))
        drawable.same_length(columns, "columns", f"columns of {where}", matrix.shape[1])
        if abs(matrix).max() > 1 + 1e-6:
            raise ValueError(
                f"{where} must hold correlations in [-1, 1], got values from {matrix.min():g} to "
                f"{matrix.max():g}."
            )
    beside = 0.08 * max(len(str(row)) for row in rows) + 0.3
    width = _CELL * len(columns)
    titles = [textwrap.fill(str(name), max(8, int(width / _LETTER))) for name in matrices]
    figure, panels = new_figure(
        beside + len(matrices) * width,
        0.34 * len(rows) + 1.1 + 0.2 * max(each.count("\n") for each in titles),
        columns=len(matrices),
        description=description
        or describe(
            label("see", rows=len(rows), columns=len(columns)),
            matrices,
            x=xlabel,
            title=title,
            also=label("rows", names=", ".join(map(str, rows))),
        ),
    )
    for axes, name, matrix in zip(np.atleast_1d(panels), titles, matrices.values(), strict=True):
        show_canvas(axes, abs(matrix), cmap=_STRENGTH, vmin=0, vmax=1, aspect="auto")
        axes.tick_params(length=0)
        axes.set_xticks(range(len(columns)), list(map(str, columns)))
        if axes is figure.axes[0]:
            axes.set_yticks(range(len(rows)), list(map(str, rows)))
        axes.set(xlabel=xlabel or "", title=name)
        for (row, column), value in np.ndenumerate(matrix):
            color = "white" if abs(value) > 0.6 else INK
            text = number(value, 1)
            axes.text(column, row, text, fontsize=8, ha="center", va="center", color=color)
    if title:
        figure.suptitle(title)
    return figure
