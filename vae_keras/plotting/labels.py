"""What the figures say, in English and in French, and how they write numbers."""

import math

import numpy as np
from matplotlib.ticker import ScalarFormatter

from vae_keras._checks import choice

LANGUAGES = ("en", "fr")
_language = "en"


def set_language(language):
    """Chooses the language of the figures to come."""
    global _language
    _language = choice(language, "language", LANGUAGES)


class Labels(dict):
    """A table from keys to texts in the order of LANGUAGES; called, it gives one of them.

    >>> label = Labels({"epoch": ("Epoch {number}", "Époque {number}")})
    >>> label("epoch", number=3)
    'Epoch 3'
    """

    def __call__(self, key, **values):
        return self[key][LANGUAGES.index(_language)].format(**values)


# French puts a no-break space (\u00a0) before a colon and a per cent sign.
label = Labels(
    {
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
        # what a figure shows, in words
        "described": ("{kind}: {names}", "{kind}\u00a0: {names}"),
        "across": ("Across: {text}", "En abscisse\u00a0: {text}"),
        "upwards": ("Upwards: {text}", "En ordonnée\u00a0: {text}"),
        "on_log_scale": ("{text}, on a logarithmic scale", "{text}, en échelle logarithmique"),
        "see_images": (
            "Grid of {count} images, {columns} in a row",
            "Grille de {count} images, {columns} par rangée",
        ),
        "see_rows": (
            "Rows of images, {columns} in each, from top to bottom",
            "Rangées d’images, {columns} dans chacune, de haut en bas",
        ),
        "see_columns": ("Columns: {names}", "Colonnes\u00a0: {names}"),
        "see_errors": (
            "Below each reconstruction, its error in {unit}",
            "Sous chaque reconstruction, son erreur, en {unit}",
        ),
        "see_history": (
            "Curves of {epochs} epochs of training, one panel each",
            "Courbes de {epochs} époques d’entraînement, un panneau chacune",
        ),
        "see_curves_of": ("In each: {names}", "Dans chacun\u00a0: {names}"),
        "see_plane": (
            "{count} points of the latent plane",
            "{count} points du plan latent",
        ),
        "see_projection": (
            "{count} points of the latent space, in the plane of its two principal components",
            "{count} points de l’espace latent, dans le plan de ses deux composantes principales",
        ),
        "see_line": (
            "{count} points of the latent line, a strip for each class",
            "{count} points de la droite latente, une bande par classe",
        ),
        "see_classes": ("{kind}, coloured by class", "{kind}, colorés par classe"),
        "see_prior": (
            "Marked: the regions that hold {first} and {second} of the prior",
            "En repère\u00a0: les régions qui contiennent {first} et {second} de la loi a priori",
        ),
        "see_decoded": (
            "What the decoder draws at each point of a grid of the latent space, "
            "{rows} rows of {columns} images",
            "Ce que le décodeur dessine en chaque point d’une grille de l’espace latent, "
            "rangées\u00a0: {rows}, images par rangée\u00a0: {columns}",
        ),
    }
)


def number(value, decimals=2):
    """A number as the language writes it: a true minus sign, a decimal comma in French."""
    value = round(float(value), decimals) + 0.0  # a rounded zero has no sign
    return decimal(f"{value:.{decimals}f}")


def decimal(text):
    """Python's writing of a number as the language's."""
    text = text.replace("-", "−")
    return text.replace(".", ",") if _language == "fr" else text


def percent(share):
    """A share as a percentage of four significant digits at most."""
    return label("percent", share=decimal(f"{100 * share:.4g}"))


def decimals_for(values, digits=4):
    """How many decimals give the largest of `values` its `digits` significant digits."""
    largest = float(np.abs(values).max())
    return max(0, digits - 1 - math.floor(math.log10(largest))) if largest else 0


class _CommaFormatter(ScalarFormatter):
    """Matplotlib's tick labels with a decimal comma, without the need of a system locale."""

    def __call__(self, x, pos=None):
        # Braces: mathtext would otherwise put a space after a comma.
        return super().__call__(x, pos).replace(".", "{,}")


def localize(axes):
    """Gives linear axes the decimal mark of the language; explicit labels replace it."""
    if _language == "fr":
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_CommaFormatter(useMathText=True))
