"""The same noise before and after z = μ + σ·ε."""

import numpy as np

from vae_course.figures import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import LINE_COLORS, MUTED

_CIRCLE = np.linspace(0, 2 * np.pi, 100)
_FOLLOWED = 4  # draws marked in both panels, far from one another

label = Labels(
    {
        "see": (
            "Two clouds of {count} points on one scale. On the left the noise ε, round and centred "
            "at 0; on the right the codes z = μ + σ·ε, the same points stretched by σ and moved to "
            "μ. Four points bear the same number in both",
            "Deux nuages de {count} points, à la même échelle. À gauche le bruit ε, rond et centré "
            "en 0\u00a0; à droite les codes z = μ + σ·ε, les mêmes points étirés par σ et décalés "
            "en μ. Quatre points portent le même numéro des deux côtés",
        ),
        "noise": (
            r"The noise: $\varepsilon \sim N(0, I)$",
            "Le bruit\u00a0: " r"$\varepsilon \sim N(0, I)$",
        ),
        "codes": (
            r"The codes: $z = \mu + \sigma\cdot\varepsilon$",
            "Les codes\u00a0: " r"$z = \mu + \sigma\cdot\varepsilon$",
        ),
    }
)


def plot_reparameterized_draws(epsilon, z_mean, sigma, *, title=None, description=None):
    """Draws a noise and the codes made of it, in two panels on the same scale.

    Four draws bear the same number in both, so that the eye follows each of them.

    Args:
        epsilon: The noise, (n, 2), at least four draws.
        z_mean: μ, (2,).
        sigma: σ, (2,), positive.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a shape is another, a value is not finite or a σ is not positive.

    Example:

    >>> plot_reparameterized_draws(np.random.normal(size=(200, 2)), [2, 1], [1.5, 0.5])
    """
    epsilon = drawable.array(epsilon, "epsilon", "(n, 2)")
    z_mean, sigma = (
        drawable.array(each, name, "(2,)") for each, name in ((z_mean, "z_mean"), (sigma, "sigma"))
    )
    if len(epsilon) < _FOLLOWED:
        raise ValueError(f"epsilon must hold at least {_FOLLOWED} draws, got {len(epsilon)}.")
    if np.any(sigma <= 0):
        raise ValueError(f"sigma must be positive, got {sigma}. Mend: σ = exp(½ log σ²).")

    figure, panels = new_figure(
        8.0,
        3.9,
        columns=2,
        description=description or describe(label("see", count=len(epsilon)), title=title),
    )
    followed = _outermost(epsilon)
    limits = _limits(np.concatenate([epsilon, z_mean + sigma * epsilon]))
    for index, (axes, key) in enumerate(zip(panels, ("noise", "codes"), strict=True)):
        middle, width = (z_mean, sigma) if index else (np.zeros(2), np.ones(2))
        points = middle + width * epsilon
        axes.scatter(*points.T, s=9, color=LINE_COLORS[0], alpha=0.45, linewidth=0)
        ring = middle[:, None] + 2 * width[:, None] * [np.cos(_CIRCLE), np.sin(_CIRCLE)]
        axes.plot(*ring, color=MUTED, linestyle="--", linewidth=1)
        axes.plot(*middle, marker="+", color=MUTED, markersize=10, linestyle="")
        look = {"boxstyle": "circle,pad=0.25", "facecolor": LINE_COLORS[1], "edgecolor": "none"}
        for number, draw in enumerate(followed, start=1):
            axes.text(
                *points[draw],
                str(number),
                color="white",
                fontsize=8,
                ha="center",
                va="center",
                bbox=look,
            )
        axes.set(
            title=label(key), xlabel="Dimension 1", ylabel="Dimension 2", aspect="equal", **limits
        )
    if title:
        figure.suptitle(title)
    return figure


def _outermost(epsilon):
    """One draw in each of four directions, not the farthest but a typical one."""
    directions = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    return [int(np.argmin(np.sum((epsilon - 1.5 * each) ** 2, axis=1))) for each in directions]


def _limits(points):
    low, high = points.min(axis=0) - 0.4, points.max(axis=0) + 0.4
    return {"xlim": (low[0], high[0]), "ylim": (low[1], high[1])}
