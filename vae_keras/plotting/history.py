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
# What models report beside these, drawn in this order; and the KL of each layer of codes.
_OTHERS = (
    "free_bits_loss",
    "tightening_loss",
    "codebook_loss",
    "commitment_loss",
    "adversarial_loss",
    "discriminator_loss",
    "perplexity",
    "codes_used",
)
_NOT_OF_X = ("adversarial_loss", "commitment_loss")  # reported by models without an E of q(z|x)
_LAYER = "kl_loss_"
_COLUMNS = 3
_CURVES = (("", "train"), ("val_", "validation"))


def plot_history(history, *, unit="nats", title=None, description=None):
    """Draws the training: the loss and its terms, and what else is reported, each to its scale.

    The first panel is called −ELBO when it is the sum of the two others, that is when beta is 1.

    Args:
        history: What `fit` returned, or its `history`: a dict of lists, one value an epoch. Drawn
            are `loss`, `reconstruction_loss`, `kl_loss` and whatever else a model of vae_keras
            reports, those there are, each with its `val_` counterpart if there is one.
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
    rows, columns = -(-len(terms) // _COLUMNS), min(len(terms), _COLUMNS)
    figure, panels = new_figure(
        3.2 * columns + (1.4 if columns == 1 else 0),
        3.25 * rows,
        rows,
        columns,
        description=description or describe(kind, names, title=title, also=also),
    )
    panels = np.ravel(panels)
    for axes in panels[len(terms) :]:
        axes.remove()
    for axes, term, above in zip(panels, terms, titles, strict=False):
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
    layers = sorted(key for key in history if str(key).startswith(_LAYER)) if known else ()
    names = ("loss", *_FORMULAS, *layers, *_OTHERS)
    terms = [term for term in names if known and term in history]
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


def term_name(term):
    """What figures and texts call a term that a model reports."""
    if term.startswith(_LAYER):
        return label("kl_layer", number=term.removeprefix(_LAYER))
    return label(term)


def _term_title(term, curves):
    compared = term == "kl_loss" or not any(each in curves for each in _NOT_OF_X)
    if term in _FORMULAS and compared:
        return f"{term_name(term)}\n{_FORMULAS[term]}"
    if term != "loss":
        return f"{term_name(term)}\n"
    if not all(key in curves for key in _FORMULAS):
        return label("loss")
    parts = [curves[key] for key in _FORMULAS]
    if np.allclose(curves["loss"], sum(parts), rtol=1e-3):
        return f"{label('negative_elbo')}\n{label('sum')}"
    return f"{label('loss')}\n"  # as many lines as its neighbours
