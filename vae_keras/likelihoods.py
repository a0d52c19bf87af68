"""The likelihoods p(x|z) as objects: what a decoder's output says of x.

A likelihood takes the decoder's output for z and says how probable x is, what x is on average, and
draws one. A new one is a subclass of `Likelihood` with `log_prob`, `mean` and `sample`, and for an
`AutoregressiveVAE` with `mode`; a `VAE` takes it as it is.
"""

import keras
import tensorflow as tf
from keras import ops

from vae_keras import _checks
from vae_keras._replicas import sum_over_replicas
from vae_keras.losses import (
    bernoulli_log_likelihood,
    categorical_log_likelihood,
    gaussian_log_likelihood,
)
from vae_keras.support import UNIT_INTERVAL, Support


class Likelihood(keras.layers.Layer):
    """p(x|z), given the decoder's output for z. See `Bernoulli`, `Gaussian` and `Categorical`.

    Attributes:
        takes_whole_numbers: Whether x holds integers.
        takes_logits: Whether the decoder's output is to be unbounded: logits, not probabilities.
        takes_log_probabilities: Whether logarithms of probabilities are logits, too.
        is_taken: Whether a model has it.
    """

    takes_whole_numbers = False
    takes_logits = False
    takes_log_probabilities = False
    is_taken = False

    def log_prob(self, x, decoded):
        """log p(x|z), summed over everything but the batch.

        Args:
            x: `(batch, …)`.
            decoded: The decoder's output for z.

        Returns:
            Tensor of shape `(batch,)`, in nats.
        """
        raise NotImplementedError

    def mean(self, decoded):
        """E[x|z], a tensor of the shape of the decoder's output."""
        raise NotImplementedError

    def mode(self, decoded):
        """The most probable x, a tensor of the shape of x."""
        raise NotImplementedError(
            f"{type(self).__name__} must have a method mode(decoded), the most probable x, to "
            "write sequences. Mend: define it, or draw them, decode(z, sampled=True)."
        )

    def sample(self, decoded, seed=None):
        """Draws x ~ p(x|z), a tensor of the shape of x.

        Args:
            decoded: The decoder's output for z.
            seed: An integer, a `keras.random.SeedGenerator`, or `None` for fresh draws.
        """
        raise NotImplementedError

    def adapt(self, x, decoded):
        """Fits what the likelihood learns in closed form, at each training step; nothing here."""

    def support_of(self, decoded_shape):
        """The `Support` in which x must lie, for a decoder's output of this shape."""
        return Support()

    def decoded_shape(self, x_shape, decoded_shape):
        """The shape that the decoder's output must have for x, neither with the batch."""
        return tuple(x_shape)

    def check(self, x, decoded_shape, name="x"):
        """Returns `x`, or raises a ValueError unless all of it lies where p(x|z) is defined."""
        return self.support_of(tuple(decoded_shape)).check(x, name)


@keras.saving.register_keras_serializable(package="vae_keras")
class Bernoulli(Likelihood):
    """Each value of x is 0 or 1, and 1 with the probability sigmoid(decoder's output).

    The decoder returns **logits**. Grey values between 0 and 1 are accepted, as is usual in the
    field; the reconstruction loss is then the cross-entropy, no longer a log-probability.
    """

    takes_logits = True

    def log_prob(self, x, decoded):
        return bernoulli_log_likelihood(x, decoded)

    def mean(self, decoded):
        return ops.sigmoid(decoded)

    def mode(self, decoded):
        return ops.cast(decoded > 0, "float32")

    def sample(self, decoded, seed=None):
        uniform = keras.random.uniform(ops.shape(decoded), dtype="float32", seed=seed)
        return ops.cast(uniform < ops.cast(self.mean(decoded), "float32"), "float32")

    def support_of(self, decoded_shape):
        return UNIT_INTERVAL


@keras.saving.register_keras_serializable(package="vae_keras")
class Gaussian(Likelihood):
    """Each value of x is Gaussian around the decoder's output, all with one variance.

        log p(x|z) = -‖x - mean‖² / (2 variance) - ½ D log(2π variance),   D values

    With `variance="learned"` it is the one that makes the training data most likely, in closed
    form the mean squared error: a mean over the recent steps, the last ones weighing most, which
    gradients take as a constant. Over this one step alone, as in the σ-VAE, that would be the
    gradient of ½ D log(mean squared error); ours is a variance that `evaluate` can use, too. No
    choice of β or of a scale of x is then needed to balance the two terms.

    Source: Rybkin, Daniilidis and Levine, "Simple and Effective VAE Training with Calibrated
    Decoders" (2021), for the learned variance; its mean over steps is not in the paper.

    Args:
        variance: A number above 0, or `"learned"`. With the default ½ the reconstruction loss is
            ‖x - x̂‖² up to a constant: the course's Algorithm 1.
        **kwargs: The usual arguments of a Keras layer.

    Raises:
        ValueError: If `variance` is neither.
    """

    # A learned variance is never smaller, or data that are reproduced exactly would have an
    # infinite density: a tenth of what rounding to 8 bits leaves, (1/255)²/12.
    smallest_variance = 1e-7
    _momentum = 0.98  # of the mean over steps: some fifty of them count

    def __init__(self, variance=0.5, **kwargs):
        super().__init__(**kwargs)
        self.is_learned = isinstance(variance, str) and variance == "learned"
        if self.is_learned:
            options = {"shape": (), "initializer": "zeros", "trainable": False, "autocast": False}
            self.mean_square = self.add_weight(name="mean_square", dtype="float32", **options)
            self.weight_seen = self.add_weight(name="weight_seen", dtype="float32", **options)
        elif isinstance(variance, str):
            raise ValueError(
                f"variance must be a finite number above 0, or 'learned', got {variance!r}."
            )
        else:
            self._variance = _checks.number(variance, "variance", above=0)
        self.built = True

    @property
    def variance(self):
        """The variance of each value, ½ until a learned one has seen data; a tensor in a graph."""
        if not self.is_learned:
            return self._variance
        seen = ops.maximum(self.weight_seen, 1e-30)
        learned = ops.maximum(self.mean_square / seen, self.smallest_variance)
        variance = ops.where(self.weight_seen > 0, learned, 0.5)
        return variance if tf.inside_function() else float(variance)

    def log_prob(self, x, decoded):
        return gaussian_log_likelihood(x, decoded, self.variance)

    def mean(self, decoded):
        return decoded

    def mode(self, decoded):
        return decoded

    def sample(self, decoded, seed=None):
        noise = keras.random.normal(ops.shape(decoded), dtype="float32", seed=seed)
        return ops.cast(decoded, "float32") + ops.sqrt(self.variance) * noise

    def adapt(self, x, decoded):
        if not self.is_learned:
            return
        squares = tf.square(tf.cast(x, "float32") - tf.cast(decoded, "float32"))
        total, count = tf.reduce_sum(squares), tf.cast(tf.size(squares), "float32")
        total, count = sum_over_replicas(total, count)
        # A mean with the bias of its start taken out, as Adam's: after one step it is that step's.
        keep = self._momentum
        with tf.control_dependencies([total]):  # a batch that does not come is no step
            self.mean_square.assign(keep * self.mean_square + (1 - keep) * total / count)
            self.weight_seen.assign(keep * self.weight_seen + (1 - keep))

    def get_config(self):
        variance = "learned" if self.is_learned else self._variance
        return {**super().get_config(), "variance": variance}


@keras.saving.register_keras_serializable(package="vae_keras")
class Categorical(Likelihood):
    """Each value of x is a whole number below K, with the probabilities softmax(decoder's output).

    For tokens, labels or quantised values: x holds integers, `(batch, length)` for instance, and
    the decoder returns **logits** with a last axis of K categories, `(batch, length, K)`.
    `mean` gives the probabilities, `sample` draws the whole numbers.
    """

    takes_whole_numbers = True
    takes_logits = True
    takes_log_probabilities = True

    def log_prob(self, x, decoded):
        return categorical_log_likelihood(x, decoded)

    def mean(self, decoded):
        return ops.softmax(decoded)

    def mode(self, decoded):
        return ops.argmax(decoded, axis=-1)

    def sample(self, decoded, seed=None):
        shape = ops.shape(decoded)
        rows = ops.reshape(ops.cast(decoded, "float32"), (-1, shape[-1]))
        drawn = keras.random.categorical(rows, 1, dtype="int32", seed=seed)
        return ops.reshape(drawn, shape[:-1])

    def support_of(self, decoded_shape):
        return Support(0, decoded_shape[-1] - 1, "the categorical likelihood", whole=True)

    def decoded_shape(self, x_shape, decoded_shape):
        return (*x_shape, decoded_shape[-1] if decoded_shape else None)


NAMES = {"bernoulli": Bernoulli, "gaussian": Gaussian, "categorical": Categorical}


def get(likelihood):
    """A model's own likelihood: the one that is given, or that a name stands for.

    What a likelihood learns is of one model: the next one to be given it gets a copy, as it is now.

    Raises:
        ValueError: If it is neither a `Likelihood` nor one of `NAMES`.
    """
    if isinstance(likelihood, Likelihood):
        if likelihood.weights and likelihood.is_taken:
            weights = likelihood.get_weights()
            likelihood = type(likelihood).from_config(likelihood.get_config())
            likelihood.set_weights(weights)
        likelihood.is_taken = True
        return likelihood
    if isinstance(likelihood, type) and issubclass(likelihood, Likelihood):
        raise ValueError(
            f"likelihood must be a likelihood, got its class {likelihood.__name__}. Mend: "
            f"{likelihood.__name__}()."
        )
    return NAMES[_checks.choice(likelihood, "likelihood", NAMES)]()
