"""What the figures say, in English and in French, and how they write numbers."""

import math
import pathlib
import tomllib

import numpy as np
from matplotlib.ticker import ScalarFormatter

from vae_keras._checks import choice

LANGUAGES = ("en", "fr")
_language = "en"


def set_language(language):
    """Chooses the language of the figures to come."""
    global _language
    _language = choice(language, "language", LANGUAGES)


def in_language(texts):
    """Of texts in the order of LANGUAGES, the one in the language of the figures."""
    return texts[LANGUAGES.index(_language)]


class Labels(dict):
    """A table from keys to texts in the order of LANGUAGES; called, it gives one of them.

    >>> label = Labels({"epoch": ("Epoch {number}", "Époque {number}")})
    >>> label("epoch", number=3)
    'Epoch 3'
    """

    def __call__(self, key, **values):
        return in_language(self[key]).format(**values)


_TEXTS = tomllib.loads(pathlib.Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
label = Labels({key: tuple(map(text.get, LANGUAGES)) for key, text in _TEXTS.items()})


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
