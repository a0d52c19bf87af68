"""What a conditional model asks of x and of its condition c, at every door: pairs (x, c)."""

import keras
import numpy as np
import tensorflow as tf

from vae_keras import _checks
from vae_keras.models._input import STREAMS, Input, Words
from vae_keras.support import Support


class Condition(Input):
    """The checks of a condition: classes `(batch,)`, or vectors of properties.

    Args:
        network_input: The input of the encoder that takes conditions, `(batch, condition_dim)`.
        num_classes: How many classes there are; `None` where conditions are vectors.
    """

    def __init__(self, network_input, num_classes):
        self.size = network_input.shape[-1]
        self.num_classes = num_classes
        self.words = Words("condition", "conditions", "value")
        self.dtype = tf.as_dtype(network_input.dtype)
        self.shape, self.support = (self.size,), Support()
        if num_classes is not None:
            self.shape = ()
            self.support = Support(0, num_classes - 1, f"num_classes={num_classes}", whole=True)
        self._noisy = self.support

    def vectors(self, conditions):
        """What the networks take, `(batch, condition_dim)`: classes become one-hot."""
        if self.num_classes is None:
            return tf.cast(conditions, self.dtype)
        return tf.one_hot(tf.cast(conditions, "int32"), self.num_classes, dtype=self.dtype)

    def rows(self, condition, count):
        """`count` conditions, checked: those given, or one for all."""
        if condition is None:
            a_class = f"a class from 0 to {(self.num_classes or 0) - 1}"
            raise ValueError(
                "condition must be given, one for all or one for each, got none. Mend: "
                f"{a_class if self.num_classes else f'{self.size} numbers'}."
            )
        condition = _checks.as_array(condition, "condition")
        if self.num_classes is None and condition.dtype.kind in "iu":
            condition = condition.astype("float32")
        if condition.shape == self.shape:
            condition = np.repeat(condition[None], count, axis=0)
        condition = self.array(condition, "condition")
        if len(condition) != count:
            raise ValueError(
                f"condition must be one for all, or one for each of the {count}, got "
                f"{len(condition)}."
            )
        return condition

    def _mend_shape(self, shape, name):
        if self.num_classes is None and len(shape) < 2:
            return " Mend: ConditionalVAE(..., num_classes=10), if these are classes."
        if len(shape) == 2 and shape[1] == self.num_classes:
            return " Mend: c.argmax(axis=1), c being these: the model makes classes one-hot itself."
        if self.num_classes is not None and len(shape) == 2 and shape[1] == 1:
            return " Mend: c[:, 0], c being these: one class for each."
        return ""


class ConditionalInput(Input):
    """The checks of the pairs (x, c) of one model; a target is x itself."""

    def __init__(self, encoder, support, condition):
        super().__init__(encoder, support)
        self.condition = condition

    def pair(self, x, y=None, name="x", with_targets=True):
        if with_targets:
            return self._pair(x, y, name, self.support)
        return self._pair(*self.two(x, name), name, self._noisy), None

    def target(self, x, name="x"):
        return self._pair(*self.two(x, name), name, self.support)

    def batch(self, data, name="x", with_targets=True):
        x, condition, weights = keras.utils.unpack_x_y_sample_weight(data)
        self._refuse_weights(weights)
        pair = self._pair(x, condition, name, self.support if with_targets else self._noisy)
        return pair if with_targets else (pair,)

    def given(self, x, condition):
        """The pairs of x, which is encoded, and of conditions that are given beside it."""
        if isinstance(x, tf.data.Dataset | STREAMS):
            raise ValueError(
                f"x must be an array of {self.words.many} where conditions are given beside it, "
                f"got {type(x).__name__}. Mend: a data set of pairs (x, c)."
            )
        x = self.array(x, "x", self._noisy)
        return x, self.condition.rows(condition, len(x))

    def as_tensors(self, data):
        x, condition, _ = keras.utils.unpack_x_y_sample_weight(data)
        if condition is None:
            raise ValueError(self._missing("x"))
        for rules, each, name in ((self, x, "x"), (self.condition, condition, "the condition")):
            rules.check_shape(each.shape, name)
            rules.check_dtype(each.dtype, name)
        inputs = [tf.cast(x, self.dtype), self.condition.vectors(condition)]
        return inputs, tf.cast(x, self.target_dtype)

    def _pair(self, x, condition, name, support):
        if condition is None:
            raise ValueError(self._missing(name))
        x = self.array(x, name, support)
        condition = self.condition.array(condition, f"the condition of {name}")
        if len(condition) != len(x):
            raise ValueError(
                f"{name} and its condition must be of one length, got {len(x)} {self.words.many} "
                f"and {len(condition)} conditions."
            )
        return x, condition

    def two(self, x, name="x"):
        """The x and the conditions of a pair, neither of them checked."""
        if not isinstance(x, list | tuple) or len(x) != 2:
            raise ValueError(
                f"{name} must be a pair ({self.words.many}, conditions), got {type(x).__name__}. "
                "Mend: (x, c), c being a class or a vector for each; or encode(x, c)."
            )
        return x

    def _missing(self, name):
        return (
            f"{name} must come with a condition for each of its {self.words.many}, got none. Mend: "
            "the pair (x, c), as in fit(x, c), or a data set of such pairs."
        )

    def _parts(self, count, name, with_targets):
        if count == 1:
            raise ValueError(self._missing(name))
        if count > 2:
            raise ValueError(
                f"The data set must yield pairs ({self.words.many}, conditions), got {count} "
                "elements."
            )
        support = self.support if with_targets else self._noisy
        condition = (self.condition, self.condition.support, f"the condition of {name}")
        return [(self, support, name), condition]

    def _packed(self, elements, with_targets):
        pair = tuple(elements)
        return pair if with_targets else (pair,)
