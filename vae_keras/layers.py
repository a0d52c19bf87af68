"""The sampling layer: the reparameterization trick."""

import math

import keras
import tensorflow as tf
from keras import ops

from vae_keras import _checks
from vae_keras.losses import safe_exp

_EVALUATION = 2**30  # where the counter of evaluation's noise starts, far from training's


@keras.saving.register_keras_serializable(package="vae_keras")
class Sampling(keras.layers.Layer):
    """Draws z ~ N(μ, σ²) so that gradients reach μ and σ.

    The reparameterization trick: the randomness is moved out of the parameters, into a noise ε
    that does not depend on them,

        z = μ + σ · ε,   ε ~ N(0, I),   σ = exp(½ log σ²)

    so that dz/dμ = 1 and dz/dσ = ε. Each call and each example gets its own ε. The generator's
    state is saved with the layer: a training that is resumed goes on with the noise it would have
    had. Evaluation (`training=False`) has a stream of its own, and so changes nothing in the
    training. The noise is the same with XLA and without, and together that of one process on the
    replicas of `tf.distribute`.

    σ is exact for `z_log_var` ≤ 60. Above, it grows linearly, so that no finite input overflows.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014), section 2.4.

    Args:
        seed: Integer seed of the noise. `None` takes one from `keras.utils.set_random_seed`, or a
            random one.
        **kwargs: The usual arguments of a Keras layer.

    Call arguments:
        inputs: `[z_mean, z_log_var]`, two floating-point tensors of the same shape
            `(batch, latent_dim)`; `z_log_var` is log σ², not σ nor σ².
        training: `False` for the noise of evaluation.

    Returns:
        `z`, of the shape `(batch, latent_dim)`.

    Raises:
        ValueError: If the input is not two tensors of the same shape.

    Example:

    >>> z_mean, z_log_var = np.zeros((4, 2)), np.zeros((4, 2))
    >>> z = Sampling(seed=0)([z_mean, z_log_var])
    >>> z.shape
    TensorShape([4, 2])
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = _checks.seed(seed, most=2**32 - 1)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.evaluation_seed_generator = keras.random.SeedGenerator(0)
        self.set_seed(int(self.seed_generator.state[0]))
        self.built = True

    def set_seed(self, seed):
        """Starts both streams of noise anew, as a layer that was built with this seed would."""
        self.seed_generator.state.assign([seed, 0])
        self.evaluation_seed_generator.state.assign([seed, _EVALUATION])

    def call(self, inputs, training=None):
        z_mean, z_log_var = _two_tensors_of_one_shape(inputs)
        epsilon = self._draw_noise(z_mean, training)
        return z_mean + safe_exp(0.5 * z_log_var) * epsilon

    def _draw_noise(self, z_mean, training):
        """ε ~ N(0, I) of the shape of `z_mean`; on several replicas, this replica's share."""
        batch_size, latent_dim = ops.shape(z_mean)
        replica = tf.distribute.get_replica_context()
        if replica is None or replica.num_replicas_in_sync == 1:
            first, whole_batch = 0, batch_size
        else:
            shares = replica.all_gather(tf.reshape(batch_size, (1,)), axis=0)
            first = tf.reduce_sum(shares[: replica.replica_id_in_sync_group])
            whole_batch = tf.reduce_sum(shares)
        # Every replica holds the same seed: each draws the noise of all and keeps its own rows.
        generator = self.evaluation_seed_generator if training is False else self.seed_generator
        noise = _standard_normal((whole_batch, latent_dim), generator)
        return tf.cast(noise[first : first + batch_size], z_mean.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["seed_state"] = ops.convert_to_numpy(self.seed_generator.state)
        store["evaluation_seed_state"] = ops.convert_to_numpy(self.evaluation_seed_generator.state)

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_state"])
        self.evaluation_seed_generator.state.assign(store["evaluation_seed_state"])

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def _two_tensors_of_one_shape(inputs):
    found = type(inputs).__name__
    if isinstance(inputs, list | tuple):
        shapes = [tuple(each.shape) for each in inputs]
        if len(shapes) == 2 and len(shapes[0]) == 2 and shapes[0] == shapes[1]:
            return inputs
        found = f"{len(inputs)} of the shapes {shapes}"
    raise ValueError(
        "Sampling must be given the list [z_mean, z_log_var] of two tensors of one shape (batch, "
        f"latent_dim), got {found}."
    )


def _standard_normal(shape, seed_generator):
    """Draws of N(0, 1), the same with XLA and without.

    TensorFlow's own normal numbers are not: XLA makes others of the same random bits, and under
    "auto_select" takes other bits, more slowly. So the bits are asked for, and each gives its
    quantile of the normal law, in 2^23 steps, at most 5.3 from 0.
    """
    seed = tf.cast(seed_generator.next() % (tf.int32.max - 1), "int32")
    bits = tf.random.stateless_uniform(shape, seed, None, None, tf.uint32, alg="philox")
    centres = tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), "float32") + 0.5
    return math.sqrt(2.0) * tf.math.erfinv(centres * 2.0**-22 - 1.0)
