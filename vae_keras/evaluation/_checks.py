"""Checks of what the evaluations are given."""

import numpy as np


def check_matrix(value, name, least=1):
    """A finite float64 array of two dimensions, with at least `least` rows."""
    try:
        if np.iscomplexobj(value):
            raise TypeError("it holds complex ones")
        array = np.asarray(value, dtype="float64")
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers: {error}") from None
    if array.ndim != 2 or len(array) < least or array.shape[1] == 0:
        raise ValueError(
            f"{name} must have two dimensions, with {least} rows at least; got the shape "
            f"{array.shape}."
        )
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be finite: it has NaN or infinity.")
    return array


def whole_number(value, name, least=1):
    """A whole number, as an int."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        wanted = "above 0" if least == 1 else f"from {least}"
        raise ValueError(f"{name} must be a whole number {wanted}, got {value!r}.")
    return int(value)
