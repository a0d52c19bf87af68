"""What the codes of a latent plane leave empty."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vae_course.figures import drawable
from vae_course.figures.fills import REGION_SHADES
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, percent
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS

_REACHED, _REACHED_EDGE = REGION_SHADES
_HOLE = LINE_COLORS[2]
_CELLS = 260  # cells of the map along its side

label = Labels(
    {
        "see": (
            "The part of a latent plane that lies near a code, and the draws that fall in a hole",
            "La partie d’un plan latent à portée d’un code, et les tirages tombés dans un trou",
        ),
        "codes": ("codes", "codes"),
        "within_reach": ("near a code", "à portée d’un code"),
        "in_a_hole": ("{share} of the draws in a hole", "{share} des tirages dans un trou"),
        "draws_in_holes": ("draws in a hole", "tirages dans un trou"),
    }
)


def plot_coverage(spaces, *, title=None, description=None):
    """Draws which part of a latent plane lies near a code, and which draws fall into a hole.

    A point is in a hole if no code lies within the reach, a distance that is the caller's to
    choose. Each space is drawn to its own scale, equal along both axes, as far as its draws go.

    Args:
        spaces: A dict from names to `(codes, reach, draws)`, one panel each: the codes (n, 2), the
            largest distance to a code that is near, and points (m, 2) of which those in a hole
            are marked, their share being written above the panel.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, if a value is not finite or a reach is not above 0.

    Example:

    >>> draws = rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), 1000)
    >>> plot_coverage({"autoencoder": (z, 0.8, draws)})
    """
    spaces = {
        name: _checked_space(f"spaces[{name!r}]", space)
        for name, space in drawable.named(spaces, "spaces").items()
    }
    count = len(spaces)
    figure, panels = new_figure(
        max(3.3 * count, 4.6),
        3.95 + (0.3 if title else 0),
        columns=count,
        description=description or describe(label("see"), spaces, title=title),
    )
    for axes, (name, space) in zip(np.atleast_1d(panels), spaces.items(), strict=True):
        share = _draw_coverage(axes, *space)
        text = label("in_a_hole", share=percent(round(share, 2)))
        axes.set_title(f"{name}\n{text}", fontsize=10)
        axes.set(xlabel="$z_1$", ylabel="$z_2$")
    dots = (("o", INK, 3, "codes"), ("x", _HOLE, 6, "draws_in_holes"))
    handles = [Patch(facecolor=_REACHED, edgecolor=_REACHED_EDGE, label=label("within_reach"))] + [
        Line2D([], [], linestyle="", marker=marker, color=color, markersize=size, label=label(key))
        for marker, color, size, key in dots
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    if title:
        figure.suptitle(title, fontsize=11)
    return figure


def _draw_coverage(axes, codes, reach, draws):
    """Draws one space; returns the share of the draws that lie in a hole."""
    from sklearn.neighbors import NearestNeighbors  # half a second to import, needed here alone

    nearest = NearestNeighbors(n_neighbors=1).fit(codes)
    in_hole = nearest.kneighbors(draws)[0][:, 0] > reach
    low, high = draws.min(axis=0), draws.max(axis=0)
    middle, half = (low + high) / 2, 0.53 * max(np.max(high - low), 2 * reach)
    across, upwards = (np.linspace(each - half, each + half, _CELLS) for each in middle)
    grid = np.stack(np.meshgrid(across, upwards), axis=-1)
    distances = nearest.kneighbors(grid.reshape(-1, 2))[0].reshape(_CELLS, _CELLS)
    if distances.min() < reach:  # a code is in sight
        axes.contourf(across, upwards, distances, [0, reach], colors=[_REACHED])
        if distances.max() > reach:
            axes.contour(
                across, upwards, distances, [reach], colors=[_REACHED_EDGE], linewidths=0.7
            )
    size = float(np.clip(4000 / len(codes), 0.6, 8))
    axes.scatter(*codes.T, s=size, c=INK, linewidths=0, rasterized=True, zorder=2)
    axes.scatter(
        *draws[in_hole].T, s=14, c=_HOLE, marker="x", linewidths=0.9, rasterized=True, zorder=3
    )
    axes.grid(False)
    axes.set(xlim=across[[0, -1]], ylim=upwards[[0, -1]])
    axes.set_aspect("equal")
    return np.mean(in_hole)


def _checked_space(name, space):
    codes, reach, draws = drawable.parts(space, name, "(codes, reach, draws)")
    reach = float(drawable.array(reach, f"the reach of {name}", "()"))
    return (
        drawable.array(codes, f"the codes of {name}", "(n, 2)"),
        drawable.number(reach, f"the reach of {name}", above=0),
        drawable.array(draws, f"the draws of {name}", "(m, 2)"),
    )
