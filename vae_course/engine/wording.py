"""The words of the messages: what is said of a difference, how values are shown."""

import numpy as np


def remark(came, expected, pairs):
    """What can be said of a difference that no known mistake explains."""
    if came.shape != expected.shape:
        if came.ndim == 0:
            return "Un seul nombre, là où l'on en attend plusieurs : sur quels axes sommer ?"
        text = f"La forme n'est pas la bonne : {came.shape} au lieu de {expected.shape}."
        if came.ndim != expected.ndim:
            text += " Quels axes doivent disparaître, lesquels doivent rester ?"
        return text
    if not np.all(np.isfinite(came)):
        return "Le résultat contient `nan` ou une valeur infinie."
    alone = expected.ndim == 0
    usable = [(a.ravel(), b.ravel()) for a, b in pairs if a.shape == b.shape and a.dtype != bool]
    came, expected = (np.concatenate(each) for each in zip(*usable, strict=True))
    nonzero = np.abs(expected) > 1e-6
    if nonzero.sum() >= 3 and np.allclose(came[~nonzero], 0, atol=1e-5):
        ratios = came[nonzero] / expected[nonzero]
        if np.allclose(ratios, ratios[0], rtol=1e-3) and ratios[0] != 0:
            if np.isclose(ratios[0], -1, rtol=1e-3):
                return "Tout y est, au signe près."
            return f"Vos valeurs valent partout {ratios[0]:.4g} fois celles qu'on attend."
    offsets = came - expected
    if len(offsets) >= 3 and np.allclose(offsets, offsets[0], rtol=1e-3, atol=1e-5):
        return f"Vos valeurs dépassent partout de {offsets[0]:.4g} celles qu'on attend."
    if alone:
        return "Ce n'est pas la valeur qu'on attend."
    return "La forme est la bonne, les valeurs ne sont pas celles qu'on attend."


def show_argument(value):
    if callable(value):
        return "une fonction"
    array = np.asarray(value)
    return _show_array(array) if array.size <= 12 else f"un tableau de forme {array.shape}"


def show_value(value):
    if value.dtype == bool:
        return "oui" if value.all() else "non"
    return f"{_show_array(value)}" + (f", de forme {value.shape}" if value.ndim else "")


def _show_array(array):
    with np.printoptions(  # whatever the student's own
        floatmode="maxprec", sign="-", nanstr="nan", infstr="inf", formatter=None, legacy=False
    ):
        text = np.array2string(
            array, precision=4, suppress_small=True, separator=", ", threshold=12, edgeitems=2
        )
    return " ".join(text.split())


def one_line(text):
    return " ".join(text.split())


def paragraphs(parts):
    return "\n\n".join(part for part in parts if part)
