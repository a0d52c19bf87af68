"""A VAE's networks as a codec needs them: computed exactly, and told apart."""

import json
import random
import zlib

import keras
import numpy as np
import tensorflow as tf

_GRID = 2.0**16  # the networks' outputs are multiples of 1 / _GRID


class ExactNetwork:
    """A network in 64 bits for one image at a time, its outputs rounded to multiples of 2^-16."""

    def __init__(self, network, role):
        self._network, self._role = network, role
        config = json.loads(json.dumps(_config(network)), object_hook=_in_float64)
        state = random.getstate()  # Keras would draw on it for first weights that are not used
        try:
            self._twin = keras.saving.deserialize_keras_object(config)
            self.copy_weights()
            self._compiled = tf.function(
                lambda x: self._twin(x, training=False),
                input_signature=[tf.TensorSpec((1, *network.input_shape[1:]), "float64")],
            ).get_concrete_function()
        except Exception as error:
            raise ValueError(
                f"The {role} cannot be rebuilt in 64 bits from its configuration, as bits back "
                "needs; the error above says where. Mend: build it of Keras's layers; one of your "
                "own must be registered (register_keras_serializable) and keep its dtype."
            ) from error
        finally:
            random.setstate(state)

    def copy_weights(self):
        self._twin.set_weights(self._network.get_weights())

    def __call__(self, x):
        outputs = self._compiled(tf.constant(x[None], "float64"))
        outputs = keras.tree.map_structure(lambda each: each.numpy()[0], outputs)
        if not all(np.all(np.isfinite(each)) for each in keras.tree.flatten(outputs)):
            raise ValueError(
                f"The {self._role} gives NaN or infinite values: it cannot be coded with."
            )
        return keras.tree.map_structure(lambda each: np.round(each * _GRID) / _GRID, outputs)


def fingerprint(vae):
    """A checksum of what both networks compute: their layers, their weights, the likelihood."""
    networks = vae.encoder, vae.decoder
    layers = [_anonymous(_config(network)) for network in networks]
    checksum = zlib.crc32(
        json.dumps([_anonymous(_config(vae.likelihood)), *layers], sort_keys=True).encode()
    )
    for weight in (weight for network in networks for weight in network.get_weights()):
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


# What may differ between two buildings of a network that compute the same.
_ASIDE = "name module registered_name shared_object_id dtype trainable build_config"
_TRAINING = "_initializer", "_regularizer", "_constraint"


def _anonymous(config, places=None):
    """A network's configuration without names, types, or what only training uses.

    Without what is None or False either: the options that another version of Keras adds.
    """
    if isinstance(config, dict):
        layers = config.get("layers")
        if isinstance(layers, list):  # their connections then name them by their places
            places = {each.get("name"): place for place, each in enumerate(layers)}
        return {
            key: _anonymous(value, places)
            for key, value in config.items()
            if not (value is None or value is False)
            and key not in _ASIDE.split()
            and not key.endswith(_TRAINING)
        }
    if not isinstance(config, (list, tuple)):
        return config
    if len(config) == 3 and isinstance(config[0], str):  # (layer, call, output)
        return [(places or {}).get(config[0], config[0]), *config[1:]]
    return [_anonymous(each, places) for each in config]


def _in_float64(config):
    return {**config, "dtype": "float64"} if "dtype" in config else config
