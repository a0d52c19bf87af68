"""Whether values lie in a support: a graph says what NumPy does, wherever the bad one is."""

import numpy as np
import pytest

from vae_keras._tensorflow import tf
from vae_keras.models._input import _checked_in_graph, readable_errors
from vae_keras.support import Support

SUPPORTS = {
    "any": Support(),
    "unit interval": Support(0, 1),
    "from 0 on": Support(low=0),
    "classes": Support(0, 9, whole=True),
}
VALUES = (0.0, 1.0, -1.0, 0.5, 9.0, 9.5, 10.0, 1e30, 1e39, -1e39, np.nan, np.inf, -np.inf)


def refusal(check, x):
    """The message of a check; None if it lets x pass."""
    try:
        with readable_errors():
            check(x)
    except ValueError as error:
        return str(error)
    return None


def in_graph(support):
    """The check of a batch of a data set, as a function of an array."""

    @tf.function(reduce_retracing=True)
    def check(x):
        return _checked_in_graph(x, support, "x", "spectrum", tf.constant(7))

    return check


@pytest.mark.parametrize("name", SUPPORTS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "uint8", "bool"])
def test_a_graph_and_an_array_are_told_alike(name, dtype):
    support = SUPPORTS[name]
    check = in_graph(support)
    with np.errstate(all="ignore"):  # 1e30 in float16
        values = np.unique(np.array(VALUES).astype(dtype))
        if support.whole and "float" in dtype:  # refused by its type
            values = values[values == np.round(values)]
    for value in values:
        for size, place in ((1, 0), (7, 3), (64, 63), (784, 400), (100_352, 99_999)):
            x = np.ones(size, dtype)
            x[place] = value
            expected = refusal(lambda x: support.check(x, "x (batch 7)"), x)
            assert refusal(check, tf.constant(x)) == expected, (value, size)


def test_a_batch_of_no_example_is_refused():
    for support in SUPPORTS.values():
        for dtype in ("float32", "int32", "bool"):
            message = refusal(in_graph(support), tf.zeros((0, 3), dtype))
            assert message == "x (batch 7) is empty, and must hold at least one spectrum."
