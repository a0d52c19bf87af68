"""Checks of what functions of several parts of the module are given."""

import numbers

import numpy as np


def real_numbers(value, name, dtype=None):
    """A new array of real numbers, of `dtype`; by default of its own float type, else float64."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "c":
            raise TypeError("complex numbers")
        if dtype is None:
            dtype = array.dtype if array.dtype.kind == "f" else "float64"
        return array.astype(dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} should be an array of numbers: {error}.") from None


def whole_number(value, name, least):
    """A whole number, as an int."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} should be a whole number, at least {least}; got {value!r}.")
    return int(value)
