"""What the figures say, in English and in French, and how they write numbers."""

import math

import numpy as np

from vae_keras._checks import choice

LANGUAGES = ("en", "fr")
_language = "en"


def language():
    """The language of the figures, `"en"` or `"fr"`."""
    return _language


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
