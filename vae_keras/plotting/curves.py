"""Curves and distributions: training, comparisons, detection."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from vae_keras.plotting import checks
from vae_keras.plotting.figures import new_figure
from vae_keras.plotting.labels import decimals_for, label, localize_ticks, number, set_log_scales
from vae_keras.plotting.style import HATCHES, INK, LINE_COLORS, MUTED, line_look

_FORMULAS = {
    "reconstruction_loss": r"$-\,\mathbb{E}_{q(z|x)}[\log p(x|z)]$",
    "kl_loss": r"$D_{KL}(q(z|x)\,\Vert\,p(z))$",
}


def plot_history(history, *, unit="nats", title=None):
    """Draws the training: the loss and, for a VAE, the two terms of the ELBO, each to its scale.

    The first panel is called −ELBO when it is the sum of the two others, that is when beta is 1.

    Args:
        history: What `fit` returned, or its `history`: a dict of lists, one value an epoch. Drawn
            are `loss`, `reconstruction_loss` and `kl_loss`, those there are, each with its `val_`
            counterpart if there is one.
        unit: `"nats"` or `"squared_error"`, per image, or a unit in your own words.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure` with one panel a term, `x` being the epoch, from 1.

    Raises:
        ValueError: If there is no known loss, if lengths differ or if a value is not finite.

    Example:

    >>> plot_history(vae.fit(x_train, epochs=20, validation_data=(x_test,)))
    """
    history = getattr(history, "history", history)
    checks.named(history, "history")
    terms = [term for term in ("loss", *_FORMULAS) if term in history]
    if not terms:
        raise ValueError(
            "history must have 'loss', 'reconstruction_loss' or 'kl_loss', got "
            f"{', '.join(map(repr, history))}: pass what fit returned."
        )
    curves = {
        key: checks.finite_array(history[key], f"history[{key!r}]", 1, "(epochs,)")
        for term in terms
        for key in (term, f"val_{term}")
        if key in history
    }
    for key, values in curves.items():
        checks.same_length(f"history[{key!r}]", values, "the epochs", len(curves[terms[0]]))

    figure, panels = new_figure(
        3.2 * len(terms) + (1.4 if len(terms) == 1 else 0), 3.0, columns=len(terms)
    )
    for axes, term in zip(np.atleast_1d(panels), terms, strict=True):
        for index, (key, name) in enumerate(((term, "train"), (f"val_{term}", "validation"))):
            if key in curves:
                epochs = np.arange(1, len(curves[key]) + 1)
                axes.plot(epochs, curves[key], label=label(name), **line_look(index, len(epochs)))
        axes.set_xlim(0.5, len(curves[term]) + 0.5)  # no epoch 0
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
        axes.set_xlabel(label("epoch"))
        axes.set_title(_term_title(term, curves))
        localize_ticks(axes)
    first = figure.axes[0]
    first.set_ylabel(label(unit) if unit in ("nats", "squared_error") else unit)
    first.legend()
    if title:
        figure.suptitle(title)
    return figure


def _term_title(term, curves):
    if term in _FORMULAS:
        return f"{label(term)}\n{_FORMULAS[term]}"
    if not all(key in curves for key in _FORMULAS):
        return label("loss")
    parts = [curves[key] for key in _FORMULAS]
    if np.allclose(curves["loss"], sum(parts), rtol=1e-3):
        return f"{label('negative_elbo')}\n{label('sum')}"
    return f"{label('loss')}\n"  # as many lines as its neighbours


def plot_curves(x, curves, *, xlabel, ylabel, title=None, log_x=False, log_y=False):
    """Draws named curves over the same abscissas.

    Args:
        x: The abscissas, (n,).
        curves: A dict from names to ordinates, each (n,).
        xlabel: What `x` is, with its unit.
        ylabel: What the ordinates are, with their unit.
        title: The title of the figure.
        log_x: Whether the x axis is logarithmic. Up to ten abscissas are then written as they are.
        log_y: Whether the y axis is logarithmic.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If lengths differ, if a value is not finite, or not positive on a log axis.

    Example:

    >>> plot_curves([2, 4, 8], {"PCA": [41., 33., 25.], "autoencoder": [32., 22., 14.]},
    ...             xlabel="Latent dimensions", ylabel="Squared error per image", log_x=True)
    """
    x = checks.finite_array(x, "x", 1, "(n,)")
    checks.named(curves, "curves")
    curves = {
        name: checks.finite_array(values, f"curves[{name!r}]", 1, "(n,)")
        for name, values in curves.items()
    }
    for name, values in curves.items():
        checks.same_length(f"curves[{name!r}]", values, "x", len(x))
    if log_x:
        checks.positive({"x": x})
    if log_y:
        checks.positive(curves)

    figure, axes = new_figure(6.0, 3.8)
    for index, (name, values) in enumerate(curves.items()):
        axes.plot(x, values, label=name, **line_look(index, len(x)))
    set_log_scales(axes, x, log_x, log_y)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.legend()
    localize_ticks(axes)
    return figure


def plot_roc(curves, *, title=None):
    """Draws receiver operating characteristics: detections against false alarms.

    Args:
        curves: A dict from names to `(false_positive_rate, true_positive_rate, auc)`, the rates
            being arrays (n,) in [0, 1], as scikit-learn's `roc_curve` returns them.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If an entry is not such a triple, or if a rate is out of [0, 1].

    Example:

    >>> plot_roc({"VAE": ([0., .1, 1.], [0., .8, 1.], .87)})
    """
    checks.named(curves, "curves")
    curves = {name: _checked_roc(f"curves[{name!r}]", curve) for name, curve in curves.items()}
    figure, axes = new_figure(4.8, 4.8)
    for index, (name, (false_positives, true_positives, auc)) in enumerate(curves.items()):
        axes.plot(
            false_positives,
            true_positives,
            clip_on=False,
            zorder=3,
            label=label("auc", name=name, value=number(auc, 3)),
            **line_look(index, len(false_positives)),
        )
    axes.plot(
        [0, 1],
        [0, 1],
        color=MUTED,
        linestyle=":",
        linewidth=1.2,
        label=label("chance", value=number(0.5, 3)),
    )
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
        title=title,
        xlabel=label("false_positive_rate"),
        ylabel=label("true_positive_rate"),
    )
    axes.legend(loc="best")
    localize_ticks(axes)
    return figure


def _checked_roc(name, curve):
    """Returns the three entries of a curve as arrays, each in [0, 1]."""
    try:
        false_positives, true_positives, auc = curve
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be (false_positive_rate, true_positive_rate, auc): {error}."
        ) from error
    false_positives = checks.finite_array(false_positives, f"{name}[0]", 1, "(n,)")
    true_positives = checks.finite_array(true_positives, f"{name}[1]", 1, "(n,)")
    auc = checks.finite_array(auc, f"{name}[2]", 0, "()")
    checks.same_length(f"{name}[1]", true_positives, f"{name}[0]", len(false_positives))
    for values in (false_positives, true_positives, auc):
        if values.min() < 0 or values.max() > 1:
            raise ValueError(
                f"{name} must hold rates and an AUC in [0, 1], got values from {values.min():g} "
                f"to {values.max():g}: pass fractions, not percentages."
            )
    return false_positives, true_positives, auc


def plot_score_histograms(groups, *, threshold=None, xlabel=None, bins=40, title=None):
    """Draws how the scores of several groups are distributed, each as shares of its group.

    Args:
        groups: A dict from names to scores, each (n,); the sizes may differ.
        threshold: A score to mark with a vertical line.
        xlabel: What the score is, with its unit. Default: a score in nats per image.
        bins: The number of intervals, common to all the groups.
        title: The title of the figure.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If a group is empty or has a value that is not finite.

    Example:

    >>> plot_score_histograms({"digits": [90., 101.], "clothes": [400., 380.]}, threshold=200)
    """
    checks.named(groups, "groups")
    checks.positive_integer(bins, "bins")
    groups = {
        name: checks.finite_array(scores, f"groups[{name!r}]", 1, "(n,)")
        for name, scores in groups.items()
    }
    if threshold is not None:
        threshold = checks.finite_array(threshold, "threshold", 0, "()")
    edges = np.histogram_bin_edges(np.concatenate(list(groups.values())), bins=bins)
    figure, axes = new_figure(6.4, 3.6)
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
    axes.set(xlabel=xlabel or label("score"), ylabel=label("share"), title=title)
    axes.legend()
    localize_ticks(axes)
    return figure
