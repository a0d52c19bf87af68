"""What the figures say, in English and in French, and how they write numbers."""

import math

import numpy as np
from matplotlib.ticker import LogLocator, ScalarFormatter

LANGUAGES = ("en", "fr")

# One line a label: its key, then its text in the order of LANGUAGES. French puts a no-break space
# (\u00a0) before a colon and a per cent sign, and inside its quotation marks.
_LABELS = {
    # units
    "nats": ("nats per image", "nats par image"),
    "squared_error": ("squared error per image", "erreur quadratique par image"),
    # training
    "epoch": ("Epoch", "Époque"),
    "train": ("training", "entraînement"),
    "validation": ("validation", "validation"),
    "loss": ("Loss", "Perte"),
    "negative_elbo": ("−ELBO", "−ELBO"),
    "reconstruction_loss": ("Reconstruction term", "Terme de reconstruction"),
    "kl_loss": ("KL divergence", "Divergence KL"),
    "sum": ("sum of the two terms", "somme des deux termes"),
    # images
    "original": ("Original", "Original"),
    "reconstruction": ("Reconstruction", "Reconstruction"),
    "difference": ("|Difference|", "|Différence|"),
    "error": ("Error ({unit})", "Erreur ({unit})"),
    # latent space
    "class": ("Class", "Classe"),
    "direction": ("Along direction {number}", "Selon la direction {number}"),
    "component": (
        "Principal component {number} ({share}% of variance)",
        "Composante principale {number} ({share}\u00a0% de la variance)",
    ),
    "percent": ("{share}%", "{share}\u00a0%"),
    "prior": (
        "{first} and {second} of the prior {prior}",
        "{first} et {second} de la loi a priori {prior}",
    ),
    # codes
    "codes": ("codes", "codes"),
    "within_reach": ("near a code", "à portée d’un code"),
    "in_a_hole": ("{share} of the draws in a hole", "{share} des tirages dans un trou"),
    "draws_in_holes": ("draws in a hole", "tirages dans un trou"),
    # densities
    "density": ("Density", "Densité"),
    "regions": (
        "{first} and {second} of {name}",
        "{first} et {second} de {name}",
    ),
    # detection
    "false_positive_rate": ("False positive rate", "Taux de faux positifs"),
    "true_positive_rate": ("True positive rate", "Taux de vrais positifs"),
    "auc": ("{name} (AUC = {value})", "{name} (AUC = {value})"),
    "chance": ("chance (AUC = {value})", "hasard (AUC = {value})"),
    "score": ("Score (nats per image)", "Score (nats par image)"),
    "share": ("Share of each group (%)", "Part de chaque groupe (%)"),
    "threshold": ("threshold: {value}", "seuil\u00a0: {value}"),
    # gradients
    "draw_on_path": ("The draw is on the path", "Le tirage est sur le chemin"),
    "noise_beside": ("The noise is beside the path", "Le bruit est à côté du chemin"),
    "computation": ("computation", "calcul"),
    "gradient": ("gradient", "gradient"),
    "measured_exact": ("point: measured, line: exact", "point\u00a0: mesuré, trait\u00a0: exact"),
    # bounds
    "draws": ("draws of w", "tirages de w"),
    "log_of_mean": ("log of the mean: log E[w]", "log de la moyenne\u00a0: log E[w]"),
    "centre": ("mean of the logs: E[log w]", "moyenne des log\u00a0: E[log w]"),
    "gap": ("gap: {value} {unit}", "écart\u00a0: {value} {unit}"),
    "ellipse": ("Ellipses of {share}", "Ellipses à {share}"),
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
    # explorer
    "to_center": ("Centre", "Centre"),
    "random": ("Random", "Au hasard"),
    "direction_name": ("direction {number}", "direction {number}"),
    # schematic
    "encoder": ("Encoder", "Encodeur"),
    "decoder": ("Decoder", "Décodeur"),
    "latent": ("Latent space", "Espace latent"),
    "units": (
        "Under each layer, its number of units",
        "Sous chaque couche, son nombre d’unités",
    ),
}

_language = "en"


def set_language(language):
    """Chooses the language of the figures to come: `"en"` or `"fr"`."""
    global _language
    if language not in LANGUAGES:
        raise ValueError(
            f"language must be one of {', '.join(map(repr, LANGUAGES))}, got {language!r}."
        )
    _language = language


def label(key, **values):
    """Returns the label `key` in the language of the figures, its blanks filled with `values`."""
    return _LABELS[key][LANGUAGES.index(_language)].format(**values)


def number(value, decimals=2):
    """Writes a number as the language does: a true minus sign, a decimal comma in French."""
    value = round(float(value), decimals) + 0.0  # a rounded zero has no sign
    return decimal(f"{value:.{decimals}f}")


def decimal(text):
    """Turns Python's writing of a number into the language's."""
    text = text.replace("-", "−")
    return text.replace(".", ",") if _language == "fr" else text


def decimals_for(values, digits=4):
    """Returns how many decimals give the largest of `values` its `digits` significant digits."""
    largest = float(np.abs(values).max())
    return max(0, digits - 1 - math.floor(math.log10(largest))) if largest else 0


class _CommaFormatter(ScalarFormatter):
    """Matplotlib's tick labels with a decimal comma, without the need of a system locale."""

    def __call__(self, x, pos=None):
        # Braces: mathtext would otherwise put a space after a comma.
        return super().__call__(x, pos).replace(".", "{,}")


def localize_ticks(*all_axes):
    """Gives linear axes the decimal mark of the language."""
    if _language != "fr":
        return
    for axes in all_axes:
        for axis in (axes.xaxis, axes.yaxis):
            # Only plain numbers: explicit labels and powers of ten have formatters of their own.
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(_CommaFormatter(useMathText=True))


def set_log_scales(axes, x, log_x, log_y):
    """Makes axes logarithmic; up to ten abscissas are written as they are.

    More of them, over less than four decades, have ticks at 1, 3, 10, 30…, written in full.
    """
    if log_x:
        axes.set_xscale("log")
        if len(x) <= 10:
            axes.set_xticks(x, [decimal(f"{value:g}") for value in x])
            axes.minorticks_off()
        elif max(x) < 1e4 * min(x):
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.xaxis.set_major_formatter(lambda value, _: decimal(f"{value:g}"))
            axes.minorticks_off()
    if log_y:
        axes.set_yscale("log")
