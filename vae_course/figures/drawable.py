"""Checks of what the course draws: dicts and pairs, and again those of `vae_keras`."""

import numpy as np

from vae_keras.plotting.drawable import (  # noqa: F401
    array,
    image_batch,
    number,
    same_length,
    share,
    whole_number,
)


def named(values, name, optional=False):
    """`values` if it is a dict, and not empty unless it is optional; None is then an empty one."""
    if optional and values is None:
        return {}
    if not isinstance(values, dict) or not (values or optional):
        came = "an empty dict" if isinstance(values, dict) else type(values).__name__
        raise ValueError(f"{name} must be a dict from names to values, got {came}.")
    return values


def named_arrays(values, name, shape, *, optional=False, along=None, positive=False):
    """A dict from names to what `array` makes of each.

    Args:
        values: A dict from names to arrays of the shape `shape`.
        name: The argument's name, for the message.
        shape: As in `array`.
        optional: As in `named`.
        along: A pair, the name and the length of what each has one entry for.
        positive: Whether they are for a logarithmic axis.
    """
    found = {}
    for key, each in named(values, name, optional).items():
        where = f"{name}[{key!r}]"
        found[key] = array(each, where, shape)
        if along is not None:
            same_length(found[key], where, *along)
        if positive:
            log_axis(found[key], where)
    return found


def parts(values, name, names):
    """`values` as a tuple of as many entries as there are in `names`, "(x, y)"."""
    try:
        found = tuple(values)
        came = f"{len(found)} entries"
    except TypeError:
        found, came = (), type(values).__name__
    if len(found) != names.count(",") + 1:
        raise ValueError(f"{name} must be {names}, got {came}.")
    return found


def log_axis(values, name):
    """`values` if a logarithmic axis can show them."""
    if np.min(values) <= 0:
        raise ValueError(
            f"{name} must be above 0 on a logarithmic axis, got values down to {np.min(values):g}. "
            "Mend: draw it on a linear axis."
        )
    return values
