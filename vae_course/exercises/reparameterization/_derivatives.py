"""Tensors and derivatives, for the checks of this chapter."""

import numpy as np
import tensorflow as tf

from vae_course.engine import Observation
from vae_course.engine.answer import AnswerError, as_array


def as_tensors(answer, values, examples=None, dtypes=("float32", "float64")):
    """Tensors of the first float type, if the answer takes it; else of the second."""
    try:
        answer(*(tf.constant(each, dtypes[0]) for each in examples or values))
    except AnswerError:
        dtypes = dtypes[1:]
    return [tf.constant(each, dtypes[0]) for each in values]


def derivative(tape, target, source):
    """The gradient as an array, or None where the tape sees no link."""
    if not tf.is_tensor(target):
        return None
    gradient = tape.gradient(target, source)
    if gradient is None or not np.any(gradient):
        return None
    return as_array(gradient)


def dependences(slopes):
    """What the tape sees: one observation a named derivative of z, which may be None."""
    for name, slope in slopes.items():
        yield Observation(f"le ruban voit que z dépend de {name}", slope is not None)
