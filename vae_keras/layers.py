"""The layers between encoder and decoder: Gaussian noise, and vectors of a codebook."""

import math

import keras
import tensorflow as tf
from keras import ops

from vae_keras import _checks, _tensors
from vae_keras._replicas import place_in_batch, sum_over_replicas
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
        ValueError: If the input is not two floating-point tensors of the same shape.

    Example:

    >>> z_mean, z_log_var = np.zeros((4, 2)), np.zeros((4, 2))
    >>> z = Sampling(seed=0)([z_mean, z_log_var])
    >>> z.shape
    TensorShape([4, 2])
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = _checks.seed(seed, most=_checks.LARGEST_SEED)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.evaluation_seed_generator = keras.random.SeedGenerator(0)
        self.set_seed(int(self.seed_generator.state[0]))
        self.built = True

    def set_seed(self, seed):
        """Starts both streams of noise anew, as a layer that was built with this seed would."""
        seed = _checks.whole_number(seed, "seed", least=0, most=_checks.LARGEST_SEED)
        self.seed_generator.state.assign([seed, 0])
        self.evaluation_seed_generator.state.assign([seed, _EVALUATION])

    def call(self, inputs, training=None):
        z_mean, z_log_var = _two_tensors_of_one_shape(inputs)
        epsilon = self._draw_noise(z_mean, training)
        return z_mean + safe_exp(0.5 * z_log_var) * epsilon

    def _draw_noise(self, z_mean, training):
        """ε ~ N(0, I) of the shape of `z_mean`; on several replicas, this replica's share."""
        batch_size, latent_dim = ops.shape(z_mean)
        first, whole_batch = place_in_batch(batch_size)
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
        shapes = [tuple(getattr(each, "shape", ())) for each in inputs]
        if len(shapes) == 2 and len(shapes[0]) == 2 and shapes[0] == shapes[1]:
            _check_floating(inputs, "[z_mean, z_log_var]")
            return inputs
        found = f"{len(inputs)} of the shapes {shapes}"
    raise ValueError(
        "Sampling must be given the list [z_mean, z_log_var] of two tensors of one shape (batch, "
        f"latent_dim), got {found}."
    )


def _check_floating(tensors, name):
    """Raises a ValueError unless all are of floating-point numbers: in others gradients end."""
    for each in tensors:
        if not tf.as_dtype(each.dtype).is_floating:
            dtype = tf.as_dtype(each.dtype).name
            raise ValueError(
                f"{name} must be of floating-point numbers, got {dtype}. Mend: keras.ops.cast(..., "
                "'float32')."
            )


def _standard_normal(shape, seed_generator):
    """Draws of N(0, 1), the same with XLA and without.

    TensorFlow's own normal numbers are not: XLA makes others of the same random bits, and under
    "auto_select" takes other bits, more slowly. So the bits are asked for, and each gives its
    quantile of the normal law, in 2^23 steps, at most 5.3 from 0.
    """
    bits = _random_bits(shape, seed_generator)
    centres = tf.cast(tf.bitwise.right_shift(bits, tf.constant(9, tf.uint32)), "float32") + 0.5
    return math.sqrt(2.0) * tf.math.erfinv(centres * 2.0**-22 - 1.0)


def _random_bits(shape, seed_generator):
    seed = tf.cast(seed_generator.next() % (tf.int32.max - 1), "int32")
    return tf.random.stateless_uniform(shape, seed, None, None, tf.uint32, alg="philox")


_USAGE_DECAY = 0.99  # of the usage of codes, where the codebook is learnt by gradients
_FEWEST = 1e-20  # a code that was used less has no mean


@keras.saving.register_keras_serializable(package="vae_keras")
class VectorQuantizer(keras.layers.Layer):
    """Replaces each vector by the nearest of the K vectors of a codebook.

        z_q = e_k,   k = argmin_j ‖z - e_j‖²

    The choice has no gradient; what reaches z_q is handed on to z as it is ("straight through").
    In training (`training=True`) each call moves the codebook: with γ = `decay`, each e_k is the
    exponential moving average of the z that chose it,

        N_k ← γ N_k + (1 - γ) n_k,   m_k ← γ m_k + (1 - γ) Σ z,   e_k = m_k / N_k

    n_k being the number of vectors of the batch that chose e_k, and the sum over them. With
    `decay=None` the codebook is a weight like others, and its gradient that of
    `codebook_loss = ‖sg(z) - e_k‖²`, which the model must add; a `VQVAE` does.

    A code that is no longer chosen would stay away from the data for ever. One whose N_k falls
    below `restart_below` times the mean over codes is dead: it starts anew at a vector of the
    batch, each dead code at another one, with twice that N_k. All codes but the most used start so
    at the first step, whatever the scale of z.

    What is counted is counted over the whole batch, on all the replicas of `tf.distribute`.
    Everything is computed in float32 at least.

    Sources: van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning"
    (2017), eq. (1) and (2), and appendix A.1 for the averages. The restart: Dhariwal and others,
    "Jukebox" (2020), section 3; our threshold is relative to the size of the batch.

    Args:
        num_codes: K, at least 2.
        code_dim: Size of each vector.
        decay: γ, from 0 to 0.9999; or `None`.
        restart_below: From 0, which restarts none, to 1.
        seed: Integer seed of the first codebook and of the restarts; `None` takes one from
            `keras.utils.set_random_seed`, or a random one.
        **kwargs: The usual arguments of a Keras layer.

    Call arguments:
        inputs: Floating-point vectors `(batch, …, code_dim)`.
        training: `True` to move the codebook.

    Returns:
        Vectors of the codebook, of the same shape and type.

    Raises:
        ValueError: If an argument is out of its range, or the input has another last axis.

    Example:

    >>> quantizer = VectorQuantizer(num_codes=8, code_dim=2, seed=0)
    >>> z = np.random.normal(size=(100, 2)).astype("float32")
    >>> quantizer(z, training=True).shape
    TensorShape([100, 2])
    >>> codes = quantizer.nearest(z)        # whole numbers below 8, (100,)
    """

    def __init__(self, num_codes, code_dim, decay=0.99, *, restart_below=0.05, seed=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.num_codes = _checks.whole_number(num_codes, "num_codes", least=2)
        self.code_dim = _checks.whole_number(code_dim, "code_dim")
        if decay is not None:
            decay = _checks.number(decay, "decay", least=0, most=0.9999)
        self.decay = decay
        self.restart_below = _checks.number(restart_below, "restart_below", least=0, most=1)
        self.seed = _checks.seed(seed, most=_checks.LARGEST_SEED)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        dtype = keras.backend.result_type(self.variable_dtype, "float32")
        options = {"dtype": dtype, "autocast": False}
        self.codebook = self.add_weight(
            name="codebook",
            shape=(self.num_codes, self.code_dim),
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self.seed),
            trainable=decay is None,
            **options,
        )
        self.usage = self.add_weight(  # N
            name="usage",
            shape=(self.num_codes,),
            initializer="zeros",
            trainable=False,
            **options,
        )
        self.built = True

    def call(self, inputs, training=None):
        codes = self.nearest(inputs)
        vectors = self.vectors(codes)
        if training:
            self.adapt(inputs, codes)
        return straight_through(inputs, tf.cast(vectors, inputs.dtype))

    def nearest(self, z):
        """The codes of vectors `(batch, …, code_dim)`: whole numbers `(batch, …)`. Eq. (1)."""
        z = _tensors.numbers(z, "z")
        if len(z.shape) < 2 or z.shape[-1] != self.code_dim:
            raise ValueError(
                "VectorQuantizer must be given vectors of shape (batch, …, "
                f"code_dim={self.code_dim}), got {tuple(z.shape)}."
            )
        _check_floating([z], "Vectors")
        codebook = tf.convert_to_tensor(self.codebook)
        products = tf.matmul(self._rows(z), codebook, transpose_b=True)
        squares = tf.reduce_sum(codebook**2, axis=1) - 2 * products  # ‖z - e‖² - ‖z‖²
        return tf.reshape(tf.argmin(squares, axis=1, output_type="int32"), ops.shape(z)[:-1])

    def vectors(self, codes):
        """The vectors that codes `(batch, …)` stand for, `(batch, …, code_dim)`. Eq. (2)."""
        codes = _tensors.symbols(codes, "codes", self.num_codes, f"num_codes={self.num_codes}")
        return tf.gather(tf.convert_to_tensor(self.codebook), codes)

    def adapt(self, z, codes):
        """Moves the codebook towards the z that chose the codes, and restarts dead ones."""
        z, codes = tf.stop_gradient(self._rows(z)), tf.reshape(codes, (-1,))
        n = tf.math.unsorted_segment_sum(tf.ones_like(z[:, 0]), codes, self.num_codes)
        sums = tf.math.unsorted_segment_sum(z, codes, self.num_codes)
        n, sums, drawn = sum_over_replicas(n, sums, self._draw(z))
        decay = _USAGE_DECAY if self.decay is None else self.decay
        old = tf.convert_to_tensor(self.usage)
        usage = decay * old + (1 - decay) * n  # appendix A.1, eq. (6)
        codebook = tf.convert_to_tensor(self.codebook)
        if self.decay is not None:
            m = decay * old[:, None] * codebook + (1 - decay) * sums  # eq. (7): m was N · e
            moved = m / tf.maximum(usage, _FEWEST)[:, None]  # eq. (8)
            codebook = tf.where(usage[:, None] > _FEWEST, moved, codebook)
        mean = tf.reduce_sum(n) / self.num_codes
        dead = usage < self.restart_below * mean
        self.usage.assign(tf.where(dead, 2 * self.restart_below * mean, usage))
        self.codebook.assign(tf.where(dead[:, None], drawn, codebook))

    def _draw(self, z):
        """A vector for each code out of the whole batch: those that this replica has, else 0.

        The batch is cut into as many parts as there are codes, each code takes one of its own.
        """
        count = tf.shape(z)[0]
        first, whole = (tf.cast(each, "int64") for each in place_in_batch(count))
        bits = tf.cast(_random_bits((self.num_codes,), self.seed_generator), "int64")
        parts = tf.range(self.num_codes, dtype="int64")
        places = (parts * whole + bits % whole) // self.num_codes - first
        count = tf.cast(count, "int64")
        places = tf.where((places >= 0) & (places < count), places, count)  # there is a 0
        return tf.gather(tf.concat([z, tf.zeros((1, self.code_dim), z.dtype)], axis=0), places)

    def _rows(self, z):
        return tf.reshape(tf.cast(z, self.codebook.dtype), (-1, self.code_dim))

    def compute_output_shape(self, input_shape):
        return input_shape

    def save_own_variables(self, store):
        super().save_own_variables(store)
        store["seed_state"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_state"])
        weights = [f"{index}" for index in range(len(self.weights))]
        super().load_own_variables({name: store[name] for name in weights})

    def get_config(self):
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "code_dim": self.code_dim,
            "decay": self.decay,
            "restart_below": self.restart_below,
            "seed": self.seed,
        }


def straight_through(z, vectors):
    """`vectors`, to the bit; their gradient goes to z as though they were z."""
    return tf.stop_gradient(vectors) + (z - tf.stop_gradient(z))
