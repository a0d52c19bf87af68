"""Curves and distributions: training, comparisons, scores."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from vae_keras.plotting import drawable
from vae_keras.plotting.labels import decimals_for, label, number
from vae_keras.plotting.notebook_figure import new_figure
from vae_keras.plotting.style import HATCHES, INK, LINE_COLORS, line_look
from vae_keras.plotting.ticks import set_log_scales

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
    history = drawable.named(getattr(history, "history", history), "history")
    terms = [term for term in ("loss", *_FORMULAS) if term in history]
    if not terms:
        raise ValueError(
            "history must have 'loss', 'reconstruction_loss' or 'kl_loss', got "
            f"{', '.join(map(repr, history))}. Mend: pass what fit returned."
        )
    first = drawable.array(history[terms[0]], f"history[{terms[0]!r}]", "(epochs,)")
    known = [key for term in terms for key in (term, f"val_{term}") if key in history]
    curves = drawable.named_arrays(
        {key: history[key] for key in known},
        "history",
        "(epochs,)",
        along=("the epochs", len(first)),
    )

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
        axes.set(xlabel=label("epoch"), title=_term_title(term, curves))
    figure.axes[0].set_ylabel(label(unit) if unit in ("nats", "squared_error") else unit)
    figure.axes[0].legend()
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
    x = drawable.array(x, "x", "(n,)")
    curves = drawable.named_arrays(curves, "curves", "(n,)", along=("x", len(x)), positive=log_y)
    if log_x:
        drawable.log_axis(x, "x")

    figure, axes = new_figure(6.0, 3.8)
    for index, (name, values) in enumerate(curves.items()):
        axes.plot(x, values, label=name, **line_look(index, len(x)))
    set_log_scales(axes, x, log_x, log_y)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.legend()
    return figure


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
    groups = drawable.named_arrays(groups, "groups", "(n,)")
    bins = drawable.whole_number(bins, "bins")
    if threshold is not None:
        threshold = float(drawable.array(threshold, "threshold", "()"))
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
    return figure
