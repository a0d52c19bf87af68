"""Checks of what is to be drawn: those of figures alone, and again those that all share."""

import numpy as np

from vae_keras._checks import (  # noqa: F401
    array,
    as_array,
    function,
    number,
    same_length,
    whole_number,
)


def share(value, name):
    """`value` as a float between 0 and 1, both excluded."""
    if number(value, name, above=0) >= 1:
        raise ValueError(f"{name} must be between 0 and 1, both excluded, got {value!r}.")
    return float(value)


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
