"""What the two terms of the ELBO trade."""

import math

import numpy as np

from vae_course.figures import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, decimal, number
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.placement import place_texts
from vae_keras.plotting.style import LINE_COLORS, MUTED

_COLOR, _BEST_COLOR = LINE_COLORS[:2]
_WHITE_BOX = {"boxstyle": "round,pad=0.15", "facecolor": (1, 1, 1, 0.9), "linewidth": 0}

label = Labels(
    {
        "see": (
            "A curve of models, and lines of equal ELBO",
            "Une courbe de modèles, et des lignes d’égale ELBO",
        ),
        "rate": (
            r"Rate: $D_{{KL}}(q(z|x)\,\Vert\,p(z))$ (nats per image)",
            "Débit\u00a0: " r"$D_{{KL}}(q(z|x)\,\Vert\,p(z))$ (nats par image)",
        ),
        "distortion": (
            r"Distortion: $-\mathbb{{E}}_q[\log p(x|z)]$ (nats per image)",
            "Distorsion\u00a0: " r"$-\mathbb{{E}}_q[\log p(x|z)]$ (nats par image)",
        ),
        "rate_beyond": ("rate: {value} nats", "débit\u00a0: {value} nats"),
        "iso_elbo": ("−ELBO = {value}: the best", "−ELBO = {value}\u00a0: la meilleure"),
        "iso_elbos": ("equal ELBOs, every {step} nats", "ELBO égales, tous les {step} nats"),
    }
)


def plot_rate_distortion(rates, distortions, betas, *, max_rate=None, title=None, description=None):
    """Draws what each β makes of the two terms of the ELBO, with the lines of equal ELBO.

    Along a dotted line their sum, −ELBO, is constant; the lowest that is reached touches the best
    model.

    Args:
        rates: KL(q(z|x) ‖ p(z)) of each model in nats per image, (n,).
        distortions: −E[log p(x|z)] of each model in nats per image, (n,).
        betas: The β of each model, (n,), written beside its point.
        max_rate: Models of a larger rate are drawn at this edge with an arrow and their rate.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, a value is not finite, a rate or a β is negative, or
            `max_rate` is below every rate.

    Example:

    >>> plot_rate_distortion([8., 5., 1.5], [164., 165., 183.], betas=[0.3, 1, 10])
    """
    rates = drawable.array(rates, "rates", "(n,)")
    distortions = drawable.array(distortions, "distortions", "(n,)")
    betas = drawable.array(betas, "betas", "(n,)")
    for name, values in (("distortions", distortions), ("betas", betas)):
        drawable.same_length(values, name, "rates", len(rates))
    for name, values in (("rates", rates), ("betas", betas)):
        if values.min() < 0:
            raise ValueError(f"{name} must be at least 0, got values down to {values.min():g}.")
    limit = float(rates.max() if max_rate is None else drawable.array(max_rate, "max_rate", "()"))
    inside = rates <= limit
    if not inside.any():
        raise ValueError(
            f"max_rate must be at least the smallest rate, {rates.min():g}, got {limit:g}."
        )
    order = np.argsort(rates, kind="stable")
    drawn_rates = np.minimum(rates, limit)
    names = [f"β = {decimal(f'{beta:g}')}" for beta in betas]

    figure, axes = new_figure(
        6.8,
        4.4,
        description=description
        or describe(label("see"), names, x=label("rate"), y=label("distortion"), title=title),
    )
    axes.plot(
        drawn_rates[order][inside[order]],
        distortions[order][inside[order]],
        color=_COLOR,
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
        color=_BEST_COLOR,
        linestyle="--",
        linewidth=1.6,
        label=label("iso_elbo", value=number(best, 1)),
    )
    axes.plot([], [], color=MUTED, linestyle=":", label=label("iso_elbos", step=number(step, 0)))
    axes.set(xlim=(-0.03 * right, right), ylim=(bottom, top))
    texts = list(names)
    for index in np.flatnonzero(~inside):
        axes.plot(limit, distortions[index], marker=">", markersize=8, color=_COLOR, zorder=3)
        texts[index] += f"\n({label('rate_beyond', value=number(rates[index], 0))})"
    axes.set(xlabel=label("rate"), ylabel=label("distortion"), title=title)
    legend = axes.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="white")
    legend.set_zorder(4)
    axes.ticklabel_format(style="plain", useOffset=False)
    places = np.stack([drawn_rates, distortions], axis=1)
    place_texts(axes, places, texts, "above", fontsize=9, bbox=_WHITE_BOX)
    return figure


def _nice_step(height):
    """A round number of nats, some five of which fill `height`."""
    power = 10.0 ** math.floor(math.log10(height / 5))
    return max(1.0, next(m * power for m in (1, 2, 5, 10) if m * power >= height / 6))
