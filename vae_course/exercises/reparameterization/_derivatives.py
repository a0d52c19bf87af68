"""Tensors and derivatives, for the checks of this chapter."""

import numpy as np
import tensorflow as tf

from vae_course.engine.answer import AnswerError, as_array


def as_tensors(answer, values, examples=None, dtypes=("float32", "float64")):
    """Tensors of the first float type that the answer takes; of the first if it takes none."""
    for dtype in dtypes:
        try:
            answer(*(tf.constant(each, dtype) for each in examples or values))
        except AnswerError:
            continue
        break
    else:  # its fault is not the type: let it be told of another
        dtype = dtypes[0]
    return [tf.constant(each, dtype) for each in values]


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
