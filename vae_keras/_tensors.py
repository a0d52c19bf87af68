"""Checks of what may be a tensor of a graph, of which the type and the shape alone are known.

Gradients flow through what comes back. Arrays are looked at as `_checks` does.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from vae_keras import _checks
from vae_keras.support import Support


def numbers(values, name, dtype=None, *, finite=False):
    """Numbers, arrays, tensors or variables as a tensor of real numbers.

    Args:
        values: What is given.
        name: The argument's name, for the message.
        dtype: Type of the result; by default the own one of what is given.
        finite: Whether NaN and infinities in an array are refused.
    """
    if isinstance(values, tf.Variable | keras.Variable):
        values = tf.convert_to_tensor(values)  # Keras takes a variable for a tensor and fails on it
    if not isinstance(values, tf.Tensor):
        found = _checks.array(values, name, dtype=dtype, least=0, finite=finite)
        as_given = dtype is None and np.asarray(values).dtype.kind != "O"
        return ops.convert_to_tensor(_checks.unmasked(values) if as_given else found)
    if not (values.dtype.is_floating or values.dtype.is_integer or values.dtype.is_bool):
        raise ValueError(f"{name} must be a tensor of real numbers, got {values.dtype.name}.")
    return values if dtype is None else ops.cast(values, dtype)


def symbols(values, name, count, why):
    """Whole numbers from 0 to `count` - 1 as a tensor; their values are looked at where known."""
    values = numbers(values, name)
    if not values.dtype.is_integer:
        raise ValueError(
            f"{name} must be whole numbers, got {values.dtype.name}. Mend: {name}.astype('int32')."
        )
    return within(values, name, Support(0, count - 1, why, whole=True))


def within(values, name, support):
    """`values`, a tensor, or a ValueError if they are known and leave a `Support`."""
    if tf.executing_eagerly() and tf.size(values) > 0:
        support.check(values, name)
    return values
