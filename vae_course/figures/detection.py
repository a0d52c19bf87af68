"""Scores of groups: how they are distributed, and how well they tell two groups apart."""

import numpy as np

from vae_course.figures import drawable
from vae_course.figures.fills import HATCHES
from vae_course.figures.legends import LEGEND_ROW, names_in_a_row
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import Labels, decimals_for, number
from vae_keras.plotting.line_looks import line_look
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import INK, LINE_COLORS, MUTED

label = Labels(
    {
        "see_histograms": (
            "Histograms of the scores of groups",
            "Histogrammes des scores de groupes",
        ),
        "see_threshold": ("A vertical line: the threshold", "Un trait vertical\u00a0: le seuil"),
        "see_roc": (
            "Curves of true positives against false positives",
            "Courbes des vrais positifs en fonction des faux positifs",
        ),
        "score": ("Score (nats per image)", "Score (nats par image)"),
        "share": ("Share of each group (%)", "Part de chaque groupe (%)"),
        "threshold": ("threshold: {value}", "seuil\u00a0: {value}"),
        "false_positive_rate": ("False positive rate", "Taux de faux positifs"),
        "true_positive_rate": ("True positive rate", "Taux de vrais positifs"),
        "chance": ("chance", "hasard"),
    }
)


def plot_score_histograms(
    groups, *, threshold=None, xlabel=None, bins=40, title=None, description=None
):
    """Draws how the scores of several groups are distributed, each as shares of its group.

    Args:
        groups: A dict from names to scores, each (n,); the sizes may differ.
        threshold: A score to mark with a vertical line.
        xlabel: What the score is, with its unit. Default: a score in nats per image.
        bins: The number of intervals, common to all the groups.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a group is empty or has a value that is not finite.

    Example:

    >>> plot_score_histograms({"digits": [90., 101.], "clothes": [400., 380.]}, threshold=200)
    """
    groups = drawable.named_arrays(groups, "groups", "(n,)")
    bins = drawable.whole_number(bins, "bins")
    if threshold is not None:
        threshold = float(drawable.array(threshold, "threshold", "()"))
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins=bins)
    xlabel = xlabel or label("score")
    figure, axes = new_figure(
        6.4,
        3.8,
        description=description
        or describe(
            label("see_histograms"),
            groups,
            x=xlabel,
            y=label("share"),
            title=title,
            also=None if threshold is None else label("see_threshold"),
        ),
    )
    for index, (name, scores) in enumerate(groups.items()):
        color = LINE_COLORS[index % len(LINE_COLORS)]
        axes.hist(
            scores,
            edges,
            weights=np.full(len(scores), 100 / len(scores)),
            label=name,
            histtype="stepfilled",
            facecolor=(color, 0.3),
            edgecolor=color,
            linewidth=1.4,
            hatch=HATCHES[index % len(HATCHES)],
        )
    if threshold is not None:
        axes.axvline(
            threshold,
            color=INK,
            linestyle="--",
            linewidth=1.4,
            label=label("threshold", value=number(threshold, decimals_for(threshold))),
        )
    axes.set(xlabel=xlabel, ylabel=label("share"), title=title)
    _, names = axes.get_legend_handles_labels()
    figure.legend(loc="outside lower center", ncols=names_in_a_row(names, 6.0))
    return figure


def plot_roc(curves, *, title=None, description=None):
    """Draws receiver operating characteristics: detections against false alarms.

    Args:
        curves: A dict from names to `(false_positive_rate, true_positive_rate, auc)`, the rates
            being arrays (n,) in [0, 1], as scikit-learn's `roc_curve` returns them.
        title: The title of the figure.
        description: What the figure shows, in words. Default: said from the arguments.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If an entry is not such a triple, or if a rate is out of [0, 1].

    Example:

    >>> plot_roc({"VAE": ([0., .1, 1.], [0., .8, 1.], .87)})
    """
    curves = {
        name: _checked(f"curves[{name!r}]", curve)
        for name, curve in drawable.named(curves, "curves").items()
    }
    axis_names = label("false_positive_rate"), label("true_positive_rate")
    figure, axes = new_figure(
        4.8,
        5.0 + LEGEND_ROW * len(curves),
        description=description
        or describe(label("see_roc"), curves, x=axis_names[0], y=axis_names[1], title=title),
    )
    for index, (name, (false_positives, true_positives, auc)) in enumerate(curves.items()):
        axes.plot(
            false_positives,
            true_positives,
            clip_on=False,
            zorder=3,
            label=f"{name} (AUC = {number(auc, 3)})",
            **line_look(index, len(false_positives)),
        )
    chance = f"{label('chance')} (AUC = {number(0.5, 3)})"
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1.2, label=chance)
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
        title=title,
        xlabel=axis_names[0],
        ylabel=axis_names[1],
    )
    figure.legend(loc="outside lower center")
    return figure


def _checked(name, curve):
    entries = drawable.parts(curve, name, "(false_positive_rate, true_positive_rate, auc)")
    checked = [
        drawable.array(entry, f"{name}[{index}]", shape)
        for index, (entry, shape) in enumerate(zip(entries, ("(n,)", "(n,)", "()"), strict=True))
    ]
    drawable.same_length(checked[1], f"{name}[1]", f"{name}[0]", len(checked[0]))
    for values in checked:
        if values.min() < 0 or values.max() > 1:
            raise ValueError(
                f"{name} must hold rates and an AUC in [0, 1], got values from {values.min():g} "
                f"to {values.max():g}. Mend: pass fractions, not percentages."
            )
    return checked
