"""Bounds on log p(x): the ELBO's gap, where it comes from, and what its two terms trade."""

import math

import numpy as np
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import decimal, label, localize_ticks, number
from vae_keras.plotting.style import HATCHES, INK, LINE_COLORS, LINE_STROKES, MUTED, line_look

_ELBO_COLOR, _KL_COLOR = LINE_COLORS[0], LINE_COLORS[1]
_WHITE_BOX = {"boxstyle": "round,pad=0.15", "facecolor": (1, 1, 1, 0.9), "linewidth": 0}
_LABEL_SIZE, _LINE = 9, 0.17  # of the labels beside points: in points, a line in inches


def plot_evidence_split(splits, *, title=None):
    """Draws log p(x) = ELBO + KL(q ‖ p(z|x)) as bars, one for each q.

    All the bars end at log p(x), which does not depend on q; only the cut between the two parts
    moves. Their left end is arbitrary, as the ELBO has no origin.

    Args:
        splits: A dict from the name of a q to `(elbo, kl)`, two numbers in nats. All must have the
            same sum, log p(x).
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If an entry is no such pair, a divergence is negative, or the sums differ.

    Example:

    >>> plot_evidence_split({"q too wide": (-3.1, 0.9), "q = p(z|x)": (-2.2, 0.0)})
    """
    checks.named(splits, "splits")
    pairs = np.stack([_pair(splits[name], f"splits[{name!r}]") for name in splits])
    elbos, divergences = pairs.T
    if divergences.min() < -1e-9:
        raise ValueError(f"a divergence is at least 0, got {divergences.min():g}: pass (elbo, kl).")
    sums = pairs.sum(axis=1)
    if np.ptp(sums) > 1e-3 * max(1.0, np.abs(sums).max()):
        raise ValueError(
            "elbo + kl must be the same for every q, log p(x), got sums from "
            f"{sums.min():g} to {sums.max():g}: pass the ELBO and KL(q ‖ p(z|x)) of one x."
        )
    evidence, lowest = float(sums.mean()), float(elbos.min())
    start = lowest - 0.45 * max(evidence - lowest, 0.1)  # wide enough for ticks to be read

    figure, axes = new_figure(7.2, 1.3 + 0.5 * len(splits))
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
        axes.annotate(
            f"ELBO = {number(elbo)}",
            (start, row),
            (6, 0),
            color="white",
            fontsize=9,
            va="center",
            textcoords="offset points",
        )
        axes.annotate(
            f"KL = {number(kl)}",
            (evidence, row),
            (6, 0),
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
    localize_ticks(axes)
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    return figure


def plot_jensen_gap(weights, *, xlabel="w", title=None):
    """Draws why the mean of a logarithm is below the logarithm of the mean.

    The points (w, log w) lie on a curve that bends downwards, so their centre of gravity lies
    below it: the vertical distance is Jensen's gap.

    Args:
        weights: Positive numbers, at least two, (n,); a few dozen read best.
        xlabel: What the weights are.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a weight is not above 0, there is only one, they are too large to be
            summed, or `xlabel` is no text.

    Example:

    >>> plot_jensen_gap([0.1, 0.5, 2.4])
    """
    weights = checks.finite_array(weights, "weights", 1, "(n,)").astype("float64")
    if len(weights) < 2 or weights.min() <= 0:
        raise ValueError(
            f"weights must be at least two numbers above 0, got {len(weights)} down to "
            f"{weights.min():g}."
        )
    if not weights.max() < np.finfo(weights.dtype).max / (2 * len(weights)):
        raise ValueError(
            f"weights go up to {weights.max():g}: their mean overflows. Mend: subtract the largest "
            "log w from all before you take exp; the gap stays the same."
        )
    if not isinstance(xlabel, str):
        raise ValueError(f"xlabel must be a text, got {xlabel!r}.")
    mean, mean_log = weights.mean(), np.log(weights).mean()
    gap = math.log(mean) - mean_log
    unit = "nats" if round(gap, 2) >= 2 else "nat"  # as it is written
    curve = np.geomspace(weights.min() / 1.2, weights.max() * 1.05, 400)

    figure, axes = new_figure(6.4, 4.2)
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
    axes.legend(loc="lower right")
    localize_ticks(axes)
    return figure


def plot_gaussian_ellipses(gaussians, *, title=None, share=0.95):
    """Draws two-dimensional Gaussians as the ellipses that hold a share of each.

    Args:
        gaussians: A dict from names to `(mean, covariance)`, of shapes (2,) and (2, 2); six at
            most.
        title: The title of the figure.
        share: The probability inside each ellipse.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If the shapes do not fit, a covariance is not symmetric and positive definite,
            `share` is no probability, or there are more Gaussians than strokes.

    Example:

    >>> plot_gaussian_ellipses({"p(z)": ([0, 0], [[1, 0], [0, 1]])})
    """
    checks.named(gaussians, "gaussians")
    if len(gaussians) > len(LINE_STROKES):
        raise ValueError(
            f"gaussians must be at most {len(LINE_STROKES)}, one for each stroke, got "
            f"{len(gaussians)}: draw several figures."
        )
    share = float(checks.finite_array(share, "share", 0, "()"))
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, both excluded, got {share:g}.")
    radius = math.sqrt(-2 * math.log1p(-share))
    angles = np.linspace(0, 2 * np.pi, 241)
    circle = radius * np.stack([np.cos(angles), np.sin(angles)])
    figure, axes = new_figure(6.8, 4.6)
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
        title=label("ellipse", share=label("percent", share=decimal(f"{100 * share:.4g}"))),
        loc="outside right upper",
    )
    localize_ticks(axes)
    return figure


def plot_rate_distortion(rates, distortions, betas, *, max_rate=None, title=None):
    """Draws what each β makes of the two terms of the ELBO, with the lines of equal ELBO.

    Along a dotted line their sum, −ELBO, is constant; the lowest that is reached touches the best
    model.

    Args:
        rates: KL(q(z|x) ‖ p(z)) of each model in nats per image, (n,).
        distortions: −E[log p(x|z)] of each model in nats per image, (n,).
        betas: The β of each model, (n,), written beside its point.
        max_rate: Models of a larger rate are drawn at this edge with an arrow and their rate.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, a value is not finite, a rate or a β is negative, or
            `max_rate` is below every rate.

    Example:

    >>> plot_rate_distortion([8., 5., 1.5], [164., 165., 183.], betas=[0.3, 1, 10])
    """
    rates = checks.finite_array(rates, "rates", 1, "(n,)")
    distortions = checks.finite_array(distortions, "distortions", 1, "(n,)")
    betas = checks.finite_array(betas, "betas", 1, "(n,)")
    checks.same_length("distortions", distortions, "rates", len(rates))
    checks.same_length("betas", betas, "rates", len(rates))
    if rates.min() < 0:
        raise ValueError(f"rates must be at least 0, got {rates.min():g}: pass KL divergences.")
    if betas.min() < 0:
        raise ValueError(f"betas must be at least 0, got {betas.min():g}.")
    limit = float(
        rates.max() if max_rate is None else checks.finite_array(max_rate, "max_rate", 0, "()")
    )
    inside = rates <= limit
    if not inside.any():
        raise ValueError(f"max_rate={limit:g} is below every rate, the smallest is {rates.min():g}")
    order = np.argsort(rates, kind="stable")
    drawn_rates = np.minimum(rates, limit)

    width, page_height = 6.8, 4.4
    figure, axes = new_figure(width, page_height)
    axes.plot(
        drawn_rates[order][inside[order]],
        distortions[order][inside[order]],
        color=_ELBO_COLOR,
        marker="o",
        linestyle="-",
        zorder=3,
    )
    # At least a nat high: distortions that are all but equal are to look so.
    height = max(float(np.ptp(distortions)), 1.0)
    middle = 0.5 * (float(distortions.min()) + float(distortions.max()))
    bottom, top = middle - 0.62 * height, middle + 0.62 * height
    right = 1.12 * max(limit, 0.1)
    best = float((rates + distortions)[inside].min())
    step = _nice_step(height)
    ends = np.array([0.0, right])
    for index in range(-20, 21):
        sum_of_terms = best + index * step
        if bottom < sum_of_terms < top + right:
            axes.plot(ends, sum_of_terms - ends, color=MUTED, linestyle=":", linewidth=0.9)
    axes.plot(
        ends,
        best - ends,
        color=_KL_COLOR,
        linestyle="--",
        linewidth=1.6,
        label=label("iso_elbo", value=number(best, 1)),
    )
    axes.plot([], [], color=MUTED, linestyle=":", label=label("iso_elbos", step=number(step, 0)))
    axes.set(xlim=(-0.03 * right, right), ylim=(bottom, top))
    texts = [f"β = {decimal(f'{beta:g}')}" for beta in betas]
    for index in np.flatnonzero(~inside):
        axes.plot(limit, distortions[index], marker=">", markersize=8, color=_ELBO_COLOR, zorder=3)
        texts[index] += f"\n({label('rate_beyond', value=number(rates[index], 0))})"
    places = np.stack([drawn_rates, distortions], axis=1)
    # Where the points will be on the page, in inches, less what is written around the axes.
    page = np.array([width - 0.65, page_height - 0.75])
    inches = axes.transAxes.inverted().transform(axes.transData.transform(places)) * page
    offsets = _place_labels(inches, texts, ~inside, page)
    for text, place, (to_left, shift) in zip(texts, places, offsets, strict=True):
        axes.annotate(
            text,
            place,
            shift,
            fontsize=_LABEL_SIZE,
            ha="right" if to_left else "left",
            va="bottom",
            textcoords="offset points",
            zorder=5,
            bbox=_WHITE_BOX,
        )
    axes.set(
        xlabel=label("rate"),
        ylabel=label("distortion"),
        title=title,
    )
    legend = axes.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="white")
    legend.set_zorder(4)
    localize_ticks(axes)
    axes.ticklabel_format(style="plain", useOffset=False)
    return figure


def _pair(values, name):
    values = checks.finite_array(values, name, 1, "(2,), the ELBO and the divergence")
    if len(values) != 2:
        raise ValueError(f"{name} must be (elbo, kl), got {len(values)} values.")
    return values.astype("float64")


def _gaussian(gaussian, name):
    """The mean (2,) and the Cholesky root (2, 2) of one Gaussian."""
    try:
        mean, covariance = gaussian
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be (mean, covariance): {error}.") from error
    mean = checks.finite_array(mean, f"{name}[0]", 1, "(2,)")
    covariance = checks.finite_array(covariance, f"{name}[1]", 2, "(2, 2)")
    if mean.shape != (2,) or covariance.shape != (2, 2):
        raise ValueError(
            f"{name} must have a mean (2,) and a covariance (2, 2), got {mean.shape} and "
            f"{covariance.shape}."
        )
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


def _place_labels(points, texts, leftward, page):
    """Chooses for each label the place beside its point where it hides the least.

    Args:
        points: The points in inches, (n, 2).
        texts: Their labels.
        leftward: For each label, whether it is to stand on the left of its point if it can.
        page: Width and height of the axes in inches.

    Returns:
        For each label whether it stands on the left, and where its lower corner on the point's
        side is from the point, in points of 1/72 inch.
    """
    taken = [Bbox.from_bounds(x - 0.06, y - 0.06, 0.12, 0.12) for x, y in points]
    chosen = []
    for (x, y), text, left in zip(points, texts, leftward, strict=True):
        lines = text.split("\n")
        ends = [TextPath((0, 0), line, size=_LABEL_SIZE).get_extents().x1 for line in lines]
        width, height = max(ends) / 72, _LINE * len(lines)
        # Above, below, level with the point, then farther and farther away.
        bottoms = [6 / 72, -6 / 72 - height, -height / 2]
        bottoms += [side * n * height + bottoms[side < 0] for n in (1, 2, 3) for side in (1, -1)]
        # A label on the left of a point at the edge may reach over the point, not hide it.
        over = 7 / 72 if left else -7 / 72
        places = [
            (to_left, (over if bottom != -height / 2 else -7 / 72) if to_left else 7 / 72, bottom)
            for bottom in bottoms
            for to_left in (left, not left)
        ]

        def box(place, x=x, y=y, width=width, height=height):
            to_left, end, bottom = place
            return Bbox.from_bounds(x + end - width * to_left, y + bottom, width, height)

        def hidden(place, box=box):
            place = box(place)
            outside = np.maximum([-place.p0, place.p1 - page], 0).sum()
            return 10 * outside + sum(_shared_area(place, each) for each in taken)

        to_left, end, bottom = best = min(places, key=hidden)  # the first of equals
        taken.append(box(best))
        chosen.append((to_left, (72 * end, 72 * bottom)))
    return chosen


def _shared_area(box, other):
    shared = Bbox.intersection(box, other)
    return shared.width * shared.height if shared else 0.0


def _nice_step(height):
    """A round number of nats, some five of which fill `height`."""
    power = 10.0 ** math.floor(math.log10(height / 5))
    return max(1.0, next(m * power for m in (1, 2, 5, 10) if m * power >= height / 6))
