"""Where values must lie: the support of a likelihood, or the range of a decoder."""

import dataclasses

import numpy as np

from vae_keras._checks import LARGEST_FLOAT32

_SCALES = 16, 255, 4095, 65535  # of scikit-learn's digits, of bytes, of 12 and of 16 bits


@dataclasses.dataclass(frozen=True)
class Support:
    """Values from `low` to `high`, finite in float32.

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
        low, high = ("∞" if end is None else f"{end:.12g}" for end in (self.low, self.high))
        return f"{{{low}, …, {high}}}" if self.whole else f"[{low}, {high}]"

    def holds(self, smallest, largest, is_floating=True):
        """Whether values between two ends lie here: numbers, NaN if any value is, or tensors."""
        low, high = self._ends(is_floating)
        return (smallest >= low) & (largest <= high)  # NaN is not

    def check(self, x, name="x"):
        """Returns `x`, an array, or raises a ValueError that says what of it does not lie here."""
        array = np.asarray(x)
        if array.dtype.kind == "b":
            return x
        is_floating = array.dtype.kind not in "iu"
        smallest, largest = float(np.min(array)), float(np.max(array))  # NaN if any value is NaN
        if not self.holds(smallest, largest, is_floating):
            raise self.error(smallest, largest, name)
        if self.whole and is_floating and np.any(array != np.round(array)):
            raise ValueError(
                f"{name} must hold whole numbers for {self.why}, got {array.dtype} values such as "
                f"{array[array != np.round(array)].flat[0]:.6g}."
            )
        return x

    def error(self, smallest, largest, name="x"):
        """The ValueError for values between two ends that do not lie here."""
        if not (np.isfinite(smallest) and np.isfinite(largest)):
            return ValueError(
                f"{name} holds NaN or infinite values: every {self.value} must be finite. Mend: "
                f"find them with np.argwhere(~np.isfinite(x))."
            )
        if max(-smallest, largest) > LARGEST_FLOAT32:
            return ValueError(
                f"{name} holds values that float32 does not: between {smallest:.6g} and "
                f"{largest:.6g}. Mend: rescale them, to a variance of about 1 for instance."
            )
        return ValueError(
            f"{name} must lie in {self.interval} for {self.why}, got values between "
            f"{smallest:.6g} and {largest:.6g}. Mend: {self._mend(smallest, largest)}"
        )

    def _ends(self, is_floating):
        margin = self.margin if is_floating and not self.whole else 0
        low = -LARGEST_FLOAT32 if self.low is None else self.low - margin
        return low, LARGEST_FLOAT32 if self.high is None else self.high + margin

    def _mend(self, smallest, largest):
        if self.whole:
            return "number the categories from 0, or give the networks as many as there are."
        unit = (self.low, self.high) == (0, 1)
        if unit and smallest >= -0.1 and 2 < largest <= _SCALES[-1]:
            scale = next(each for each in _SCALES if largest <= each)
            return f"x / {scale} if the values go from 0 to {scale}."
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
