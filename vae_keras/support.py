"""Where values must lie: the support of a likelihood, or the range of a decoder."""

import dataclasses

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Support:
    """Finite values from `low` to `high`.

    Attributes:
        low, high: The ends, or `None` for none.
        why: Who asks for them, in words: "the Bernoulli likelihood".
        whole: Whether the values must be whole numbers.
        value: What a message calls one of the values.
        margin: By how much a value may leave the interval: what rounding in float32 does.
    """

    low: float | None = None
    high: float | None = None
    why: str = ""
    whole: bool = False
    value: str = "value"
    margin: float = 1e-5

    @property
    def interval(self):
        low, high = ("∞" if end is None else f"{end:g}" for end in (self.low, self.high))
        return f"{{{low}, …, {high}}}" if self.whole else f"[{low}, {high}]"

    def holds(self, x):
        """Whether all of a tensor lies here: a tensor, for use in a graph."""
        x = tf.convert_to_tensor(x)
        if x.dtype.is_bool:
            return tf.constant(True)
        # The ends alone, in a third of the time; they are NaN if any value is.
        smallest, largest = tf.reduce_min(x), tf.reduce_max(x)
        low, high = self._ends(x.dtype.is_floating)
        holds = tf.constant(True)
        if x.dtype.is_floating:
            holds = tf.math.is_finite(smallest) & tf.math.is_finite(largest)
        if low is not None:
            holds &= smallest >= tf.cast(low, x.dtype)
        if high is not None:
            holds &= largest <= tf.cast(high, x.dtype)
        if self.whole and x.dtype.is_floating:
            holds &= tf.reduce_all(x == tf.round(x))
        return holds | (tf.size(x) == 0)

    def check(self, x, name="x"):
        """Returns `x`, an array, or raises a ValueError that says what of it does not lie here."""
        array = np.asarray(x)
        if array.dtype.kind == "b":
            return x
        smallest, largest = float(np.min(array)), float(np.max(array))  # NaN if any value is NaN
        if not (np.isfinite(smallest) and np.isfinite(largest)):
            raise ValueError(
                f"{name} holds NaN or infinite values: every {self.value} must be finite. Mend: "
                f"find them with np.argwhere(~np.isfinite(x))."
            )
        low, high = self._ends(array.dtype.kind not in "iu")
        if (low is not None and smallest < low) or (high is not None and largest > high):
            raise ValueError(
                f"{name} must lie in {self.interval} for {self.why}, got values between "
                f"{smallest:.6g} and {largest:.6g}. Mend: {self._mend(smallest, largest)}"
            )
        if self.whole and array.dtype.kind not in "iu" and np.any(array != np.round(array)):
            raise ValueError(
                f"{name} must hold whole numbers for {self.why}, got {array.dtype} values such as "
                f"{array[array != np.round(array)].flat[0]:.6g}."
            )
        return x

    def _ends(self, is_floating):
        margin = self.margin if is_floating and not self.whole else 0
        low = None if self.low is None else self.low - margin
        return low, None if self.high is None else self.high + margin

    def _mend(self, smallest, largest):
        if self.whole:
            return "number the categories from 0, or give the decoder as many as there are."
        unit = (self.low, self.high) == (0, 1)
        if unit and smallest >= -0.1 and 2 < largest <= 255:
            return "x / 255 if the values go from 0 to 255."
        if unit and -1.1 <= smallest < -0.1 and largest <= 1.1:
            return "(x + 1) / 2 if the values go from -1 to 1."
        bounded = self.low is not None and self.high is not None
        if bounded and smallest > self.low - 0.1 and largest < self.high + 0.1:
            return f"np.clip(x, {self.low:g}, {self.high:g}), if an interpolation went beyond."
        return (
            "rescale them, or use a decoder without last activation (in a VAE with "
            "likelihood='gaussian')."
        )


UNIT_INTERVAL = Support(0, 1, "the Bernoulli likelihood")
