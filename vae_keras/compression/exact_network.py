"""A model's networks as a codec needs them: computed exactly, and told apart."""

import json
import random
import zlib

import keras
import numpy as np
import tensorflow as tf

_GRID = 2.0**16  # the networks' outputs are multiples of 1 / _GRID


class ExactNetwork:
    """A network in 64 bits, its outputs rounded to multiples of 2^-16.

    For one image at a time, or with `rows=None` for batches of any size.
    """

    def __init__(self, network, role, rows=1):
        self._network, self._role = network, role
        config = json.loads(
            json.dumps(_config(network)),
            object_hook=lambda each: each | {"dtype": "float64"} if "dtype" in each else each,
        )
        state = random.getstate()  # Keras would draw on it for first weights that are not used
        try:
            self._twin = keras.saving.deserialize_keras_object(config)
            self.copy_weights()
            self._compiled = tf.function(
                lambda x: self._twin(x, training=False),
                input_signature=[tf.TensorSpec((rows, *network.input_shape[1:]), "float64")],
            ).get_concrete_function()
        except Exception as error:
            raise ValueError(
                f"The {role} cannot be rebuilt in 64 bits from its configuration; the error above "
                "says where. Mend: build it of Keras's layers; one of your own must be registered "
                "(register_keras_serializable) and keep its dtype."
            ) from error
        finally:
            random.setstate(state)

    def copy_weights(self):
        self._twin.set_weights(self._network.get_weights())

    def __call__(self, x):
        return keras.tree.map_structure(lambda each: each[0], self.of_batch(x[None]))

    def of_batch(self, x):
        outputs = keras.tree.map_structure(
            lambda each: np.round(each.numpy() * _GRID) / _GRID,
            self._compiled(tf.constant(x, "float64")),
        )
        if not all(np.isfinite(each).all() for each in keras.tree.flatten(outputs)):
            raise ValueError(f"The {self._role} must give finite values, got NaN or infinite ones.")
        return outputs


def fingerprint(likelihood, *networks):
    """A checksum of what networks compute: their layers, their weights, the likelihood."""
    parts = likelihood, *networks
    described = [_described(layer) for part in parts for layer in part._flatten_layers()]
    checksum = zlib.crc32(json.dumps(described, sort_keys=True).encode())
    for weight in [weight for network in networks for weight in network.get_weights()]:
        checksum = zlib.crc32(f"{weight.dtype} {weight.shape}".encode(), checksum)
        checksum = zlib.crc32(weight.tobytes(), checksum)
    return checksum


def _config(network):
    try:
        return {**keras.saving.serialize_keras_object(network), "compile_config": None}
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(
            f"A codec needs networks that Keras can save, and {network.name!r} is not one; the "
            "error above says why. Mend: give its layers a get_config."
        ) from error


def _described(layer):
    """A layer's kind and options, without its name, its type and what only training uses.

    Without what is None or False either: the options that another version of Keras adds.
    """
    aside = "name", "dtype", "trainable", "_initializer", "_regularizer", "_constraint"
    options = {
        key: value
        for key, value in _config(layer)["config"].items()
        if not (value is None or value is False or key.endswith(aside))
        and isinstance(value, int | float | str | dict)
    }
    return type(layer).__name__, options
