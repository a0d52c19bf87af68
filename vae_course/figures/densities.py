"""Probability densities: of one variable on a line, of two in the plane."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Bbox

from vae_course.figures import drawable
from vae_course.figures.fills import HATCHES, REGION_SHADES
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, percent
from vae_keras.plotting.line_looks import line_look
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS, LINE_STROKES, MUTED

_SHARES = (0.5, 0.95)
_MARKERS = ("*", "P", "X", "D", "v", "s")

label = Labels(
    {
        "see_line": ("Densities, and histograms of draws", "Densités, et histogrammes de tirages"),
        "see_densities": ("Densities", "Densités"),
        "see_plane": ("In the plane", "Dans le plan"),
        "density": ("Density", "Densité"),
        "regions": ("{first} and {second} of {name}", "{first} et {second} de {name}"),
    }
)


def plot_densities(
    x, densities, *, samples=None, xlabel="$z$", ylabel=None, title=None, description=None
):
    """Draws densities of one variable on one axis, and histograms of draws below them.

    Args:
        x: The abscissas, (n,), increasing.
        densities: A dict from names to densities at `x`, each (n,), none negative.
        samples: A dict from names to draws of the variable, each (m,), shown as histograms of
            area 1, behind the curves.
        xlabel: What the variable is.
        ylabel: What the ordinates are. Default: a density.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, if a value is not finite or a density is negative, or if the
            abscissas do not increase.

    Example:

    >>> z = np.linspace(-3, 3, 201)
    >>> plot_densities(z, {"prior": np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)})
    """
    x = _increasing(x, "x")
    densities = drawable.named_arrays(densities, "densities", "(n,)", along=("x", len(x)))
    for name, values in densities.items():
        _check_density(values, f"densities[{name!r}]")
    samples = drawable.named_arrays(samples, "samples", "(m,)", optional=True)

    ylabel = ylabel or label("density")
    kind = label("see_line" if samples else "see_densities")
    figure, axes = new_figure(
        6.4,
        4.2,
        description=description
        or describe(kind, [*densities, *samples], x=xlabel, y=ylabel, title=title),
    )
    for index, (name, draws) in enumerate(samples.items()):
        axes.hist(
            draws,
            bins="auto",
            density=True,
            label=name,
            histtype="stepfilled",
            facecolor=("#bbbbbb", 0.35),
            edgecolor=MUTED,
            linewidth=0.8,
            hatch=HATCHES[index % len(HATCHES)],
        )
    for index, (name, values) in enumerate(densities.items()):
        look = line_look(index, len(x))
        axes.plot(x, values, label=name, **look)
        axes.fill_between(x, values, color=look["color"], alpha=0.08, linewidth=0)
    axes.set(xlim=(x[0], x[-1]), xlabel=xlabel, ylabel=ylabel, title=title)
    axes.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=2)  # beside the curves, never over them
    return figure


def plot_density_plane(
    densities=None,
    *,
    points=None,
    lines=None,
    marks=None,
    xlabel="$x_1$",
    ylabel="$x_2$",
    title=None,
    description=None,
):
    """Draws densities of two variables by the regions that hold most of their mass.

    Each density is drawn by the smallest regions that hold 50% and 95% of its mass: the first
    density in shades, the others by outlines. Distances are the same along both axes.

    Args:
        densities: A dict from names to `(x, y, values)`: the abscissas (m,), the ordinates (n,)
            and the density on their grid (n, m), none negative. It need not be normalised, but the
            grid must hold about all of its mass.
        points: A dict from names to draws, each (k, 2), shown as dots.
        lines: A dict from names to paths, each (k, 2).
        marks: A dict from names to single points, each (2,), shown as large symbols.
        xlabel: What the first variable is.
        ylabel: What the second variable is.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If shapes do not fit, if a value is not finite or a density is negative, if the
            grid is too coarse for the density, or if there is nothing to draw.

    Example:

    >>> axis = np.linspace(-3, 3, 101)
    >>> bell = np.exp(-(axis**2) / 2)
    >>> plot_density_plane({"p(z)": (axis, axis, np.outer(bell, bell))})
    """
    densities = {
        name: _checked_grid(f"densities[{name!r}]", density)
        for name, density in drawable.named(densities, "densities", optional=True).items()
    }
    points = drawable.named_arrays(points, "points", "(k, 2)", optional=True)
    lines = drawable.named_arrays(lines, "lines", "(k, 2)", optional=True)
    marks = drawable.named_arrays(marks, "marks", "(2,)", optional=True)
    if not (densities or points or lines or marks):
        raise ValueError("There is nothing to draw. Mend: pass densities, points, lines or marks.")

    first, second = map(percent, _SHARES)
    names = [label("regions", name=each, first=first, second=second) for each in densities]
    names += [*points, *lines, *marks]
    figure, axes = new_figure(
        6.4,
        5.2,
        description=description
        or describe(label("see_plane"), names, x=xlabel, y=ylabel, title=title),
    )
    drawn = [*points.values(), *lines.values(), *(place[None] for place in marks.values())]
    handles = []
    for index, (name, grid) in enumerate(densities.items()):
        handle, region = _draw_regions(axes, index, name, *grid)
        handles.append(handle)
        drawn.append(region)
    for index, (name, draws) in enumerate(points.items()):
        size = float(np.clip(12000 / len(draws), 3, 20))
        handles.append(
            axes.scatter(
                *draws.T,
                s=size,
                c=(INK, MUTED)[index % 2],
                marker="o^sD"[index % 4],
                alpha=0.55,
                linewidths=0,
                rasterized=True,
                label=name,
                zorder=2,
            )
        )
    for index, (name, path) in enumerate(lines.items(), len(densities)):
        look = line_look(index, len(path)) | {"marker": ""}
        handles += axes.plot(*path.T, label=name, zorder=3, **look)
    for index, (name, place) in enumerate(marks.items()):
        handles += axes.plot(
            *place,
            marker=_MARKERS[index % len(_MARKERS)],
            markersize=14 if index % len(_MARKERS) == 0 else 9,
            color="white",
            markeredgecolor=INK,
            markeredgewidth=1.4,
            linestyle="",
            label=name,
            zorder=4,
        )
    # The page shows what is drawn, not the empty corners of the grids.
    corners = np.concatenate(drawn)
    axes.dataLim = Bbox([corners.min(axis=0), corners.max(axis=0)])
    axes.margins(0.06)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.set_aspect("equal", adjustable="datalim")
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _draw_regions(axes, index, name, x, y, values):
    """Draws one density; returns its entry of the legend and the cells of its largest region."""
    levels = _levels(name, x, y, values)
    first, second = map(percent, _SHARES)
    text = label("regions", name=name, first=first, second=second)
    color = LINE_COLORS[index % len(LINE_COLORS)]
    stroke = LINE_STROKES[index % len(LINE_STROKES)]
    if index == 0:
        axes.contourf(x, y, values, [*levels, values.max()], colors=REGION_SHADES)
        handle, width = Patch(facecolor=REGION_SHADES[1], edgecolor=color, label=text), 1.0
    else:
        handle, width = Line2D([], [], color=color, linestyle=stroke, label=text), 1.8
    axes.contour(x, y, values, levels, colors=color, linestyles=[stroke], linewidths=width)
    rows, columns = np.nonzero(values >= levels[0])
    return handle, np.stack([x[columns], y[rows]], axis=1)


def _levels(name, x, y, values):
    """The heights above which lie the shares of the mass, the largest share's first."""
    mass = (values * np.outer(np.gradient(y), np.gradient(x))).ravel()
    if not mass.sum() > 0:
        raise ValueError(
            f"densities[{name!r}] is 0 on all of its grid. Mend: draw it where it is not."
        )
    order = np.argsort(values.ravel())[::-1]
    held = np.cumsum(mass[order]) / mass.sum()
    heights = values.ravel()[order]
    levels = [heights[np.searchsorted(held, share)] for share in sorted(_SHARES, reverse=True)]
    if not 0 < levels[0] < levels[1] < values.max():
        raise ValueError(
            f"The grid is too coarse for densities[{name!r}]: half of its mass lies in one cell, "
            "or in cells of one height. Mend: take more points, where the density is."
        )
    return levels


def _increasing(values, name):
    values = drawable.array(values, name, "(n,)", least=2)
    if not (np.diff(values) > 0).all():
        raise ValueError(f"{name} must increase, each value above the one before.")
    return values


def _check_density(values, name):
    if values.min() < 0:
        raise ValueError(
            f"{name} must be a density, got values down to {values.min():g}. Mend: pass the "
            "density, not its logarithm."
        )


def _checked_grid(name, density):
    x, y, values = drawable.parts(density, name, "(x, y, values)")
    x, y = _increasing(x, f"{name}[0]"), _increasing(y, f"{name}[1]")
    values = drawable.array(values, f"{name}[2]", f"({len(y)}, {len(x)})")
    _check_density(values, f"{name}[2]")
    return x, y, values
