"""Every check of a number, a choice or an array that a user gives: once, in one voice.

    "… must be …, got …. Mend: …"

Each function returns what it was given, converted, or raises the ValueError. What a *model* asks of
its input is in `models/_input.py`.
"""

import difflib
import math
import numbers
import os
import pathlib

import numpy as np

LARGEST_INT32 = 2**31 - 1  # TensorFlow counts to it
LARGEST_SEED = 2**32 - 1  # of Keras's generators, and what a file's header holds
LARGEST_FLOAT32 = float(np.finfo("float32").max)  # what is beyond becomes infinite


def whole_number(value, name, least=1, most=None):
    """`value` as an int, a whole number from `least` to `most`; True and 2.0 are none."""
    is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_)
    if not is_whole or value < least or (most is not None and value > most):
        if most is not None:
            wanted = f"from {least} to {most}"
        else:
            wanted = "above 0" if least == 1 else f"at least {least}"
        raise ValueError(f"{name} must be a whole number {wanted}, got {_shown(value)}.")
    return int(value)


def number(value, name, *, above=None, least=None, most=None):
    """`value` as a float, finite, above `above` or at least `least`, and at most `most`.

    In float32 too, in which models compute.
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    fits = (
        is_number
        and abs(value) < math.inf
        and (above is None or value > above)
        and (least is None or value >= least)
        and (most is None or value <= most)
    )
    lost = fits and (
        abs(value) > LARGEST_FLOAT32 or (above is not None and np.float32(value) <= above)
    )
    if lost or not fits:
        limits = ((" above", above), (", at least", least), (", at most", most))
        wanted = "".join(f"{words} {limit:g}" for words, limit in limits if limit is not None)
        in_float32 = " in float32" if lost else ""
        raise ValueError(
            f"{name} must be a finite number{wanted}{in_float32}, got {_shown(value)}."
        )
    return float(value)


def seed(value, name="seed", most=None):
    """`value` as an int, a whole number from 0; or None."""
    if value is None:
        return None
    try:
        return whole_number(value, name, least=0, most=most)
    except ValueError as error:
        raise ValueError(str(error).replace(", got", ", or None, got", 1)) from None


def choice(value, name, choices):
    """`value` if it is one of `choices`, texts or whole numbers."""
    if isinstance(value, str | int | np.integer | np.bool_) and value in choices:
        return value
    texts = [each for each in choices if isinstance(each, str)]
    close = difflib.get_close_matches(value, texts, n=1) if isinstance(value, str) else []
    mend = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{name} must be one of {tuple(choices)}, got {_shown(value)}.{mend}")


def function(value, name, such_as):
    """`value` if it can be called."""
    if not callable(value):
        raise ValueError(f"{name} must be a function, such as {such_as}, got {_shown(value)}.")
    return value


def path(value, name="path"):
    """`value`, a text or a path, as a `pathlib.Path`."""
    is_path = isinstance(value, str) or hasattr(value, "__fspath__")
    text = os.fspath(value) if is_path else value
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"{name} must be the path of a file, as a text, got {_shown(value)}.")
    return pathlib.Path(text)


def unmasked(values):
    """`values`, with NaN in the place of what NumPy masks: an array forgets its mask silently."""
    return values.astype("float64").filled(np.nan) if np.ma.is_masked(values) else values


def array(values, name, shape=None, *, dtype=None, least=1, finite=True):
    """`values` as a new NumPy array of real numbers.

    Args:
        values: Anything that NumPy reads as numbers.
        name: The argument's name, for the message.
        shape: What is asked, in words, `"(count, latent_dim)"`, or several of these in a tuple: the
            number of axes must be that of one of them. A number among them is the length asked of
            that axis. `None` for any shape.
        dtype: Type of the result; by default the array's own type of floats, float64 for others.
        least: The fewest entries of the first axis; with 1 or more, no axis is empty.
        finite: Whether NaN and infinities are refused.
    """
    found = as_array(values, name)
    try:
        objects = found.flat if found.dtype.kind == "O" else ()
        if found.dtype.kind in "cmMSU" or not all(isinstance(o, numbers.Real) for o in objects):
            raise TypeError(f"they are {found.dtype}")
        if dtype is None:
            dtype = found.dtype if found.dtype.kind == "f" else "float64"
        found = found.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise _no_numbers(values, name, error) from None
    if shape is not None:
        shapes = (shape,) if isinstance(shape, str) else shape
        if not any(_has_shape(found.shape, each) for each in shapes):
            raise ValueError(
                f"{name} must have the shape {' or '.join(shapes)}, got {found.shape}."
            )
    rows = len(found) if found.ndim else 1
    if least and (found.size == 0 or rows < least):
        raise ValueError(
            f"{name} must have {least} {'entry' if least == 1 else 'entries'} at least, got the "
            f"shape {found.shape}."
        )
    if finite and not np.isfinite(found).all():
        bad = np.count_nonzero(~np.isfinite(found))
        raise ValueError(
            f"{name} must be finite, got {bad} NaN or infinite values out of {found.size}."
        )
    return found


def as_array(values, name):
    """`values` as a NumPy array of whatever they are, what is masked as NaN."""
    try:
        return np.asarray(unmasked(values))
    except NotImplementedError:
        raise ValueError(
            f"{name} must have values, got a tensor inside a tf.function, which has none yet. "
            "Mend: call this outside of it."
        ) from None
    except (TypeError, ValueError, OverflowError) as error:
        raise _no_numbers(values, name, error) from None


def _no_numbers(values, name, error):
    return ValueError(f"{name} must be an array of numbers, got {type(values).__name__}: {error}.")


def same_length(values, name, other_name, count):
    """`values` if it has `count` entries, one for each of those of `other_name`."""
    try:
        length = len(values)
    except TypeError:
        length = "a single value"
    if length != count:
        raise ValueError(
            f"{name} must have one entry for each of the {count} of {other_name}, got {length}."
        )
    return values


def _has_shape(shape, words):
    asked = [each.strip() for each in words.strip("()").split(",") if each.strip()]
    return len(asked) == len(shape) and all(
        int(each) == size for each, size in zip(asked, shape, strict=True) if each.isdigit()
    )


def _shown(value):
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
