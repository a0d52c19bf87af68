"""What figures show, in words: for who does not see them, and where pictures are not shown."""

import re

from vae_keras.plotting.labels import label

_SYMBOLS = {
    r"\mathcal{N}": "N",
    r"\mathbb{E}": "E",
    r"\hat{x}": "x̂",
    r"\Vert": "‖",
    r"\,": " ",
    r"\mu": "μ",
    r"\sigma": "σ",
    r"\varepsilon": "ε",
    r"\epsilon": "ε",
    r"\varphi": "φ",
    r"\phi": "φ",
    r"\theta": "θ",
    r"\beta": "β",
    r"\sim": "∼",
    r"\mid": "|",
    r"\cdot": "·",
    "^2": "²",
}


def describe(kind, names=None, *, x=None, y=None, title=None, also=None):
    """The sentences that say what a figure shows, in the language of the figures.

    They say the title, what is drawn and the names of its parts, what the abscissas and the
    ordinates are, and what else there is to say. No number that a computation gave belongs in them,
    unless it is the same on every machine: notebooks are compared with what they had shown, text
    for text.
    """
    names = [plain(name) for name in names or []]
    sentences = [plain(title or "")]
    sentences.append(label("described", kind=kind, names=", ".join(names)) if names else kind)
    for key, text in (("across", x), ("upwards", y)):
        if text:
            sentences.append(label(key, text=plain(text)))
    sentences.append(plain(also or ""))
    return " ".join(each if each[-1] in ".!?…" else f"{each}." for each in sentences if each)


def plain(text):
    """A text of a figure on one line, without the marks of its formulas."""
    text = re.sub(r"[ \n]+", " ", str(text)).strip()
    for mark, symbol in _SYMBOLS.items():
        text = text.replace(mark, symbol)
    return re.sub(r"[$\\{}]", "", text)
