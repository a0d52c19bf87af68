"""The course of a training."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from vae_keras.plotting import drawable
from vae_keras.plotting.descriptions import describe
from vae_keras.plotting.labels import label
from vae_keras.plotting.line_looks import line_look
from vae_keras.plotting.notebook_figure import new_figure

_FORMULAS = {
    "reconstruction_loss": r"$-\,\mathbb{E}_{q(z|x)}[\log p(x|z)]$",
    "kl_loss": r"$D_{KL}(q(z|x)\,\Vert\,p(z))$",
}
_CURVES = (("", "train"), ("val_", "validation"))


def plot_history(history, *, unit="nats", title=None, description=None):
    """Draws the training: the loss and, for a VAE, the two terms of the ELBO, each to its scale.

    The first panel is called −ELBO when it is the sum of the two others, that is when beta is 1.

    Args:
        history: What `fit` returned, or its `history`: a dict of lists, one value an epoch. Drawn
            are `loss`, `reconstruction_loss` and `kl_loss`, those there are, each with its `val_`
            counterpart if there is one.
        unit: `"nats"` or `"squared_error"`, per image, or a unit in your own words.
        title, description: As for `plot_images`.

    Returns:
        A `matplotlib.figure.Figure` with one panel a term, `x` being the epoch, from 1.

    Raises:
        ValueError: If there is no known loss, if lengths differ or if a value is not finite.

    Example:

    >>> plot_history(vae.fit(x_train, epochs=20, validation_data=(x_test,)))
    """
    terms, curves = _known_curves(getattr(history, "history", history))
    epochs = np.arange(1, len(curves[terms[0]]) + 1)
    titles = [_term_title(term, curves) for term in terms]
    drawn = [
        label(name) for prefix, name in _CURVES if any(prefix + term in curves for term in terms)
    ]
    kind = label("see_history", epochs=len(epochs))
    names = [each.partition("\n")[0] for each in titles]
    also = label("see_curves_of", names=", ".join(drawn))
    figure, panels = new_figure(
        3.2 * len(terms) + (1.4 if len(terms) == 1 else 0),
        3.25,
        columns=len(terms),
        description=description or describe(kind, names, title=title, also=also),
    )
    for axes, term, above in zip(np.atleast_1d(panels), terms, titles, strict=True):
        for index, (prefix, name) in enumerate(_CURVES):
            if (values := curves.get(f"{prefix}{term}")) is not None:
                axes.plot(epochs, values, label=label(name), **line_look(index, len(epochs)))
        axes.set_xlim(0.5, len(epochs) + 0.5)  # no epoch 0
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
        axes.set(xlabel=label("epoch"), title=above)
    figure.axes[0].set_ylabel(label(unit) if unit in ("nats", "squared_error") else unit)
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2)
    if title:
        figure.suptitle(title)
    return figure


def _known_curves(history):
    """The names of the terms in a history; they and their `val_` counterparts, as arrays."""
    known = isinstance(history, dict)
    terms = [term for term in ("loss", *_FORMULAS) if known and term in history]
    if not terms:
        came = ", ".join(map(repr, history)) or "an empty dict" if known else type(history).__name__
        raise ValueError(
            f"history must be a dict with 'loss', 'reconstruction_loss' or 'kl_loss', got {came}. "
            "Mend: pass what fit returned."
        )
    curves = {}
    for key in (key for term in terms for key in (term, f"val_{term}") if key in history):
        name = f"history[{key!r}]"
        curves[key] = drawable.array(history[key], name, "(epochs,)")
        drawable.same_length(curves[key], name, "the epochs", len(curves[terms[0]]))
    return terms, curves


def _term_title(term, curves):
    if term in _FORMULAS:
        return f"{label(term)}\n{_FORMULAS[term]}"
    if not all(key in curves for key in _FORMULAS):
        return label("loss")
    parts = [curves[key] for key in _FORMULAS]
    if np.allclose(curves["loss"], sum(parts), rtol=1e-3):
        return f"{label('negative_elbo')}\n{label('sum')}"
    return f"{label('loss')}\n"  # as many lines as its neighbours
