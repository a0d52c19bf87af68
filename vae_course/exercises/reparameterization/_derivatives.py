"""Tensors and derivatives, for the checks of this chapter."""

import numpy as np
import tensorflow as tf

from vae_course.engine.answer import AnswerError, as_array


def as_tensors(answer, values, examples=None, dtypes=("float32", "float64")):
    """Tensors of the first float type, if the answer takes it; else of the second."""
    try:
        answer(*(tf.constant(each, dtypes[0]) for each in examples or values))
    except AnswerError:
        dtypes = dtypes[1:]
    return [tf.constant(each, dtypes[0]) for each in values]


def derivatives(answer, names, arguments):
    """Yields whether the tape sees that z depends on the named arguments, which are the first.

    Returns z, and its derivative with respect to each of them.
    """
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(arguments)
        z = answer(*arguments)
    slopes = []
    for name, argument in zip(names, arguments, strict=False):
        slope = tape.gradient(z, argument) if tf.is_tensor(z) else None
        seen = slope is not None and np.any(slope)
        yield f"le ruban voit que z dépend de {name}", seen
        slopes.append(as_array(slope))
    return as_array(z), *slopes
