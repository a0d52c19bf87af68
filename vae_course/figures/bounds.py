"""Bounds on log p(x): the ELBO's gap, and where it comes from."""

import math

import numpy as np

from vae_course.figures import drawable
from vae_course.figures.fills import HATCHES
from vae_keras.plotting import prior_radius
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, number, percent
from vae_keras.plotting.line_looks import line_look
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS, LINE_STROKES, MUTED

_ELBO_COLOR, _KL_COLOR = LINE_COLORS[:2]
_WHITE_BOX = {"boxstyle": "round,pad=0.15", "facecolor": (1, 1, 1, 0.9), "linewidth": 0}

label = Labels(
    {
        "see_split": (
            "Bars that end at log p(x), cut into the ELBO and the divergence to p(z|x), "
            "one for each law",
            "Barres qui finissent à log p(x), coupées en ELBO et divergence à p(z|x), "
            "une pour chaque loi",
        ),
        "see_jensen": (
            "{count} points on the curve of the logarithm, the log of their mean, and below it "
            "the mean of their logs: the distance is Jensen’s gap",
            "{count} points sur la courbe du logarithme, le log de leur moyenne, et au-dessous "
            "la moyenne de leurs log\u00a0: la distance est l’écart de Jensen",
        ),
        "see_ellipses": (
            "Gaussians of the plane, as ellipses of {share}",
            "Gaussiennes du plan, en ellipses à {share}",
        ),
        "draws": ("draws of w", "tirages de w"),
        "log_of_mean": ("log of the mean: log E[w]", "log de la moyenne\u00a0: log E[w]"),
        "centre": ("mean of the logs: E[log w]", "moyenne des log\u00a0: E[log w]"),
        "gap": ("gap: {value} {unit}", "écart\u00a0: {value} {unit}"),
        "ellipse": ("Ellipses of {share}", "Ellipses à {share}"),
    }
)


def plot_evidence_split(splits, *, title=None, description=None):
    """Draws log p(x) = ELBO + KL(q ‖ p(z|x)) as bars, one for each q.

    All the bars end at log p(x), which does not depend on q; only the cut between the two parts
    moves. Their left end is arbitrary, as the ELBO has no origin.

    Args:
        splits: A dict from the name of a q to `(elbo, kl)`, two numbers in nats. All must have the
            same sum, log p(x).
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If an entry is no such pair, a divergence is negative, or the sums differ.

    Example:

    >>> plot_evidence_split({"q too wide": (-3.1, 0.9), "q = p(z|x)": (-2.2, 0.0)})
    """
    splits = drawable.named_arrays(splits, "splits", "(2,)")
    pairs = np.stack(list(splits.values())).astype("float64")
    elbos, divergences = pairs.T
    if divergences.min() < -1e-9:
        raise ValueError(
            f"a divergence must be at least 0, got {divergences.min():g}. Mend: pass (elbo, kl)."
        )
    sums = pairs.sum(axis=1)
    if np.ptp(sums) > 1e-3 * max(1.0, np.abs(sums).max()):
        raise ValueError(
            "elbo + kl must be the same for every q, log p(x), got sums from "
            f"{sums.min():g} to {sums.max():g}. Mend: pass the ELBO and KL(q ‖ p(z|x)) of one x."
        )
    evidence, lowest = float(sums.mean()), float(elbos.min())
    start = lowest - 0.45 * max(evidence - lowest, 0.1)  # wide enough for ticks to be read

    figure, axes = new_figure(
        7.2,
        1.3 + 0.5 * len(splits),
        description=description or describe(label("see_split"), splits, x="nats", title=title),
    )
    rows = np.arange(len(splits))
    axes.barh(rows, elbos - start, left=start, height=0.62, color=_ELBO_COLOR, label="ELBO")
    axes.barh(
        rows,
        np.maximum(divergences, 0),
        left=elbos,
        height=0.62,
        facecolor=(_KL_COLOR, 0.45),
        edgecolor=_KL_COLOR,
        hatch=HATCHES[0],
        label=r"$D_{KL}(q\,\Vert\,p(z|x))$",
    )
    axes.axvline(evidence, color=INK, linestyle="--", linewidth=1.4)
    axes.annotate(
        rf"$\log\,p(x)$ = {number(evidence)}",
        (evidence, 1),
        (0, 3),
        ha="center",
        va="bottom",
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
    )
    for row, (elbo, kl) in enumerate(pairs):
        # White on the bar: every bar is at least as long as the arbitrary part before the lowest.
        for text, left, color in (
            (f"ELBO = {number(elbo)}", start, "white"),
            (f"KL = {number(kl)}", evidence, INK),
        ):
            axes.annotate(
                text,
                (left, row),
                (6, 0),
                color=color,
                fontsize=9,
                va="center",
                textcoords="offset points",
            )
    axes.set_yticks(rows, list(splits))
    axes.set_ylim(len(splits) - 0.5, -0.5)
    axes.set_xlim(start, evidence + 0.22 * (evidence - start))
    axes.tick_params(left=False)
    axes.grid(False, axis="y")
    axes.set_xlabel("nats")
    axes.spines["left"].set_visible(False)
    if title:
        axes.set_title(title, pad=22)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    return figure


def plot_jensen_gap(weights, *, xlabel="w", title=None, description=None):
    """Draws why the mean of a logarithm is below the logarithm of the mean.

    The points (w, log w) lie on a curve that bends downwards, so their centre of gravity lies
    below it: the vertical distance is Jensen's gap.

    Args:
        weights: Positive numbers, at least two, (n,); a few dozen read best.
        xlabel: What the weights are.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a weight is not above 0, there is only one, they are too large to be
            summed, or `xlabel` is no text.

    Example:

    >>> plot_jensen_gap([0.1, 0.5, 2.4])
    """
    weights = drawable.array(weights, "weights", "(n,)", dtype="float64", least=2)
    if weights.min() <= 0:
        raise ValueError(f"weights must be above 0, got values down to {weights.min():g}.")
    if not weights.max() < np.finfo(weights.dtype).max / (2 * len(weights)):
        raise ValueError(
            f"weights must have a finite mean, got values up to {weights.max():g}: it overflows. "
            "Mend: subtract the largest log w from all before you take exp; the gap stays the same."
        )
    if not isinstance(xlabel, str):
        raise ValueError(f"xlabel must be a text, got {xlabel!r}.")
    mean, mean_log = weights.mean(), np.log(weights).mean()
    gap = math.log(mean) - mean_log
    unit = "nats" if round(gap, 2) >= 2 else "nat"  # as it is written
    curve = np.geomspace(weights.min() / 1.2, weights.max() * 1.05, 400)

    figure, axes = new_figure(
        6.4,
        4.4,
        description=description
        or describe(label("see_jensen", count=len(weights)), x=xlabel, title=title),
    )
    axes.plot(curve, np.log(curve), color=MUTED, linestyle="-", linewidth=1.4)
    axes.plot(
        weights,
        np.log(weights),
        linestyle="",
        marker="o",
        markersize=5,
        color=_ELBO_COLOR,
        alpha=0.7,
        label=label("draws"),
    )
    axes.plot([mean, mean], [mean_log, math.log(mean)], color=_KL_COLOR, linewidth=2.4, zorder=3)
    axes.plot(
        mean, math.log(mean), "D", color=INK, markersize=7, zorder=4, label=label("log_of_mean")
    )
    axes.plot(mean, mean_log, "s", color=_KL_COLOR, markersize=8, zorder=4, label=label("centre"))
    axes.annotate(
        label("gap", value=number(gap), unit=unit),
        (mean, 0.5 * (mean_log + math.log(mean))),
        (9, 0),
        va="center",
        textcoords="offset points",
        bbox=_WHITE_BOX,
    )
    axes.set(
        xlabel=xlabel, ylabel=f"log {xlabel}" if xlabel.isalpha() else f"log({xlabel})", title=title
    )
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def plot_gaussian_ellipses(gaussians, *, title=None, description=None, share=0.95):
    """Draws two-dimensional Gaussians as the ellipses that hold a share of each.

    Args:
        gaussians: A dict from names to `(mean, covariance)`, of shapes (2,) and (2, 2); six at
            most.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.
        share: The probability inside each ellipse.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, a covariance is not symmetric and positive definite,
            `share` is no probability, or there are more Gaussians than strokes.

    Example:

    >>> plot_gaussian_ellipses({"p(z)": ([0, 0], [[1, 0], [0, 1]])})
    """
    drawable.named(gaussians, "gaussians")
    if len(gaussians) > len(LINE_STROKES):
        raise ValueError(
            f"gaussians must be at most {len(LINE_STROKES)}, one for each stroke, got "
            f"{len(gaussians)}. Mend: draw several figures."
        )
    angles = np.linspace(0, 2 * np.pi, 241)
    circle = prior_radius(share) * np.stack([np.cos(angles), np.sin(angles)])
    figure, axes = new_figure(
        6.8,
        4.6,
        description=description
        or describe(
            label("see_ellipses", share=percent(share)),
            gaussians,
            x="$z_1$",
            y="$z_2$",
            title=title,
        ),
    )
    for index, (name, gaussian) in enumerate(gaussians.items()):
        mean, root = _gaussian(gaussian, f"gaussians[{name!r}]")
        look = line_look(index, len(angles))
        axes.plot(*(mean[:, None] + root @ circle), label=name, **look)
        if index == 0:
            axes.fill(*(mean[:, None] + root @ circle), color=look["color"], alpha=0.1, linewidth=0)
        axes.plot(*mean, marker="+", markersize=8, color=look["color"])
    axes.set(xlabel="$z_1$", ylabel="$z_2$", title=title)
    axes.set_aspect("equal", adjustable="datalim")
    figure.legend(
        *axes.get_legend_handles_labels(),
        title=label("ellipse", share=percent(share)),
        loc="outside right upper",
    )
    return figure


def _gaussian(gaussian, name):
    """The mean (2,) and the Cholesky root (2, 2) of one Gaussian."""
    mean, covariance = drawable.parts(gaussian, name, "(mean, covariance)")
    mean = drawable.array(mean, f"{name}[0]", "(2,)")
    covariance = drawable.array(covariance, f"{name}[1]", "(2, 2)")
    # Cholesky's method reads only one half of the matrix; the rounding of float32 is forgiven.
    if abs(covariance[0, 1] - covariance[1, 0]) > 1e-4 * np.abs(covariance).max():
        raise ValueError(
            f"the covariance of {name} must be symmetric, got {covariance[0, 1]:g} and "
            f"{covariance[1, 0]:g} off its diagonal."
        )
    try:
        return mean, np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise ValueError(f"the covariance of {name} must be positive definite.") from error
