"""Checks of what is to be drawn: those of figures alone, and again those that all share."""

import matplotlib
import numpy as np

from vae_keras._checks import array, number, same_length, whole_number  # noqa: F401


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


def share(value, name):
    """`value` as a float between 0 and 1, both excluded."""
    if number(value, name, above=0) >= 1:
        raise ValueError(f"{name} must be between 0 and 1, both excluded, got {value!r}.")
    return float(value)


def log_axis(values, name):
    """`values` if a logarithmic axis can show them."""
    if np.min(values) <= 0:
        raise ValueError(
            f"{name} must be above 0 on a logarithmic axis, got values down to {np.min(values):g}. "
            "Mend: draw it on a linear axis."
        )
    return values


def image_batch(images, name, most=1000):
    """`images` as a finite array (n, height, width, 1 or 3), of values in or about [0, 1]."""
    found = array(images, name)
    if found.ndim != 4:
        raise ValueError(
            f"{name} must have the shape (n, height, width, channels), got {found.shape}. "
            "Mend: for one image pass image[None, ...]."
        )
    if found.shape[-1] not in (1, 3):
        raise ValueError(
            f"{name} must have 1 (grey) or 3 (colour) channels on its last axis, got the shape "
            f"{found.shape}. Mend: choose one channel, {name}[..., :1], or move them last."
        )
    if len(found) > most:
        raise ValueError(
            f"{name} must be at most {most} images a figure, got {len(found)}. Mend: {name}[:100]."
        )
    # What noise or a network adds is clipped; clipped bytes would be a silhouette without a word.
    whole = np.asarray(images).dtype.kind in "iu"
    if np.abs(found).max() > (1 if whole else 10):
        raise ValueError(
            f"{name} must be in [0, 1], got values from {found.min():g} to {found.max():g}. "
            "Mend: divide them by 255, if they are bytes."
        )
    return found


def colormap(name):
    """`name` if it is that of one of Matplotlib's colormaps."""
    if not isinstance(name, str) or name not in matplotlib.colormaps:
        raise ValueError(
            f"colormap must be the name of a colormap of Matplotlib, such as 'gray', got {name!r}."
        )
    return name
