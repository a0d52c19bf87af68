"""Gradients of a student's function of two tensors, for the checks of this chapter."""

import numpy as np
import tensorflow as tf

from vae_course.engine.answer import AnswerError, as_array


def value_and_slopes(answer, z, vectors, *others, weights=None):
    """The value of an answer, and the gradients of Σ weights · value over z and over the vectors.

    A gradient that does not exist is 0. The answer is called with tensors of float32.
    """
    z, vectors = (tf.constant(each, "float32") for each in (z, vectors))
    with tf.GradientTape() as tape:
        tape.watch([z, vectors])
        found = answer(z, vectors, *others)
        if not (tf.is_tensor(found) or isinstance(found, tf.Variable)):
            raise AnswerError(
                "Votre fonction ne rend pas un tenseur de TensorFlow : le ruban n'y voit aucun "
                "gradient. Restez dans TensorFlow, sans `.numpy()` ni fonction de NumPy.",
                "no tensor",
            )
        value = tf.cast(found, "float32")
        total = tf.reduce_sum(value if weights is None else value * np.float32(weights))
    slopes = tape.gradient(total, [z, vectors], unconnected_gradients="zero")
    return tuple(map(as_array, (value, *slopes)))
