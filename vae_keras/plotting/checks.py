"""Checks of what is to be drawn: each error says what was expected, what came, how to mend it."""

import numpy as np


def finite_array(values, name, ndim, what):
    """Returns `values` as a non-empty, finite array of `ndim` dimensions.

    Args:
        values: Anything NumPy reads as numbers.
        name: The argument's name, for the message.
        ndim: The number of dimensions expected.
        what: The shape expected in words, e.g. `"(n, latent_dim)"`.
    """
    try:
        array = np.asarray(values)
        # The pictures need no more than float32; integers and booleans become numbers to draw.
        array = array if array.dtype == np.float64 else array.astype(np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{name} must be numbers of shape {what}, got {type(values).__name__}: {error}"
        ) from error
    if array.ndim != ndim:
        raise ValueError(f"{name} must have shape {what}, got shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape}): pass at least one value.")
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be finite, got {np.count_nonzero(~np.isfinite(array))} NaN or infinite "
            f"values out of {array.size}: look for where they arise before you draw them."
        )
    return array


def image_batch(images, name, most=1000):
    """Returns `images` as a finite array (n, height, width, 1 or 3)."""
    array = finite_array(
        images, name, 4, "(n, height, width, channels); for one image pass image[None, ...]"
    )
    if array.shape[-1] not in (1, 3):
        raise ValueError(
            f"{name} must have 1 (grey) or 3 (colour) channels on its last axis, got shape "
            f"{array.shape}: choose one channel, e.g. {name}[..., :1], or move the channels last."
        )
    if array.shape[0] > most:
        raise ValueError(
            f"{name} holds {array.shape[0]} images, a figure at most {most}: pass {name}[:100]."
        )
    # Clipping would turn bytes into a silhouette without a word.
    if np.issubdtype(np.asarray(images).dtype, np.integer) and array.max() > 1:
        raise ValueError(
            f"{name} must be in [0, 1], got integers up to {array.max():.0f}: divide them by 255."
        )
    return array


def same_length(name, values, other_name, count):
    """Checks that `values` has one entry for each of the `count` of `other_name`."""
    try:
        length = len(values)
    except TypeError:
        length = "a single value"
    if length != count:
        raise ValueError(
            f"{name} must have one entry for each of the {count} of {other_name}, got {length}."
        )


def named(values, name):
    """Checks that `values` is a non-empty dict."""
    if not isinstance(values, dict) or not values:
        came = "an empty dict" if isinstance(values, dict) else type(values).__name__
        raise ValueError(f"{name} must be a dict from names to values, got {came}.")


def named_or_none(values, name):
    """Returns a dict that may be left out: an empty one for None."""
    if values is None or (isinstance(values, dict) and not values):
        return {}
    named(values, name)
    return values


def pair(values, name):
    """Returns `values` as a finite array of shape (2,)."""
    array = finite_array(values, name, 1, "(2,)")
    if array.shape != (2,):
        raise ValueError(f"{name} must be a pair (x, y), got shape {array.shape}.")
    return array


def positive(arrays):
    """Checks that named arrays, a dict, can be drawn on a logarithmic axis."""
    for name, values in arrays.items():
        if values.min() <= 0:
            raise ValueError(
                f"A logarithmic axis needs positive values, {name} goes down to "
                f"{values.min():g}: draw it on a linear axis."
            )


def positive_integer(value, name):
    """Checks that `value` is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")
