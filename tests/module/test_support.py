"""Whether values lie in a support: in a graph as in NumPy, wherever the bad one is."""

import numpy as np
import pytest

from vae_keras._tensorflow import tf
from vae_keras.support import Support

SUPPORTS = {
    "any": Support(),
    "unit interval": Support(0, 1),
    "from 0 on": Support(low=0),
    "classes": Support(0, 9, whole=True),
}
VALUES = (0.0, 1.0, -1.0, 0.5, 9.0, 9.5, 10.0, 1e30, np.nan, np.inf, -np.inf)


def is_refused(support, x):
    try:
        support.check(x)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("name", SUPPORTS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_graph_and_an_array_are_judged_alike(name, dtype):
    support = SUPPORTS[name]
    holds = tf.function(support.holds, reduce_retracing=True)
    with np.errstate(over="ignore"):  # 1e30 in float16
        values = np.array(VALUES).astype(dtype)
    for value in values:
        for size, place in ((1, 0), (7, 3), (64, 63), (784, 400), (100_352, 99_999)):
            x = np.ones(size, dtype)
            x[place] = value
            assert bool(holds(x)) is not is_refused(support, x), (value, size)


def test_no_values_are_no_bad_values():
    for support in SUPPORTS.values():
        assert support.holds(np.empty((0, 3), "float32"))
        assert support.holds(np.empty((0, 3), "bool"))
